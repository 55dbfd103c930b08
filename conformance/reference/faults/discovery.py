"""Faults of discovery: SMART configuration, OpenID configuration, key set, capability statement."""

from __future__ import annotations

import codecs
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from starlette.responses import HTMLResponse, PlainTextResponse, Response

from conformance.reference import web
from conformance.reference.authorization import discovery, server, signin
from conformance.reference.faults import discovery_capability_statement, discovery_openid, discovery_single_sign_on
from conformance.reference.faults.deviations import edited, with_members, without, without_capability
from conformance.reference.faults.fault import Fault
from conformance.reference.fhir import server as fhir_server
from conformance.reference.fhir.errors import FhirError

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.reference.steps import Step

SMART_PATH = (".well-known", "smart-configuration")
CANNOT_LOG_IN = "nothing that needs an authorization can be judged when discovery leads nowhere"


def _only_at_the_root(original: Step, call: Any, path: tuple[str, ...]) -> Any:
    if path == SMART_PATH:
        raise FhirError(404, "not-found", "There is no such path.")
    return original(call, path)


def _by_accept(kind: str, response: Callable[[], Any]) -> Step:
    """The SMART configuration is answered otherwise when the Accept header has a media type."""

    def replacement(original: Step, call: Any, path: tuple[str, ...]) -> Any:
        wanted = path == SMART_PATH and kind in call.headers.get("accept", "")
        return response() if wanted else original(call, path)

    return replacement


def _labelled_as_text(original: Step, call: Any, path: tuple[str, ...]) -> Any:
    response = original(call, path)
    return PlainTextResponse(response.body) if path == SMART_PATH else response


def _with_byte_order_mark(original: Step, call: Any, path: tuple[str, ...]) -> Any:
    response = original(call, path)
    if path != SMART_PATH:
        return response
    return Response(codecs.BOM_UTF8 + response.body, media_type="application/json")


def _pointing(member: str, path: str) -> Step:
    """An endpoint is published at another path of the authorization server."""
    return lambda original, tenant: original(tenant) | {member: f"{tenant.issuer}{path}"}


def _also_at(path: str, segments: tuple[str, ...]) -> Step:
    """For `web.finish`: another path of the authorization server leads to the same endpoint."""

    def replacement(original: Step, call: Any, response: Any) -> Any:
        return original(call, server.handle(replace(call, segments=segments)) if call.path == path else response)

    return replacement


def _listing(listed: Callable[[str], list[str]]) -> Step:
    """Each scope of scopes_supported is listed as these."""
    return edited(
        lambda d: (
            d | {"scopes_supported": list(dict.fromkeys(new for one in d["scopes_supported"] for new in listed(one)))}
        )
    )


