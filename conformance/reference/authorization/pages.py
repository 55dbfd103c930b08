"""What the member sees: plain HTML that works without script, with labels, headings and errors announced.

Every page refuses to be framed, to leak its address and to be stored (RFC 9700 4.2 and 4.16).
"""

from __future__ import annotations

import secrets
from html import escape
from typing import TYPE_CHECKING

from starlette.responses import HTMLResponse, Response

from conformance.reference.authorization.scopes import RESOURCE
from conformance.reference.steps import step

if TYPE_CHECKING:
    from conformance.reference.authorization.entities import AuthorizationRequest
    from conformance.reference.web import Call

STYLE = """
:root { color-scheme: light; --ink: #14213d; --blue: #0b5394; --line: #c9d3e0; --red: #a4161a; }
* { box-sizing: border-box; }
body { margin: 0; min-height: 100vh; background: #eef3f8; color: var(--ink); font: 1rem/1.5 system-ui, sans-serif; }
header { background: var(--blue); color: #fff; padding: 1rem 1.5rem; font-weight: 600; letter-spacing: .02em; }
main { max-width: 30rem; margin: 2.5rem auto; background: #fff; border: 1px solid var(--line); border-radius: .75rem;
  padding: 2rem; box-shadow: 0 1px 3px rgb(20 33 61 / .12); }
h1 { font-size: 1.4rem; margin: 0 0 1rem; }
label { display: block; font-weight: 600; margin: 1rem 0 .25rem; }
input[type=text], input[type=password] { width: 100%; font: inherit; padding: .6rem .7rem; border-radius: .4rem;
  border: 1px solid #7a8aa0; }
fieldset { border: 1px solid var(--line); border-radius: .4rem; margin: 1rem 0; padding: .5rem 1rem 1rem; }
legend { font-weight: 600; padding: 0 .4rem; }
fieldset label { display: flex; gap: .6rem; align-items: baseline; font-weight: 400; margin: .5rem 0; }
fieldset small { color: #4a5a73; }
button { font: inherit; font-weight: 600; padding: .6rem 1.4rem; border-radius: .4rem; border: 1px solid var(--blue);
  background: var(--blue); color: #fff; cursor: pointer; margin: 1.25rem .75rem 0 0; }
button.plain { background: #fff; color: var(--blue); }
:focus-visible { outline: 3px solid #f4a261; outline-offset: 2px; }
.error { color: var(--red); border-left: 4px solid var(--red); padding: .25rem .75rem; margin: 0 0 1rem; }
"""

DATA = {
    "Patient": "your name, address and other details about you",
    "Coverage": "your health plan",
    "ExplanationOfBenefit": "your claims and prior authorizations",
    "Condition": "your health problems",
    "MedicationRequest": "your prescriptions",
    "Observation": "your test results and vital signs",
    "DocumentReference": "your documents",
    "AllergyIntolerance": "your allergies",
    "Immunization": "your vaccinations",
    "Procedure": "your procedures",
    "*": "everything in your health record",
}
IDENTITY = {
    "openid": "who you are, when you sign in",
    "fhirUser": "which person in our records you are",
    "launch/patient": "whose record you chose",
    "offline_access": "stay connected when you are not using the app",
}


@step
def page(call: Call, title: str, body: str, status: int = 200, way_back: str = "") -> Response:
    """A whole page. ``way_back`` is the app's origin, where the form's answer will redirect to."""
    nonce = secrets.token_urlsafe(12)
    plan = escape(call.tenant.behaviour.title)
    html = (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)} - {plan}</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<style nonce="{nonce}">{STYLE}</style></head>'
        f"<body><header>{plan}</header><main><h1>{escape(title)}</h1>{body}</main></body></html>"
    )
    policy = (
        f"default-src 'none'; style-src 'nonce-{nonce}'; frame-ancestors 'none'; base-uri 'none'; "
        f"form-action 'self' {way_back}"
    )
    return HTMLResponse(html, status, page_headers(call, policy.strip()))


