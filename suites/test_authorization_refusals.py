"""Authorization: requests that must not be served, judged by whether anything usable came of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conformance.areas.authorization.probes import launches
from conformance.areas.shared import refusals
from conformance.areas.shared.wrong_requests import UNKNOWN_SCOPE

if TYPE_CHECKING:
    from conformance.areas.shared.authorizations import Authorizations
    from conformance.areas.shared.wrong_requests import WrongRequests
    from conformance.engine.judge import Judge
    from conformance.oauth.discovery import Discovery

pytestmark = pytest.mark.usefixtures("own_authorization")


@pytest.mark.verifies("PA-AUTH-003")
def test_requests_without_a_challenge_are_refused(wrong_requests: WrongRequests, judge: Judge) -> None:
    """A request without a PKCE challenge never leads to a token."""
    attempts = wrong_requests.attempts("challenge")

    judge(refusals.not_granted(attempts), refusals.sent_back(attempts), of=attempts)


@pytest.mark.verifies("PA-AUTH-003")
def test_public_clients_without_a_challenge_get_an_error_response(
    wrong_requests: WrongRequests, authorizations: Authorizations, judge: Judge
) -> None:
    """A request of the public client without a PKCE challenge gets an error that reaches the app or the member."""
    attempts = launches.public_challenge(wrong_requests, authorizations)

    judge(refusals.not_granted(attempts), refusals.sent_back(attempts, required=True), of=attempts)


@pytest.mark.verifies("PA-AUTH-004")
def test_challenge_methods_other_than_s256_are_refused(wrong_requests: WrongRequests, judge: Judge) -> None:
    """With plain, no method, S512 or s256 the challenge itself is never accepted as the verifier."""
    attempts = wrong_requests.attempts("method")

    judge(refusals.not_granted(attempts), refusals.sent_back(attempts), of=attempts)


@pytest.mark.verifies("PA-AUTH-005")
def test_only_registered_redirect_uris_are_used(wrong_requests: WrongRequests, judge: Judge) -> None:
    """The server never redirects to a redirect_uri that differs from the registered ones in any character."""
    attempts = wrong_requests.attempts("redirect_uri")

    judge(
        refusals.not_sent_astray(attempts),
        refusals.not_granted(attempts),
        of=attempts,
    )


@pytest.mark.verifies("PA-AUTH-006")
def test_unknown_clients_are_never_redirected(wrong_requests: WrongRequests, judge: Judge) -> None:
    """An unknown, empty or missing client_id gives an error page and no redirect."""
    attempts = wrong_requests.attempts("client_id")

    judge(refusals.never_redirected(attempts), of=attempts)


@pytest.mark.verifies("PA-AUTH-007")
def test_missing_and_unknown_response_types_are_refused(wrong_requests: WrongRequests, judge: Judge) -> None:
    """A request without response_type, or with a made-up one, leads to no token."""
    attempts = wrong_requests.attempts("response_type")

    judge(refusals.not_granted(attempts), of=attempts)


@pytest.mark.verifies("PA-AUTH-007")
def test_response_types_that_work_are_listed(wrong_requests: WrongRequests, discovery: Discovery, judge: Judge) -> None:
    """The response types token and id_token token work only where response_types_supported lists them (advisory)."""
    attempts = wrong_requests.attempts("other-response-type")

    judge(
        refusals.unlisted_types_refused(attempts, listed=discovery.smart.texts("response_types_supported")),
        of=attempts,
    )


@pytest.mark.verifies("PA-AUTH-008")
def test_aud_must_be_the_fhir_base(wrong_requests: WrongRequests, authorizations: Authorizations, judge: Judge) -> None:
    """A request without aud, or with the aud of another server, never leads to a token."""
    attempts = wrong_requests.attempts("aud")

    judge(
        refusals.not_granted(attempts),
        refusals.not_granted(launches.slash_tolerance(wrong_requests, authorizations)),
        of=attempts,
    )


@pytest.mark.verifies("PA-AUTH-011")
def test_repeated_parameters_are_rejected(wrong_requests: WrongRequests, judge: Judge) -> None:
    """A request with scope or redirect_uri twice is not served."""
    attempts = wrong_requests.attempts("repetition")

    judge(refusals.not_granted(attempts), of=attempts)


@pytest.mark.verifies("PA-AUTH-012")
def test_unknown_scopes_are_never_granted(wrong_requests: WrongRequests, judge: Judge) -> None:
    """A scope that does not exist is refused or left out of the granted scope."""
    attempts = wrong_requests.attempts("scope")

    judge(
        refusals.unknown_scopes_dropped(attempts, unknown=UNKNOWN_SCOPE),
        refusals.sent_back(attempts),
        of=attempts,
    )


@pytest.mark.verifies("PA-AUTH-013")
def test_patient_scopes_always_come_with_a_patient(wrong_requests: WrongRequests, judge: Judge) -> None:
    """Patient scopes without launch/patient are refused or granted together with a patient."""
    attempts = wrong_requests.attempts("no-launch-scope")

    judge(refusals.patient_is_established(attempts), of=attempts)