FAULTS = (
    Fault(
        "PA-DISC-001.begins-with-a-mark",
        "json.byte-order-mark",
        "The SMART configuration begins with a byte order mark.",
        {fhir_server.dispatch: _with_byte_order_mark},
        warning=True,
    ),
    Fault(
        "PA-DISC-001.only-at-the-root",
        "http.status",
        "The SMART configuration is not found under the FHIR base.",
        {fhir_server.dispatch: _only_at_the_root},
        collateral=CANNOT_LOG_IN,
    ),
    Fault(
        "PA-DISC-001.an-array",
        "json.not-an-object",
        "The SMART configuration is an object inside an array.",
        {discovery.smart_configuration: lambda original, tenant: [original(tenant)]},
        collateral=CANNOT_LOG_IN,
    ),
    Fault(
        "PA-DISC-002.landing-page",
        "json.unreadable",
        "Who accepts HTML gets a landing page instead of the SMART configuration.",
        {fhir_server.dispatch: _by_accept("text/html", lambda: HTMLResponse("<h1>Welcome, developer</h1>"))},
    ),
    Fault(
        "PA-DISC-002.not-acceptable",
        "http.status",
        "Who accepts FHIR XML is answered 406.",
        {fhir_server.dispatch: _by_accept("fhir+xml", lambda: PlainTextResponse("Not acceptable.", 406))},
    ),
    Fault(
        "PA-DISC-002.plain-text",
        "http.content-type",
        "The SMART configuration is labelled text/plain.",
        {fhir_server.dispatch: _labelled_as_text},
    ),
    Fault(
        "PA-DISC-003.missing",
        "url.absolute-https.missing",
        "authorization_endpoint is not published in the SMART configuration.",
        {discovery.smart_configuration: without("authorization_endpoint")},
    ),
    *(
        Fault(
            f"PA-DISC-003.{slug}",
            f"url.absolute-https.{kind}",
            f"authorization_endpoint {says}.",
            {discovery.smart_configuration: with_members(authorization_endpoint=value)},
            collateral=CANNOT_LOG_IN,
        )
        for slug, kind, says, value in (
            ("relative", "relative", "is a path, not a URL", "/oauth2/authorize"),
            ("over-http", "scheme", "uses http", "http://auth.payer.example/authorize"),
            ("with-fragment", "fragment", "has a fragment", "https://auth.payer.example/authorize#member"),
        )
    ),
    Fault(
        "PA-DISC-003.dead",
        "endpoint.dead",
        "authorization_endpoint leads to a page that does not exist.",
        {discovery.smart_configuration: _pointing("authorization_endpoint", "/oauth2/v1/authorize")},
        collateral=CANNOT_LOG_IN,
    ),
    Fault(
        "PA-DISC-004.closed-port",
        "endpoint.no-answer",
        "token_endpoint is at a port where no server listens.",
        {discovery.smart_configuration: with_members(token_endpoint="https://127.0.0.1:9/oauth2/token")},  # noqa: S106
        collateral=CANNOT_LOG_IN,
    ),
    Fault(
        "PA-DISC-004.authorization-endpoint",
        "endpoint.not-a-token-endpoint",
        "token_endpoint is the address of the authorization endpoint.",
        {discovery.smart_configuration: edited(lambda d: d | {"token_endpoint": d["authorization_endpoint"]})},
        collateral=CANNOT_LOG_IN,
    ),
    Fault(
        "PA-DISC-004.stale",
        "endpoint.dead",
        "token_endpoint is a stale address, codes are exchanged elsewhere.",
        {discovery.smart_configuration: _pointing("token_endpoint", "/oauth2/v1/token")},
        collateral=CANNOT_LOG_IN,
    ),
    Fault(
        "PA-DISC-004.undocumented-path",
        "smart.token-endpoint.undocumented",
        "token_endpoint is at another path than the documentation says.",
        {
            discovery.smart_configuration: _pointing("token_endpoint", "/oauth2/v2/token"),
            web.finish: _also_at("/oauth2/v2/token", ("oauth2", "token")),
        },
        warning=True,
    ),
    Fault(
        "PA-DISC-005.context-not-listed",
        "smart.capabilities.lacks",
        "The capabilities do not list context-standalone-patient although launch/patient is granted.",
        {discovery.capabilities: without_capability("context-standalone-patient")},
    ),
    Fault(
        "PA-DISC-005.not-published",
        "smart.capabilities.missing",
        "capabilities is not published.",
        {discovery.smart_configuration: without("capabilities")},
        collateral="most of what a server offers can no longer be known",
    ),
    Fault(
        "PA-DISC-005.one-string",
        "smart.capabilities.type",
        "capabilities is one string instead of an array.",
        {discovery.smart_configuration: edited(lambda d: d | {"capabilities": " ".join(d["capabilities"])})},
    ),
    Fault(
        "PA-DISC-005.no-kind-of-client",
        "smart.capabilities.no-client-kind",
        "The capabilities name no kind of client.",
        {discovery.capabilities: edited(lambda names: [each for each in names if not each.startswith("client-")])},
    ),
    Fault(
        "PA-DISC-006.plain-offered",
        "smart.pkce-methods.plain",
        "The PKCE methods list plain beside S256.",
        {discovery.smart_configuration: with_members(code_challenge_methods_supported=["S256", "plain"])},
    ),
    Fault(
        "PA-DISC-006.not-published",
        "smart.pkce-methods.missing",
        "The PKCE methods are not published.",
        {discovery.smart_configuration: without("code_challenge_methods_supported")},
    ),
    Fault(
        "PA-DISC-006.one-string",
        "smart.pkce-methods.type",
        "The PKCE methods are one string instead of an array.",
        {discovery.smart_configuration: with_members(code_challenge_methods_supported="S256")},
    ),
    Fault(
        "PA-DISC-006.lower-case",
        "smart.pkce-methods.no-S256",
        "The PKCE method is spelled s256.",
        {discovery.smart_configuration: with_members(code_challenge_methods_supported=["s256"])},
    ),
    Fault(
        "PA-DISC-007.client-credentials-only",
        "smart.grant-types.no-authorization-code",
        "grant_types_supported lists client_credentials while the code flow works.",
        {discovery.smart_configuration: with_members(grant_types_supported=["client_credentials"])},
    ),
    Fault(
        "PA-DISC-007.null",
        "smart.grant-types.no-authorization-code",
        "grant_types_supported is null.",
        {discovery.smart_configuration: with_members(grant_types_supported=None)},
        target={"deployment.smart_version": "2.0.0"},
    ),
    *discovery_single_sign_on.FAULTS,
    Fault(
        "PA-DISC-009.relative-endpoint",
        "smart.endpoint.relative",
        "token_endpoint is a path, not a URL.",
        {discovery.smart_configuration: with_members(token_endpoint="/oauth2/token")},  # noqa: S106
        collateral=CANNOT_LOG_IN,
    ),
    Fault(
        "PA-DISC-009.registration-over-http",
        "smart.endpoint.scheme",
        "registration_endpoint uses http.",
        {discovery.smart_configuration: with_members(registration_endpoint="http://apps.payer.example/register")},
    ),
    Fault(
        "PA-DISC-009.an-object",
        "smart.endpoint.missing",
        "registration_endpoint is an object.",
        {discovery.smart_configuration: with_members(registration_endpoint={"url": "https://apps.payer.example"})},
    ),
    Fault(
        "PA-DISC-009.with-fragment",
        "smart.endpoint.fragment",
        "registration_endpoint has a fragment.",
        {discovery.smart_configuration: with_members(registration_endpoint="https://apps.payer.example/register#new")},
    ),
    Fault(
        "PA-DISC-010.scopes-not-listed",
        "smart.scopes-supported.missing",
        "scopes_supported is missing.",
        {discovery.smart_configuration: without("scopes_supported")},
    ),
    Fault(
        "PA-DISC-010.one-string",
        "smart.scopes-supported.type",
        "scopes_supported is one string instead of an array.",
        {discovery.smart_configuration: edited(lambda d: d | {"scopes_supported": " ".join(d["scopes_supported"])})},
    ),
    Fault(
        "PA-DISC-010.coverage-not-listed",
        "smart.scopes-supported.lacks",
        "scopes_supported lists no scope for Coverage.",
        {discovery.smart_configuration: _listing(lambda scope: [] if "/Coverage." in scope else [scope])},
        warning=True,
    ),
    Fault(
        "PA-DISC-010.no-type-listed",
        "smart.scopes-supported.wildcards-only",
        "scopes_supported lists a wildcard in place of the types.",
        {discovery.smart_configuration: _listing(lambda scope: [re.sub(r"/[A-Za-z]+\.", "/*.", scope)])},
        warning=True,
    ),
    Fault(
        "PA-DISC-011.listed-but-dropped",
        "smart.scopes-supported.unobtainable",
        "Procedure scopes are listed in scopes_supported and dropped from every grant.",
        {signin.granted_scope: edited(lambda granted: [each for each in granted if "/Procedure." not in each])},
    ),
    Fault(
        "PA-DISC-012.dead-revocation",
        "endpoint.dead",
        "revocation_endpoint is advertised and answers 404.",
        {server.offered: lambda original, tenant, path: path != "/oauth2/revoke" and original(tenant, path)},
    ),
    Fault(
        "PA-DISC-012.no-code-response",
        "smart.response-types.no-code",
        "response_types_supported does not list code.",
        {discovery.smart_configuration: with_members(response_types_supported=["token"])},
    ),
    Fault(
        "PA-DISC-012.refresh-as-response",
        "smart.response-types.unknown",
        "response_types_supported lists refresh_token beside code.",
        {discovery.smart_configuration: with_members(response_types_supported=["code", "refresh_token"])},
    ),
    Fault(
        "PA-DISC-012.introspection-unpublished",
        "smart.recommended.absent",
        "No introspection endpoint is published.",
        behaviour={"introspection": False},
    ),
    Fault(
        "PA-DISC-013.refresh-not-listed",
        "smart.capabilities.disagree",
        "Refresh tokens are issued, but permission-offline is not listed.",
        {discovery.capabilities: without_capability("permission-offline")},
    ),
    Fault(
        "PA-DISC-013.method-not-listed",
        "smart.auth-methods.lacks",
        "Clients authenticate by a method that is not listed.",
        {discovery.smart_configuration: with_members(token_endpoint_auth_methods_supported=["tls_client_auth"])},
    ),
    Fault(
        "PA-DISC-013.unknown-method",
        "smart.auth-methods.unknown",
        "A method of client authentication is listed that no specification defines.",
        {
            discovery.smart_configuration: edited(
                lambda d: (
                    d
                    | {
                        "token_endpoint_auth_methods_supported": [
                            *d["token_endpoint_auth_methods_supported"],
                            "api_key",
                        ]
                    }
                )
            )
        },
    ),
    Fault(
        "PA-DISC-014.offline-not-listed",
        "carin.capabilities.lacks",
        "permission-offline, which CARIN asks for, is not listed.",
        {discovery.capabilities: without_capability("permission-offline")},
    ),
    *discovery_capability_statement.FAULTS,
    *discovery_openid.FAULTS,
    Fault(
        "PA-DISC-023.two-token-endpoints",
        "smart.openid.differ",
        "The two documents name different token endpoints.",
        {discovery.openid_configuration: _pointing("token_endpoint", "/oauth2/v1/token")},
    ),
)
