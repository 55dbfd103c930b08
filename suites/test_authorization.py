"""Authorization: the round trip to the authorization endpoint in a browser."""

import pytest

from conformance.areas.authorization.rules import consent
from conformance.areas.authorization.rules import redirects as authorization


@pytest.mark.verifies("PA-AUTH-001")
def test_a_standalone_launch_completes_in_a_browser(standalone_launch, judge):
    """After login and consent the browser is sent to the app with a code and the state in the query."""
    judge(authorization.carries_code_and_state(standalone_launch))


@pytest.mark.verifies("PA-AUTH-002")
def test_state_is_returned_unchanged(odd_state_launch, denied_launch, judge):
    """A long state with percent-encoded punctuation comes back exactly, on success and on an error redirect."""
    judge(
        authorization.returns_state(odd_state_launch, when="on success"),
        authorization.returns_state(denied_launch, when="on the error redirect"),
    )


@pytest.mark.verifies("PA-AUTH-009")
def test_the_authorization_endpoint_takes_a_form_post(posted_launch, authorize_post_is_advertised, judge):
    """The same request as a form post from a page of the app reaches login and consent as a GET does."""
    judge(authorization.post_works(posted_launch, advertised=authorize_post_is_advertised))


@pytest.mark.verifies("PA-AUTH-010")
def test_a_denial_returns_to_the_app_as_access_denied(denied_launch, judge):
    """Pressing deny sends the browser back with error=access_denied, the exact state and no code."""
    judge(authorization.error_redirect(denied_launch, when="after the member pressed deny", expected="access_denied"))


@pytest.mark.verifies("PA-AUTH-010")
def test_a_malformed_request_returns_to_the_app_as_an_error(malformed_launch, judge):
    """A malformed request of a known client sends the browser back with a defined error and the exact state."""
    judge(authorization.error_redirect(malformed_launch, when="for a request without response_type"))


@pytest.mark.verifies("PA-AUTH-014")
def test_a_clean_browser_must_log_in(clean_browser_launch, judge):
    """A browser that nobody used before gets no code before credentials were entered."""
    judge(authorization.logged_in_first(clean_browser_launch))


@pytest.mark.verifies("PA-AUTH-014")
def test_a_wrong_password_leads_nowhere(wrong_password_launch, judge):
    """A wrong password leads neither to the approval page nor to a code."""
    judge(authorization.stopped_by_wrong_password(wrong_password_launch))


@pytest.mark.verifies("PA-AUTH-015")
def test_the_member_approves_an_app_and_its_data_by_name(approval, app_name, requested_types, judge):
    """The approval page names the app and each kind of data asked for, and can be answered with no."""
    judge(consent.names_app_and_data(approval, app=app_name, types=requested_types))


@pytest.mark.verifies("PA-AUTH-016")
def test_what_the_member_unticks_is_not_granted(deselection, judge):
    """A scope unticked on the approval page is not in the grant, and the API answers 403 for its data."""
    judge(consent.deselected(deselection))


@pytest.mark.verifies("PA-AUTH-017")
def test_the_browser_is_given_a_code_and_no_token(working_launch, judge):
    """The code comes in the query of the redirect; there is no fragment, no access_token and no id_token."""
    judge(authorization.code_in_query_only(working_launch))


@pytest.mark.verifies("PA-AUTH-018")
def test_codes_are_short_lived(late_codes, judge):
    """A code that is held for minutes cannot be exchanged any more."""
    judge(authorization.codes_expire(late_codes()))
