"""Grants of a check's own, and the records of the shared session to try them on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conformance.areas.scopes.probes.known import KnownRecords, find_records
from conformance.areas.scopes.probes.plan import AccessPlan
from conformance.areas.scopes.probes.trials import ScopeTrials, grant_of
from conformance.areas.scopes.rules.grants import Grant
from conformance.errors import Undecided

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conformance.areas.shared.authorizations import Authorizations
    from conformance.areas.shared.own_authorization import OwnAuthorization
    from conformance.collection import Gatherer
    from conformance.engine.run import Run
    from conformance.oauth.token_endpoint import TokenAnswer
    from conformance.transport import Exchange


@pytest.fixture(scope="session")
def known_records(
    gatherer: Gatherer, patient: str, searched_types: Sequence[str], capability_statement_answer: Exchange
) -> KnownRecords:
    """What the shared session finds of each deployed type."""
    return find_records(gatherer, searched_types, patient=patient, capabilities=capability_statement_answer)


@pytest.fixture(scope="session")
def kept_trials(
    run: Run, authorizations: Authorizations, known_records: KnownRecords, deployed_types: Sequence[str]
) -> ScopeTrials:
    """The grants that were requested so far."""
    plan = AccessPlan(known_records, deployed_types, run.target.politeness.concurrency)
    return ScopeTrials(run, authorizations, known_records, plan)


@pytest.fixture
def scope_trials(own_authorization: OwnAuthorization, kept_trials: ScopeTrials) -> ScopeTrials:
    """Grants of a check's own; on some servers they end the shared session, so these checks run late."""
    del own_authorization
    return kept_trials


@pytest.fixture(scope="session")
def shared_grant(authorizations: Authorizations, token_answer: TokenAnswer) -> Grant:
    """The scopes that the shared session requested, and those it was granted."""
    grant = grant_of(authorizations.scopes, token_answer)
    if not grant.given:
        raise Undecided("the exchange gave no token response, see PA-TOK-001", blocked_by="PA-TOK-001")
    return grant


@pytest.fixture
def offline_grants(authorizations: Authorizations, request: pytest.FixtureRequest) -> tuple[Grant, Grant | None]:
    """The shared grant, which requested offline_access; and, where that was refused, one that did not."""
    if "offline_access" not in authorizations.scopes:
        raise Undecided("offline_access is not requested; set scopes.request_offline_access: true")
    launched = request.getfixturevalue("standalone_launch")
    if launched.code is not None:
        return request.getfixturevalue("shared_grant"), None
    less = [scope for scope in authorizations.scopes if scope != "offline_access"]
    again = authorizations.launch(authorizations.request(scopes=less), reason="without offline_access")
    refused = Grant(authorizations.scopes, refused=launched.error or launched.kind)
    return refused, Grant(tuple(less), refused="" if again.code else again.error or again.kind)
