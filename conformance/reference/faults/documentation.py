"""Faults of documentation: the developer page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.responses import HTMLResponse

from conformance.reference import documentation
from conformance.reference.authorization import server
from conformance.reference.faults.deviations import edited
from conformance.reference.faults.fault import Fault

if TYPE_CHECKING:
    from conformance.reference.steps import Step


def _behind_a_login(original: Step, call: object, route: Any) -> object:
    if route.handler is documentation.page:
        return HTMLResponse("<h1>Please sign in to the developer portal</h1>", 401)
    return original(call, route)


FAULTS = (
    Fault(
        "PA-DOC-001.behind-a-login",
        "documentation.public",
        "The developer page needs an account.",
        {server.dispatch: _behind_a_login},
    ),
    Fault(
        "PA-DOC-005.type-not-served",
        "documentation.profile",
        "The profile table lists a type that no endpoint serves.",
        {
            documentation.profile_table: edited(
                lambda html: html.replace(
                    "<tbody>", "<tbody><tr><td><code>CarePlan</code></td><td>us-core-careplan</td></tr>"
                )
            )
        },
    ),
)
