"""What commits a deployment to hrex-coverage."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.areas.shared.bundles import resource_of
from conformance.areas.shared.canonicals import HREX
from conformance.fhir import capability as capabilities

if TYPE_CHECKING:
    from conformance.engine.run import Run
    from conformance.transport import Exchange

_COVERAGE = f"{HREX}hrex-coverage"


def demanded_by(run: Run, capability_statement: Exchange) -> str:
    """Who commits the deployment to hrex-coverage: its documentation, its metadata or PDex 2.0; empty for none."""
    if run.target.documentation.profiles.get("Coverage", "").partition("|")[0] == _COVERAGE:
        return "the documentation"
    declared = capabilities.profiles(resource_of(capability_statement), "Coverage")
    if _COVERAGE in {each.partition("|")[0] for each in declared}:
        return "metadata"
    return "PDex 2.0.0" if run.target.guides.get("pdex", "").startswith("2.0") else ""
