"""Faults of authorization: the authorize endpoint and the pages behind it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from starlette.responses import JSONResponse, RedirectResponse

from conformance.reference.authorization import authorize, browsers, grants, pages, server, token
from conformance.reference.authorization.entities import Grant
from conformance.reference.authorization.errors import OAuthError
from conformance.reference.faults import authorization_redirects, authorization_sign_in
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


def _plain_state_only(original: Step, call: Any, fields: list[tuple[str, str]], client: Any, redirect_uri: str) -> Any:
    state = dict(fields).get("state", "")
    if not re.fullmatch(r"[\w.~-]*", state):
        raise authorize.NoRedirect("The state has characters that we do not take.")
    return original(call, fields, client, redirect_uri)


def _shown(original: Step, call: Any, route: Any) -> Any:
    """A NoRedirect that is raised late is shown on a page too."""
    try:
        return original(call, route)
    except authorize.NoRedirect as refusal:
        return pages.error_page(call, refusal.reason)


def _json_without_challenge(original: Step, call: Any, route: Any) -> Any:
    if route.handler is authorize.authorize and not dict(call.query).get("code_challenge"):
        return JSONResponse({"error": "invalid_request"}, 400)
    return original(call, route)


def _any_type(original: Step, call: Any, values: dict[str, str]) -> None:
    original(call, values | {"response_type": "code"} if "response_type" in values else values)


def _nameless(original: Step, tenant: Any, redirect_uri: str, answer: Any, state: str) -> Any:
    kept = {name: value for name, value in answer.items() if name != "error"}
    return original(tenant, redirect_uri, kept, state)


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
        "PA-AUTH-002.plus-for-space",
        "authorize.state.changed",
        "A plus sign in state comes back as a space.",
        {authorize.back: _state(lambda state: state.replace("+", " "))},
    ),
    Fault(
        "PA-AUTH-002.punctuation-refused",
        "authorize.state.no-redirect",
        "A state with punctuation is refused on a page.",
        {authorize.checked: _plain_state_only, server.dispatch: _shown},
        warning=True,
    ),
    Fault(
        "PA-AUTH-003.refused-in-json",
        "authorize.refusal.form",
        "A request without a PKCE challenge is answered 400 with JSON that neither app nor member sees.",
        {server.dispatch: _json_without_challenge},
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
        "PA-AUTH-007.implicit",
        "authorize.response-type.unlisted",
        "The implicit flow still gives a token in the fragment, and no document lists it.",
        {server.dispatch: _implicit},
        warning=True,
    ),
    Fault(
        "PA-AUTH-007.any-type",
        "authorize.not-refused",
        "Any response_type is served as code.",
        {authorize.check_response_type: _any_type},
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
        "authorize.error.broken",
        "A malformed request breaks the server: HTTP 500 instead of an error redirect.",
        {authorize.checked: _breaking},
    ),
    Fault(
        "PA-AUTH-010.on-pages",
        "authorize.error.no-redirect",
        "Errors of an authorization request are shown on pages.",
        behaviour={"errors_on_pages": True},
        warning=True,
    ),
    Fault(
        "PA-AUTH-010.nameless",
        "authorize.error.missing",
        "Error redirects have error_description and no error.",
        {authorize.back: _nameless},
    ),
    Fault(
        "PA-AUTH-010.errors-of-its-own",
        "authorize.error.undefined",
        "Errors have undefined codes.",
        {authorize.back: _error_named("E1042")},
        warning=True,
    ),
    Fault(
        "PA-AUTH-010.always-server-error",
        "authorize.error.another",
        "A denial is reported as server_error.",
        {authorize.back: _error_named("server_error")},
        warning=True,
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
    *authorization_redirects.FAULTS,
    *authorization_sign_in.GRANTS,
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
