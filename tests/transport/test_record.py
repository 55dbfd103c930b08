"""Exchanges as they leave: masked, bounded, repeatable."""

from __future__ import annotations

import json
import shlex
from dataclasses import replace

import pytest

from conformance.redaction import Redactor
from conformance.transport import Exchange, TlsSettings
from conformance.transport.record import EXCERPT, latency, redacted

PATIENT = {"resourceType": "Patient", "id": "p1", "name": [{"family": "Okonkwo"}], "birthDate": "1951-02-03"}


def patient(asked):
    return 200, {"Content-Type": "application/fhir+json"}, json.dumps(PATIENT).encode()


def test_a_record_has_everything_but_secrets_and_member_data(serve, transport):
    server = serve(patient)
    url = server.url + "/Patient?name=Okonkwo&_id=p1"

    exchange = transport.request("GET", url, headers={"Authorization": "Bearer t0ken-1"}, purpose="find", endpoint="s")
    record = json.loads(json.dumps(transport.redacted(exchange)))

    assert (record["number"], record["method"], record["status"], record["purpose"]) == (1, "GET", 200, "find")
    assert record["url"] == server.url + "/Patient?name=Xxxxxxx&_id=p1"
    assert json.loads(record["body"]) == {**PATIENT, "name": [{"family": "Xxxxxxx"}], "birthDate": "####-##-##"}
    assert not any(secret in str(record) for secret in ("t0ken-1", "Okonkwo", "1951"))


def test_the_curl_line_repeats_the_request_with_a_placeholder(serve, transport):
    server = serve(patient)
    form = {"grant_type": "refresh_token", "refresh_token": "r3fresh", "scope": "it's"}
    headers = {"Authorization": "Basic YTpi", "X-It": "it's"}

    line = transport.redacted(transport.request("POST", server.url, form=form, headers=headers)).curl()

    words = shlex.split(line)
    assert words[:5] == ["curl", "-sS", "-i", "-X", "POST"]
    assert "Authorization: Basic $CREDENTIALS" in words
    assert "X-It: it's" in [word.replace("x-it", "X-It") for word in words]
    assert "r3fresh" not in line
    assert (
        "$TOKEN"
        in transport.redacted(transport.request("GET", server.url, headers={"Authorization": "Bearer t0ken-1"})).curl()
    )


def test_the_curl_line_trusts_whom_the_harness_trusts_and_names_no_folder(make_transport):
    settings = TlsSettings(ca_file="/home/someone/own ca.pem")
    exchange = Exchange(1, "GET", "https://api.example/fhir/metadata", {}, b"", 200, {}, b"", 1.0)

    line = redacted(exchange, Redactor(), curl_options=settings.curl_options)["curl"]
    plain = redacted(replace(exchange, url="http://api.example/"), Redactor(), curl_options=settings.curl_options)

    assert shlex.split(line)[:6] == ["curl", "-sS", "-i", "--cacert", "own ca.pem", exchange.url]
    assert "--cacert" not in plain["curl"]
    assert "--cacert" not in make_transport().redacted(exchange)["curl"]


def test_what_a_member_knows_is_masked_in_free_text_too(serve, transport):
    server = serve(patient)
    transport.request("GET", server.url)

    assert (
        transport.redactor.text("no coverage for OKONKWO, born 1951-02-03")
        == "no coverage for XXXXXXX, born ####-##-##"
    )


def test_a_document_fetched_with_a_token_is_only_counted(serve, transport):
    server = serve(lambda asked: (200, {"Content-Type": "text/html"}, b"<p>Seen for chest pain</p>"))

    own = transport.request("GET", server.url, headers={"Authorization": "Bearer t0ken-1"})
    public = transport.request("GET", server.url)

    assert transport.redacted(own)["body"] == "(26 bytes of text/html, not shown)"
    assert "chest pain" in transport.redacted(public)["body"]


def test_an_excerpt_is_cut_after_masking(serve, transport):
    secret = "5ecret-value-of-some-length"
    transport.redactor.register(secret, "secret")
    body = "a" * (EXCERPT - 10) + secret + "b" * 100
    server = serve(lambda asked: (500, {"Content-Type": "text/plain"}, body.encode()))

    shown = transport.redacted(transport.request("GET", server.url))["body"]

    assert secret[:8] not in shown
    assert "the beginning of 20,098 characters" in shown


def test_a_search_by_post_keeps_its_code_and_a_token_request_does_not(serve, transport):
    server = serve(patient)

    search = transport.request("POST", server.url + "/Condition/_search", form={"code": "44054006"})
    grant = transport.request("POST", server.url + "/token", form={"code": "44054006", "grant_type": "x"})

    assert transport.redacted(search)["request"]["body"] == "code=44054006"
    assert "44054006" not in str(transport.redacted(grant))


