"""Faults of authorization: the authorize endpoint and the pages behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from starlette.responses import RedirectResponse

from conformance.reference.authorization import authorize, browsers, grants, pages, server, token
from conformance.reference.authorization.entities import Grant
from conformance.reference.authorization.errors import OAuthError
from conformance.reference.faults import authorization_sign_in
from conformance.reference.faults.deviations import skipped
from conformance.reference.faults.fault import Fault

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.reference.steps import Step


def _state(edit: Callable[[str], str], *, on_errors_only: bool = False) -> Step:
    """The state comes back changed; emptied, it is left out."""

    def replacement(original: Step, tenant: Any, redirect_uri: str, answer: Any, state: str) -> Any:
        concerned = "error" in answer or not on_errors_only
        return original(tenant, redirect_uri, answer, edit(state) if concerned else state)

    return replacement


def _challenge_unchecked(of: Callable[[dict[str, str]], bool]) -> Step:
    """Requests of a kind need no proper challenge."""

    def replacement(original: Step, call: Any, values: dict[str, str]) -> None:
        if not of(values):
            original(call, values)

    return replacement


def _no_verifier_without_challenge(original: Step, tenant: Any, code: Any, verifier: str) -> bool:
    return not code.challenge or bool(original(tenant, code, verifier))


def _literally(original: Step, tenant: Any, code: Any, verifier: str) -> bool:
    return verifier == code.challenge or bool(original(tenant, code, verifier))


def _registered(alike: Callable[[str, str], bool]) -> Step:
    """A redirect_uri is accepted if it is like a registered one."""
    return lambda original, tenant, client, redirect_uri: any(  # noqa: ARG005
        alike(redirect_uri, registered) for registered in client.redirect_uris
    )


def _origin(uri: str) -> str:
    parts = urlsplit(uri)
    return f"{parts.scheme}://{parts.netloc}"


def _told_anyway(*, known_client: bool) -> Step:
    """An error is sent to the address in the request, checked or not."""

    def replacement(original: Step, call: Any, reason: str, status: int = 0) -> Any:
        fields = dict(call.query)
        known = fields.get("client_id", "") in call.tenant.state.clients
        if "redirect_uri" in fields and known == known_client:
            answer = {"error": "invalid_request", "error_description": reason}
            return authorize.back(call.tenant, fields["redirect_uri"], answer, fields.get("state", ""))
        return original(call, reason, status)

    return replacement


def _implicit(original: Step, call: Any, route: Any) -> Any:
    """Who is signed in already gets a token in the fragment for response_type token."""
    fields = dict(call.query)
    browser = browsers.browser_of(call)
    if (
        route.handler is not authorize.authorize
        or browser.person is None
        or "token" not in fields.get("response_type", "").split()
    ):
        return original(call, route)
    client, redirect_uri = authorize.known_redirect(call, call.query)
    scope = tuple(authorize.requested_scope(call, fields))
    grant = Grant(client, browser.person, browser.person.own, scope, "", browser.authenticated_at)
    access = grants.issue_access_token(call.tenant, grant, scope)
    return RedirectResponse(
        f"{redirect_uri}#access_token={access.value}&token_type=Bearer&state={fields.get('state', '')}", 303
    )


def _code_by_default(original: Step, call: Any, values: dict[str, str]) -> None:
    if "response_type" in values:
        original(call, values)


def _audience_if_named(original: Step, call: Any, values: dict[str, str]) -> None:
    if "aud" in values:
        original(call, values)


def _get_only(original: Step, call: Any, route: Any) -> Any:
    if route.handler is authorize.authorize and call.method == "POST":
        return pages.error_page(call, "Method not allowed.", 405)
    return original(call, route)


def _breaking(original: Step, call: Any, fields: list[tuple[str, str]], client: Any, redirect_uri: str) -> Any:
    try:
        return original(call, fields, client, redirect_uri)
    except OAuthError:
        raise RuntimeError("the request is malformed") from None


def _error_named(name: str) -> Step:
    """Every error has this code."""

    def replacement(original: Step, tenant: Any, redirect_uri: str, answer: Any, state: str) -> Any:
        return original(tenant, redirect_uri, answer | ({"error": name} if "error" in answer else {}), state)

    return replacement


def _last_address(original: Step, call: Any, fields: list[tuple[str, str]]) -> Any:
    """The first redirect_uri is checked, the last one is used."""
    addresses = [value for name, value in fields if name == "redirect_uri"]
    others = [(name, value) for name, value in fields if name != "redirect_uri"]
    client, _ = original(call, [*others, *(("redirect_uri", value) for value in addresses[:1])])
    return client, addresses[-1]


def _token_beside(place: str) -> Step:
    """An access token comes along with the code, in the query or the fragment."""

    def replacement(original: Step, tenant: Any, redirect_uri: str, answer: Any, state: str) -> Any:
        response = original(tenant, redirect_uri, answer, state)
        if "code" in answer:
            code = tenant.state.codes[answer["code"]]
            access = grants.issue_access_token(tenant, code.grant, code.grant.scope)
            response.headers["Location"] += f"{place}access_token={access.value}"
        return response

    return replacement


FAULTS = (
    *authorization_sign_in.LAUNCHES,
    Fault(
        "PA-AUTH-002.state-cut",
        "authorize.state.changed",
        "state comes back cut after 32 characters.",
        {authorize.back: _state(lambda state: state[:32])},
    ),
    Fault(
        "PA-AUTH-002.decoded-twice",
        "authorize.state.changed",
        "state is decoded once more than it was encoded.",
        {authorize.back: _state(unquote)},
    ),
    Fault(
        "PA-AUTH-002.omitted-on-errors",
        "authorize.state.omitted",
        "state is left out of error redirects.",
        {authorize.back: _state(lambda _: "", on_errors_only=True)},
    ),
    Fault(
        "PA-AUTH-003.challenge-optional",
        "authorize.not-refused",
        "A request without a PKCE challenge is served, and its code needs no verifier.",
        {authorize.check_challenge: skipped, token.verifier_matches: _no_verifier_without_challenge},
    ),
    Fault(
        "PA-AUTH-003.empty-challenge",
        "authorize.not-refused",
        "An empty PKCE challenge is served, and its code needs no verifier.",
        {
            authorize.check_challenge: _challenge_unchecked(lambda values: values.get("code_challenge") == ""),
            token.verifier_matches: _no_verifier_without_challenge,
        },
    ),
    Fault(
        "PA-AUTH-004.plain",
        "authorize.not-refused",
        "code_challenge_method=plain is accepted and the verifier compared literally.",
        {
            authorize.check_challenge: _challenge_unchecked(lambda v: v.get("code_challenge_method") == "plain"),
            token.verifier_matches: _literally,
        },
    ),
    Fault(
        "PA-AUTH-004.plain-by-default",
        "authorize.not-refused",
        "Without code_challenge_method the verifier is compared literally.",
        {
            authorize.check_challenge: _challenge_unchecked(
                lambda values: "code_challenge" in values and "code_challenge_method" not in values
            ),
            token.verifier_matches: _literally,
        },
    ),
    Fault(
        "PA-AUTH-004.unknown-as-plain",
        "authorize.not-refused",
        "An unknown code_challenge_method is taken for plain.",
        {
            authorize.check_challenge: _challenge_unchecked(
                lambda values: values.get("code_challenge_method", "plain") not in ("S256", "plain")
            ),
            token.verifier_matches: _literally,
        },
    ),
    Fault(
        "PA-AUTH-005.prefix-match",
        "authorize.redirect.unregistered",
        "A redirect_uri that only begins with a registered one is accepted.",
        {authorize.redirect_registered: _registered(lambda sent, registered: sent.startswith(registered))},
    ),
    Fault(
        "PA-AUTH-005.host-begins-alike",
        "authorize.redirect.unregistered",
        "A redirect_uri is accepted that begins with the scheme and host of a registered one.",
        {authorize.redirect_registered: _registered(lambda sent, registered: sent.startswith(_origin(registered)))},
    ),
    Fault(
        "PA-AUTH-005.query-ignored",
        "authorize.redirect.unregistered",
        "The query of a redirect_uri is ignored when it is compared.",
        {authorize.redirect_registered: _registered(lambda sent, registered: sent.partition("?")[0] == registered)},
    ),
    Fault(
        "PA-AUTH-005.case-ignored",
        "authorize.redirect.unregistered",
        "Upper and lower case make no difference in a redirect_uri.",
        {authorize.redirect_registered: _registered(lambda sent, registered: sent.lower() == registered.lower())},
    ),
    Fault(
        "PA-AUTH-005.scheme-ignored",
        "authorize.redirect.unregistered",
        "The scheme of a redirect_uri is ignored when it is compared.",
        {
            authorize.redirect_registered: _registered(
                lambda sent, registered: sent.partition("://")[2] == registered.partition("://")[2]
            )
        },
    ),
    Fault(
        "PA-AUTH-005.open-redirector",
        "authorize.redirect.unregistered",
        "The error about an unregistered redirect_uri is sent to that very address.",
        {pages.error_page: _told_anyway(known_client=True)},
    ),
    Fault(
        "PA-AUTH-006.told-anyway",
        "authorize.redirect.unknown-client",
        "The error about an unknown client is sent to the redirect_uri of the request.",
        {pages.error_page: _told_anyway(known_client=False)},
    ),
    Fault(
        "PA-AUTH-007.implicit",
        "authorize.not-refused",
        "The implicit flow still gives a token in the fragment.",
        {server.dispatch: _implicit},
    ),
    Fault(
        "PA-AUTH-007.code-by-default",
        "authorize.not-refused",
        "A request without response_type is served as if it had asked for a code.",
        {authorize.check_response_type: _code_by_default},
    ),
    Fault(
        "PA-AUTH-008.aud-ignored",
        "authorize.not-refused",
        "aud is ignored: a request that names a counterfeit server is served.",
        {authorize.check_audience: skipped},
    ),
    Fault(
        "PA-AUTH-008.aud-optional",
        "authorize.not-refused",
        "A request without aud is served.",
        {authorize.check_audience: _audience_if_named},
    ),
    Fault(
        "PA-AUTH-009.get-only",
        "authorize.post",
        "POST to the authorization endpoint answers 405.",
        {server.dispatch: _get_only},
    ),
    Fault(
        "PA-AUTH-010.breaks",
        "authorize.error.no-redirect",
        "A malformed request breaks the server: HTTP 500 instead of an error redirect.",
        {authorize.checked: _breaking},
    ),
    Fault(
        "PA-AUTH-010.errors-of-its-own",
        "authorize.error.undefined",
        "Errors have undefined codes.",
        {authorize.back: _error_named("E1042")},
    ),
    Fault(
        "PA-AUTH-010.always-server-error",
        "authorize.error.another",
        "A denial is reported as server_error.",
        {authorize.back: _error_named("server_error")},
    ),
    Fault(
        "PA-AUTH-010.without-state",
        "authorize.error.state",
        "Errors come back without state.",
        {authorize.back: _state(lambda _: "", on_errors_only=True)},
    ),
    Fault(
        "PA-AUTH-011.last-wins",
        "authorize.not-refused",
        "Of repeated parameters the last one wins.",
        {authorize.check_not_repeated: skipped},
    ),
    Fault(
        "PA-AUTH-011.last-address-unchecked",
        "authorize.redirect.unregistered",
        "Of two redirect_uris the first is checked and the last is used.",
        {authorize.check_not_repeated: skipped, authorize.known_redirect: _last_address},
    ),
    *authorization_sign_in.GRANTS,
    Fault(
        "PA-AUTH-017.token-beside-code",
        "authorize.exposed.token",
        "An access token is added to the redirect next to the code.",
        {authorize.back: _token_beside("&")},
    ),
    Fault(
        "PA-AUTH-017.token-in-fragment",
        "authorize.exposed.fragment",
        "An access token comes in the fragment beside the code in the query.",
        {authorize.back: _token_beside("#")},
    ),
    Fault(
        "PA-AUTH-018.a-day",
        "authorize.code.lives",
        "Codes work for a day.",
        behaviour={"code_lifetime": 86400},
    ),
    Fault(
        "PA-AUTH-018.five-minutes",
        "authorize.code.long-lived",
        "Codes work for five minutes.",
        behaviour={"code_lifetime": 300},
    ),
)
