"""Fixtures for the token endpoint and the tokens it issues: what several checks try once together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from conformance.areas.shared.own_authorization import OwnAuthorization
from conformance.areas.token.probes.codes import CodeProbes
from conformance.areas.token.probes.grant_types import refused_grant_types
from conformance.areas.token.probes.lives import TokenLives
from conformance.areas.token.probes.public_client import PublicClient
from conformance.areas.token.probes.refreshes import RefreshProbes
from conformance.areas.token.probes.responses import bare_response

if TYPE_CHECKING:
    from conformance.areas.shared.authorizations import Authorizations
    from conformance.areas.shared.refusals import Probe
    from conformance.areas.shared.wrong_requests import WrongRequests
    from conformance.engine.run import Run


@pytest.fixture(scope="session")
def own_grants(run: Run, authorizations: Authorizations) -> OwnAuthorization:
    """Grants whose evidence several checks share."""
    return OwnAuthorization(authorizations, run.target.deployment.fhir_base)


@pytest.fixture(scope="session")
def code_probes(own_grants: OwnAuthorization) -> CodeProbes:
    """What is tried with codes in this run."""
    return CodeProbes(own_grants)


@pytest.fixture(scope="session")
def refresh_probes(own_grants: OwnAuthorization) -> RefreshProbes:
    """What is tried with refresh tokens in this run."""
    return RefreshProbes(own_grants)


@pytest.fixture(scope="session")
def public_client(own_grants: OwnAuthorization) -> PublicClient:
    """What the public client does in this run."""
    return PublicClient(own_grants)


@pytest.fixture(scope="session")
def token_lives(run: Run, own_grants: OwnAuthorization, patient: str) -> TokenLives:
    """What is done to access tokens in this run."""
    return TokenLives(run, own_grants, patient)


@pytest.fixture(scope="session")
def unsupported_grants(run: Run, authorizations: Authorizations) -> list[Probe]:
    """Token requests with grant types that no app may use, each sent once in the run."""
    return refused_grant_types(run, authorizations)


@pytest.fixture
def bare_token(wrong_requests: WrongRequests, own_authorization: OwnAuthorization) -> dict[str, Any]:
    """The token response of a grant without openid and without offline_access."""
    return bare_response(wrong_requests, own_authorization)
