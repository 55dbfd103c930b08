"""Security of transport: TLS, plain HTTP, web pages of others, caches, the pages a member sees, bursts."""

import pytest

from conformance.areas.security_transport.rules import pages, transport
from conformance.areas.shared import internals


@pytest.mark.verifies("PA-SEC-001")
def test_only_tls_1_2_and_newer_is_spoken(tls_offers, https_answers, judge):
    """Every host refuses TLS 1.0 and 1.1, accepts 1.2 and 1.3, and proves itself with a valid certificate."""
    judge(
        transport.only_new_tls(tls_offers),
        transport.certificates_hold(https_answers),
        of=https_answers,
    )


@pytest.mark.verifies("PA-SEC-002")
def test_plain_http_serves_no_data(plain_http_answers, https_answers, judge):
    """Over http there is no answer, a refusal or a redirect without data; https answers insist on https."""
    judge(
        transport.plain_http_serves_nothing(plain_http_answers),
        transport.insists_on_https(https_answers),
        of=plain_http_answers,
    )


@pytest.mark.verifies("PA-SEC-003")
def test_discovery_may_be_read_from_any_page(discovery_from_pages, judge):
    """The SMART configuration and metadata may be read by a web page of any origin."""
    judge(transport.any_origin_may_discover(discovery_from_pages))


@pytest.mark.verifies("PA-SEC-004")
def test_the_registered_origin_may_call(api_from_pages, registered_origin, judge):
    """A web page of the registered origin may call the FHIR API and the token endpoint with a token."""
    judge(transport.registered_origin_may_call(api_from_pages(registered_origin)))


@pytest.mark.verifies("PA-SEC-004")
def test_a_foreign_origin_is_not_trusted(api_from_pages, foreign_origin, judge):
    """A web page of another origin is never allowed with credentials."""
    judge(transport.foreign_origin_may_not(api_from_pages(foreign_origin)))


@pytest.mark.verifies("PA-SEC-005")
def test_health_data_is_not_kept_by_shared_caches(health_data_answers, judge):
    """Every answer with health data says no-store or private."""
    judge(transport.not_kept_by_caches(health_data_answers), of=health_data_answers)


@pytest.mark.verifies("PA-SEC-006")
def test_sign_in_pages_protect_the_member(sign_in_hops, judge):
    """No page can be framed or tells its address, cookies are guarded, and credentials are never posted on."""
    shown = pages.pages_in(sign_in_hops)

    judge(
        pages.resist_framing(shown),
        pages.keep_their_address(shown),
        pages.guard_their_cookies(sign_in_hops),
        pages.never_repost(sign_in_hops),
        of=shown,
    )


@pytest.mark.verifies("PA-SEC-006")
def test_a_forged_consent_fails(forged_consent, judge):
    """The consent form sent without its anti-forgery value gives no code."""
    judge(pages.forged_consent_fails(forged_consent))


@pytest.mark.verifies("PA-SEC-007")
def test_nobody_is_sent_to_a_foreign_address(lures, judge):
    """No address named in a request to the authorization server is one the browser is sent to."""
    judge(pages.leads_nowhere_else(lures), of=lures)


@pytest.mark.verifies("PA-SEC-008")
def test_a_burst_is_limited_without_harm(burst, judge):
    """Under a bounded burst some requests are told to wait, none makes the server fail, and it recovers."""
    judge(transport.burst_is_limited(burst), of=burst.answers)


@pytest.mark.verifies("PA-SEC-008")
def test_errors_show_nothing_of_the_insides(all_refusals, judge):
    """No error shows a stack trace, a database statement, or the product and version behind it."""
    judge(
        internals.shows_no_insides(all_refusals),
        internals.shows_no_version(all_refusals),
        of=all_refusals,
    )
