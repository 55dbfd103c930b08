"""The consent page: which scope boxes are ticked, and which button ends it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.login.actions import set_checked
from conformance.login.outcome import ScopeChoice
from conformance.login.selectors import Values, locate, resolved
from conformance.oauth.scopes import parse_scope

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conformance.login.screens import ScopeBoxes

# For each box what it means, whether it is ticked, whether it may be changed; hidden, it is settled.
STATES = """(boxes, valueFrom) => boxes.map(each => {
  const box = each.control || each
  const label = box.labels && box.labels.length ? box.labels[0].innerText : box.getAttribute('aria-label')
  const value = ((['label', 'text'].includes(valueFrom) ? label : each.getAttribute(valueFrom)) || '').trim()
  if (box.type === 'hidden') return [value, true, false]
  const ticked = 'checked' in box ? box.checked : box.getAttribute('aria-checked') === 'true'
  return [value, ticked, !box.matches(':disabled') && !box.closest('[aria-disabled=true]')]
})"""


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
    before: list[tuple[str, bool, bool]] = await every.evaluate_all(STATES, boxes.value_from)
    return tuple([await _choose(box, *state, grant) for box, state in zip(each, before, strict=True)])


async def _choose(box: Any, value: str, before: bool, enabled: bool, grant: str | Sequence[str]) -> ScopeChoice:
    if not enabled or grant == "leave" or before == (wanted := _granted(value, grant)):
        return ScopeChoice(value, before, before, enabled)
    await set_checked(box, wanted=wanted)
    return ScopeChoice(value, before, await box.is_checked(), enabled)


def _granted(value: str, grant: str | Sequence[str]) -> bool:
    if isinstance(grant, str):
        return grant == "all"
    return any(value == scope or parse_scope(scope).same_as(parse_scope(value)) for scope in grant)
