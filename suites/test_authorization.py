"""Authorization: the round trip to the authorization endpoint in a browser."""

import pytest

from conformance.rules import authorization


@pytest.mark.verifies("PA-AUTH-001")
def test_a_standalone_launch_completes_in_a_browser(standalone_launch, judge):
    """After login and consent the browser is sent to the app with a code and the state in the query."""
    judge(authorization.carries_code_and_state(standalone_launch))


@pytest.mark.verifies("PA-AUTH-002")
def test_state_is_returned_unchanged(odd_state_launch, odd_state_denial, judge):
    """A long state with percent-encoded punctuation comes back exactly, on success and on an error redirect."""
    judge(
        authorization.returns_state(odd_state_launch, when="on success"),
        authorization.returns_state(odd_state_denial, when="on the error redirect"),
    )


@pytest.mark.verifies("PA-AUTH-009")
def test_the_authorization_endpoint_takes_a_form_post(posted_launch, authorize_post_is_advertised, judge):
    """The same request as a form post from a page of the app reaches login and consent as a GET does."""
    judge(authorization.post_works(posted_launch, advertised=authorize_post_is_advertised))
