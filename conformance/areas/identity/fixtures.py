"""The id_token of member a, and the session of a representative with a dependent's record open."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conformance.areas.identity.probes.tokens import JudgedIdToken
from conformance.areas.identity.probes.users import chosen_dependent, patient_of
from conformance.errors import Undecided
from conformance.oauth.id_token import read_id_token

if TYPE_CHECKING:
    from conformance.areas.shared.authorizations import Authorizations
    from conformance.engine.run import Run
    from conformance.login.outcome import AuthorizationOutcome
    from conformance.oauth.discovery import Discovery
    from conformance.oauth.session import Session
    from conformance.oauth.token_endpoint import TokenAnswer


@pytest.fixture(scope="session")
def representative_session(authorizations: Authorizations) -> Session:
    """The session of the representative with the dependent's record open."""
    chosen_dependent(authorizations)
    answer = authorizations.answer(reason="the representative, for a dependent", member="representative")
    opened = authorizations.session(answer, member="representative")
    patient_of(opened)
    return opened


@pytest.fixture(scope="session")
def id_token(
    run: Run, authorizations: Authorizations, standalone_launch: AuthorizationOutcome, token_answer: TokenAnswer
) -> JudgedIdToken:
    """The id_token of the shared session."""
    return JudgedIdToken(run, authorizations, token_answer, standalone_launch.request.nonce)


@pytest.fixture(scope="session")
def id_token_issuer(request: pytest.FixtureRequest, discovery: Discovery) -> str:
    """The ``iss`` of the id_token; empty where single sign-on is not claimed or no id_token was issued."""
    if "sso-openid-connect" not in discovery.capabilities:
        return ""
    try:
        answer: TokenAnswer = request.getfixturevalue("token_answer")
    except Undecided:
        return ""
    return read_id_token(answer.id_token).text("iss") if answer.id_token else ""
