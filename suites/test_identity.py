"""Identity: the id_token and its claims."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conformance.areas.identity.probes import tokens

if TYPE_CHECKING:
    from conformance.areas.identity.probes.tokens import JudgedIdToken
    from conformance.areas.shared.authorizations import Authorizations
    from conformance.engine.judge import Judge
    from conformance.oauth.token_endpoint import TokenAnswer


@pytest.mark.verifies("PA-IDEN-001")
def test_the_id_token_is_signed_by_a_published_key(id_token: JudgedIdToken, judge: Judge) -> None:
    """The signature verifies with the published key of its kid, and RS256 is among the advertised algorithms."""
    judge(id_token.signature())


@pytest.mark.verifies("PA-IDEN-002")
def test_iss_is_the_advertised_issuer(id_token: JudgedIdToken, judge: Judge) -> None:
    """iss equals the issuer of the SMART and of the OpenID configuration, byte for byte."""
    judge(id_token.issuer())


@pytest.mark.verifies("PA-IDEN-003")
def test_aud_names_this_client(id_token: JudgedIdToken, judge: Judge) -> None:
    """aud is or contains the client id; with several audiences azp is the client id."""
    judge(id_token.audience())


@pytest.mark.verifies("PA-IDEN-004")
def test_exp_and_iat_are_the_times_of_expiry_and_issue(id_token: JudgedIdToken, judge: Judge) -> None:
    """exp is in the future and after iat, iat is the time of issue within the clock skew, and both are integers."""
    judge(id_token.times())


@pytest.mark.verifies("PA-IDEN-005")
def test_sub_identifies_one_member_at_every_login(
    id_token: JudgedIdToken, authorizations: Authorizations, token_answer_b: TokenAnswer, judge: Judge
) -> None:
    """sub has at most 255 ASCII characters, is the same at the next login, and differs between two members."""
    again, another = tokens.second_id_token(authorizations), tokens.id_token_of(token_answer_b)

    judge(id_token.subject(again=again, another=another))


@pytest.mark.verifies("PA-IDEN-006")
def test_nonce_is_echoed(id_token: JudgedIdToken, judge: Judge) -> None:
    """nonce is the value sent in the authorization request."""
    judge(id_token.nonce())


@pytest.mark.verifies("PA-IDEN-007")
def test_fhir_user_names_a_person(id_token: JudgedIdToken, judge: Judge) -> None:
    """fhirUser ends in an allowed resource type and an id."""
    judge(id_token.fhir_user())
