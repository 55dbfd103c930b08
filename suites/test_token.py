"""Token: the token endpoint, what it issues, and what refreshing yields."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conformance.areas.token.probes import responses
from conformance.areas.token.rules import errors as token_errors
from conformance.areas.token.rules import response as token

if TYPE_CHECKING:
    from typing import Any

    from conformance.areas.shared.refusals import Probe
    from conformance.areas.token.probes.public_client import PublicClient
    from conformance.areas.token.probes.refreshes import RefreshProbes
    from conformance.engine.judge import Judge
    from conformance.engine.run import Run
    from conformance.fhir import FhirClient
    from conformance.oauth.session import Session
    from conformance.oauth.token_endpoint import TokenAnswer


@pytest.mark.verifies("PA-TOK-001")
def test_a_code_is_exchanged_by_a_form_post_for_json(token_answer: TokenAnswer, judge: Judge) -> None:
    """A form post with the code returns 200 and a JSON object."""
    judge(token.is_json(token_answer.exchange))


@pytest.mark.verifies("PA-TOK-002")
def test_the_token_response_has_token_type_and_scope(token_answer: TokenAnswer, judge: Judge) -> None:
    """access_token, token_type Bearer and scope are in the token response."""
    judge(token.has_required_members(responses.as_served(token_answer)))


@pytest.mark.verifies("PA-TOK-003")
def test_the_lifetime_is_stated_and_at_most_an_hour(token_document: dict[str, Any], run: Run, judge: Judge) -> None:
    """expires_in is a positive integer of at most 3600 and as documented."""
    judge(token.expires(token_document, lifetime=run.target.deployment.access_token_lifetime))


@pytest.mark.verifies("PA-TOK-004")
def test_token_responses_forbid_caching(
    token_answer: TokenAnswer, refused_token_answer: TokenAnswer, judge: Judge
) -> None:
    """A token response and an error response carry Cache-Control: no-store and Pragma: no-cache."""
    judge(
        token.forbids_caching(token_answer.exchange),
        token.forbids_caching(refused_token_answer.exchange, is_error=True),
    )


@pytest.mark.verifies("PA-TOK-004")
@pytest.mark.usefixtures("own_authorization")
def test_refresh_responses_forbid_caching(refresh_probes: RefreshProbes, judge: Judge) -> None:
    """A refresh response carries Cache-Control: no-store and Pragma: no-cache."""
    judge(token.forbids_caching(refresh_probes.refreshed.answer.exchange))


@pytest.mark.verifies("PA-TOK-010")
def test_other_grant_types_are_refused_by_name(unsupported_grants: list[Probe], judge: Judge) -> None:
    """The password grant, a made-up grant type and a missing grant_type give no token, and a fitting error code."""
    judge(token_errors.grant_types_refused(unsupported_grants), of=unsupported_grants)


@pytest.mark.verifies("PA-TOK-012")
@pytest.mark.usefixtures("own_authorization")
def test_a_public_client_exchanges_without_a_secret(public_client: PublicClient, judge: Judge) -> None:
    """A public client that sends its client_id and the right verifier gets a token."""
    judge(token.public_exchange_works(public_client.exchange))


@pytest.mark.verifies("PA-TOK-014")
def test_the_patient_in_context_comes_beside_the_token(
    token_document: dict[str, Any], fhir: FhirClient, session: Session, patient: str, judge: Judge
) -> None:
    """patient is a bare logical id in the token response, and reading that Patient returns 200."""
    judge(
        token.names_a_patient(token_document),
        token.patient_is_readable(responses.patient_in_context(fhir, session, patient)),
    )


@pytest.mark.verifies("PA-TOK-015")
def test_an_id_token_comes_with_openid(token_document: dict[str, Any], session: Session, judge: Judge) -> None:
    """With openid granted the token response has a three-part id_token."""
    judge(token.has_id_token(responses.with_openid(token_document, session)))


@pytest.mark.verifies("PA-TOK-015")
def test_no_id_token_comes_without_openid(bare_token: dict[str, Any], judge: Judge) -> None:
    """Without openid no id_token is returned (advisory)."""
    judge(token.has_no_id_token(bare_token))


@pytest.mark.verifies("PA-TOK-016")
def test_a_refresh_token_comes_with_long_term_access(
    token_document: dict[str, Any], session: Session, run: Run, judge: Judge
) -> None:
    """With offline_access granted the token response has a refresh token."""
    judge(token.has_refresh_token(responses.with_long_term_access(token_document, session, run)))


@pytest.mark.verifies("PA-TOK-016")
def test_no_refresh_token_comes_unasked(bare_token: dict[str, Any], run: Run, judge: Judge) -> None:
    """Without offline_access no refresh token is returned, where the deployment requires that scope (advisory)."""
    needed = run.target.scopes.refresh_requires_offline_access

    judge(token.has_no_refresh_token(bare_token, needs_offline_access=needed))


@pytest.mark.verifies("PA-TOK-017")
@pytest.mark.usefixtures("own_authorization")
def test_a_refresh_returns_a_complete_working_response(refresh_probes: RefreshProbes, judge: Judge) -> None:
    """A refresh returns access_token, token_type, expires_in and scope; the new token differs and works."""
    refreshed = refresh_probes.refreshed
    before, after = refreshed.documents

    judge(token.refreshed(before, after), token.works(refreshed.read), seen_in=refreshed.answer.exchange)
