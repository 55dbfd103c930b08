"""What belongs to a member, and what a finding needs to stay readable."""

from __future__ import annotations

import json

import pytest

from conformance.redaction import Redactor

KEPT = {
    "resourceType": "ExplanationOfBenefit",
    "id": "eob-1",
    "meta": {"versionId": "3", "lastUpdated": "2026-02-03T04:05:06Z", "profile": ["http://x/C4BB|2.1.0"]},
    "status": "active",
    "type": {"coding": [{"system": "http://x/claim-type", "code": "professional", "display": "Professional"}]},
    "use": "claim",
    "patient": {"reference": "Patient/p-1"},
    "billablePeriod": {"start": "2025-01-02", "end": "2025-01-03"},
    "created": "2025-01-04T00:00:00Z",
    "item": [{"sequence": 1, "servicedDate": "2025-01-02", "net": {"value": 12.5, "currency": "USD"}}],
    "total": [{"category": {"coding": [{"code": "submitted"}]}, "amount": {"value": 12.5, "currency": "USD"}}],
    "payment": {"date": "2025-02-01", "amount": {"value": 10, "currency": "USD"}},
}

MASKED = [
    ({"resourceType": "Coverage", "subscriberId": "MBI123"}, {"resourceType": "Coverage", "subscriberId": "XXX###"}),
    (
        {
            "resourceType": "Coverage",
            "class": [{"type": {"coding": [{"code": "group"}]}, "value": "G-7", "name": "Acme"}],
        },
        {
            "resourceType": "Coverage",
            "class": [{"type": {"coding": [{"code": "group"}]}, "value": "X-#", "name": "Xxxx"}],
        },
    ),
    (
        {"resourceType": "Encounter", "class": {"system": "http://x", "code": "AMB", "display": "ambulatory"}},
        {"resourceType": "Encounter", "class": {"system": "http://x", "code": "AMB", "display": "ambulatory"}},
    ),
    (
        {"resourceType": "Patient", "_birthDate": {"extension": [{"url": "http://t", "valueDateTime": "1950-01-02"}]}},
        {"resourceType": "Patient", "_birthDate": {"extension": [{"url": "http://t", "valueDateTime": "####-##-##"}]}},
    ),
    (
        {"resourceType": "Patient", "deceasedDateTime": "2024-05-06", "gender": "female", "active": True},
        {"resourceType": "Patient", "deceasedDateTime": "####-##-##", "gender": "female", "active": True},
    ),
    (
        {"resourceType": "Patient", "name": "Ada", "telecom": "555", "identifier": 42, "address": [True, None, 1.5]},
        {"resourceType": "Patient", "name": "Xxx", "telecom": "###", "identifier": 0, "address": [True, None, 0.0]},
    ),
    (
        {"resourceType": "Observation", "note": [{"authorString": "Dr A", "time": "2025-01-01", "text": "fell"}]},
        {"resourceType": "Observation", "note": [{"authorString": "Xx X", "time": "2025-01-01", "text": "xxxx"}]},
    ),
    (
        {"resourceType": "Observation", "subject": {"reference": "Patient/1", "display": "Ada"}, "valueString": "sad"},
        {"resourceType": "Observation", "subject": {"reference": "Patient/1", "display": "Xxx"}, "valueString": "xxx"},
    ),
    (
        {
            "resourceType": "Patient",
            "name": [{"_family": {"extension": [{"url": "http://d", "valueCode": "unknown"}]}}],
        },
        {
            "resourceType": "Patient",
            "name": [{"_family": {"extension": [{"url": "http://d", "valueCode": "unknown"}]}}],
        },
    ),
    (
        {"resourceType": "Parameters", "parameter": [{"name": "patient", "valueString": "Ada"}]},
        {"resourceType": "Parameters", "parameter": [{"name": "patient", "valueString": "Xxx"}]},
    ),
    (
        {"resourceType": "Bundle", "link": [{"relation": "self", "url": "http://a/Patient?family=Ada&_count=2"}]},
        {"resourceType": "Bundle", "link": [{"relation": "self", "url": "http://a/Patient?family=Xxx&_count=2"}]},
    ),
    (
        {"resourceType": "Condition", "subject": {"reference": "Patient?identifier=http://s|77"}},
        {"resourceType": "Condition", "subject": {"reference": "Patient?identifier=http://s|**"}},
    ),
    (
        {
            "resourceType": "DocumentReference",
            "content": [{"attachment": {"url": "Binary/1", "data": "QUJD", "title": "x1"}}],
        },
        {
            "resourceType": "DocumentReference",
            "content": [{"attachment": {"url": "Binary/1", "data": "XXXX", "title": "x#"}}],
        },
    ),
    (
        {"resourceType": "CapabilityStatement", "name": "Payer", "description": "All of it"},
        {"resourceType": "CapabilityStatement", "name": "Payer", "description": "All of it"},
    ),
]


