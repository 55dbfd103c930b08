"""Literal references by their form: an error where nothing can resolve them, in Bundles in any case."""

from __future__ import annotations

import pytest

BASE = "https://payer.example/fhir"
UUID = "urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0"
FORMS = [
    ("Patient/1", ""),
    ("Patient/1/_history/2", ""),
    ("Patient?identifier=x|1", ""),
    (f"{BASE}/Patient/1", ""),
    ("https://elsewhere.example/people/1/", ""),
    (UUID, ""),
    ("urn:oid:1.2.3", ""),
    ("1", "warning"),
    ("Patients/1", "warning"),
    ("patient/1", "warning"),
    ("Unheard/1", "warning"),
    ("Patient/", "warning"),
    ("Patient/1/", "warning"),
    ("/Patient/1", "warning"),
    ("Patient/1/Observation/2", "warning"),
    ("Patient/1 2", "error"),
    (" Patient/1", "error"),
    ("Patient/a_b", "error"),
    (f"Patient/{'a' * 65}", "error"),
    ("urn:uuid:nonsense", "error"),
    ("urn:oid:x", "error"),
]


def coverage(reference):
    return {
        "resourceType": "Observation",
        "status": "final",
        "code": {"text": "x"},
        "subject": {"reference": reference},
    }


def bundle(kind, reference, *more):
    resource = {**coverage(reference), "id": "c"}
    rows = [{"fullUrl": f"{BASE}/Observation/c", "resource": resource}, *more]
    return {"resourceType": "Bundle", "type": kind, "entry": rows}


@pytest.mark.parametrize(("reference", "severity"), FORMS)
def test_a_reference_by_itself(reference, severity, judged):
    found = [(one.rule, one.severity, one.path) for one in judged(coverage(reference))]

    assert found == ([("reference.form", severity, "Observation.subject.reference")] if severity else [])


@pytest.mark.parametrize(("reference", "severity"), FORMS)
def test_a_reference_in_a_bundle(reference, severity, judged, rules):
    found = rules(judged(bundle("collection", reference)))

    path = "Bundle.entry[0].resource.subject.reference"
    dangling = {("reference.dangling", path)} if reference.startswith("urn:") else set()
    assert found == ({("reference.form", path)} if severity else dangling)


@pytest.mark.parametrize(
    ("kind", "severity"), [("collection", "error"), ("document", "error"), ("searchset", "warning")]
)
def test_a_urn_leads_to_an_entry(kind, severity, judged):
    def found(*more):
        problems = judged(bundle(kind, UUID, *more))
        return [(one.rule, one.severity) for one in problems if one.rule == "reference.dangling"]

    patient = {"fullUrl": UUID, "resource": {"resourceType": "Patient", "active": True}}
    assert found() == [("reference.dangling", severity)]
    assert found(patient) == []


@pytest.mark.parametrize("kind", ["searchset", "collection", "history"])
def test_an_identified_resource_has_an_address(kind, judged, rules):
    def found(resource):
        entries = {"resourceType": "Bundle", "type": kind, "entry": [{"resource": resource}]}
        return {pair for pair in rules(judged(entries)) if pair[0] == "bundle.full-url"}

    assert found({"resourceType": "Patient", "id": "1"}) == {("bundle.full-url", "Bundle.entry[0].fullUrl")}
    assert found({"resourceType": "Patient"}) == set()
