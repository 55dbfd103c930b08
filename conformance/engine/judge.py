"""Fixtures that turn findings into an outcome: the only way a check speaks."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

import pytest

from conformance.engine.hooks import JUDGED
from conformance.engine.run import RUN, Run
from conformance.errors import NonConformance, Undecided

if TYPE_CHECKING:
    from collections.abc import Iterable, Sized

    from conformance.findings import Finding


class Judge(Protocol):
    """See :func:`judge`."""

    def __call__(
        self,
        *findings: Iterable[Finding],
        seen_in: object = None,
        of: Sized | None = None,
        judged: tuple[int, int] | None = None,
    ) -> None:
        """Collect the findings and raise them once."""


@pytest.fixture(scope="session")
def run(request: pytest.FixtureRequest) -> Run:
    """The state of the run, for fixtures and for the probes that checks call."""
    return request.config.stash[RUN]


@pytest.fixture
def judge(request: pytest.FixtureRequest) -> Judge:
    """Collects every finding of a check and raises them once, so that a payer learns all defects in one run.

    ``of`` is what was judged, all of it; where some of it could not be judged, ``judged`` is (judged, available)
    instead. A check that judged nothing is undecided. ``seen_in`` is the answer the findings were read from, where they
    do not say so themselves; without it, a finding on a resource was seen where the resource came first, so that every
    finding can be seen again. A violation outranks a group of findings that turns out to be undecided.
    """
    shown = request.config.stash[RUN].shown

    def collect(
        *findings: Iterable[Finding],
        seen_in: object = None,
        of: Sized | None = None,
        judged: tuple[int, int] | None = None,
    ) -> None:
        if of is not None:
            judged = (len(of), len(of))
        if judged is not None:
            request.node.stash[JUDGED] = judged
        found, undecided = _gathered(findings)
        number = getattr(seen_in, "number", 0)
        found = [
            finding if finding.exchange else replace(finding, exchange=number or shown.get(finding.resource, 0))
            for finding in found
        ]
        if undecided is not None and not any(finding.severity == "error" for finding in found):
            raise undecided
        if any(finding.severity != "information" for finding in found):
            raise NonConformance(found)
        if judged is not None and judged[0] == 0:
            raise Undecided("the deployment offered nothing to judge this on")

    return collect


def _gathered(groups: Iterable[Iterable[Finding]]) -> tuple[list[Finding], Undecided | None]:
    """Every finding of the groups, and the first reason why one of them could not be decided to its end."""
    found: list[Finding] = []
    undecided: Undecided | None = None
    for group in groups:
        try:
            for finding in group:
                found.append(finding)  # noqa: PERF402 - what came before the reason is kept
        except Undecided as reason:
            undecided = undecided or reason
    return found, undecided


def attach_picture(png: bytes, name: str) -> None:
    """Show a picture beside the check in the report."""
    import allure  # noqa: PLC0415  only runs that show a picture pay for it

    allure.attach(png, name, allure.attachment_type.PNG)
