"""Baseline: the violations a deployment is known to have, so that only new ones fail a run; it can only shrink.

A JSON file ``{schema, failures: [{requirement, rule, path}]}``, one violation per line, paths without indexes. It is
written once from a finished run; writing it again only ever takes away what is no longer violated.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from conformance.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from conformance.findings import Finding

SCHEMA = "https://conformance.example/schemas/baseline-1.json"
_INDEX = re.compile(r"\[\d+\]")
_DECIDED = {"pass", "fail", "waived", "advisory", "not-applicable"}


@dataclass(frozen=True, slots=True, order=True)
class Failure:
    """One known violation: a rule of a requirement, broken at an element whatever its index or resource."""

    requirement: str
    rule: str
    path: str = ""


@dataclass(frozen=True, slots=True)
class Baseline:
    """The known violations; ``file`` is what the user calls it."""

    failures: frozenset[Failure] = frozenset()
    file: str = ""

    def covering(self, row_id: str, finding: Finding) -> str:
        """Why the violation does not fail the run; empty when it is new."""
        known = Failure(row_id, finding.rule, without_indexes(finding.path)) in self.failures
        return f"known since the baseline {self.file}" if known else ""


def without_indexes(path: str) -> str:
    """``ExplanationOfBenefit.item[3].category`` as ``ExplanationOfBenefit.item.category``."""
    return _INDEX.sub("", path)


def load_baseline(path: Path) -> Baseline:
    """The baseline in ``path``; raises :class:`ConfigError` for anything that is none."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        failures = frozenset(Failure(**entry) for entry in data["failures"])
    except OSError as problem:
        raise ConfigError(f"the baseline {path} cannot be read: {problem.strerror}") from None
    except (ValueError, TypeError, KeyError):
        raise ConfigError(f"{path} is there but is no baseline; conformance baseline RUN FILE writes one") from None
    return Baseline(failures, path.name)


def failures_of(document: Mapping[str, Any]) -> frozenset[Failure]:
    """The violations of gate rows in the document of a run, waived ones left out unless a baseline knew them."""
    return frozenset(
        Failure(row["id"], finding["rule"], without_indexes(finding["path"]))
        for row in document["requirements"]
        if row["status"] == "fail" or (row["status"] == "waived" and "known since the baseline" in row["reason"])
        for finding in row["findings"]
        if finding["severity"] == "error"
    )


def settle(known: Baseline | None, document: Mapping[str, Any]) -> tuple[Baseline, frozenset[Failure]]:
    """The baseline after the run, and the new violations that it refuses to take up.

    Without a ``known`` one it begins with every violation of the run. What the run did not decide stays.
    """
    now = failures_of(document)
    if known is None:
        return Baseline(now), frozenset()
    decided = {row["id"] for row in document["requirements"] if row["status"] in _DECIDED}
    kept = frozenset(each for each in known.failures if each in now or each.requirement not in decided)
    return Baseline(kept, known.file), now - known.failures


def gone(known: Baseline, document: Mapping[str, Any]) -> list[Failure]:
    """Known violations that the run no longer found, sorted."""
    return sorted(known.failures - settle(known, document)[0].failures)


def text_of(baseline: Baseline) -> str:
    """The baseline as its file, one violation per line, so that shrinking reads as a diff."""
    lines = ",\n".join(f"  {json.dumps(_entry(each))}" for each in sorted(baseline.failures))
    body = f"[\n{lines}\n ]" if lines else "[]"
    return f'{{\n "schema": {json.dumps(SCHEMA)},\n "failures": {body}\n}}\n'


def _entry(failure: Failure) -> dict[str, str]:
    return {"requirement": failure.requirement, "rule": failure.rule, "path": failure.path}


def write_baseline(run: Mapping[str, Any], path: Path) -> tuple[Baseline, frozenset[Failure]]:
    """Write ``path`` from the document of a run, or shrink the one that is there; returns it and what it refused."""
    known = load_baseline(path) if path.exists() else None
    settled, refused = settle(known, run)
    try:
        path.write_text(text_of(settled), encoding="utf-8")
    except OSError as problem:
        raise ConfigError(f"the baseline {path} cannot be written: {problem.strerror}") from None
    return settled, refused
