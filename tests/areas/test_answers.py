from dataclasses import replace

import pytest

from conformance.areas.authorization.rules import redirects as authorization
from conformance.areas.discovery.rules import endpoints
from conformance.areas.documentation.rules import quickstart
from conformance.areas.documentation.rules.quickstart import Step
from conformance.areas.scopes.rules import grants
from conformance.areas.shared import bundles, searches
from conformance.areas.shared.documents import json_object, media_type_is, status_is
from conformance.areas.shared.evidence import CategorySearches, Read, SearchEvidence
from conformance.areas.token.rules import response as token
from conformance.errors import Undecided
from conformance.findings import Finding

TOKEN = {"access_token": "a", "token_type": "Bearer", "scope": "openid", "expires_in": 3600, "patient": "1"}


def bundle(*resources, kind="searchset"):
    return {"resourceType": "Bundle", "type": kind, "entry": [{"resource": resource} for resource in resources]}


def coverage(identity, patient="1", payor="Organization/9"):
    return {
        "resourceType": "Coverage",
        "id": identity,
        "beneficiary": {"reference": f"Patient/{patient}"},
        "payor": [{"reference": payor}],
    }


@pytest.mark.parametrize(
    ("status", "fault", "expected"),
    [
        (200, "", []),
        (404, "", ["http.status"]),
        (0, "time-out", ["http.no-answer"]),
        (302, "redirect-loop", ["http.redirect-loop"]),
    ],
)
def test_a_status_is_judged(answer, rules_of, status, fault, expected):
    assert rules_of(status_is(answer(status, fault=fault), 200)) == expected


@pytest.mark.parametrize(
    ("raw", "expected"), [(b"{}", []), (b"<html>", ["json.unreadable"]), (b"[]", ["json.not-an-object"])]
)
def test_a_json_object_is_wanted(answer, rules_of, raw, expected):
    assert rules_of(json_object(answer(raw=raw), what="it")) == expected


def test_the_media_type_is_wanted_without_its_parameters(answer, rules_of):
    assert (
        list(
            media_type_is(
                answer(headers={"content-type": "Application/JSON; charset=utf-8"}), "application/json", what="it"
            )
        )
        == []
    )
    assert rules_of(media_type_is(answer(headers={}), "application/json", what="it")) == ["http.content-type"]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, []),
        ({"scope": None}, ["token.scope.missing"]),
        ({"access_token": ""}, ["token.access_token.missing"]),
        ({"token_type": "mac"}, ["token.token_type"]),
        ({"token_type": "bearer"}, []),
    ],
)
def test_the_members_of_a_token_response(change, expected, rules_of):
    assert rules_of(token.has_required_members(TOKEN | change)) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (3600, []),
        ("3600", ["token.expires_in.type"]),
        (0, ["token.expires_in.type"]),
        (True, ["token.expires_in.type"]),
        (None, ["token.expires_in.type"]),
        (86400, ["token.expires_in.too-long", "(token.expires_in.undocumented)"]),
        (300, ["(token.expires_in.undocumented)"]),
    ],
)
def test_the_lifetime(value, expected, rules_of):
    assert rules_of(token.expires(TOKEN | {"expires_in": value}, lifetime=3600)) == expected


@pytest.mark.parametrize(
    ("headers", "is_error", "expected"),
    [
        ({"cache-control": "no-store", "pragma": "no-cache"}, False, []),
        ({"cache-control": "private, No-Store", "pragma": "no-cache"}, False, []),
        ({"cache-control": "public", "pragma": "no-cache"}, False, ["token.cache-control"]),
        ({"cache-control": "no-store"}, False, ["token.pragma"]),
        ({"cache-control": "no-store"}, True, ["(token.pragma)"]),
    ],
)
def test_caching_is_forbidden(answer, rules_of, headers, is_error, expected):
    assert rules_of(token.forbids_caching(answer(headers=headers), is_error=is_error)) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("1", []),
        (None, ["token.patient.missing"]),
        ("Patient/1", ["token.patient.not-an-id"]),
        (7, ["token.patient.missing"]),
    ],
)
def test_the_patient_beside_the_token(value, expected, rules_of):
    assert rules_of(token.names_a_patient(TOKEN | {"patient": value})) == expected


