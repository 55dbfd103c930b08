"""References: permitted types, agreement, targets at hand, aggregation, resolution in Bundles."""

from __future__ import annotations

import pytest

BASE = "https://payer.example/fhir"


def encounter(**subject):
    kind = {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "AMB"}
    return {"resourceType": "Encounter", "status": "finished", "class": kind, "subject": subject}


WRONG = {("reference.target", "Encounter.subject")}


@pytest.mark.parametrize(
    ("subject", "expected"),
    [
        ({"reference": "Patient/1"}, set()),
        ({"reference": "Patient/1/_history/2"}, set()),
        ({"reference": f"{BASE}/Patient/1"}, set()),
        ({"reference": "Group/1"}, set()),
        ({"reference": "Practitioner/1"}, WRONG),
        ({"reference": f"{BASE}/Practitioner/1/_history/4"}, WRONG),
        ({"reference": "Practitioner?identifier=x|1"}, WRONG),
        ({"reference": "Patient?identifier=x|1"}, set()),
        ({"reference": "urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0"}, set()),
        ({"reference": "urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0", "type": "Practitioner"}, WRONG),
        ({"type": "Practitioner", "identifier": {"value": "x"}}, WRONG),
        ({"reference": "https://elsewhere.example/people?id=1"}, set()),
        ({"reference": "Unheard/1"}, set()),
        ({"display": "somebody"}, set()),
    ],
)
def test_the_type_is_read_from_what_there_is(subject, expected, judged, rules):
    assert rules(judged(encounter(**subject))) == expected


def test_the_declared_type_agrees_with_the_text(judged, rules):
    found = judged(encounter(reference="Patient/1", type="Group"))

    assert rules(found) == {("reference.type", "Encounter.subject.type")}
    full = "http://hl7.org/fhir/StructureDefinition/Patient"
    assert rules(judged(encounter(reference="Patient/1", type=full))) == set()


def bundle(*entries):
    rows = [{"fullUrl": url, "resource": resource} for url, resource in entries]
    return {"resourceType": "Bundle", "type": "collection", "entry": rows}


@pytest.mark.parametrize(
    ("reference", "address"),
    [
        ("urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0", "urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0"),
        ("Practitioner/p", f"{BASE}/Practitioner/p"),
        (f"{BASE}/Practitioner/p", f"{BASE}/Practitioner/p"),
        ("Practitioner/p/_history/1", f"{BASE}/Practitioner/p"),
    ],
)
def test_a_reference_is_followed_inside_its_bundle(reference, address, judged, rules):
    found = judged(
        bundle(
            (f"{BASE}/Encounter/e", {**encounter(reference=reference), "id": "e"}),
            (address, {"resourceType": "Practitioner", "id": "p"}),
        )
    )

    assert rules(found) == {("reference.target", "Bundle.entry[0].resource.subject")}


def test_a_relative_reference_belongs_to_the_base_of_its_own_entry(judged, rules, profile):
    female = profile("female", "Patient", {"id": "Patient.gender", "min": 1, "fixedCode": "female"})
    targets = [{"code": "Reference", "targetProfile": [female["url"]]}]
    table = profile("p", "Encounter", {"id": "Encounter.subject", "type": targets})
    claim = {"meta": {"profile": [table["url"]]}}

    def found(address):
        own = (f"{BASE}/Encounter/e", {**encounter(reference="Patient/1"), **claim, "id": "e"})
        patient = (address, {"resourceType": "Patient", "id": "1", "gender": "male"})
        bundled = profile("b", "Bundle", {"id": "Bundle.type", "min": 1})
        return rules(judged(bundle(own, patient), bundled, table, female))

    assert found(f"{BASE}/Patient/1") == {("reference.profile", "Bundle.entry[0].resource.subject")}
    assert found("https://elsewhere.example/Patient/1") == set()


def test_a_target_at_hand_meets_one_of_the_profiles(profile, judged, rules):
    female = profile("female", "Patient", {"id": "Patient.gender", "min": 1, "fixedCode": "female"})
    active = profile("active", "Patient", {"id": "Patient.active", "min": 1, "fixedBoolean": True})
    targets = [{"code": "Reference", "targetProfile": [female["url"], active["url"]]}]
    table = profile("p", "Encounter", {"id": "Encounter.subject", "type": targets})

    def found(**patient):
        resource = encounter(reference="#p")
        resource["contained"] = [{"resourceType": "Patient", "id": "p", **patient}]
        return rules(judged(resource, table, female, active))

    assert found(gender="female") == set()
    assert found(active=True) == set()
    assert found(gender="female", active=True) == set()
    assert found(gender="male") == {("reference.profile", "Encounter.subject")}


def test_profiles_that_refer_to_each_other_in_a_circle_end(profile, judged, rules):
    url = "https://tests.example/StructureDefinition/friend"
    link = [{"code": "Reference", "targetProfile": [url]}]
    friend = profile("friend", "Patient", {"id": "Patient.link.other", "type": link, "min": 1, "max": "1"})
    entries = [
        (
            f"{BASE}/Patient/{one}",
            {
                "resourceType": "Patient",
                "id": one,
                "meta": {"profile": [url]},
                "link": [{"other": {"reference": f"Patient/{other}"}, "type": "seealso"}],
            },
        )
        for one, other in (("a", "b"), ("b", "c"), ("c", "a"))
    ]
    bundled = profile("b", "Bundle", {"id": "Bundle.type", "min": 1})

    assert rules(judged(bundle(*entries), bundled, friend)) == set()


@pytest.mark.parametrize(
    ("allowed", "reference", "is_fine"),
    [
        (["contained"], "#p", True),
        (["contained"], "Patient/1", False),
        (["referenced"], "Patient/1", True),
        (["referenced"], "#p", False),
        (["referenced", "contained"], "#p", True),
        (["bundled"], "Patient/1", True),
    ],
)
def test_how_a_target_comes_along(allowed, reference, is_fine, profile, judged, rules):  # noqa: PLR0917 - fixtures
    targets = ["http://hl7.org/fhir/StructureDefinition/Patient"]
    entry = {"code": "Reference", "targetProfile": targets, "aggregation": allowed}
    table = profile("p", "Encounter", {"id": "Encounter.subject", "type": [entry]})
    resource = encounter(reference=reference)
    if reference.startswith("#"):
        resource["contained"] = [{"resourceType": "Patient", "id": "p"}]

    wrong = {("reference.aggregation", "Encounter.subject")}
    assert rules(judged(resource, table)) == (set() if is_fine else wrong)


def test_a_fragment_leads_to_a_contained_resource_or_the_container(judged, rules):
    contained = {"resourceType": "Patient", "id": "p", "managingOrganization": {"reference": "#"}}
    organization = {"resourceType": "Organization", "name": "x", "contained": [contained]}

    assert rules(judged(organization)) == set()
    assert rules(judged(encounter(reference="#nobody"))) == {("invariant:ref-1", "Encounter.subject")}
