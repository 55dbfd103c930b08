"""Fixtures for the versions that a deployment claims."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from conformance.areas.operations.rules.versions import Claim, claims_of

if TYPE_CHECKING:
    from conformance.engine.run import Run
    from conformance.oauth.discovery import Discovery


@pytest.fixture(scope="session")
def version_claims(run: Run, discovery: Discovery, capability_statement: dict[str, Any]) -> list[Claim]:
    """The versions of US Core and SMART that metadata, discovery and the target claim."""
    return claims_of(
        capability_statement,
        discovery.smart.content,
        guides=run.target.guides,
        smart_version=run.target.deployment.smart_version,
    )