def test_id_tokens_and_refreshes(rules_of):
    assert list(token.has_id_token({"id_token": "a.b.c"})) == []
    assert rules_of(token.has_id_token({"id_token": "a.b."})) == ["token.id_token.missing"]
    assert rules_of(token.has_no_id_token({"id_token": "a.b.c"})) == ["(token.id_token.unasked)"]
    assert list(token.refreshed(TOKEN, TOKEN | {"access_token": "b"})) == []
    assert rules_of(token.refreshed(TOKEN, TOKEN)) == ["(token.refresh.same-token)"]
    lacking = {"access_token": "b", "token_type": "Bearer", "scope": "x"}
    assert rules_of(token.refreshed(TOKEN, lacking)) == ["token.refresh.expires_in"]
    assert rules_of(grants.missing_scopes(["a", "b"], ["b"], "a", has_patient=True)) == ["scope.not-granted"]


class Redirected:
    kind, message, error, said, last_status, state_matches = "redirect", "", "", "", 200, True

    def __init__(self, **parameters):
        self.redirect = self
        self.query = tuple(parameters.items())
        self.names = tuple(parameters)

    def has(self, name):
        return name in self.names


def test_launches_are_judged(rules_of):
    assert list(authorization.carries_code_and_state(Redirected(code="c", state="s"))) == []
    assert rules_of(authorization.carries_code_and_state(Redirected(state="s"))) == ["authorize.no-code"]
    refused = Redirected(error="access_denied", state="s")
    refused.error = "access_denied"
    assert rules_of(authorization.carries_code_and_state(refused)) == ["authorize.error"]
    nowhere = Redirected()
    nowhere.redirect, nowhere.kind = None, "error-page"
    assert rules_of(authorization.carries_code_and_state(nowhere)) == ["authorize.error-page"]
    assert rules_of(authorization.post_works(nowhere, advertised=False)) == ["authorize.post.error-page"]
    changed = Redirected(code="c", state="s")
    changed.state_matches = False
    assert rules_of(authorization.returns_state(changed, when="now")) == ["authorize.state.changed"]
    omitted = Redirected(code="c")
    omitted.state_matches = False
    assert rules_of(authorization.returns_state(omitted, when="now")) == ["authorize.state.omitted"]
    assert rules_of(authorization.returns_state(nowhere, when="now")) == ["(authorize.state.no-redirect)"]


@pytest.mark.parametrize(
    ("status", "content", "expected"),
    [
        (400, {"error": "invalid_request"}, []),
        (401, {"error": "invalid_client"}, []),
        (404, None, ["endpoint.dead"]),
        (405, None, ["endpoint.dead"]),
        (500, None, ["endpoint.dead"]),
        (0, None, ["endpoint.no-answer"]),
        (200, {"ok": True}, ["endpoint.not-a-token-endpoint"]),
        (400, None, ["endpoint.not-a-token-endpoint"]),
    ],
)
def test_a_token_endpoint_speaks_oauth(answer, rules_of, status, content, expected):
    assert rules_of(endpoints.speaks_oauth(answer(status, content))) == expected


def test_advertised_endpoints_are_named_in_findings(answer):
    (finding,) = endpoints.is_alive({"revocation_endpoint": answer(404), "introspection_endpoint": answer(401)})
    assert finding.path == "revocation_endpoint"


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (bundle(), []),
        (bundle(kind="collection"), ["search.bundle-type"]),
        ([], ["search.not-a-bundle"]),
        ({"resourceType": "Patient"}, ["search.not-a-bundle"]),
        ({"resourceType": "Bundle", "type": "searchset", "entry": [{}]}, ["search.entry-without-resource"]),
        (
            {"resourceType": "Bundle", "type": "searchset", "entry": [{"resource": {}, "request": {}}]},
            ["search.entry-request"],
        ),
    ],
)
def test_searchsets(answer, rules_of, content, expected):
    assert rules_of(bundles.is_searchset(answer(200, content), what="it")) == expected


def test_reads_return_what_the_url_names(answer, rules_of):
    good = Read("Coverage", "c", answer(200, coverage("c")))
    case = Read("Coverage", "c", answer(200, coverage("C")))
    wrapped = Read("Coverage", "c", answer(200, bundle(coverage("c"))))
    assert list(searches.reads_match([good])) == []
    assert rules_of(searches.reads_match([case])) == ["read.id"]
    assert rules_of(searches.reads_match([wrapped])) == ["read.resourceType", "read.id"]
    assert rules_of(searches.reads_match([Read("Coverage", "c", answer(404))])) == ["http.status"]


def evidence(answer, *pages, includes=()):
    return SearchEvidence("it", answer(200, bundle()), tuple(pages), tuple(includes))


