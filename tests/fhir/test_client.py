"""What is asked, and where the token goes."""

from __future__ import annotations

import json

import pytest

from conformance.fhir import FhirClient

PATIENT = {"resourceType": "Patient", "id": "p-1"}


@pytest.fixture
def server(serve, as_json):
    return serve(lambda asked: as_json(PATIENT))


ASKED = [
    (lambda c: c.read("Patient", "p-1"), "GET", "/fhir/Patient/p-1", "read Patient"),
    (lambda c: c.vread("Patient", "p-1", "2"), "GET", "/fhir/Patient/p-1/_history/2", "vread Patient"),
    (lambda c: c.history("Patient", "p-1"), "GET", "/fhir/Patient/p-1/_history", "history Patient"),
    (
        lambda c: c.history("Patient", params={"_count": "1"}),
        "GET",
        "/fhir/Patient/_history?_count=1",
        "history Patient",
    ),
    (lambda c: c.history(), "GET", "/fhir/_history", "history"),
    (lambda c: c.search("Patient"), "GET", "/fhir/Patient", "search Patient"),
    (lambda c: c.search("", {"_type": "Patient"}), "GET", "/fhir?_type=Patient", "search"),
    (
        lambda c: c.search("Condition", [("code", "http://x|1,2"), ("date", "ge2020"), ("date", "lt2021")]),
        "GET",
        "/fhir/Condition?code=http://x%7C1,2&date=ge2020&date=lt2021",
        "search Condition",
    ),
    (
        lambda c: c.search("Patient", {"a": "b"}, method="POST"),
        "POST",
        "/fhir/Patient/_search",
        "search Patient (POST)",
    ),
    (
        lambda c: c.search("Patient", {"a": "b"}, method="POST", query={"a": "c"}),
        "POST",
        "/fhir/Patient/_search?a=c",
        "search Patient (POST)",
    ),
    (lambda c: c.send("PUT", "Patient/p-1", body={}, endpoint="update"), "PUT", "/fhir/Patient/p-1", "update"),
    (
        lambda c: c.operation("Patient/p-1/$everything", {"_count": "5"}),
        "GET",
        "/fhir/Patient/p-1/$everything?_count=5",
        "Patient $everything",
    ),
    (lambda c: c.operation("$export", body={"resourceType": "Parameters"}), "POST", "/fhir/$export", "$export"),
    (lambda c: c.capabilities(), "GET", "/fhir/metadata", "metadata"),
    (lambda c: c.read("Patient", "../../admin?x#y"), "GET", "/fhir/Patient/..%2F..%2Fadmin%3Fx%23y", "read Patient"),
    (lambda c: c.get("//elsewhere.example/x"), "GET", "/fhir/elsewhere.example/x", None),
]


@pytest.mark.parametrize("case", ASKED, ids=[case[2] for case in ASKED])
def test_what_is_asked(case, server, client):
    ask, method, path, endpoint = case

    exchange = ask(client(server.url + "/fhir/"))

    (asked,) = server.asked
    assert (asked.method, asked.path, asked.headers["accept"]) == (method, path, "application/fhir+json")
    assert exchange.endpoint == endpoint or endpoint is None
    assert exchange.json() == PATIENT


def test_a_search_by_post_sends_a_form(server, client):
    client(server.url).search("Patient", {"birthdate": "1950-01-02"}, method="POST")

    assert server.asked[0].headers["content-type"] == "application/x-www-form-urlencoded"
    assert server.asked[0].body == b"birthdate=1950-01-02"


def test_an_operation_by_post_sends_fhir(server, client):
    client(server.url).operation("Patient/$x", body={"resourceType": "Parameters"})

    assert server.asked[0].headers["content-type"] == "application/fhir+json"
    assert json.loads(server.asked[0].body) == {"resourceType": "Parameters"}


def test_the_token_goes_to_the_origin_of_the_base(server, client):
    client(server.url + "/fhir").read("Patient", "p-1")
    client(server.url + "/fhir").get(server.url + "/other/page?x=1")

    assert [asked.headers.get("authorization") for asked in server.asked] == ["Bearer t0ken"] * 2


def test_the_token_goes_nowhere_else(server, serve, client, as_json):
    base = serve(lambda asked: as_json(PATIENT)).url

    client(base).get(server.url + "/Binary/1")
    client(base).get(server.url.replace("127.0.0.1", "localhost") + "/Binary/1")
    client(server.url.replace("127.0.0.1", "localhost")).get(server.url + "/Binary/1")

    assert [asked.headers.get("authorization") for asked in server.asked] == [None] * 3


def test_a_redirect_takes_the_token_nowhere_else(server, serve, client):
    base = serve(lambda asked: (302, {"Location": server.url + "/stolen"}, b""))

    assert client(base.url).read("Patient", "p-1").status == 200
    assert base.asked[0].headers["authorization"] == "Bearer t0ken"
    assert "authorization" not in server.asked[0].headers


def test_the_token_is_that_of_the_moment(server, transport):
    tokens = iter(["first", "second"])
    client = FhirClient(transport, server.url, lambda: next(tokens))

    client.read("Patient", "1")
    client.read("Patient", "1")

    assert [asked.headers["authorization"] for asked in server.asked] == ["Bearer first", "Bearer second"]


def test_without_a_token_none_is_sent(server, client):
    client(server.url).with_token(None).read("Patient", "1")
    client(server.url).capabilities()

    assert not any("authorization" in asked.headers for asked in server.asked)


def test_a_check_can_send_another_authorization(server, client):
    client(server.url).read("Patient", "1", headers={"authorization": "bearer garbage", "Accept": "text/html"})

    assert server.asked[0].headers["authorization"] == "bearer garbage"
    assert server.asked[0].headers["accept"] == "text/html"


def test_a_client_shows_no_token(server, client):
    assert "t0ken" not in repr(client(server.url))
