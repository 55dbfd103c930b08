"""Authorization: requests that must not be served, judged by whether anything usable came of them."""

import pytest

from conformance.areas.shared import refusals


@pytest.mark.verifies("PA-AUTH-003")
def test_requests_without_a_challenge_are_refused(try_wrong_requests, judge):
    """A request without a PKCE challenge never leads to a token."""
    attempts = try_wrong_requests("challenge")

    judge(refusals.not_granted(attempts), of=attempts)


@pytest.mark.verifies("PA-AUTH-004")
def test_challenge_methods_other_than_s256_are_refused(try_wrong_requests, judge):
    """Plain, a missing method, S512 and s256 never let the challenge itself serve as the verifier."""
    attempts = try_wrong_requests("method")

    judge(refusals.not_granted(attempts), of=attempts)


@pytest.mark.verifies("PA-AUTH-005")
def test_only_registered_redirect_uris_are_used(try_wrong_requests, judge):
    """A redirect_uri that differs from the registered ones in any letter is never redirected to."""
    attempts = try_wrong_requests("redirect_uri")

    judge(
        refusals.not_sent_astray(attempts),
        refusals.not_granted(attempts),
        of=attempts,
    )


@pytest.mark.verifies("PA-AUTH-006")
def test_unknown_clients_are_never_redirected(try_wrong_requests, judge):
    """An unknown, empty or missing client_id gives an error page and no redirect."""
    attempts = try_wrong_requests("client_id")

    judge(refusals.never_redirected(attempts), of=attempts)


@pytest.mark.verifies("PA-AUTH-007")
def test_only_the_code_response_type_is_served(try_wrong_requests, judge):
    """Response types token and id_token token, and a missing one, lead to no token in the redirect or after it."""
    attempts = try_wrong_requests("response_type")

    judge(refusals.not_granted(attempts), of=attempts)


@pytest.mark.verifies("PA-AUTH-008")
def test_aud_must_be_the_fhir_base(try_wrong_requests, slash_is_tolerated, judge):
    """A request without aud, or with the aud of another server, never leads to a token."""
    attempts = try_wrong_requests("aud")

    judge(
        refusals.not_granted(attempts),
        refusals.not_granted(slash_is_tolerated()),
        of=attempts,
    )


@pytest.mark.verifies("PA-AUTH-011")
def test_repeated_parameters_are_rejected(try_wrong_requests, judge):
    """A request with scope or redirect_uri twice is not served, and the second address is never used."""
    attempts = try_wrong_requests("repetition")

    judge(
        refusals.not_sent_astray(attempts),
        refusals.not_granted(attempts),
        of=attempts,
    )


@pytest.mark.verifies("PA-AUTH-012")
def test_unknown_scopes_are_never_granted(try_wrong_requests, unknown_scope, judge):
    """A scope that does not exist is refused or left out of the granted scope."""
    attempts = try_wrong_requests("scope")

    judge(
        refusals.unknown_scopes_dropped(attempts, unknown=unknown_scope),
        of=attempts,
    )


@pytest.mark.verifies("PA-AUTH-013")
def test_patient_scopes_always_come_with_a_patient(try_wrong_requests, judge):
    """Patient scopes without launch/patient are refused or granted together with a patient."""
    attempts = try_wrong_requests("no-launch-scope")

    judge(refusals.patient_is_established(attempts), of=attempts)
