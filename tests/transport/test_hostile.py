"""What a deployment can do to us, and that it ends in a word and a sentence."""

from __future__ import annotations

import pytest

from tests.pace import patience

NO_ANSWER = {
    "dead": ("refused", "refuses the connection"),
    "silent": ("time-out", "did not answer within"),
    "drip-headers": ("time-out", "did not answer within"),
    "garbage": ("broken", "did not answer in HTTP"),
    "hang-up": ("broken", "broke the connection"),
    "wrong-host": ("tls", "issued for another"),
    "expired": ("tls", "has expired"),
    "not-yet-valid": ("tls", "not valid yet"),
    "self-signed": ("tls", "self-signed"),
    "unknown-ca": ("tls", "not trusted"),
    "old-tls": ("tls", "TLS version"),
}


@pytest.mark.parametrize("hostile", NO_ANSWER, indirect=True, ids=str)
def test_no_answer_is_a_fault_with_a_sentence(hostile, make_transport, request):
    fault, sentence = NO_ANSWER[request.node.callspec.params["hostile"]]
    transport = make_transport(timeout=patience(0.3), tls=_trusting(hostile))

    exchange = transport.request("GET", hostile.url)

    assert (exchange.fault, exchange.status, exchange.answered) == (fault, 0, False)
    assert sentence in exchange.detail


@pytest.mark.parametrize("hostile", ["html", "error-500"], indirect=True)
def test_any_answer_is_an_answer(hostile, transport):
    exchange = transport.request("GET", hostile.url)

    assert exchange.answered
    assert exchange.fault == ""


@pytest.mark.parametrize("hostile", ["drip-body"], indirect=True)
def test_a_dripping_body_ends_with_the_status_and_what_had_arrived(hostile, make_transport):
    exchange = make_transport(timeout=patience(0.2)).request("GET", hostile.url)

    assert (exchange.fault, exchange.status) == ("time-out", 200)
    assert exchange.body.startswith(b"x")
    assert "bytes of the body had arrived" in exchange.detail


@pytest.mark.parametrize("hostile", ["huge"], indirect=True)
def test_a_huge_body_is_not_read(hostile, make_transport):
    exchange = make_transport(max_body=1_000_000).request("GET", hostile.url)

    assert (exchange.fault, exchange.status, len(exchange.body)) == ("too-large", 200, 1_000_000)
    assert hostile.sent < 50_000_000


@pytest.mark.parametrize("hostile", ["bomb"], indirect=True)
def test_a_compressed_body_counts_as_what_it_becomes(hostile, make_transport):
    exchange = make_transport(max_body=1_000_000).request("GET", hostile.url)

    assert (exchange.fault, len(exchange.body)) == ("too-large", 1_000_000)


@pytest.mark.parametrize(("hostile", "asked"), [("redirects", 6), ("redirect-loop", 3)], indirect=["hostile"])
def test_redirects_without_end_are_left(hostile, asked, transport):
    exchange = transport.request("GET", hostile.url + "/start")

    assert (exchange.fault, exchange.status) == ("redirect-loop", 302)
    assert len(hostile.requests) == asked
    assert len(exchange.redirects) == asked - 1


@pytest.mark.parametrize("hostile", ["tls"], indirect=True)
def test_a_private_authority_is_trusted_when_named(hostile, make_transport):
    assert make_transport(tls=_trusting(hostile)).request("GET", hostile.url).status == 200
    assert make_transport().request("GET", hostile.url).fault == "tls"


@pytest.mark.parametrize("hostile", ["client-cert"], indirect=True)
def test_a_client_certificate_is_shown(hostile, make_transport):
    from pathlib import Path

    from conformance.transport import TlsSettings

    own = str(Path(hostile.ca_file).with_name("client.pem"))
    with_it = TlsSettings(ca_file=hostile.ca_file, client_cert=own)

    assert make_transport(tls=with_it).request("GET", hostile.url).status == 200
    assert make_transport(tls=_trusting(hostile)).request("GET", hostile.url).fault in {"tls", "broken"}


def test_a_name_that_does_not_exist_is_a_dns_fault(transport):
    exchange = transport.request("GET", "http://nowhere.invalid/fhir")

    assert (exchange.fault, exchange.answered) == ("dns", False)
    assert "nowhere.invalid" in exchange.detail


@pytest.mark.parametrize("url", ["ftp://host/x", "not a url", "http://", "https://[::1", "javascript:alert(1)", ""])
def test_what_is_no_address_is_a_fault_and_not_an_exception(url, transport):
    assert transport.request("GET", url).fault == "broken"


def _trusting(hostile):
    from conformance.transport import TlsSettings

    return TlsSettings(ca_file=hostile.ca_file)
