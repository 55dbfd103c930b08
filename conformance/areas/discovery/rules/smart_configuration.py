"""Rules for the SMART configuration (SMART App Launch, Conformance; CARIN Blue Button, Security)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from conformance.areas.shared.documents import absolute_https, is_string_list, string_list
from conformance.findings import Finding, json_text, json_word

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

Document = dict[str, Any]

CARIN_CAPABILITIES = (
    "launch-standalone",
    "client-public",
    "client-confidential-symmetric",
    "sso-openid-connect",
    "context-standalone-patient",
    "permission-offline",
    "permission-patient",
    "permission-user",
)
_PATIENT_STANDALONE = ("launch-standalone", "context-standalone-patient", "permission-patient")
_CLIENT_KINDS = ("client-public", "client-confidential-symmetric")
_AUTHENTICATION_METHODS = {
    "none",
    "client_secret_basic",
    "client_secret_post",
    "client_secret_jwt",
    "private_key_jwt",
    "tls_client_auth",
    "self_signed_tls_client_auth",
}
_RESPONSE_TYPES = {"code", "token", "id_token", "none"}
"""RFC 6749 section 8.4 and OAuth 2.0 Multiple Response Types; spaces separate the parts of a combination."""
_SHARED_WITH_OPENID = ("issuer", "authorization_endpoint", "token_endpoint", "jwks_uri")


def authorization_endpoint(document: Document, *, smart_version: str) -> Iterator[Finding]:
    """PA-DISC-003: the authorization endpoint is published as an https URL."""
    yield from _https_url(document, "authorization_endpoint", "url.absolute-https", smart_version)


def token_endpoint(document: Document, *, smart_version: str) -> Iterator[Finding]:
    """PA-DISC-004: the token endpoint is published as an https URL."""
    yield from _https_url(document, "token_endpoint", "url.absolute-https", smart_version)


def _https_url(document: Document, member: str, rule: str, smart_version: str) -> Iterator[Finding]:
    """An https URL; before SMART 2.1.0, which added the sentence on absolute URLs, it may be relative."""
    value = document.get(member)
    relative = isinstance(value, str) and value and not (urlsplit(value).scheme and urlsplit(value).netloc)
    if not (relative and not at_least(smart_version, 2, 1)):
        yield from absolute_https(value, member=member, rule=rule)


def patient_standalone_capabilities(document: Document) -> Iterator[Finding]:
    """PA-DISC-005: the capabilities of a patient standalone launch, and a kind of client, are listed."""
    yield from is_string_list(document, "capabilities", rule="smart.capabilities")
    listed = string_list(document, "capabilities")
    for name in _PATIENT_STANDALONE:
        if name not in listed:
            yield _lacks("capabilities", name, "smart.capabilities.lacks")
    if not set(_CLIENT_KINDS) & set(listed):
        yield _lacks("capabilities", " or ".join(_CLIENT_KINDS), "smart.capabilities.no-client-kind")


def carin_capabilities(document: Document) -> Iterator[Finding]:
    """PA-DISC-014: CARIN's capability list; permission-user, which member-only deployments omit, only as a warning."""
    listed = string_list(document, "capabilities")
    for name in CARIN_CAPABILITIES:
        if name not in listed:
            severity = "warning" if name == "permission-user" else "error"
            yield Finding(
                "carin.capabilities.lacks",
                f"capabilities lacks {name}",
                severity=severity,  # type: ignore[arg-type]
                path="capabilities",
                expected=name,
            )


def pkce_methods(document: Document) -> Iterator[Finding]:
    """PA-DISC-006: S256 is listed and plain is not, both in exactly this spelling."""
    member = "code_challenge_methods_supported"
    yield from is_string_list(document, member, rule="smart.pkce-methods")
    listed = string_list(document, member)
    if "S256" not in listed:
        yield _lacks(member, "S256", "smart.pkce-methods.no-S256")
    if "plain" in listed:
        yield Finding("smart.pkce-methods.plain", f"{member} lists plain", path=member, found="plain")


