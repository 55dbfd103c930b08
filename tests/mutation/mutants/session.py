"""One run of the proof: bases and validators made once, scores by operator as they are asked for."""

from __future__ import annotations

import traceback
from functools import cached_property
from random import Random
from typing import TYPE_CHECKING, Any, cast

from mutants import proof
from mutants.bases import examples
from mutants.edit import put
from mutants.made import GuidesWithMade, WithMade
from mutants.model import SEED, Base, Knowledge, Operator
from mutants.operators.structure import ANYTHING
from mutants.packages import REALMS, Packages
from mutants.prepared import prepared
from mutants.tables import Tables

from conformance.guides import Guides
from conformance.validator import Validator, source

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    from mutants.packages import Realm

    from conformance.findings import Finding


STRANGE = (
    *ANYTHING,
    ["#"],
    [17],
    {"coding": True},
    {"coding": [17]},
    {"code": {}, "system": []},
    {"extension": True},
    {"extension": [17]},
    {"id": [], "resourceType": "Patient"},
    {"reference": 17},
    {"reference": {}},
    {"resourceType": []},
    {"start": 3},
    {"url": [1]},
    [{"url": {}}],
    {"value": {}},
)
"""Values that no definition foresees, wherever they stand."""


class Session:
    """The clean bases of some realms, the others (``dirty``), and what became of the mutants so far."""

    def __init__(self, title: str, realms: Sequence[Realm], known: Callable[[Realm], Iterable[Base]]) -> None:
        self.title = title
        self.validators = {
            realm.name: Validator(cast("Guides", GuidesWithMade(Guides.load(realm.selection)))) for realm in realms
        }
        self.bases: list[Base] = []
        self.prepared: list[Base] = []
        self.dirty: list[Base] = []
        for realm in realms:
            good, bad = proof.clean(known(realm), self.judge)
            self.bases += good
            self.dirty += bad
            if realm == REALMS[0]:
                self.prepared = list(prepared(good[0].knows, good))
                self.bases += self.prepared
        self._before: dict[Any, Any] = {}
        self._scores: dict[str, proof.Score] = {}

    @classmethod
    def of_packages(cls, folder: Path) -> Session:
        """The official examples, by the definitions of their packages."""
        packages = Packages(folder)
        return cls("official examples", REALMS, lambda realm: examples(Knowledge(WithMade(packages), realm), packages))

    @classmethod
    def of_tables(cls) -> Session:
        """Our own resources, by the tables in the repository."""
        knows = Knowledge(WithMade(Tables()), REALMS[0])
        return cls(
            "our own examples", REALMS[:1], lambda _: [Base(f"ours:{one}", it, knows) for one, it in Tables.examples()]
        )

    def judge(self, base: Base, resource: Any) -> list[Finding]:
        """What the validator finds in a resource or in the text of one."""
        validator = self.validators[base.knows.realm.name]
        if not isinstance(resource, bytes):
            return validator.check(resource, base.demanded)
        reading = source.read(resource)
        if reading.value is None and reading.findings:
            return reading.findings
        exact = None if reading.findings else source.with_negative_zeros(resource)
        value = reading.value if exact is None else exact
        return [*reading.findings, *validator.check(value, base.demanded)]

    def troubles(self, changes: int) -> set[str]:
        """The exceptions that strange values anywhere cause, so many changes per base tried at random."""
        rng = Random(SEED)
        found = {
            self.trouble_with(base, put(base.resource, place.path, rng.choice(STRANGE)))
            for base in self.bases
            for place in rng.choices(base.places, k=changes)
        }
        return found - {""}

    def trouble_with(self, base: Base, resource: Any) -> str:
        """The exception that a resource causes in the validator, and where; empty for none."""
        try:
            self.judge(base, resource)
        except Exception as trouble:  # noqa: BLE001 - whatever it is, it is told
            place = traceback.extract_tb(trouble.__traceback__)[-1]
            return f"{type(trouble).__name__}: {trouble} in {place.name}, line {place.lineno} of {place.filename}"
        return ""

    def score(self, operator: Operator) -> proof.Score:
        """What became of the mutants of one operator."""
        if operator.name not in self._scores:
            self._scores[operator.name] = proof.score(operator, self.bases, self.judge, self._before)
        return self._scores[operator.name]

    @property
    def scores(self) -> list[proof.Score]:
        """The scores asked for so far, of operators that make faults."""
        return [one for one in self._scores.values() if one.operator.name not in self._equivalents]

    @property
    def alarms(self) -> list[proof.Score]:
        """The scores asked for so far, of operators that break nothing."""
        return [one for one in self._scores.values() if one.operator.name in self._equivalents]

    @cached_property
    def _equivalents(self) -> set[str]:
        from mutants.catalogue import EQUIVALENTS

        return {one.name for one in EQUIVALENTS}

    def report(self) -> Iterator[str]:
        """The totals, then each survivor and each false alarm."""
        made, killed = sum(one.made for one in self.scores), sum(one.killed for one in self.scores)
        named = sum(one.named for one in self.scores)
        harmless = sum(one.made for one in self.alarms)
        yield f"{made} mutants of {len(self.bases)} clean bases, {killed} killed, {named} by the rule they break, at its place"
        yield f"{harmless} equivalent mutants, {sum(one.killed for one in self.alarms)} false alarms"
        for one in self.scores:
            yield from (f"survived: {proof.described(mutant)}" for mutant in one.survivors)
        for one in (*self.scores, *self.alarms):
            yield from (f"crashed: {text}" for text in one.crashes)
        for one in self.alarms:
            for mutant, found in one.strangers:
                yield f"false alarm: {proof.described(mutant)} | {found[0]}"
