"""Faults of the pages between an authorization request and its answer; the area is authorization."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.reference.authorization import authorize, browsers, grants, pages, scopes, signin, token
from conformance.reference.authorization.entities import Grant, ResourceScope
from conformance.reference.faults.deviations import edited, yes
from conformance.reference.faults.fault import Fault
from conformance.reference.fhir import answer

if TYPE_CHECKING:
    from conformance.reference.steps import Step

EVERYTHING = (ResourceScope("patient/*.rs", "*", "rs"),)


def _fails_after_login(original: Step, call: Any, request: Any, fields: dict[str, str]) -> Any:  # noqa: ARG001
    error = {"error": "server_error", "error_description": "Please try again later."}
    return authorize.back(call.tenant, request.redirect_uri, error, request.state)


def _in_the_fragment(original: Step, tenant: Any, redirect_uri: str, answer: Any, state: str) -> Any:
    response = original(tenant, redirect_uri, answer, state)
    if "code" in answer:
        response.headers["Location"] = response.headers["Location"].replace("?", "#", 1)
    return response


def _deny_gives_a_code(original: Step, call: Any, request: Any, fields: dict[str, str]) -> Any:
    return original(call, request, fields | {"decision": "approve"})


def _lost_cookie(original: Step, call: Any, response: Any, browser: Any) -> None:  # noqa: ARG001
    response.set_cookie(browsers.cookie_name(call.tenant), browser.id, path="/", httponly=True, samesite="lax")


def _stateless(original: Step, tenant: Any, redirect_uri: str, answer: Any, state: str) -> Any:  # noqa: ARG001
    return original(tenant, redirect_uri, answer, "")


def _unauthorized(response: Any) -> None:
    if response.status_code == 403:
        response.status_code = 401


def _last_member(original: Step, tenant: Any, request: Any, browser: Any) -> None:
    original(tenant, request, browser)
    known = [each for each in tenant.state.browsers.values() if each.person is not None]
    if request.person is None and known:
        request.person, request.totp_done = known[-1].person, True
        request.authenticated_at = known[-1].authenticated_at
        signin.choose_only_member(request)


def _nobody_asked(original: Step, tenant: Any, request: Any, browser: Any) -> None:
    """Every browser is taken for that of a member."""
    original(tenant, request, browser)
    if request.person is None:
        request.person = next(iter(tenant.people.values()))
        request.totp_done = True
        signin.choose_only_member(request)


def _without_approval(original: Step, call: Any, request: Any, *shown: Any) -> Any:
    if "consent" in shown and signin.next_page(call.tenant, request) == "consent":
        grant = Grant(
            *(request.client, request.person, request.patient, tuple(request.scope), request.nonce),
            request.authenticated_at,
        )
        code = grants.issue_code(call.tenant, grant, request.redirect_uri, request.challenge)
        return authorize.back(call.tenant, request.redirect_uri, {"code": code.value}, request.state)
    return original(call, request, *shown)


def _someone(original: Step, call: Any, request: Any, fields: str, member: str) -> str:
    return str(original(call, request, fields, member)).replace(request.client.name, "An app")


def _no_choice(original: Step, call: Any, request: Any, fields: str, member: str) -> str:
    html = str(original(call, request, fields, member))
    before, button, after = html.partition('<button id="deny"')
    return f"{before}{after.partition('</button>')[2]}" if button else html


def _no_kinds_of_data(original: Step, call: Any, request: Any, fields: str, member: str) -> str:  # noqa: ARG001
    hidden = "".join(f'<input type="hidden" name="scope" value="{scope}">' for scope in request.scope)
    return (
        f"<p>{request.client.name} would like to connect.</p><form method='post'>{fields}{hidden}"
        '<button id="approve" type="submit" name="decision" value="approve">Allow</button>'
        '<button id="deny" type="submit" name="decision" value="deny">Deny</button></form>'
    )


def _everything_asked_for(original: Step, call: Any, request: Any, ticked: list[str]) -> list[str]:  # noqa: ARG001
    return list(request.scope)


def _opens_everything(original: Step, tenant: Any, grant: Any, scope: Any) -> Any:
    access = original(tenant, grant, scope)
    access.resources = EVERYTHING
    return access


def _patient_if_asked_for(original: Step, call: Any, grant: Any, scope: Any, *, first: bool) -> Any:
    document = original(call, grant, scope, first=first)
    if "launch/patient" not in scope:
        document.pop("patient", None)
    return document


LAUNCHES = (
    Fault(
        "PA-AUTH-001.without-state",
        "authorize.no-state",
        "The redirect has no state.",
        {authorize.back: _stateless},
        collateral="an app that checks state takes no code",
    ),
    Fault(
        "PA-AUTH-001.fails-after-login",
        "authorize.error",
        "After a right login the app gets an error.",
        {signin.decide: _fails_after_login},
    ),
    Fault(
        "PA-AUTH-001.cookie-lost",
        "authorize.error-page",
        "The session cookie is one that no browser keeps: __Host- without Secure.",
        {browsers.set_cookie: _lost_cookie},
        collateral="no member can log in",
    ),
    Fault(
        "PA-AUTH-001.code-in-fragment",
        "authorize.no-code",
        "The code comes in the fragment.",
        {authorize.back: _in_the_fragment},
    ),
)
GRANTS = (
    Fault(
        "PA-AUTH-014.last-member",
        "authorize.login.skipped",
        "A browser without cookies is taken for the member who logged in last, wherever that was.",
        {signin.adopt: _last_member},
    ),
    Fault(
        "PA-AUTH-016.deselected-unauthorized",
        "authorize.approval.status",
        "Data of a deselected scope is refused with HTTP 401.",
        {answer.refusal: edited(_unauthorized)},
        warning=True,
    ),
    Fault(
        "PA-AUTH-010.deny-ignored",
        "authorize.error.granted",
        "Pressing deny gives the app a code all the same.",
        {signin.decide: _deny_gives_a_code},
    ),
    Fault(
        "PA-AUTH-012.echoed",
        "authorize.scope.echoed",
        "Scopes that do not exist are granted as they were asked for.",
        {scopes.resource_scope_text: lambda original, tenant, word: original(tenant, word) or word},
    ),
    Fault(
        "PA-AUTH-013.no-patient",
        "authorize.no-patient",
        "Patient scopes are granted without saying which patient, unless launch/patient was asked for.",
        {token.token_document: _patient_if_asked_for},
    ),
    Fault(
        "PA-AUTH-014.login-skipped",
        "authorize.login.skipped",
        "A browser without cookies need not log in.",
        {signin.adopt: _nobody_asked},
    ),
    Fault(
        "PA-AUTH-014.any-password",
        "authorize.login.wrong-password",
        "Any password is accepted.",
        {signin.password_matches: yes},
    ),
    Fault(
        "PA-AUTH-015.no-approval",
        "authorize.approval.skipped",
        "Login leads straight back to the app.",
        {signin.show: _without_approval},
    ),
    Fault(
        "PA-AUTH-015.app-unnamed",
        "authorize.approval.app",
        "The approval page does not say which app asks.",
        {pages.consent_body: _someone},
    ),
    Fault(
        "PA-AUTH-015.data-unnamed",
        "authorize.approval.data",
        "The approval page does not say which data the app asks for.",
        {pages.consent_body: _no_kinds_of_data},
    ),
    Fault(
        "PA-AUTH-015.no-way-out",
        "authorize.approval.deny",
        "The approval page has no button to refuse.",
        {pages.consent_body: _no_choice},
    ),
    Fault(
        "PA-AUTH-016.unticked-granted",
        "authorize.approval.still-granted",
        "What the member unticks is granted all the same.",
        {signin.granted_scope: _everything_asked_for},
    ),
    Fault(
        "PA-AUTH-016.unticked-open",
        "authorize.approval.still-open",
        "What the member unticks is not in the scope, and the API serves it.",
        {grants.issue_access_token: _opens_everything},
    ),
)