def grant_types(document: Document, *, smart_version: str) -> Iterator[Finding]:
    """PA-DISC-007: authorization_code is listed, as SMART requires from 2.0.0 on; before, absence is a warning."""
    member = "grant_types_supported"
    severity = "error" if at_least(smart_version, 2, 0) else "warning"
    if "authorization_code" not in string_list(document, member):
        yield Finding(
            "smart.grant-types.no-authorization-code",
            f"{member} does not list authorization_code",
            severity=severity,  # type: ignore[arg-type]
            path=member,
            expected="authorization_code",
            found=json_word(document.get(member))[:80],
        )


def single_sign_on(document: Document, *, smart_version: str) -> Iterator[Finding]:
    """PA-DISC-008: with sso-openid-connect, issuer and (from 2.0.0) jwks_uri are present; without it issuer is not."""
    if "sso-openid-connect" not in string_list(document, "capabilities"):
        if document.get("issuer") is not None:
            yield Finding(
                "smart.issuer.unexpected",
                "issuer is published although sso-openid-connect is not among the capabilities",
                severity="warning",
                path="issuer",
            )
        return
    yield from absolute_https(document.get("issuer"), member="issuer", rule="smart.issuer")
    if at_least(smart_version, 2, 0) or document.get("jwks_uri") is not None:
        yield from absolute_https(document.get("jwks_uri"), member="jwks_uri", rule="smart.jwks-uri")


def endpoints_are_absolute(document: Document, *, smart_version: str) -> Iterator[Finding]:
    """PA-DISC-009: every endpoint URL is absolute (from SMART 2.1.0 on) and uses https.

    A ``null`` member publishes nothing. TLS is a SHALL of the OAuth endpoints; for a page it is a warning.
    """
    for member, value in document.items():
        if value is None or not member.endswith(("_endpoint", "_uri")):
            continue
        for finding in _https_url(document, member, "smart.endpoint", smart_version):
            page = member == "management_endpoint" and finding.rule == "smart.endpoint.scheme"
            yield replace(finding, severity="warning") if page else finding


def scopes_cover(document: Document, scopes: Iterable[str], *, implied: Any) -> Iterator[Finding]:
    """PA-DISC-010: scopes_supported is published; each of ``scopes`` that it does not cover is a warning.

    SMART lets a server support more scopes than it lists. ``implied(scope, listed)`` compares v1 and v2 spellings, and
    a wildcard covers every type.
    """
    yield from is_string_list(document, "scopes_supported", rule="smart.scopes-supported")
    listed = string_list(document, "scopes_supported")
    for scope in scopes:
        if not implied(scope, listed):
            yield replace(_lacks("scopes_supported", scope, "smart.scopes-supported.lacks"), severity="warning")
    resources = [scope for scope in listed if "/" in scope and "." in scope]
    if resources and all("/*." in scope for scope in resources):
        yield Finding(
            "smart.scopes-supported.wildcards-only",
            "scopes_supported lists wildcards only, so that clients cannot read from it which types are available",
            severity="warning",
            path="scopes_supported",
            found=", ".join(resources),
        )


def response_types(document: Document) -> Iterator[Finding]:
    """PA-DISC-012: response_types_supported, where present, contains code and nothing but response types."""
    member = "response_types_supported"
    if document.get(member) is None:
        return
    listed = string_list(document, member)
    if "code" not in listed:
        yield _lacks(member, "code", "smart.response-types.no-code")
    for value in listed:
        if not set(value.split()) <= _RESPONSE_TYPES:
            yield Finding(
                "smart.response-types.unknown",
                f"{member} lists {value}, which is not a registered response type",
                severity="warning",
                path=member,
                expected="code",
                found=value,
            )


def recommended_members(document: Document) -> Iterator[Finding]:
    """PA-DISC-012: the members that SMART recommends; each that is absent or null is a warning."""
    for member in ("introspection_endpoint", "revocation_endpoint", "management_endpoint", "response_types_supported"):
        if document.get(member) is None:
            yield Finding("smart.recommended.absent", f"{member} is not published", severity="warning", path=member)


