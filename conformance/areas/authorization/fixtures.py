"""Fixtures for the authorization endpoint: launches and wrong requests that several checks share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conformance.areas.authorization.probes.approval import Denial
from conformance.areas.shared.wrong_requests import WrongRequests
from conformance.errors import NoScreenFits, Undecided

if TYPE_CHECKING:
    from conformance.areas.shared.authorizations import Authorizations
    from conformance.login.outcome import AuthorizationOutcome


@pytest.fixture(scope="session")
def working_launch(standalone_launch: AuthorizationOutcome) -> AuthorizationOutcome:
    """The shared launch, which proves that a correct request is served; without that no refusal means anything."""
    if standalone_launch.code is None:
        raise Undecided("a correct request gave no code, see PA-AUTH-001", blocked_by="PA-AUTH-001")
    return standalone_launch


@pytest.fixture(scope="session")
def wrong_requests(authorizations: Authorizations, working_launch: AuthorizationOutcome) -> WrongRequests:  # noqa: ARG001
    """Requests that must be refused, each sent once in the run."""
    return WrongRequests(authorizations)


@pytest.fixture(scope="session")
def denial(authorizations: Authorizations) -> Denial:
    """A launch in which the member presses deny, made when a check first asks for it."""
    return Denial(authorizations)


@pytest.fixture(scope="session")
def asked_launch(working_launch: AuthorizationOutcome, denial: Denial) -> AuthorizationOutcome:
    """The shared launch; the denied one instead if the member was not asked because of an earlier approval."""
    if working_launch.consent is not None:
        return working_launch
    try:
        return denial.launch
    except (Undecided, NoScreenFits):
        return working_launch
