"""Security of transport: TLS, plain HTTP, web pages of others, caches, the pages a member sees, bursts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conformance.areas.security_transport.probes import bursts, cross_origin, foreign_addresses, tls
from conformance.areas.security_transport.probes import pages as page_probes
from conformance.areas.security_transport.rules import pages, transport
from conformance.areas.shared import internals

if TYPE_CHECKING:
    from conformance.areas.shared.authorizations import Authorizations
    from conformance.areas.shared.rest_evidence import Asked
    from conformance.engine.judge import Judge
    from conformance.engine.run import Run
    from conformance.fhir import FhirClient
    from conformance.login.outcome import AuthorizationOutcome
    from conformance.oauth.discovery import Discovery


@pytest.mark.verifies("PA-SEC-001")
def test_only_tls_1_2_and_newer_is_spoken(
    run: Run, https_addresses: dict[str, str], https_answers: list[Asked], judge: Judge
) -> None:
    """Every host refuses TLS 1.0 and 1.1, accepts 1.2 or 1.3, and has a valid certificate."""
    judge(
        transport.only_new_tls(tls.tls_offers(run, https_addresses)),
        transport.certificates_hold(https_answers),
        of=https_answers,
    )


@pytest.mark.verifies("PA-SEC-002")
def test_plain_http_serves_no_data(run: Run, discovery: Discovery, https_answers: list[Asked], judge: Judge) -> None:
    """Over http there is no answer, a refusal or a redirect without data; https answers insist on https."""
    plain_answers = tls.plain_http(run, discovery)

    judge(
        transport.plain_http_serves_nothing(plain_answers),
        transport.insists_on_https(https_answers),
        of=plain_answers,
    )


@pytest.mark.verifies("PA-SEC-003")
def test_discovery_may_be_read_from_any_page(run: Run, judge: Judge) -> None:
    """The SMART configuration and metadata may be read by a web page of any origin."""
    judge(transport.any_origin_may_discover(cross_origin.discovery_calls(run)))


@pytest.mark.verifies("PA-SEC-004")
def test_the_registered_origin_may_call(
    run: Run, discovery: Discovery, fhir: FhirClient, patient: str, judge: Judge
) -> None:
    """A web page of the registered origin may call the FHIR API and the token endpoint with a token."""
    calls = cross_origin.api_calls(run, discovery, fhir, patient, cross_origin.registered_origin(run))

    judge(transport.registered_origin_may_call(calls))


@pytest.mark.verifies("PA-SEC-004")
def test_a_foreign_origin_is_not_trusted(
    run: Run, discovery: Discovery, fhir: FhirClient, patient: str, judge: Judge
) -> None:
    """A web page of another origin is never allowed with credentials."""
    calls = cross_origin.api_calls(run, discovery, fhir, patient, cross_origin.foreign_origin())

    judge(transport.foreign_origin_may_not(calls))


@pytest.mark.verifies("PA-SEC-005")
def test_health_data_is_not_kept_by_shared_caches(health_data_answers: list[Asked], judge: Judge) -> None:
    """Every response with health data has Cache-Control no-store or private."""
    judge(transport.not_kept_by_caches(health_data_answers), of=health_data_answers)


@pytest.mark.verifies("PA-SEC-006")
def test_sign_in_pages_protect_the_member(standalone_launch: AuthorizationOutcome, judge: Judge) -> None:
    """No page can be framed or sends its address to other sites; cookies are guarded; no credential is reposted."""
    sign_in_hops = page_probes.sign_in_hops(standalone_launch)
    shown = pages.pages_in(sign_in_hops)

    judge(
        pages.resist_framing(shown),
        pages.keep_their_address(shown),
        pages.guard_their_cookies(sign_in_hops),
        pages.keep_their_cookies(sign_in_hops),
        pages.never_repost(sign_in_hops),
        of=shown,
    )


@pytest.mark.verifies("PA-SEC-009")
@pytest.mark.usefixtures("own_authorization")
def test_a_forged_consent_fails(
    authorizations: Authorizations, asked_launch: AuthorizationOutcome, judge: Judge
) -> None:
    """The consent form, posted without its anti-forgery value as another site would, gives no code."""
    judge(pages.forged_consent_fails(page_probes.forged_consent(authorizations, asked_launch)))


@pytest.mark.verifies("PA-SEC-007")
def test_the_browser_is_sent_to_no_foreign_address(authorizations: Authorizations, judge: Judge) -> None:
    """The browser is never sent to a foreign address that a request to the authorization server names."""
    redirects = foreign_addresses.redirect_probes(authorizations)

    judge(pages.leads_nowhere_else(redirects), of=redirects)


@pytest.mark.verifies("PA-SEC-008")
@pytest.mark.usefixtures("own_authorization")
def test_a_burst_is_limited_without_harm(run: Run, discovery: Discovery, judge: Judge) -> None:
    """Under a bounded burst some requests get 429, none causes a server error, and the server recovers."""
    burst = bursts.burst(run, discovery)

    judge(transport.burst_is_limited(burst), of=burst.answers)


@pytest.mark.verifies("PA-SEC-008")
def test_errors_show_nothing_of_the_insides(
    refusals: list[Asked], authorizations: Authorizations, judge: Judge
) -> None:
    """No error shows a stack trace, a database statement, or the product and version behind it."""
    errors = [*refusals, *page_probes.authorization_errors(authorizations)]

    judge(
        internals.shows_no_insides(errors),
        internals.shows_no_version(errors),
        of=errors,
    )
