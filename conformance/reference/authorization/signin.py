"""From a checked authorization request to a code: login, one-time code, choice of member, consent, way back.

Each page asks one thing and leads to the next one that is still needed. Answers to forms are 303 redirects, never 307,
so that a browser does not post credentials on (RFC 9700 4.12).
"""

from __future__ import annotations

import hmac
from html import escape
from typing import TYPE_CHECKING

from starlette.responses import RedirectResponse, Response

from conformance.reference import limits
from conformance.reference.authorization import authorize, browsers, grants, pages, scopes, totp
from conformance.reference.authorization.entities import Grant, origin
from conformance.reference.steps import step

if TYPE_CHECKING:
    from conformance.reference.accounts import Person
    from conformance.reference.authorization.browsers import Browser
    from conformance.reference.authorization.entities import AuthorizationRequest
    from conformance.reference.tenant import Tenant
    from conformance.reference.web import Call

WRONG_CREDENTIALS = "The user name or the password is not right."


def visit(call: Call, name: str) -> Response:
    """A page of the sign-in: GET shows it, POST takes its answer; ``name`` is login, totp, member or consent."""
    fields = dict(call.query if call.method == "GET" else [*call.query, *call.form])
    request: AuthorizationRequest | None = call.tenant.state.requests.get(fields.get("request", ""))
    if request is None or call.tenant.clock() > request.expires:
        return pages.error_page(call, "This request is not known here or took too long.")
    browser = browsers.browser_of(call)
    if not request.browser:
        request.browser = browser.id
        adopt(call.tenant, request, browser)
    if request.browser != browser.id:
        return pages.error_page(call, "This request belongs to another browser.")
    response = (
        show(call, request, browser, name) if call.method == "GET" else take(call, request, browser, name, fields)
    )
    browsers.set_cookie(call, response, call.tenant.state.browsers[request.browser])
    return response


@step
def adopt(tenant: Tenant, request: AuthorizationRequest, browser: Browser) -> None:  # noqa: ARG001
    """Single sign-on: somebody signed in here before need not do so again, unless the app asks for it."""
    if browser.person is not None and "login" not in request.prompt.split():
        request.person = browser.person
        request.authenticated_at = browser.authenticated_at
        request.totp_done = browser.totp_done
        choose_only_member(request)


def choose_only_member(request: AuthorizationRequest) -> None:
    """Open the record that needs no choosing."""
    person = request.person
    if person is not None and scopes.needs_patient(request.scope) and len(person.choices) == 1:
        request.patient = person.choices[0]


@step
def next_page(tenant: Tenant, request: AuthorizationRequest) -> str:
    """The first thing that is still missing."""
    if request.person is None:
        return "login"
    if tenant.behaviour.totp and not request.totp_done:
        return "totp"
    if scopes.needs_patient(request.scope) and not request.patient:
        return "member"
    return "consent"


@step
def approved_before(tenant: Tenant, request: AuthorizationRequest) -> bool:
    """Whether an earlier approval is remembered, and the app does not ask for a new one."""
    return tenant.behaviour.remembers_consent and "consent" not in request.prompt.split()


@step
def show(call: Call, request: AuthorizationRequest, browser: Browser, name: str, error: str = "") -> Response:
    """The page, or a redirect to the one that comes first."""
    needed = next_page(call.tenant, request)
    if name == needed == "consent" and approved_before(call.tenant, request):
        return allow(call, request, granted_scope(call, request, list(request.scope)))
    if name != needed:
        return RedirectResponse(f"{call.tenant.endpoint(needed)}?request={request.id}", 303)
    hidden = (
        f'<input type="hidden" name="request" value="{escape(request.id)}">'
        f'<input type="hidden" name="anti_forgery" value="{browsers.anti_forgery(browser, request.id)}">'
    )
    title, body = _body(call, request, name, hidden, error)
    return pages.page(call, title, body, 400 if error else 200, origin(request.redirect_uri))


def _body(call: Call, request: AuthorizationRequest, name: str, hidden: str, error: str) -> tuple[str, str]:
    if name == "login":
        two_step = call.tenant.behaviour.two_step_login
        return "Sign in", pages.login_page(
            hidden,
            error,
            request.client.name,
            ask_username=not two_step or not request.username,
            ask_password=not two_step or bool(request.username),
            username=request.username,
        )
    if name == "totp":
        return "One more step", pages.totp_page(hidden, error)
    assert request.person is not None
    if name == "member":
        named = [(logical_id, member_name(call.tenant, logical_id)) for logical_id in request.person.choices]
        return "Choose a member", pages.member_page(hidden, error, named)
    member = member_name(call.tenant, request.patient) if request.patient else request.person.name
    return "Allow access?", pages.consent_body(call, request, hidden, member)


