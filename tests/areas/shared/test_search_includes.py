"""What comes beside the matches, who is found, and $docref: good answers give nothing, each way to break its rule."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.areas.search.rules import patients
from conformance.areas.shared import search_includes as includes
from conformance.areas.shared.evidence import SearchEvidence

BASE = "https://payer.example/fhir"
CLAIM = {
    "resourceType": "ExplanationOfBenefit",
    "id": "c1",
    "insurer": {"reference": "Organization/o1"},
    "careTeam": [
        {"provider": {"reference": f"{BASE}/Practitioner/d1/_history/3"}},
        {"provider": {"reference": "#inside"}},
        {"provider": {"reference": "https://elsewhere.example/fhir/Practitioner/d9"}},
    ],
}
PAYER = {"resourceType": "Organization", "id": "o1"}
DOCTOR = {"resourceType": "Practitioner", "id": "d1", "meta": {"versionId": "3"}}


def anything(type_name):
    return bool(type_name)


@pytest.fixture
def search(answer):
    def made(*matches, beside=(), status=200):
        entries = [{"resource": each, "search": {"mode": "match"}} for each in matches]
        entries += [{"resource": each, "search": {"mode": "include"}} for each in beside]
        bundle = {"resourceType": "Bundle", "type": "searchset", "entry": entries}
        first = answer(status, bundle if status == 200 else {"resourceType": "OperationOutcome"})
        return SearchEvidence("a search", first, [list(matches)], list(beside), type="X", bundles=(bundle,))

    return made


@pytest.fixture
def including(search):
    def made(*beside, parameter="insurer", path="insurer", status=200, opened=anything):
        return includes.Including(parameter, path, search(CLAIM, beside=beside, status=status), BASE, opened)

    return made


def test_every_referenced_resource_is_included_once(including, rules_of):
    def rules(*beside, **more):
        return rules_of(includes.includes_are_complete([including(*beside, **more)]))

    team = {"parameter": "care-team", "path": "careTeam.provider"}
    assert rules(PAYER) == []
    assert rules(DOCTOR, **team) == []
    assert rules() == ["search.include.lost"]
    assert rules(opened=lambda name: name != "Organization") == []
    assert rules(PAYER, opened=lambda name: name != "Organization") == []
    assert rules(PAYER, DOCTOR) == ["search.include.extra"]
    assert rules(PAYER, PAYER) == ["search.include.repeated"]
    assert rules(PAYER, **team) == ["search.include.lost", "search.include.extra"]
    assert rules(status=400) == ["http.status"]


def test_the_wildcard_is_the_union(including, rules_of):
    singles = [including(PAYER), including(DOCTOR, parameter="care-team", path="careTeam.provider")]

    def rules(*beside, **more):
        return rules_of(includes.wildcard_is_the_union(including(*beside, parameter="*", path="", **more), singles))

    assert rules(PAYER, DOCTOR) == []
    assert rules(PAYER, DOCTOR, {"resourceType": "Coverage", "id": "v"}) == []
    assert rules(PAYER) == ["search.wildcard.lost"]
    assert rules(status=400) == ["http.status"]


def test_an_include_is_what_a_read_shows(answer, rules_of):
    coverage = {"resourceType": "Coverage", "id": "v", "period": {"start": "2020-01-01"}, "meta": {"profile": ["x"]}}

    def rules(read, status=200):
        return rules_of(includes.included_as_read([includes.Compared(coverage, 3, answer(status, read))]))

    assert rules(coverage) == []
    assert rules({**coverage, "meta": {"profile": ["x"], "versionId": "2", "lastUpdated": "now"}}) == []
    assert rules({**coverage, "period": {"start": "2021-01-01"}}) == ["include.differs.period"]
    assert rules({**coverage, "meta": {"profile": []}}) == ["include.differs.meta"]
    assert rules({**coverage, "status": "active"}) == ["include.differs.status"]
    assert rules({}, status=404) == ["include.unreadable"]


def test_payers_follow_coverages(search, rules_of):
    coverage = {"resourceType": "Coverage", "id": "v", "payor": [{"reference": "Organization/o1"}]}
    rules = lambda found: rules_of(includes.payers_follow(found, BASE, anything))  # noqa: E731

    assert rules(search(CLAIM, beside=[coverage, PAYER])) == []
    assert rules(search(CLAIM, beside=[coverage])) == ["(include.iterate)"]
    assert rules(search(status=400)) == ["(include.iterate.status)"]


def test_provenance_belongs_to_a_match(search, rules_of):
    own = {"resourceType": "Provenance", "id": "v1", "target": [{"reference": "ExplanationOfBenefit/c1"}]}
    other = {"resourceType": "Provenance", "id": "v2", "target": [{"reference": "ExplanationOfBenefit/c2"}]}

    def rules(found, known=(own, other)):
        return rules_of(includes.provenance_comes([includes.Reverse(search(CLAIM), found, known)]))

    assert rules(search(CLAIM, beside=[own])) == []
    assert rules(search(CLAIM)) == ["search.revinclude.lost"]
    assert rules(search(CLAIM), known=()) == []
    assert rules(search(CLAIM, beside=[own, other])) == ["search.revinclude.target"]
    assert rules(search(beside=[own])) == ["search.revinclude.matches.lost", "search.revinclude.target"]
    assert rules(search(status=400)) == ["http.status"]


@given(st.permutations(["o1", "o2", "o3", "o4"]), st.integers(1, 4))
@settings(max_examples=60, deadline=None)
def test_includes_are_judged_alike_for_every_order_and_paging(order, size):
    claims = [{"resourceType": "X", "id": each, "insurer": {"reference": f"Organization/{each}"}} for each in order]
    pages = [claims[start : start + size] for start in range(0, len(claims), size)]
    beside = [{"resourceType": "Organization", "id": each} for each in reversed(order)]

    class Fine:
        status, fault, number, body = 200, "", 1, b""

        def json(self):
            return {"resourceType": "Bundle", "type": "searchset"}

    whole = SearchEvidence("a search", Fine(), pages, beside)
    fine, lacking = (
        includes.Including("insurer", "insurer", each, BASE, anything)
        for each in (whole, replace(whole, includes=beside[1:]))
    )
    assert [finding.rule for finding in includes.includes_are_complete([fine])] == []
    assert [finding.rule for finding in includes.includes_are_complete([lacking])] == ["search.include.lost"]


MARIA = {
    "resourceType": "Patient",
    "id": "p1",
    "identifier": [{"system": "urn:x", "value": "M-1"}, {"value": "a,b"}],
    "name": [{"family": "García", "given": ["Maria"]}],
    "birthDate": "1950-01-01",
    "gender": "female",
}


def test_searches_describe_the_member_or_somebody_else():
    own = patients.describing(MARIA)
    assert {(("_id", "p1"),), (("identifier", "urn:x|M-1"),), (("name", "garcía"),), (("name", "GARCÍA"),)} <= set(own)
    assert (("birthdate", "1950-01-01"), ("name", "García")) in own
    assert (("identifier", "a,b"),) not in own
    assert (("gender", "male"), ("name", "García")) in patients.not_describing(MARIA)
    assert patients.not_describing({}) == []
    brother = {**MARIA, "id": "p2", "identifier": [{"system": "urn:x", "value": "M-2"}], "name": [{"family": "García"}]}
    assert patients.only_of(brother, MARIA) == [
        (("_id", "p2"),),
        (("identifier", "M-2"),),
        (("identifier", "urn:x|M-2"),),
    ]


def test_patient_searches_find_exactly_the_member(search, rules_of):
    def rules(found, *, own=True):
        return rules_of(patients.found_exactly([patients.PatientSearch((), own, found)], "p1"))

    other = {**MARIA, "id": "p2"}
    assert rules(search(MARIA)) == []
    assert rules(search()) == ["search.patient.lost"]
    assert rules(search(MARIA, other)) == ["search.patient.extra"]
    assert rules(search(), own=False) == []
    assert rules(search(status=403), own=False) == []
    assert rules(search(status=403)) == ["http.status"]
    assert rules(search(MARIA), own=False) == ["search.patient.extra"]


def test_docref_finds_documents_of_the_member(search, rules_of):
    own = {"resourceType": "DocumentReference", "id": "d1", "subject": {"reference": "Patient/p1"}}
    known = ["DocumentReference/d1", "DocumentReference/d2"]
    rules = lambda found, known=known: rules_of(patients.documents_of(found, "p1", known))  # noqa: E731

    assert rules(search(own)) == []
    assert rules(search(), []) == []
    assert rules(search()) == ["docref.empty"]
    assert rules(search(status=404)) == ["http.status"]
    assert rules(search({**own, "id": "d3"})) == ["docref.extra"]
    assert rules(search({**own, "subject": {"reference": "Patient/p2"}})) == ["search.another-patient"]
    assert rules(search(own, PAYER)) == ["docref.type", "docref.extra"]
    assert rules_of(patients.docref_declared({"docref": "x"})) == []
    assert rules_of(patients.docref_declared({})) == ["docref.undeclared"]
