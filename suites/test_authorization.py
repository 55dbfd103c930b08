"""Authorization: the round trip to the authorization endpoint in a browser."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conformance.areas.authorization.probes import approval, launches
from conformance.areas.authorization.rules import consent
from conformance.areas.authorization.rules import redirects as authorization

if TYPE_CHECKING:
    from conformance.areas.authorization.probes.approval import Denial
    from conformance.areas.shared.authorizations import Authorizations
    from conformance.areas.shared.own_authorization import OwnAuthorization
    from conformance.areas.shared.wrong_requests import WrongRequests
    from conformance.engine.judge import Judge
    from conformance.engine.run import Run
    from conformance.login.outcome import AuthorizationOutcome
    from conformance.oauth.discovery import Discovery


@pytest.mark.verifies("PA-AUTH-001")
def test_a_standalone_launch_completes_in_a_browser(standalone_launch: AuthorizationOutcome, judge: Judge) -> None:
    """After login and consent the browser is sent to the app with a code and the state in the query."""
    judge(authorization.carries_code_and_state(standalone_launch))


@pytest.mark.verifies("PA-AUTH-002")
@pytest.mark.usefixtures("own_authorization")
def test_state_is_returned_unchanged(
    authorizations: Authorizations, working_launch: AuthorizationOutcome, judge: Judge
) -> None:
    """A long state with percent-encoded punctuation is returned exactly, and so is a plain one."""
    judge(
        authorization.returns_state(working_launch, when="on success"),
        authorization.returns_state(launches.odd_state(authorizations), when="for a state with punctuation"),
    )


@pytest.mark.verifies("PA-AUTH-002")
@pytest.mark.usefixtures("own_authorization")
def test_state_is_returned_with_an_error(denial: Denial, wrong_requests: WrongRequests, judge: Judge) -> None:
    """state comes back exactly on an error redirect: after a denial, or for a malformed request."""
    refused = approval.refused_launch(denial, wrong_requests)

    judge(authorization.returns_state(refused, when="on the error redirect"))


@pytest.mark.verifies("PA-AUTH-009")
@pytest.mark.usefixtures("own_authorization")
def test_the_authorization_endpoint_takes_a_form_post(
    authorizations: Authorizations, discovery: Discovery, judge: Judge
) -> None:
    """The same request as a form post from a page of the app reaches login and consent as a GET does."""
    advertised = "authorize-post" in discovery.capabilities

    judge(authorization.post_works(launches.posted(authorizations), advertised=advertised))


@pytest.mark.verifies("PA-AUTH-010")
def test_a_denial_returns_to_the_app_as_access_denied(denial: Denial, judge: Judge) -> None:
    """Pressing deny sends the browser back with error=access_denied, the exact state and no code."""
    judge(authorization.error_redirect(denial.launch, when="after the member pressed deny", expected="access_denied"))


@pytest.mark.verifies("PA-AUTH-010")
@pytest.mark.usefixtures("own_authorization")
def test_a_malformed_request_returns_to_the_app_as_an_error(wrong_requests: WrongRequests, judge: Judge) -> None:
    """A malformed request of a known client sends the browser back with a defined error and the exact state."""
    malformed = wrong_requests.attempts("malformed")[0]

    judge(authorization.error_redirect(malformed.launch, when="for a request without response_type"))


@pytest.mark.verifies("PA-AUTH-014")
@pytest.mark.usefixtures("own_authorization")
@pytest.mark.usefixtures("working_launch")
def test_a_clean_browser_must_log_in(authorizations: Authorizations, judge: Judge) -> None:
    """No browser without cookies gets a code before the member proves who they are."""
    clean = launches.clean_browsers(authorizations)

    judge(authorization.logged_in_first(clean), of=clean)


@pytest.mark.verifies("PA-AUTH-014")
@pytest.mark.usefixtures("working_launch")
def test_a_wrong_password_leads_nowhere(authorizations: Authorizations, judge: Judge) -> None:
    """A wrong password leads neither to the approval page nor to a code."""
    judge(authorization.stopped_by_wrong_password(launches.wrong_password(authorizations)))


@pytest.mark.verifies("PA-AUTH-015")
def test_the_member_approves_an_app_and_its_data_by_name(
    asked_launch: AuthorizationOutcome, denial: Denial, authorizations: Authorizations, run: Run, judge: Judge
) -> None:
    """The approval page names the app and each kind of data requested, and offers to deny."""
    page = approval.approval(asked_launch, denial, run.target)
    types = approval.named_types(authorizations.scopes)

    judge(consent.names_app_and_data(page, app=run.target.clients["main"].name, types=types))


@pytest.mark.verifies("PA-AUTH-016")
def test_what_the_member_deselects_is_not_granted(
    asked_launch: AuthorizationOutcome, own_authorization: OwnAuthorization, judge: Judge
) -> None:
    """A scope deselected on the approval page is not in the grant, and the API answers 403 for its data."""
    judge(consent.deselected(approval.deselection(asked_launch, own_authorization)))


@pytest.mark.verifies("PA-AUTH-017")
def test_the_browser_is_given_a_code_and_no_token(working_launch: AuthorizationOutcome, judge: Judge) -> None:
    """The code comes in the query of the redirect; no code and no token is in a fragment or a form."""
    judge(authorization.code_in_query_only(working_launch))


@pytest.mark.verifies("PA-AUTH-018")
def test_codes_are_short_lived(own_authorization: OwnAuthorization, judge: Judge) -> None:
    """A code that was held for some minutes cannot be exchanged."""
    judge(authorization.codes_expire(launches.late_codes(own_authorization)))


@pytest.mark.verifies("PA-AUTH-019")
def test_iss_in_the_redirect_names_the_issuer(
    working_launch: AuthorizationOutcome, discovery: Discovery, judge: Judge
) -> None:
    """An iss in the redirect is the issuer that discovery publishes."""
    judge(authorization.names_its_issuer(working_launch, issuers=launches.issuers(working_launch, discovery)))
