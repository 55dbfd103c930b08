"""What a fault is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from conformance.reference.fhir.store import Entry

if TYPE_CHECKING:
    from conformance.reference.steps import Step

Listener = Literal["old-tls", "wrong-host", "expired", "plain-http"]
Change = Callable[[list[Entry]], list[Entry]]


@dataclass(frozen=True)
class Fault:
    """A named deviation from the clean deployment, for every client alike.

    ``id`` is the requirement's id, a dot and a slug; ``rule`` the finding rule it must lead to; ``sentence`` what is
    wrong, in words. The deviation itself is any of: ``steps`` (step to replacement, which gets the original first),
    ``records`` (a change of the population before it is indexed), ``behaviour`` (switches of `tenant.Behaviour`),
    ``listeners`` (origin to a listener that deviates; only for a whole process). ``target`` are dotted paths that a
    target file must set for the row to gate; ``collateral`` says why more than ten other rows change, if they do.
    """

    id: str
    rule: str
    sentence: str
    steps: Mapping[Step, Step] = field(default_factory=dict)
    records: Change | None = None
    behaviour: Mapping[str, Any] = field(default_factory=dict)
    listeners: Mapping[str, Listener] = field(default_factory=dict)
    target: Mapping[str, Any] = field(default_factory=dict)
    collateral: str = ""

    @property
    def requirement(self) -> str:
        """The row it breaks."""
        return self.id.partition(".")[0]

    @property
    def slug(self) -> str:
        """Its name in a path."""
        return self.id.lower()