def capabilities_agree(
    document: Document, *, has_id_token: bool, has_refresh_token: bool, granted: Iterable[str], authentication: str
) -> Iterator[Finding]:
    """PA-DISC-013: capabilities and client authentication methods agree with what the server did in this run."""
    listed = string_list(document, "capabilities")
    granted = list(granted)
    observed = {
        "sso-openid-connect": has_id_token,
        "permission-offline": has_refresh_token,
        "permission-v1": any(scope.endswith((".read", ".write", ".*")) for scope in granted),
        "permission-v2": any(_is_v2(scope) for scope in granted),
    }
    for capability, seen in observed.items():
        if seen and capability not in listed:
            yield _lacks("capabilities", capability, "smart.capabilities.disagree")
    member = "token_endpoint_auth_methods_supported"
    methods = string_list(document, member)
    for method in methods:
        if method not in _AUTHENTICATION_METHODS:
            yield Finding("smart.auth-methods.unknown", f"{member} lists {method}", path=member, found=method)
    if methods and authentication not in methods and authentication != "none":
        yield _lacks(member, authentication, "smart.auth-methods.lacks")


def agrees_with_capability_statement(document: Document, oauth_uris: Mapping[str, str]) -> Iterator[Finding]:
    """PA-DISC-019: the oauth-uris extension of the capability statement names the same endpoints."""
    if not oauth_uris:
        yield Finding(
            "capabilities.oauth-uris.absent",
            "the capability statement does not name the authorization server",
            severity="warning",
            path="CapabilityStatement.rest.security",
        )
    pairs = {
        "authorize": "authorization_endpoint",
        "token": "token_endpoint",
        "register": "registration_endpoint",
        "manage": "management_endpoint",
        "introspect": "introspection_endpoint",
        "revoke": "revocation_endpoint",
    }
    for name, url in oauth_uris.items():
        published = document.get(pairs.get(name, ""))
        if published is not None and published != url:
            yield Finding(
                "capabilities.oauth-uris.differ",
                f"oauth-uris {name} differs from the SMART configuration's {pairs[name]}",
                path=f"CapabilityStatement.rest.security.extension('{name}')",
                expected=json_text(published),
                found=url,
            )


def agrees_with_openid(document: Document, openid: Document) -> Iterator[Finding]:
    """PA-DISC-023: members of both documents are equal."""
    for member in _SHARED_WITH_OPENID:
        if member in document and member in openid and document[member] != openid[member]:
            yield Finding(
                "smart.openid.differ",
                f"{member} differs between the SMART and the OpenID configuration",
                path=member,
                expected=json_text(document[member]),
                found=json_text(openid[member]),
            )


def at_least(version: str, *numbers: int) -> bool:
    """Whether a version of a guide is this one or a later one; an empty one is not."""
    return [int(part) for part in version.split(".") if part.isdigit()][: len(numbers)] >= list(numbers)


def _is_v2(scope: str) -> bool:
    tail = scope.partition("?")[0].rpartition(".")[2]
    return "/" in scope and bool(tail) and set(tail) <= set("cruds")


def _lacks(member: str, value: str, rule: str) -> Finding:
    return Finding(rule, f"{member} lacks {value}", path=member, expected=value)


def documented_path(document: Document, path: str) -> Iterator[Finding]:
    """PA-DISC-004: the documented token path is the published one; a difference is only a warning."""
    published = urlsplit(str(document.get("token_endpoint", ""))).path
    if path and published != path:
        yield Finding(
            "smart.token-endpoint.undocumented",
            f"the documentation says {path}, the SMART configuration {published}",
            severity="warning",
            path="token_endpoint",
            expected=path,
            found=published,
        )


def issuer_is(document: Document, iss: str) -> Iterator[Finding]:
    """PA-DISC-008: the published issuer is the ``iss`` of id_tokens, byte for byte."""
    published = document.get("issuer")
    if iss and published is not None and published != iss:
        yield Finding(
            "smart.issuer.differs",
            "issuer differs from the iss of the id_token",
            path="issuer",
            expected=iss,
            found=json_text(published),
        )


def scopes_obtained(requested: Iterable[str], missing: Iterable[str]) -> Iterator[Finding]:
    """PA-DISC-011: no listed scope is dropped from the grant when it is requested."""
    missing = set(missing)
    for scope in requested:
        if scope in missing:
            yield Finding(
                "smart.scopes-supported.unobtainable",
                f"{scope} is listed in scopes_supported but was not granted",
                path="scopes_supported",
                expected=scope,
            )