def member_name(tenant: Tenant, patient: str) -> str:
    """The name on a member's record."""
    record = tenant.store.read("Patient", patient)
    name = record.resource()["name"][0] if record else {}
    return " ".join([*name.get("given", []), name.get("family", "")]).strip() or patient


def take(call: Call, request: AuthorizationRequest, browser: Browser, name: str, fields: dict[str, str]) -> Response:
    """The answer to a page."""
    if browsers.forged(call, browser, request.id, fields):
        return pages.error_page(call, "This form was not sent from our page.", 403)
    if name != next_page(call.tenant, request):
        return RedirectResponse(f"{call.tenant.endpoint(next_page(call.tenant, request))}?request={request.id}", 303)
    if name == "consent":
        return decide(call, request, fields)
    answer = {"login": login, "totp": one_time_code, "member": member}[name]
    error = answer(call, request, browser, fields)
    current: Browser = call.tenant.state.browsers[request.browser]
    return show(call, request, current, name, error) if error else _onward(call, request)


def _onward(call: Call, request: AuthorizationRequest) -> Response:
    return RedirectResponse(f"{call.tenant.endpoint(next_page(call.tenant, request))}?request={request.id}", 303)


@step
def login(call: Call, request: AuthorizationRequest, browser: Browser, fields: dict[str, str]) -> str:
    """User name and password; returns what to tell the member when they are wrong."""
    if call.tenant.behaviour.two_step_login and not request.username:
        request.username = fields.get("username", "")
        return "" if request.username else "Please type your user name."
    username = request.username or fields.get("username", "").strip()
    person = authenticated(call.tenant, username, fields.get("password", ""))
    if person is None:
        request.username = ""
        return WRONG_CREDENTIALS
    current = browsers.signed_in(call.tenant, browser, person)
    request.browser = current.id
    request.person = person
    request.authenticated_at = current.authenticated_at
    choose_only_member(request)
    return ""


@step
def authenticated(tenant: Tenant, username: str, password: str) -> Person | None:
    """The person of these credentials; after some failures in a row the user name has to wait."""
    limits.require(tenant, limits.FAILED_LOGIN, username, take=False)
    person = tenant.people.get(username)
    if person is not None and password_matches(tenant, person, password):
        return person
    limits.require(tenant, limits.FAILED_LOGIN, username)
    return None


@step
def password_matches(tenant: Tenant, person: Person, password: str) -> bool:  # noqa: ARG001
    """Whether the password is the person's; in constant time."""
    return hmac.compare_digest(password.encode(), person.password.encode())


@step
def one_time_code(call: Call, request: AuthorizationRequest, browser: Browser, fields: dict[str, str]) -> str:
    """The code of the member's authenticator app."""
    assert request.person is not None
    if not totp.matches(request.person.totp_secret, fields.get("otp", "").strip(), call.tenant.clock()):
        return "That code is not right."
    request.totp_done = browser.totp_done = True
    return ""


@step
def member(call: Call, request: AuthorizationRequest, browser: Browser, fields: dict[str, str]) -> str:  # noqa: ARG001
    """Whose record to open: one of those this person may see."""
    assert request.person is not None
    chosen = fields.get("patient", "")
    if chosen not in request.person.choices:
        return "Please choose one of the members."
    request.patient = chosen
    return ""


@step
def decide(call: Call, request: AuthorizationRequest, fields: dict[str, str]) -> Response:
    """The member's decision: a code, or access_denied; either way the request is over."""
    ticked = [value for name, value in call.form if name == "scope"]
    scope = granted_scope(call, request, ticked)
    if fields.get("decision") != "approve" or not scope:
        refusal = {"error": "access_denied", "error_description": "The member did not allow access."}
        del call.tenant.state.requests[request.id]
        return authorize.back(call.tenant, request.redirect_uri, refusal, request.state)
    return allow(call, request, scope)


def allow(call: Call, request: AuthorizationRequest, scope: list[str]) -> Response:
    """A code for what was allowed; the request is over."""
    tenant = call.tenant
    del tenant.state.requests[request.id]
    assert request.person is not None
    grant = Grant(
        request.client, request.person, request.patient, tuple(scope), request.nonce, request.authenticated_at
    )
    code = grants.issue_code(tenant, grant, request.redirect_uri, request.challenge)
    return authorize.back(tenant, request.redirect_uri, {"code": code.value}, request.state)


@step
def granted_scope(call: Call, request: AuthorizationRequest, ticked: list[str]) -> list[str]:  # noqa: ARG001
    """What was asked for and stayed ticked."""
    scope = [text for text in request.scope if text in ticked]
    return [text for text in scope if text != "fhirUser" or "openid" in scope]