def test_paging_is_exact(answer, rules_of):
    whole = evidence(answer, [coverage("1"), coverage("2"), coverage("3")])
    good = evidence(answer, [coverage("1"), coverage("2")], [coverage("3")])
    assert list(searches.paging_is_exact([(whole, good)], count=2)) == []
    repeats = evidence(answer, [coverage("1"), coverage("2")], [coverage("1"), coverage("2")])
    assert rules_of(searches.paging_is_exact([(whole, repeats)], count=2)) == [
        "paging.repeated",
        "paging.repeated",
        "paging.lost",
    ]
    told = replace(repeats, anomalies=(Finding("paging.duplicate", "again"),))
    assert "paging.duplicate" not in rules_of(searches.paging_is_exact([(whole, told)], count=2))
    assert rules_of(searches.paging_is_exact([(whole, whole)], count=2)) == ["paging.too-many"]
    extra = evidence(answer, [coverage("1"), coverage("2")], [coverage("3"), coverage("4")])
    assert rules_of(searches.paging_is_exact([(whole, extra)], count=2)) == ["paging.extra"]


def test_of_pages_that_were_not_read_nothing_is_said(answer, rules_of):
    whole = evidence(answer, [coverage("1"), coverage("2"), coverage("3")])
    refused = replace(evidence(answer, [coverage("1")]), anomalies=(Finding("paging.refused", "x"),))
    assert rules_of(searches.paging_is_exact([(whole, refused)], count=1)) == ["paging.refused"]
    assert rules_of(searches.paging_is_exact([(refused, whole)], count=3)) == []
    endless = replace(refused, anomalies=(Finding("paging.limit", "x", "information"),))
    with pytest.raises(Undecided, match="more pages than are read"):
        list(searches.paging_is_exact([(whole, endless)], count=1))


@pytest.mark.parametrize("reference", ["Patient/1", "https://x.example/fhir/Patient/1", "Patient/1/_history/2"])
def test_a_patient_is_recognised_in_any_form(answer, reference):
    found = evidence(answer, [{"resourceType": "Condition", "id": "c", "subject": {"reference": reference}}])
    assert list(searches.found_for(found, "1")) == []


@pytest.mark.parametrize("patient", ["91", "12", "Patient", ""])
def test_a_similar_id_is_another_patient(answer, rules_of, patient):
    found = evidence(answer, [coverage("c", patient=patient)])
    assert rules_of(searches.found_for(found, "1")) == ["search.another-patient"]


def test_includes_must_be_there(answer, rules_of):
    found = evidence(answer, [coverage("c")], includes=[{"resourceType": "Organization", "id": "9"}])
    assert list(searches.includes_referenced(found, element="payor")) == []
    ignored = evidence(answer, [coverage("c")])
    assert rules_of(searches.includes_referenced(ignored, element="payor")) == ["search.include-missing"]


def test_a_search_by_id_brings_exactly_it(answer, rules_of):
    assert list(searches.found_by_id(evidence(answer, [coverage("c")]), "Coverage/c")) == []
    everything = evidence(answer, [coverage("c"), coverage("d")])
    assert rules_of(searches.found_by_id(everything, "Coverage/c")) == ["search.by-id.extra"]
    assert rules_of(searches.found_by_id(evidence(answer), "Coverage/c")) == ["search.by-id.lost"]
    assert rules_of(searches.promised(["Coverage/x"], everything)) == ["search.promised-lost"]


def test_categories_find_their_own(answer, rules_of):
    def condition(identity, code):
        category = [{"coding": [{"system": "s", "code": code}]}]
        return {
            "resourceType": "Condition",
            "id": identity,
            "category": category,
            "subject": {"reference": "Patient/1"},
        }

    whole = evidence(answer, [condition("1", "a"), condition("2", "b")])
    good = {"a": evidence(answer, [condition("1", "a")]), "s|b": evidence(answer, [condition("2", "b")])}
    assert list(searches.categories_partition(CategorySearches(whole, good, "1"))) == []
    ignored = CategorySearches(whole, {"a": whole}, "1")
    assert rules_of(searches.categories_partition(ignored)) == ["search.category.extra"]


def test_quickstart_steps(rules_of):
    steps = [Step("register", departures=("it differs",)), Step("refresh", problem="HTTP 404")]
    assert rules_of(quickstart.works(steps)) == ["quickstart.refresh"]
    assert rules_of(quickstart.departs_from_standards(steps)) == ["(quickstart.departure)"]
