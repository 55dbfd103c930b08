"""Lawful variations of authorization: the authorize endpoint and the pages behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from starlette.responses import RedirectResponse

from conformance.reference.authorization import authorize, browsers, discovery, grants, pages, scopes
from conformance.reference.authorization import server as authorization_server
from conformance.reference.authorization.entities import Grant
from conformance.reference.authorization.errors import OAuthError
from conformance.reference.faults.deviations import edited, with_members, without
from conformance.reference.lawful.variation import Variation

if TYPE_CHECKING:
    from conformance.reference.steps import Step

_TELLING = "RFC 9700 4.11.2: a server that does not trust the redirect URI may inform the user instead of redirecting"
_PAGES = "form of refusals"


def _errors_shown(original: Step, call: Any, route: Any) -> Any:
    """Errors of an authorization request are shown to the member; what RFC 7636 4.4.1 demands is still sent back."""
    response = original(call, route)
    if route.handler is not authorize.authorize or response.status_code != 303:
        return response
    answer = parse_qs(urlsplit(response.headers.get("location", "")).query)
    description = answer.get("error_description", [""])[0]
    if "error" not in answer or "code_challenge" in description:
        return response
    return pages.error_page(call, description)


def _implicit(original: Step, call: Any, route: Any) -> Any:
    """A member who is signed in gets a token in the fragment for response_type token, as the metadata says."""
    fields = dict(call.query)
    browser = browsers.browser_of(call)
    wanted = route.handler is authorize.authorize and fields.get("response_type") == "token"
    if not wanted or browser.person is None:
        return original(call, route)
    try:
        _, redirect_uri = authorize.known_redirect(call, call.query)
    except authorize.NoRedirect:
        return original(call, route)
    client = call.tenant.state.clients[fields["client_id"]]
    scope = tuple(authorize.requested_scope(call, fields))
    grant = Grant(client, browser.person, browser.person.own, scope, "", browser.authenticated_at)
    access = grants.issue_access_token(call.tenant, grant, scope)
    answer = f"access_token={access.value}&token_type=Bearer&expires_in=3600&state={fields.get('state', '')}"
    return RedirectResponse(f"{redirect_uri}#{answer}", 303)


def _one_more_parameter(original: Step, tenant: Any, redirect_uri: str, answer: dict[str, str], state: str) -> Any:
    return original(tenant, redirect_uri, {**answer, "session_state": "1f3b9c"}, state)


def _without_iss(original: Step, tenant: Any, redirect_uri: str, answer: dict[str, str], state: str) -> Any:
    response = original(tenant, redirect_uri, answer, state)
    response.headers["Location"] = response.headers["Location"].partition("&iss=")[0]
    return response


def _unknown_scope_refused(original: Step, call: Any, values: dict[str, str]) -> list[str]:
    granted: list[str] = original(call, values)
    if len(granted) < len(set(values.get("scope", "").split())):
        raise OAuthError("invalid_scope", "A scope was asked for that this server does not offer.")
    return granted


def _dummy_fragment(original: Step, tenant: Any, redirect_uri: str, answer: dict[str, str], state: str) -> Any:
    response = original(tenant, redirect_uri, answer, state)
    response.headers["Location"] += "#_"
    return response


def _first_kept(original: Step, call: Any, fields: list[tuple[str, str]]) -> None:  # noqa: ARG001
    """The values that come first are those that are looked at."""
    kept = dict(reversed(fields))
    fields[:] = list(kept.items())


def _nonce_with_openid(original: Step, call: Any, fields: list[tuple[str, str]], client: Any, redirect_uri: str) -> Any:
    values = dict(fields)
    if "nonce" in values and "openid" not in values.get("scope", "").split():
        raise OAuthError("invalid_request", "openid scope must be requested when using the nonce parameter")
    return original(call, fields, client, redirect_uri)


def _see_other(original: Step, call: Any, route: Any) -> Any:
    """Redirects of the authorization endpoint are 302."""
    response = original(call, route)
    if route.handler is authorize.authorize and response.status_code == 303 and call.method == "GET":
        response.status_code = 302
    return response


VARIATIONS = (
    Variation(
        "PA-AUTH-010.errors-shown",
        "Errors of an authorization request are shown on a page instead of being sent to the app.",
        _TELLING,
        {authorization_server.dispatch: _errors_shown},
        rows={"PA-AUTH-010": "advisory"},
        also=("PA-AUTH-003", "PA-AUTH-004", "PA-AUTH-007", "PA-AUTH-008", "PA-AUTH-011", "PA-AUTH-012", "PA-SEC-007"),
        choices=(_PAGES,),
    ),
    Variation(
        "PA-AUTH-006.pages-say-200",
        "The error page for an unknown client has HTTP status 200.",
        "RFC 6749 4.1.2.1: the resource owner is informed of the error; no status is given",
        behaviour={"error_page_status": 200},
        rows={"PA-AUTH-006": "advisory"},
        also=("PA-AUTH-005", "PA-SEC-007"),
    ),
    Variation(
        "PA-AUTH-007.token-listed",
        "The response type token works for members who are signed in, and is listed in response_types_supported.",
        "RFC 6749 4.2; RFC 9700 2.1.2 is a SHOULD NOT of clients; SMART fixes the type for the app, not for the server",
        {
            authorization_server.dispatch: _implicit,
            discovery.smart_configuration: with_members(response_types_supported=["code", "token"]),
            discovery.openid_configuration: with_members(response_types_supported=["code", "token"]),
        },
        also=("PA-AUTH-017", "PA-DISC-012"),
    ),
    Variation(
        "PA-AUTH-002.more-parameters",
        "The redirect carries a parameter that the app did not ask for.",
        "RFC 6749 4.1.2: the client must ignore unrecognized response parameters",
        {authorize.back: _one_more_parameter},
        also=("PA-AUTH-001", "PA-AUTH-017"),
    ),
    Variation(
        "PA-AUTH-001.no-iss",
        "The redirect does not name the issuer.",
        "RFC 9207 is not adopted by SMART App Launch or the regulation",
        {
            authorize.back: _without_iss,
            discovery.openid_configuration: without("authorization_response_iss_parameter_supported"),
        },
        also=("PA-AUTH-002", "PA-AUTH-010"),
    ),
    Variation(
        "PA-AUTH-012.unknown-scope-refused",
        "A request with a scope that is not offered is refused with invalid_scope.",
        "RFC 6749 3.3 and 4.1.2.1: an unknown scope is refused or ignored",
        {authorize.requested_scope: _unknown_scope_refused},
        also=("PA-SCOP-005", "PA-SCOP-006", "PA-SCOP-007", "PA-SCOP-014", "PA-SCOP-018", "PA-DISC-011"),
    ),
    Variation(
        "PA-AUTH-017.dummy-fragment",
        "The redirect to the app ends with an empty fragment, #_.",
        "RFC 9700 4.1.3: servers may attach an arbitrary fragment identifier, for example #_",
        {authorize.back: _dummy_fragment},
        also=("PA-AUTH-001", "PA-AUTH-002", "PA-AUTH-010"),
    ),
    Variation(
        "PA-AUTH-011.first-value-used",
        "Of repeated parameters the first one is used.",
        "RFC 6749 3.1: the client must not repeat a parameter; no sentence has the server refuse it",
        {authorize.check_not_repeated: _first_kept},
        rows={"PA-AUTH-011": "advisory"},
        also=("PA-AUTH-005", "PA-SEC-007"),
    ),
    Variation(
        "PA-AUTH-012.any-scope-echoed",
        "A scope that is not known is repeated in the scope of the token response and opens nothing.",
        "RFC 6749 3.3: the strings are defined by the authorization server",
        {scopes.resource_scope_text: lambda original, tenant, word: original(tenant, word) or word},
        rows={"PA-AUTH-012": "advisory"},
    ),
    Variation(
        "PA-AUTH-001.nonce-with-openid-only",
        "nonce without openid in the scope is refused.",
        "OpenID Connect Core 1.0 3.1.2.1: nonce is a parameter of authentication requests, which have the scope openid",
        {authorize.checked: _nonce_with_openid},
        also=("PA-DISC-011", "PA-SCOP", "PA-TOK-015", "PA-AUTH-013"),
    ),
    Variation(
        "PA-AUTH-001.redirects-with-302",
        "Redirects of the authorization endpoint have status 302.",
        "RFC 6749 1.7: any method that redirects the user-agent will do",
        {authorization_server.dispatch: _see_other},
        also=("PA-AUTH-010",),
    ),
    Variation(
        "PA-AUTH-001.two-step-login",
        "User name and password are asked for on two pages.",
        "RFC 6749 3.1: how the resource owner is authenticated is out of scope",
        behaviour={"two_step_login": True},
        also=("PA-AUTH-014", "PA-SEC-006"),
    ),
    Variation(
        "PA-AUTH-014.one-time-code",
        "After the password a one-time code is asked for.",
        "RFC 6749 3.1: how the resource owner is authenticated is out of scope",
        behaviour={"totp": True},
        also=("PA-AUTH-001", "PA-SEC-006"),
    ),
    Variation(
        "PA-AUTH-001.one-grant",
        "A new approval of an app ends what the member allowed the same app before.",
        "RFC 6749 1.5 and 10.3: the lifetime of tokens is the server's decision",
        behaviour={"one_grant_per_member": True},
        also=("PA-TOK-007", "PA-TOK-017", "PA-ISO-008"),
    ),
    Variation(
        "PA-AUTH-018.ten-minutes",
        "An authorization code can be exchanged for ten minutes.",
        "RFC 6749 4.1.2: a maximum lifetime of ten minutes is recommended",
        behaviour={"code_lifetime": 590},
        rows={"PA-AUTH-018": "advisory"},
    ),
    Variation(
        "PA-AUTH-012.prompt-listed",
        "The OpenID configuration lists the prompts and display values that it knows.",
        "OpenID Connect Discovery 1.0 section 3: additional metadata may be used",
        {discovery.openid_configuration: edited(lambda d: d | {"prompt_values_supported": ["login", "consent"]})},
        also=("PA-DISC-021",),
    ),
    Variation(
        "PA-AUTH-015.approved-before",
        "Members approved the app long ago and are not asked again.",
        "OpenID Connect Core 1.0 3.1.2.4: consent may have been obtained before",
        behaviour={"remembers_consent": True},
        also=("PA-SCOP-016", "PA-AUTH-001", "PA-AUTH-010"),
        choices=("how the consent page asks",),
    ),
)
