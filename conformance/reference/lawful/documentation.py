"""Lawful variations of the developer page: where it is and what it shows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.responses import RedirectResponse

from conformance.reference import documentation
from conformance.reference.authorization import server
from conformance.reference.faults.deviations import edited
from conformance.reference.lawful.variation import Variation

if TYPE_CHECKING:
    from conformance.reference.steps import Step

_PUBLIC = "42 CFR 422.119(d): documentation is publicly accessible without preconditions"
_SIGN_IN = (
    '<form action="/partners" method="post"><label>Partner id <input name="partner"></label>'
    '<label>Password <input type="password" name="word"></label><button>Partner sign-in</button></form>'
)


def _moved(original: Step, call: Any, route: Any) -> Any:
    if route.handler is documentation.page and ("edition", "2026") not in call.query:
        return RedirectResponse(f"{call.tenant.issuer}/developer?edition=2026", 302)
    return original(call, route)


VARIATIONS = (
    Variation(
        "PA-DOC-001.redirected",
        "The developer page is reached by a redirect.",
        f"{_PUBLIC}; RFC 9110 15.4.3",
        {server.dispatch: _moved},
        also=("PA-DOC-005",),
    ),
    Variation(
        "PA-DOC-001.partner-sign-in",
        "The whole documentation is public, and partners can sign in on the same page.",
        _PUBLIC,
        {documentation.introduction: edited(lambda html: html + _SIGN_IN)},
        also=("PA-DOC-004", "PA-DOC-005"),
    ),
    Variation(
        "PA-DOC-004.own-words",
        "The payer's own page is its documentation.",
        _PUBLIC,
        {documentation.introduction: edited(lambda html: html + "<p>Questions: apps@harborplan.example</p>")},
        target={"documentation.preset": ""},
        also=("PA-DOC-005",),
    ),
)
