"""Bundles beyond their definition: addresses, search results, links, documents; and records per entry."""

from __future__ import annotations

import pytest

BASE = "https://payer.example/fhir"


def bundle(kind, *entries, **parts):
    return {"resourceType": "Bundle", "type": kind, "entry": list(entries), **parts}


def entry(resource, address=None, **parts):
    return {**({"fullUrl": address} if address else {}), "resource": resource, **parts}


def patient(local="1", **parts):
    return {"resourceType": "Patient", "id": local, **parts}


@pytest.mark.parametrize(
    ("address", "rule"),
    [
        (f"{BASE}/Patient/1", ""),
        ("urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0", ""),
        ("urn:oid:1.2.3", ""),
        ("https://elsewhere.example/people?id=1", ""),
        (f"{BASE}/Patient/2", "bundle.full-url-id"),
        (f"{BASE}/Group/1", "bundle.full-url-id"),
        ("Patient/1", "bundle.full-url"),
    ],
)
def test_an_address_is_absolute_and_that_of_its_resource(address, rule, judged, rules):
    found = rules(judged(bundle("collection", entry(patient(), address))))

    assert found == ({(rule, "Bundle.entry[0].fullUrl")} if rule else set())


def test_the_same_address_twice_is_wrong_unless_versions_differ(judged, rules):
    address = f"{BASE}/Patient/1"

    def found(*versions):
        rows = [entry(patient(meta={"versionId": version}), address) for version in versions]
        return rules(judged(bundle("collection", *rows)))

    assert found("1", "2") == set()
    assert found("1", "1") == {("invariant:bdl-7", "Bundle")}


def test_transactions_need_no_addresses_but_requests(judged, rules):
    request = {"method": "POST", "url": "Patient"}

    assert rules(judged(bundle("transaction", entry({"resourceType": "Patient"}, request=request)))) == set()
    assert rules(judged(bundle("transaction", entry(patient())))) == {("invariant:bdl-3", "Bundle")}


def test_paging_belongs_to_searches_and_histories(judged, rules):
    link = [{"relation": "next", "url": f"{BASE}/Patient?page=2"}]

    assert (
        rules(judged(bundle("searchset", entry(patient(), f"{BASE}/Patient/1", search={"mode": "match"}), link=link)))
        == set()
    )
    found = judged(bundle("collection", entry(patient(), f"{BASE}/Patient/1"), link=link))
    assert rules(found) == {("bundle.link", "Bundle.link[0].relation")}


def test_a_search_over_the_whole_system_has_no_one_type(judged, rules):
    link = [{"relation": "self", "url": f"{BASE}?_type=Patient,Group"}]

    assert (
        rules(judged(bundle("searchset", entry(patient(), f"{BASE}/Patient/1", search={"mode": "match"}), link=link)))
        == set()
    )


def test_an_outcome_in_a_search_is_marked_as_such(judged, rules):
    outcome = {"resourceType": "OperationOutcome", "issue": [{"severity": "warning", "code": "informational"}]}

    assert rules(judged(bundle("searchset", entry(outcome, search={"mode": "outcome"})))) == set()
    found = judged(bundle("searchset", entry(patient(), f"{BASE}/Patient/1", search={"mode": "outcome"})))
    assert rules(found) == {("bundle.search-mode", "Bundle.entry[0].search.mode")}


def test_an_entry_nothing_leads_to_is_told_as_a_warning(validator, example):
    document = example("document.json")
    stray = {"resourceType": "Patient", "gender": "male"}
    document["entry"].append({"fullUrl": "urn:uuid:99999999-1cbf-4d64-b04d-cd9187a4c6e0", "resource": stray})

    found = validator.check(document)

    assert [(one.rule, one.severity, one.path) for one in found] == [
        ("bundle.unreachable", "warning", "Bundle.entry[2]")
    ]


def test_a_document_without_entries_is_none(judged, rules):
    document = {"resourceType": "Bundle", "type": "document", "timestamp": "2026-01-01T00:00:00Z"}
    identifier = {"system": "https://x.example", "value": "1"}

    assert ("bundle.entry", "Bundle.entry") in rules(judged({**document, "identifier": identifier}))


def test_each_entry_has_a_record_of_its_own_with_its_own_paths_and_counts(validator):
    loinc = {"coding": [{"system": "http://loinc.org", "code": "1-8"}]}
    resource = {"resourceType": "Observation", "id": "o", "code": loinc, "method": {"text": ""}}

    rows = [entry(patient(gender="?"), f"{BASE}/Patient/1"), entry(resource, f"{BASE}/Observation/o")]
    records = validator.records(bundle("collection", *rows))

    assert [one.resource["resourceType"] for one in records] == ["Bundle", "Patient", "Observation"]
    assert [{found.path for found in one.findings if found.severity == "error"} for one in records] == [
        set(),
        {"Patient.gender"},
        {"Observation.status", "Observation.method.text"},
    ]
    assert [one.start for one in records] == ["", ".entry[0].resource", ".entry[1].resource"]


def test_profiles_asked_for_reach_the_entries_of_their_type(validator):
    name = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-patient"

    own, first = validator.records(bundle("collection", entry(patient(), f"{BASE}/Patient/1")), [name])

    assert own.findings == []
    assert "Patient.gender" in {found.path for found in first.findings}


def test_a_document_holds_what_its_composition_refers_to(validator, example, rules):
    document = example("document.json")
    composition = document["entry"][0]["resource"]
    composition["custodian"] = {"reference": "Organization/left-out"}

    assert rules(validator.check(document)) == {("bundle.document", "Bundle.entry[0].resource.custodian")}
    composition["custodian"] = {"reference": "https://elsewhere.example/fhir/Organization/1"}
    assert rules(validator.check(document)) == set()


def test_a_bundle_alone_is_judged_without_what_its_entries_hold(validator, rules):
    broken = patient(gender="?")
    given = bundle("collection", entry(broken, f"{BASE}/Patient/2"))

    assert rules(validator.check_bundle(given)) == {("bundle.full-url-id", "Bundle.entry[0].fullUrl")}
    assert ("binding.required", "Bundle.entry[0].resource.gender") in {
        (one.rule, one.path) for one in validator.check(given)
    }
