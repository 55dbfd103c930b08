"""The consent page: which scope boxes are ticked, and which button ends it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.smart.actions import set_checked
from conformance.smart.outcome import ScopeChoice
from conformance.smart.scopes import parse_scope
from conformance.smart.selectors import Values, locate, resolved

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conformance.smart.screens import ScopeBoxes

LABEL_TEXT = "box => box.labels && box.labels.length ? box.labels[0].innerText : (box.getAttribute('aria-label') || '')"


async def choose_scopes(
    page: Any, boxes: ScopeBoxes, wanted: str | Sequence[str], values: Values
) -> tuple[ScopeChoice, ...]:
    """Tick the boxes of the wanted scopes, untick the others, and say what was offered.

    ``wanted`` is ``all`` for what the screen's own ``grant`` says, or the scopes to leave ticked. Disabled boxes stay.
    """
    found = locate(page, resolved(boxes.checkbox, values))
    shown = found.filter(visible=True)
    every = shown if await shown.count() else found
    grant = boxes.grant if wanted == "all" else wanted
    return tuple([await _choose(every.nth(index), boxes.value_from, grant) for index in range(await every.count())])


async def _choose(box: Any, value_from: str, grant: str | Sequence[str]) -> ScopeChoice:
    value = await _value(box, value_from)
    before, enabled = await box.is_checked(), await box.is_enabled()
    if enabled and grant != "leave":
        await set_checked(box, wanted=_granted(value, grant))
    return ScopeChoice(value, before, await box.is_checked(), enabled)


async def _value(box: Any, value_from: str) -> str:
    labelled = value_from in {"label", "text"}
    text = await (box.evaluate(LABEL_TEXT) if labelled else box.get_attribute(value_from))
    return str(text or "").strip()


def _granted(value: str, grant: str | Sequence[str]) -> bool:
    if isinstance(grant, str):
        return grant == "all"
    return any(value == scope or parse_scope(scope).same_as(parse_scope(value)) for scope in grant)
