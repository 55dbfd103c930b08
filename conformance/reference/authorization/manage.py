"""Where a member sees which apps have access and ends it (SMART `management_endpoint`)."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from starlette.responses import RedirectResponse, Response

from conformance.reference.authorization import browsers, grants, pages, signin, totp
from conformance.reference.steps import step

if TYPE_CHECKING:
    from conformance.reference.authorization.browsers import Browser
    from conformance.reference.authorization.entities import Grant
    from conformance.reference.tenant import Tenant
    from conformance.reference.web import Call

PURPOSE = "manage"


def manage(call: Call) -> Response:
    """GET shows what comes next: login, one-time code, or the list of apps; POST takes the answer."""
    browser = browsers.browser_of(call)
    if call.method == "POST":
        fields = dict(call.form)
        if browsers.forged(call, browser, PURPOSE, fields):
            return pages.error_page(call, "This form was not sent from our page.", 403)
        browser, error = _answer(call, browser, fields)
        if not error:
            response: Response = RedirectResponse(call.tenant.endpoint("manage"), 303)
            browsers.set_cookie(call, response, browser)
            return response
    else:
        error = ""
    title, body = _body(call, browser, error)
    response = pages.page(call, title, body, 400 if error else 200)
    browsers.set_cookie(call, response, browser)
    return response


def _answer(call: Call, browser: Browser, fields: dict[str, str]) -> tuple[Browser, str]:
    """The browser afterwards, and what to tell the member if the answer was not right."""
    tenant = call.tenant
    if browser.person is None:
        person = signin.authenticated(tenant, fields.get("username", "").strip(), fields.get("password", ""))
        return (browsers.signed_in(tenant, browser, person), "") if person else (browser, signin.WRONG_CREDENTIALS)
    if tenant.behaviour.totp and not browser.totp_done:
        browser.totp_done = totp.matches(browser.person.totp_secret, fields.get("otp", "").strip(), tenant.clock())
        return browser, "" if browser.totp_done else "That code is not right."
    for grant in living(tenant, browser):
        if grant.id == fields.get("grant"):
            grants.revoke_grant(tenant, grant)
    return browser, ""


@step
def living(tenant: Tenant, browser: Browser) -> list[Grant]:
    """What the person signed in has allowed and not ended."""
    return [grant for grant in tenant.state.grants if grant.person is browser.person and not grant.revoked]


def _body(call: Call, browser: Browser, error: str) -> tuple[str, str]:
    hidden = f'<input type="hidden" name="anti_forgery" value="{browsers.anti_forgery(browser, PURPOSE)}">'
    if browser.person is None:
        name = "your apps"
        return "Sign in", pages.login_page(hidden, error, name, ask_username=True, ask_password=True, username="")
    if call.tenant.behaviour.totp and not browser.totp_done:
        return "One more step", pages.totp_page(hidden, error)
    rows = "".join(_row(call.tenant, grant, hidden) for grant in living(call.tenant, browser))
    return "Apps with access", rows or "<p>No app has access to your record.</p>"


def _row(tenant: Tenant, grant: Grant, hidden: str) -> str:
    record = f" to the record of {escape(signin.member_name(tenant, grant.patient))}" if grant.patient else ""
    data = "".join(f"<li>{escape(pages.described(scope))}</li>" for scope in grant.scope)
    return (
        f'<form method="post">{hidden}<input type="hidden" name="grant" value="{grant.id}">'
        f"<p><strong>{escape(grant.client.name)}</strong> has access{record}:</p><ul>{data}</ul>"
        '<button type="submit">End its access</button></form>'
    )
