"""Guides and validator as fixtures: findings on what the deployment served, with where it was served."""

from __future__ import annotations

import os
import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from conformance.guides import Guides
from conformance.rules.bundles import resource_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from conformance.findings import Finding
    from conformance.plugin.run import Run
    from conformance.rules.documents import Answer
    from conformance.rules.evidence import SearchEvidence
    from conformance.transport import TerminologyService

LOOKUPS = 5.0
"""Codes asked for per second, where the target sets no rate."""
_INSIDE_AN_ENTRY = re.compile(r"Bundle\.entry\[\d+\]\.resource")


@pytest.fixture(scope="session")
def guides(run: Run) -> Guides:
    """The guides at the versions the target selects; the run remembers which they are."""
    loaded = Guides.load(dict(run.target.guides))
    run.guides = [
        {key: getattr(info, key) for key in ("name", "version", "standing", "date", "sha256")}
        for info in loaded.manifest
    ]
    return loaded


@pytest.fixture(scope="session")
def known_canonical(guides: Guides) -> Callable[[str], bool]:
    """Whether a guide at hand defines a profile, whatever version suffix it is named with."""
    return lambda canonical: guides.structure(canonical.partition("|")[0]) is not None


def cache_folder() -> Path:
    """Where answers of terminology services are kept."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "patient-access-conformance" / "codes"


class Validation:
    """Judges resources as they were answered."""

    def __init__(self, run: Run, guides: Guides) -> None:
        from conformance.validator import Validator  # noqa: PLC0415  compiled only when a check validates

        self._run = run
        self._silent: dict[str, int] = {}
        self._validator = Validator(guides, lookup=self._lookup())

    def _lookup(self) -> TerminologyService | None:
        """The target's terminology services; asked with a transport of their own, so that no evidence shows codes."""
        target = self._run.target
        if not target.terminology:
            return None
        from conformance.transport import TerminologyService, transport_for  # noqa: PLC0415  only where wanted

        polite = replace(target.politeness, concurrency=1, rate=target.politeness.rate or LOOKUPS, max_requests=0)
        transport = transport_for(replace(target, politeness=polite), self._run.redactor)
        return TerminologyService(transport, target.terminology, cache_folder(), self._note)

    def _note(self, sentence: str) -> None:
        """A service that cannot be used is one of the things that were not checked."""
        self._silent[sentence] = 1

    def resource(self, resource: dict[str, Any], profiles: Sequence[str] = (), *, seen_in: int = 0) -> list[Finding]:
        """Findings on one resource against its base type and ``profiles``."""
        own = f"{resource.get('resourceType')}/{resource.get('id', '')}"
        found = self._validator.check(resource, profiles)
        self._run.not_checked = {**self._validator.not_checked, **self._silent}
        return [
            replace(finding, resource=finding.resource or own, exchange=finding.exchange or seen_in)
            for finding in found
        ]

    def answer(self, answer: Answer) -> Iterator[Finding]:
        """Findings on the resource in an answer; an answer without a resource has none."""
        resource = resource_of(answer) if answer.status == 200 else {}
        if isinstance(resource.get("resourceType"), str):
            yield from self.resource(resource, seen_in=answer.number)

    def bundle(self, answer: Answer) -> Iterator[Finding]:
        """Findings on a Bundle itself; what its entries hold is judged on its own."""
        for finding in self.answer(answer):
            if not _INSIDE_AN_ENTRY.match(finding.path):
                yield finding

    def bundles(self, searches: Iterable[SearchEvidence]) -> Iterator[Finding]:
        """Findings on the first Bundle of each search."""
        for search in searches:
            yield from self.bundle(search.first)


@pytest.fixture(scope="session")
def validate(run: Run, guides: Guides) -> Validation:
    """The validator over the target's guides."""
    return Validation(run, guides)
