"""The consent page: which scope boxes are ticked, and which button ends it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.smart.actions import ACTION_SECONDS, set_checked
from conformance.smart.outcome import ScopeChoice
from conformance.smart.scopes import parse_scope
from conformance.smart.selectors import Values, locate, resolved

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conformance.smart.screens import ScopeBoxes

LABEL_TEXT = "box => box.labels && box.labels.length ? box.labels[0].innerText : (box.getAttribute('aria-label') || '')"


def choose_scopes(page: Any, boxes: ScopeBoxes, wanted: str | Sequence[str], values: Values) -> tuple[ScopeChoice, ...]:
    """Tick the boxes of the wanted scopes, untick the others, and say what was offered.

    ``wanted`` is ``all`` for what the screen's own ``grant`` says, or the scopes to leave ticked. Disabled boxes stay.
    """
    found = locate(page, resolved(boxes.checkbox, values))
    shown = found.filter(visible=True)
    every = shown if shown.count() else found
    grant = boxes.grant if wanted == "all" else wanted
    return tuple(_choose(every.nth(index), boxes.value_from, grant) for index in range(every.count()))


def _choose(box: Any, value_from: str, grant: str | Sequence[str]) -> ScopeChoice:
    value = _value(box, value_from)
    before = box.is_checked()
    if box.is_enabled() and grant != "leave":
        set_checked(box, wanted=_granted(value, grant), timeout=ACTION_SECONDS * 1000)
    return ScopeChoice(value, before, box.is_checked(), box.is_enabled())


def _value(box: Any, value_from: str) -> str:
    text = box.evaluate(LABEL_TEXT) if value_from in {"label", "text"} else box.get_attribute(value_from)
    return str(text or "").strip()


def _granted(value: str, grant: str | Sequence[str]) -> bool:
    if isinstance(grant, str):
        return grant == "all"
    return any(value == scope or parse_scope(scope).same_as(parse_scope(value)) for scope in grant)
