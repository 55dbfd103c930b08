"""The member's browser: a cookie, who is signed in, and values that only this browser can send back.

The cookie is Secure, HttpOnly, SameSite=Lax and changes when somebody signs in, so that a planted one gains nothing.
Anti-forgery values are an HMAC over browser and request: a page of somebody else cannot know them.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass, field
from http.cookies import CookieError, SimpleCookie
from typing import TYPE_CHECKING

from conformance.reference.steps import step

if TYPE_CHECKING:
    from starlette.responses import Response

    from conformance.reference.accounts import Person
    from conformance.reference.tenant import Tenant
    from conformance.reference.web import Call

_SECRET = secrets.token_bytes(32)


@dataclass(slots=True, eq=False)
class Browser:
    """A browser we have seen, and the person signed in there, if any."""

    id: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    person: Person | None = None
    authenticated_at: int = 0
    totp_done: bool = False


def cookie_name(tenant: Tenant) -> str:
    """One cookie per tenant; the prefix binds it to this host and to https."""
    return f"__Host-member-{tenant.slug or 'clean'}"


def browser_of(call: Call) -> Browser:
    """The browser of a request, a new one when it is not known."""
    cookie: SimpleCookie = SimpleCookie()
    try:
        cookie.load(call.headers.get("cookie", ""))
    except CookieError:
        cookie.clear()
    morsel = cookie.get(cookie_name(call.tenant))
    known: Browser | None = call.tenant.state.browsers.get(morsel.value) if morsel else None
    return known or remember(call.tenant, Browser())


def remember(tenant: Tenant, browser: Browser) -> Browser:
    """Keep a browser for its next request."""
    tenant.state.keep(tenant.state.browsers, browser.id, browser, tenant.clock())
    return browser


@step
def signed_in(tenant: Tenant, browser: Browser, person: Person) -> Browser:
    """The browser after a login: under a new name, the old one forgotten."""
    tenant.state.browsers.pop(browser.id, None)
    return remember(tenant, Browser(person=person, authenticated_at=int(tenant.clock())))


@step
def set_cookie(call: Call, response: Response, browser: Browser) -> None:
    """Name the browser to itself."""
    response.set_cookie(cookie_name(call.tenant), browser.id, path="/", secure=True, httponly=True, samesite="lax")


def anti_forgery(browser: Browser, purpose: str) -> str:
    """The value that forms for a purpose (the id of a request, or a page's name) carry in this browser."""
    return hmac.new(_SECRET, f"{browser.id} {purpose}".encode(), hashlib.sha256).hexdigest()


@step
def forged(call: Call, browser: Browser, purpose: str, fields: dict[str, str]) -> bool:  # noqa: ARG001
    """Whether a posted form did not come from a page that we gave to this browser."""
    return not hmac.compare_digest(fields.get("anti_forgery", ""), anti_forgery(browser, purpose))
