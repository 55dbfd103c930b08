"""Token: how the API answers expired, altered and misplaced tokens, and how tokens are ended and inspected."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conformance.areas.token.probes import bearers
from conformance.areas.token.rules import access as token_access
from conformance.areas.token.rules import status as token_status

if TYPE_CHECKING:
    from conformance.areas.shared.authorizations import Authorizations
    from conformance.areas.shared.own_authorization import OwnAuthorization
    from conformance.areas.token.probes.lives import TokenLives
    from conformance.engine.judge import Judge
    from conformance.fhir import FhirClient
    from conformance.oauth.session import Session
    from conformance.oauth.token_endpoint import TokenAnswer


@pytest.mark.verifies("PA-TOK-023")
@pytest.mark.usefixtures("own_authorization")
def test_expired_access_tokens_are_refused(token_lives: TokenLives, judge: Judge) -> None:
    """An access token used after the lifetime it was issued for is refused with 401."""
    judge(token_access.refused_after_expiry(token_lives.expiry))


@pytest.mark.verifies("PA-TOK-024")
def test_altered_access_tokens_are_refused(
    authorizations: Authorizations, fhir: FhirClient, session: Session, patient: str, judge: Judge
) -> None:
    """A token with a changed character, and a JWT with changed claims, algorithm or signature, is refused with 401."""
    uses = bearers.tampered(authorizations, fhir, session, patient)

    judge(token_access.refused_by_the_api(uses), of=uses)


@pytest.mark.verifies("PA-TOK-025")
def test_an_id_token_opens_nothing(
    authorizations: Authorizations, fhir: FhirClient, token_answer: TokenAnswer, patient: str, judge: Judge
) -> None:
    """An id_token sent as a bearer token is refused."""
    judge(token_access.refused_by_the_api(bearers.id_token(authorizations, fhir, token_answer, patient)))


@pytest.mark.verifies("PA-TOK-025")
def test_a_refresh_token_opens_nothing(own_authorization: OwnAuthorization, judge: Judge) -> None:
    """A refresh token sent as a bearer token is refused."""
    judge(token_access.refused_by_the_api(bearers.refresh_token(own_authorization)))


@pytest.mark.verifies("PA-TOK-026")
@pytest.mark.usefixtures("own_authorization")
def test_an_access_token_in_the_query_opens_nothing(token_lives: TokenLives, judge: Judge) -> None:
    """An access token in the query, without Authorization header, is refused with 401."""
    judge(token_access.refused_by_the_api(token_lives.in_query()))


@pytest.mark.verifies("PA-TOK-027")
@pytest.mark.usefixtures("own_authorization")
def test_revoked_tokens_are_useless(token_lives: TokenLives, judge: Judge) -> None:
    """Revocation returns 200, also for unknown tokens, and a revoked token neither opens nor refreshes anything."""
    judge(token_status.revoked_tokens_die(token_lives.revocation))


@pytest.mark.verifies("PA-TOK-028")
@pytest.mark.usefixtures("own_authorization")
def test_introspection_tells_living_tokens_from_dead_ones(
    token_lives: TokenLives, session: Session, judge: Judge
) -> None:
    """A valid token is active with its scope and context, an invalid one is inactive; authentication is required."""
    introspections = token_lives.introspections(session)

    judge(
        token_status.live_is_described(introspections.live, introspections.known),
        token_status.dead_is_not(introspections.dead),
        token_status.not_for_everybody(introspections.stranger),
        judged=introspections.judged,
    )
