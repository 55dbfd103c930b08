"""Systems and codes, bound or not: what a complete code system does not define, and what is no system at all."""

from __future__ import annotations

import pytest

from conformance.validator import Validator

C4BB_TYPE = "http://hl7.org/fhir/us/carin-bb/CodeSystem/C4BBIdentifierType"
ACT_CODE = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
PLACES = "https://www.cms.gov/Medicare/Coding/place-of-service-codes/Place_of_Service_Code_Set"


@pytest.fixture
def said(judged):
    """Rule, severity and the rest of the path of what is found in one coding of an unbound element."""

    def check(**coding):
        basic = {"resourceType": "Basic", "code": {"coding": [coding]}}
        found = judged(basic)
        return [(one.rule, one.severity, one.path.removeprefix("Basic.code.coding[0]")) for one in found]

    return check


@pytest.mark.parametrize(
    ("system", "code", "severity"),
    [
        (C4BB_TYPE, "payerid", ""),
        (C4BB_TYPE, "npi", "error"),
        ("http://hl7.org/fhir/administrative-gender", "female", ""),
        ("http://hl7.org/fhir/administrative-gender", "f", "error"),
        (ACT_CODE, "AMB", ""),
        (ACT_CODE, "ZZZZ", "warning"),
        (PLACES, "ZZZZ", "warning"),
        ("http://loinc.org", "ZZZZ", ""),
        ("https://elsewhere.example/codes", "ZZZZ", ""),
    ],
)
def test_a_code_is_one_that_its_system_defines(system, code, severity, said):
    assert said(system=system, code=code) == ([("coding.code", severity, ".code")] if severity else [])


def test_case_counts_where_the_system_says_so(said, guides):
    assert guides.code_system(C4BB_TYPE).facts.get("fold") is None
    assert said(system=C4BB_TYPE, code="PAYERID") == [("coding.code", "error", ".code")]
    insensitive = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
    folded = guides.code_system(insensitive).facts.get("fold")
    assert said(system=insensitive, code="amb") == ([] if folded else [("coding.code", "warning", ".code")])


def test_a_code_of_another_version_of_the_system_is_not_judged(said):
    assert said(system=C4BB_TYPE, code="npi", version="1.0.0") == []
    assert said(system=C4BB_TYPE, code="npi", version="2.1.0") == [("coding.code", "error", ".code")]


def test_a_code_that_another_version_of_the_system_has_is_a_warning(guides, monkeypatch):
    from conformance.guides.terminologytables import CodeSystemTable

    earlier = {
        "url": C4BB_TYPE,
        "version": "1.0.0",
        "content": "complete",
        "codes": ["npi"],
        "package": "earlier#1.0.0",
    }
    monkeypatch.setattr(guides, "code_systems", lambda _url: [CodeSystemTable(earlier)])
    basic = {"resourceType": "Basic", "code": {"coding": [{"system": C4BB_TYPE, "code": "npi"}]}}

    (found,) = Validator(guides).check(basic)

    assert (found.rule, found.severity) == ("coding.code", "warning")
    assert "1.0.0" in found.message


@pytest.mark.parametrize(
    "system",
    [
        "loinc",
        "CodeSystem/x",
        "/x",
        "http:",
        "https://",
        "http://hl7.org/fhir/ValueSet/observation-status",
        "http://hl7.org/fhir/ValueSet/observation-status#here",
    ],
)
def test_a_system_is_the_absolute_name_of_a_code_system(system, said):
    assert said(system=system, code="x") == [("coding.system", "error", ".system")]


@pytest.mark.parametrize("system", ["urn:oid:1.2.3", "https://x.example/a", "http://x.example/ValueSet/unheard-of"])
def test_any_other_absolute_name_may_be_one(system, said):
    assert said(system=system, code="x") == []


@pytest.mark.parametrize(
    ("identifier", "rule", "member"),
    [
        ({"system": "us-mbi", "value": "1"}, "identifier.system", "system"),
        ({"system": "http:/", "value": "1"}, "identifier.system", "system"),
        ({"system": "urn:ietf:rfc:3986", "value": "12345"}, "identifier.value", "value"),
        ({"system": "urn:ietf:rfc:3986", "value": "urn:oid:1.2.3"}, "", ""),
        ({"system": "https://x.example/mbi", "value": "12345"}, "", ""),
        ({"value": "12345"}, "", ""),
    ],
)
def test_an_identifiers_system_is_absolute(identifier, rule, member, judged, rules):
    found = rules(judged({"resourceType": "Patient", "identifier": [identifier]}))

    assert found == ({(rule, f"Patient.identifier[0].{member}")} if rule else set())


def test_a_code_outside_its_system_and_the_bound_set_is_one_finding(judged, profile):
    clinical = "http://terminology.hl7.org/CodeSystem/condition-clinical"
    coding = {"system": clinical, "code": "nonsense"}
    observation = {"resourceType": "Observation", "status": "final", "code": {"coding": [coding]}}

    for strength, rule in (("required", "binding.required"), ("extensible", "coding.code"), ("example", "coding.code")):
        binding = {"strength": strength, "valueSet": "http://hl7.org/fhir/ValueSet/condition-clinical"}
        table = profile("p", "Observation", {"id": "Observation.code", "binding": binding})
        assert [one.rule for one in judged(observation, table)] == [rule]
