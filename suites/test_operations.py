"""Operations: what holds on the date of the run."""

import pytest

from conformance.areas.operations.rules import versions as operations


@pytest.mark.verifies("PA-OPS-001")
def test_the_versions_claimed_are_still_adopted(version_claims, capability_statement, run_date, judge):
    """No source claims only versions of FHIR, US Core or SMART whose adoption has ended on the run date."""
    judge(
        operations.still_adopted(version_claims, on=run_date),
        operations.fhir_is_r4(capability_statement),
        of=version_claims,
    )
