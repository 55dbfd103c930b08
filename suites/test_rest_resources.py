"""REST: every resource seen is what R4 says a resource is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conformance.areas.rest.rules import resources as rest_resources

if TYPE_CHECKING:
    from conformance.areas.rest.probes import validated
    from conformance.engine.judge import Judge


@pytest.mark.verifies("PA-REST-016")
def test_resources_are_structurally_valid(everything_validated: validated.Validated, judge: Judge) -> None:
    """Every resource seen has only known elements, as often as allowed, of the right types and with bound codes."""
    judge(rest_resources.structure(everything_validated.findings), judged=everything_validated.judged)


@pytest.mark.verifies("PA-REST-017")
def test_ids_and_times_use_legal_formats(everything_validated: validated.Validated, judge: Judge) -> None:
    """Every id, instant, date and other primitive of every resource seen has a legal format."""
    judge(rest_resources.formats(everything_validated.findings), judged=everything_validated.judged)


@pytest.mark.verifies("PA-REST-018")
def test_the_invariants_of_r4_hold(everything_validated: validated.Validated, judge: Judge) -> None:
    """Every error-level invariant of R4 holds for every resource seen."""
    judge(rest_resources.invariants(everything_validated.findings), judged=everything_validated.judged)


@pytest.mark.verifies("PA-REST-020")
def test_narratives_are_safe(everything_validated: validated.Validated, judge: Judge) -> None:
    """Every narrative is XHTML of the allowed kind, without scripts, and not empty."""
    judge(rest_resources.narratives(everything_validated.findings), judged=everything_validated.judged)
