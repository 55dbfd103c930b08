"""The consent page: which scope boxes are ticked, and which button ends it."""

from __future__ import annotations

import asyncio
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
    each = [every.nth(index) for index in range(await every.count())]
    before = await asyncio.gather(*(_state(box, boxes.value_from) for box in each))
    return tuple([await _choose(box, *state, grant) for box, state in zip(each, before, strict=True)])


async def _state(box: Any, value_from: str) -> tuple[str, bool, bool]:
    """What a box stands for, whether it is ticked, whether it may be changed; hidden, it is settled."""
    if await box.get_attribute("type") == "hidden":
        return await _value(box, value_from), True, False
    value, ticked, enabled = await asyncio.gather(_value(box, value_from), box.is_checked(), box.is_enabled())
    return value, ticked, enabled


async def _choose(box: Any, value: str, before: bool, enabled: bool, grant: str | Sequence[str]) -> ScopeChoice:
    if not enabled or grant == "leave" or before == (wanted := _granted(value, grant)):
        return ScopeChoice(value, before, before, enabled)
    await set_checked(box, wanted=wanted)
    return ScopeChoice(value, before, await box.is_checked(), enabled)


async def _value(box: Any, value_from: str) -> str:
    labelled = value_from in {"label", "text"}
    text = await (box.evaluate(LABEL_TEXT) if labelled else box.get_attribute(value_from))
    return str(text or "").strip()


def _granted(value: str, grant: str | Sequence[str]) -> bool:
    if isinstance(grant, str):
        return grant == "all"
    return any(value == scope or parse_scope(scope).same_as(parse_scope(value)) for scope in grant)
