"""What a fault and a lawful variation have in common: a named deviation from the clean deployment."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Literal

from conformance.reference.fhir.store import Entry

if TYPE_CHECKING:
    from conformance.reference.steps import Step

Listener = Literal["old-tls", "only-old-tls", "wrong-host", "expired", "plain-http"]
Change = Callable[[list[Entry]], list[Entry]]


class Deviation:
    """A named deviation from the clean deployment, for every client alike.

    ``id`` is a requirement's id, a dot and a slug; ``sentence`` says what the server does. The deviation itself is any
    of: ``steps`` (step to replacement, which gets the original first), ``records`` (a change of the population before
    it is indexed), ``behaviour`` (switches of `tenant.Behaviour`), ``listeners`` (origin to a listener that deviates;
    only for a whole process). ``target`` are dotted paths that a target file must set.
    """

    id: str
    sentence: str
    steps: Mapping[Step, Step]
    records: Change | None
    behaviour: Mapping[str, Any]
    listeners: Mapping[str, Listener]
    target: Mapping[str, Any]

    @property
    def requirement(self) -> str:
        """The row it is about."""
        return self.id.partition(".")[0]

    @property
    def slug(self) -> str:
        """Its name in a path."""
        return self.id.lower()
