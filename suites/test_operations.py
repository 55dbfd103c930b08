"""Operations: what is true on the date of the run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conformance.areas.operations.rules import versions as operations

if TYPE_CHECKING:
    from typing import Any

    from conformance.engine.judge import Judge
    from conformance.engine.run import Run
    from conformance.oauth.discovery import Discovery


@pytest.mark.verifies("PA-OPS-001")
def test_the_versions_claimed_are_still_adopted(
    capability_statement: dict[str, Any], discovery: Discovery, run: Run, judge: Judge
) -> None:
    """No source claims only versions of FHIR, US Core or SMART whose adoption has ended on the run date."""
    claims = operations.claims_of(
        capability_statement,
        discovery.smart.content,
        guides=run.target.guides,
        smart_version=run.target.deployment.smart_version,
    )

    judge(operations.still_adopted(claims, on=run.date), operations.fhir_is_r4(capability_statement), of=claims)