@step
def page_headers(call: Call, policy: str) -> dict[str, str]:  # noqa: ARG001
    """The headers of every page."""
    return {
        "Content-Security-Policy": policy,
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "no-referrer",
        "Cache-Control": "no-store",
    }


@step
def error_page(call: Call, reason: str, status: int = 0) -> Response:
    """An error that goes to nobody but the member."""
    text = f'<p class="error" role="alert">{escape(reason)}</p><p>Please go back to the app and try again.</p>'
    return page(call, "This request cannot be completed", text, status or call.tenant.behaviour.error_page_status)


def login_page(fields: str, error: str, name: str, *, ask_username: bool, ask_password: bool, username: str) -> str:
    """The body of the login page: both fields at once, or one of the two steps."""
    parts = [f"<p>to connect <strong>{escape(name)}</strong> to your health plan</p>", _alert(error), _open(fields)]
    if ask_username:
        parts.append(
            '<label for="username">User name</label>'
            f'<input id="username" name="username" type="text" value="{escape(username)}"'
            ' autocomplete="username" autocapitalize="none" required autofocus>'
        )
    if ask_password:
        parts.append(
            '<label for="password">Password</label>'
            '<input id="password" name="password" type="password" autocomplete="current-password" required>'
        )
    button = "Sign in" if ask_password else "Next"
    parts.append(f'<button id="sign-in" type="submit">{button}</button></form>')
    return "".join(parts)


def totp_page(fields: str, error: str) -> str:
    """The body of the page that asks for a one-time code."""
    return (
        f"<p>Open your authenticator app and type the six digits it shows.</p>{_alert(error)}{_open(fields)}"
        '<label for="otp">One-time code</label>'
        '<input id="otp" name="otp" type="text" inputmode="numeric" autocomplete="one-time-code" required autofocus>'
        '<button id="verify" type="submit">Continue</button></form>'
    )


def member_page(fields: str, error: str, members: list[tuple[str, str]]) -> str:
    """The body of the page where a representative says whose record to open; members are (patient id, name)."""
    radios = "".join(
        f'<label><input type="radio" name="patient" value="{escape(patient)}" required>'
        f" <span>{escape(name)}</span></label>"
        for patient, name in members
    )
    return (
        f"{_alert(error)}{_open(fields)}<fieldset><legend>Which member is this for?</legend>{radios}</fieldset>"
        '<button id="choose" type="submit">Continue</button></form>'
    )


@step
def consent_body(call: Call, request: AuthorizationRequest, fields: str, member: str) -> str:  # noqa: ARG001
    """The body of the approval page: the app's name, each kind of data, allow and deny."""
    boxes = "".join(
        f'<label><input type="checkbox" name="scope" value="{escape(scope)}" checked>'
        f"<span>{escape(described(scope))} <small>({escape(scope)})</small></span></label>"
        for scope in request.scope
    )
    return (
        f"<p><strong>{escape(request.client.name)}</strong> asks to see the record of"
        f" <strong>{escape(member)}</strong>. Untick what it should not see.</p>"
        f"{_open(fields)}<fieldset><legend>The app may see</legend>{boxes}</fieldset>"
        "<p>The app's own privacy policy applies to what it receives. You can end its access at any time.</p>"
        '<button id="approve" type="submit" name="decision" value="approve">Allow</button>'
        '<button id="deny" class="plain" type="submit" name="decision" value="deny">Deny</button></form>'
    )


def described(scope: str) -> str:
    """A scope in the member's words."""
    match = RESOURCE.fullmatch(scope)
    if match is None:
        return IDENTITY.get(scope, scope)
    part = f", only where {match['filter'].replace('&', ' and ')}" if match["filter"] else ""
    return DATA.get(match["type"], f"{match['type']} records that go with yours") + part


def _open(fields: str) -> str:
    return f'<form method="post">{fields}'


def _alert(error: str) -> str:
    return f'<p class="error" role="alert">{escape(error)}</p>' if error else ""