def test_every_exchange_is_written_in_order(serve, transport, tmp_path):
    server = serve(patient)
    for name in "abc":
        transport.request("GET", f"{server.url}/{name}")

    transport.write(tmp_path / "exchanges.jsonl")

    lines = (tmp_path / "exchanges.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["number"] for line in lines] == [1, 2, 3]


def test_latency_is_told_by_nearest_rank(serve, transport, monkeypatch):
    from dataclasses import replace

    server = serve(patient)
    kept = transport.request("GET", server.url, endpoint="read Patient")
    timed = [replace(kept, elapsed_ms=float(milliseconds)) for milliseconds in range(1, 101)]
    unanswered = replace(kept, endpoint="dead", status=0)

    assert latency([*timed, unanswered]) == [
        {"endpoint": "read Patient", "n": 100, "p50_ms": 50.0, "p95_ms": 95.0, "max_ms": 100.0}
    ]


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        (
            "GET https://a.example/fhir/Patient/7355f78e-c6/_history/1",
            "GET https://a.example/fhir/Patient/{id}/_history/{id}",
        ),
        ("search Patient/7355f78e/Coverage (POST)", "search Patient/{id}/Coverage (POST)"),
        ("GET https://a.example/fhir/Patient/1/$everything", "GET https://a.example/fhir/Patient/{id}/$everything"),
        ("POST https://a.example/fhir/Patient/_search", "POST https://a.example/fhir/Patient/_search"),
        ("GET https://a.example/oauth2/token", "GET https://a.example/oauth2/token"),
    ],
)
def test_requests_that_differ_by_an_id_went_to_one_endpoint(asked, told):
    exchanges = [Exchange(1, "GET", "", {}, b"", 200, {}, b"", 1.0, endpoint=asked)]

    assert [row["endpoint"] for row in latency(exchanges)] == [told]


def test_of_a_long_bundle_what_a_finding_is_about_is_shown(serve, transport, tmp_path):
    claims = [{"resource": {"resourceType": "Claim", "id": str(n), "use": "claim" * 20}} for n in range(500)]
    bundle = {"resourceType": "Bundle", "total": 500, "entry": claims}
    server = serve(lambda asked: (200, {"Content-Type": "application/fhir+json"}, json.dumps(bundle).encode()))
    exchange = transport.request("GET", server.url)

    transport.write(tmp_path / "exchanges.jsonl", {1: {"Claim/444", "Claim/999"}})

    (line,) = (tmp_path / "exchanges.jsonl").read_text(encoding="utf-8").splitlines()
    assert json.loads(json.loads(line)["body"]) == {**bundle, "entry": [claims[444]]}
    assert f"(the beginning of {len(exchange.body):,} bytes)" in transport.redacted(exchange, {"Claim/999"})["body"]


def test_of_a_long_bundle_every_resource_that_a_finding_stands_for_has_room(serve, transport):
    claims = [{"resource": {"resourceType": "Claim", "id": str(n), "use": "claim" * 1800}} for n in range(30)]
    server = serve(
        lambda asked: (200, {"Content-Type": "application/fhir+json"}, json.dumps({"entry": claims}).encode())
    )
    exchange = transport.request("GET", server.url)

    shown = transport.redacted(exchange, {f"Claim/{n}" for n in (3, 9, 17, 28)})["body"]
    every = transport.redacted(exchange, {f"Claim/{n}" for n in range(30)})["body"]

    assert all(f'"id":"{n}"' in shown for n in (3, 9, 17, 28))
    assert len(every) < 10.5 * EXCERPT


def test_of_a_long_bundle_no_more_entries_are_masked_than_can_be_shown(serve, transport):
    claims = [{"resource": {"resourceType": "Claim", "id": str(n), "use": "claim" * 20}} for n in range(5000)]
    server = serve(
        lambda asked: (200, {"Content-Type": "application/fhir+json"}, json.dumps({"entry": claims}).encode())
    )
    exchange = transport.request("GET", server.url)
    masked = []
    whole = transport.redactor.body
    transport.redactor.body = lambda body, *rest, **options: masked.append(len(body)) or whole(body, *rest, **options)

    shown = transport.redacted(exchange)["body"]

    assert len(exchange.body) > 500_000
    assert max(masked) < 3 * EXCERPT
    assert shown.startswith('{"entry":[{')
    assert shown.endswith(f"(the beginning of {len(exchange.body):,} bytes)")


def test_credentials_without_a_scheme_are_not_taken_for_one(serve, transport):
    headers = {"Authorization": "kyHRPjZuOXYu8utX"}
    line = transport.redacted(transport.request("GET", serve(patient).url, headers=headers)).curl()
    assert "kyHRPjZuOXYu8utX" not in line
    assert '"Authorization: Bearer $CREDENTIALS"' in line
