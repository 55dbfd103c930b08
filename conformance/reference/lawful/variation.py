"""What a lawful variation is."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from conformance.reference.deviation import Change, Deviation, Listener

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from conformance.reference.steps import Step

Shown = Literal["advisory", "undecided"]
Manifest = dict[str, Any]


@dataclass(frozen=True)
class Variation(Deviation):
    """A deviation that every document in force allows: no gate row may fail because of it.

    ``sentence`` says what the server does; ``authority`` names the document and section that allow it. ``rows`` are the
    few rows that may turn from pass to advisory or undecided, with that status; ``also`` are further rows (or prefixes)
    that meet what it does and must stay as they are. ``choices`` name what it decides, for variations that decide the
    same thing in different ways and so cannot be in one deployment. ``fixtures`` changes the fixture manifest in place,
    for a variation whose payer keeps less than the population has.
    """

    id: str
    sentence: str
    authority: str
    steps: Mapping[Step, Step] = field(default_factory=dict)
    records: Change | None = None
    behaviour: Mapping[str, Any] = field(default_factory=dict)
    target: Mapping[str, Any] = field(default_factory=dict)
    rows: Mapping[str, Shown] = field(default_factory=dict)
    also: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()
    fixtures: Callable[[Manifest], None] | None = None
    listeners: Mapping[str, Listener] = field(default_factory=dict)

    def agrees_with(self, other: Variation) -> bool:
        """Whether one deployment can have both: no choice, switch or path of the target is decided twice."""
        if set(self.choices) & set(other.choices):
            return False
        ours, theirs = ({**each.behaviour, **each.target} for each in (self, other))
        return all(ours[name] == theirs[name] for name in set(ours) & set(theirs))