@pytest.fixture
def redactor():
    return Redactor()


def test_what_a_finding_needs_stays(redactor):
    assert redactor.resource(KEPT) == KEPT


@pytest.mark.parametrize(("resource", "shown"), MASKED, ids=lambda value: str(value)[17:60])
def test_what_belongs_to_a_member_goes(resource, shown, redactor):
    assert redactor.resource(resource) == shown


def test_a_narrative_keeps_its_markup(redactor):
    div = '<div xmlns="http://www.w3.org/1999/xhtml">Ada <b title="MBI 7">b. 1950</b>&nbsp;x</div>'

    shown = redactor.resource({"resourceType": "Patient", "text": {"status": "generated", "div": div}})["text"]

    assert shown["status"] == "generated"
    assert shown["div"] == '<div xmlns="http://www.w3.org/1999/xhtml">Xxx <b title="XXX #">x. ####</b>&xxxx;x</div>'


def test_the_words_of_the_server_are_kept_less_the_members(redactor):
    redactor.learn({"resourceType": "Patient", "name": [{"family": "Lovelace"}]})
    outcome = {
        "resourceType": "OperationOutcome",
        "issue": [{"diagnostics": "No LOVELACE", "details": {"text": "Gone"}}],
    }

    assert redactor.resource(outcome)["issue"] == [{"diagnostics": "No XXXXXXXX", "details": {"text": "Gone"}}]


def test_ids_are_hashed_alike_everywhere_when_nothing_may_be_shown():
    redactor = Redactor("none")

    hashed = redactor.resource({"resourceType": "Patient", "id": "p-1"})["id"]

    assert hashed != "p-1"
    assert redactor.resource({"resourceType": "Basic", "subject": {"reference": "Patient/p-1"}})["subject"] == {
        "reference": f"Patient/{hashed}"
    }
    assert redactor.url("https://a/fhir/Patient/p-1/$everything") == f"https://a/fhir/Patient/{hashed}/$everything"
    assert redactor.url("https://a/fhir/Observation?patient=p-1") == f"https://a/fhir/Observation?patient={hashed}"
    assert redactor.text("Patient/p-1 is not theirs") == f"Patient/{hashed} is not theirs"
    assert redactor.found("Patient.id", "p-1") == hashed
    assert (
        json.loads(redactor.body(b'{"access_token": "x", "patient": "p-1"}', "application/json"))["patient"] == hashed
    )
    assert Redactor("none").url("Patient/p-1") != f"Patient/{hashed}"


