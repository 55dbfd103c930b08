"""One run of the proof: bases and validators made once, scores by operator as they are asked for."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from mutants import proof
from mutants.bases import examples
from mutants.model import Base, Knowledge, Operator
from mutants.packages import REALMS, Packages
from mutants.prepared import prepared

from conformance.guides import Guides
from conformance.validator import Validator, source

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from conformance.findings import Finding


class Session:
    """The clean bases of every realm, the others (``dirty``), and what became of the mutants so far."""

    def __init__(self, folder: Path) -> None:
        self.packages = Packages(folder)
        self.validators = {realm.name: Validator(Guides.load(realm.selection)) for realm in REALMS}
        self.bases: list[Base] = []
        self.prepared: list[Base] = []
        self.dirty: list[Base] = []
        for realm in REALMS:
            self._read(Knowledge(self.packages, realm))
        self._before: dict[Any, Any] = {}
        self._scores: dict[str, proof.Score] = {}

    def _read(self, knows: Knowledge) -> None:
        good, bad = proof.clean(examples(knows, self.packages), self.judge)
        self.bases += good
        self.dirty += bad
        if knows.realm == REALMS[0]:
            self.prepared = list(prepared(knows, good))
            self.bases += self.prepared

    def judge(self, base: Base, resource: Any) -> list[Finding]:
        """What the validator finds in a resource or in the text of one."""
        validator = self.validators[base.knows.realm.name]
        if not isinstance(resource, bytes):
            return validator.check(resource, base.demanded)
        reading = source.read(resource)
        if reading.value is None and reading.findings:
            return reading.findings
        return [*reading.findings, *validator.check(reading.value, base.demanded)]

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
        yield f"{made} mutants of {len(self.bases)} clean bases, {killed} killed, {named} by the rule they break"
        yield f"{harmless} equivalent mutants, {sum(one.killed for one in self.alarms)} false alarms"
        for one in self.scores:
            yield from (f"survived: {proof.described(mutant)}" for mutant in one.survivors)
        for one in self.alarms:
            for mutant, found in one.strangers:
                yield f"false alarm: {proof.described(mutant)} | {found[0]}"
