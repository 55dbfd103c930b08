"""The five steps of a documented quickstart (42 CFR 422.119(d)): whether they work, where they leave the standards."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from conformance.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


@dataclass(frozen=True, slots=True)
class Step:
    """One step as it went: what the documentation says to do, whether it worked, and how it departs from standards.

    ``problem`` is empty when the step worked. ``departures`` are sentences; ``exchange`` is the request that shows it.
    """

    name: str
    problem: str = ""
    departures: tuple[str, ...] = ()
    exchange: int = 0


def works(steps: Sequence[Step]) -> Iterator[Finding]:
    """PA-DOC-004: each step succeeds with documented values only."""
    for step in steps:
        if step.problem:
            yield Finding(
                f"quickstart.{step.name.lower().replace(' ', '-')}",
                f"the documented step {step.name!r} does not work: {step.problem}",
                path=step.name,
                exchange=step.exchange,
            )


def departs_from_standards(steps: Sequence[Step]) -> Iterator[Finding]:
    """PA-DOC-004: where the documented text and the standards differ, as warnings."""
    for step in steps:
        for departure in step.departures:
            yield Finding(
                "quickstart.departure",
                departure,
                severity="warning",
                path=step.name,
                exchange=step.exchange,
            )