@pytest.mark.parametrize(
    ("path", "value", "shown"),
    [
        ("Patient.name[0].family", "Ada", "Xxx"),
        ("Patient.name[0].use", "official", "official"),
        ("Patient.identifier[2].system", "http://x", "http://x"),
        ("Patient.birthDate", "1950-1-2", "####-#-#"),
        ("Patient.name[0]", '{"family": "Ada", "use": "usual"}', '{"family": "Xxx", "use": "usual"}'),
        ("Patient.name[0]", "{'family': 'Ada'}", "{'xxxxxx': 'Xxx'}"),
        (
            "Patient",
            '{"resourceType": "Patient", "birthDate": "1950-01-02"}',
            '{"resourceType": "Patient", "birthDate": "####-##-##"}',
        ),
        ("Observation.value.ofType(string)", "very sad", "xxxx xxx"),
        ("Observation.value", "2025-01-01", "2025-01-01"),
        ("Observation.code.coding[0].display", "Weight", "Weight"),
        ("Observation.subject.display", "Ada", "Xxx"),
        ("ExplanationOfBenefit.total[0].amount.value", "12.5", "12.5"),
        ("ExplanationOfBenefit.type", "2 codings", "2 codings"),
        ("Bundle.entry[0].resource.name[0].given[1]", "Ada", "Xxx"),
        ("access_token", "abc", "‹access_token›"),
        ("id_token.email", "ada@x.org", "xxx@x.xxx"),
        ("expires_in", "3600", "3600"),
        ("Cache-Control", "public", "public"),
        ("", "anything", "anything"),
    ],
)
def test_values_found_are_masked_as_in_their_place(path, value, shown, redactor):
    assert redactor.found(path, value) == shown


def test_synthetic_data_may_be_shown_whole():
    patient = {"resourceType": "Patient", "name": [{"family": "Ada"}], "birthDate": "1950-01-02"}

    full = Redactor("full")
    full.learn(patient)

    assert full.resource(patient) == patient
    assert json.loads(full.body(json.dumps(patient).encode(), "application/fhir+json")) == patient
    assert full.text("Ada 1950-01-02") == "Ada 1950-01-02"
    assert full.url("Patient?name=Ada") == "Patient?name=Ada"


def test_short_names_are_found_only_as_written(redactor):
    redactor.learn({"resourceType": "Patient", "name": [{"family": "May", "given": ["Al"]}]})

    assert redactor.text("May you, MAY you, may you, Al") == "Xxx you, XXX you, may you, Al"


def test_an_identifier_that_is_the_resource_id_too_is_not_looked_for(redactor):
    redactor.learn({"resourceType": "Patient", "id": "member-77", "identifier": [{"value": "member-77"}]})

    assert redactor.text("Patient/member-77") == "Patient/member-77"


def test_a_page_keeps_its_words_and_loses_what_was_typed(redactor):
    page = (
        b"<!doctype html><html><head><meta name='csrf' content='t0k3n'></head><body><h1>Choose a member</h1>"
        b"<script>var state = {name: 'Ada'}</script><input name=user value='ada'><button value=go>Go</button>"
        b"<select><option value=1>Ada L.</option></select>"
        b"<p>ada@example.org, 1950-01-02, (555) 123-4567</p></body></html>"
    )

    shown = redactor.body(page, "text/html")

    assert "Choose a member" in shown
    assert "<button value=go>Go</button>" in shown
    assert not any(value in shown.lower() for value in ("ada", "t0k3n", "1950", "4567"))
    assert "Choose" not in Redactor("none").body(page, "text/html")


def test_bytes_are_counted(redactor):
    assert redactor.body(b"%PDF-1.7\x00\x01", "application/pdf") == "‹10 bytes of application/pdf›"
    assert redactor.body(b"", "") == ""


def test_an_amount_is_not_taken_for_the_number_of_a_member(redactor):
    redactor.learn({"resourceType": "Patient", "address": [{"postalCode": "12345"}]})
    claim = {"resourceType": "Claim", "total": {"value": 12345}}

    assert json.loads(redactor.body(json.dumps(claim).encode(), "application/fhir+json")) == claim
    assert json.loads(redactor.body(b'{"n": 12345, "error_description": "at 12345"}', "application/json")) == {
        "n": 12345,
        "error_description": "at #####",
    }
