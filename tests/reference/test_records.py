"""The population: valid, coherent, covering what the profiles want seen, and the same in every run."""

from __future__ import annotations

import json
from collections import defaultdict
from datetime import date
from pathlib import Path

import pytest
from fhir.resources.R4B import get_fhir_model_class
from jsonschema import Draft202012Validator

from conformance.guides import Guides
from conformance.reference.fhir.index import references
from conformance.reference.fhir.parameters import TYPES
from conformance.reference.fhir.store import LIVE, WITHHELD
from conformance.reference.records.manifest import UNSAID, manifest
from conformance.reference.records.stories import standard
from conformance.validator import Validator

BASE = date(2026, 11, 23)
MASKED = "masked"


@pytest.fixture(scope="module")
def population():
    return standard(BASE)


@pytest.fixture(scope="module")
def entries(population):
    return population.entries


@pytest.fixture(scope="module")
def live(entries):
    """Current resources by ``Type/id``."""
    states = {f"{each.resource['resourceType']}/{each.resource['id']}": each for each in entries}
    return {name: each.resource for name, each in states.items() if each.state == LIVE}


@pytest.fixture(scope="module")
def claims(live):
    return [each for name, each in live.items() if name.startswith("ExplanationOfBenefit/")]


@pytest.fixture(scope="module")
def validator():
    return Validator(Guides.load())


def test_every_record_is_valid_r4(entries):
    wrong = []
    for entry in entries:
        if entry.state == WITHHELD:
            continue
        try:
            get_fhir_model_class(entry.resource["resourceType"]).model_validate(entry.resource)
        except ValueError as error:
            wrong.append(f"{entry.resource['resourceType']}/{entry.resource['id']}: {error}")

    assert wrong == []


@pytest.mark.parametrize("base", [BASE, date(2027, 1, 1), date(2028, 2, 29), date(2027, 3, 14)])
def test_every_record_meets_its_profiles(validator, base):
    wrong = [
        f"{entry.resource['resourceType']} {finding}"
        for entry in standard(base).entries
        if entry.state != WITHHELD
        for finding in validator.check(entry.resource, entry.resource["meta"].get("profile", ()))
        if finding.severity == "error"
    ]

    assert wrong == []


def test_every_reference_resolves_within_the_record_or_the_network(population):
    network = {f"{e.resource['resourceType']}/{e.resource['id']}" for e in population.charts[0].entries}
    dangling = [
        f"{entry.resource['resourceType']} -> {type_name}/{logical_id}"
        for chart in population.charts
        for known in [network | {f"{e.resource['resourceType']}/{e.resource['id']}" for e in chart.entries}]
        for entry in chart.entries
        for type_name, logical_id in references(entry.resource)
        if f"{type_name}/{logical_id}" not in known
    ]

    assert dangling == []


def test_the_population_is_reproducible(entries):
    assert standard(BASE).entries == entries


def test_no_two_records_share_an_id_and_version(entries):
    names = [(e.resource["resourceType"], e.resource["id"], e.resource["meta"]["versionId"]) for e in entries]

    assert len(set(names)) == len(names)


def test_a_diagnosis_on_a_claim_is_a_condition_of_the_member(live, claims):
    known = defaultdict(set)
    for resource in live.values():
        if resource["resourceType"] == "Condition":
            known[resource["subject"]["reference"]] |= {coding["code"] for coding in resource["code"]["coding"]}

    unknown = {
        (claim["patient"]["reference"], coding["code"])
        for claim in claims
        for diagnosis in claim.get("diagnosis", [])
        for coding in diagnosis["diagnosisCodeableConcept"]["coding"]
        if coding["code"] not in known[claim["patient"]["reference"]] | {MASKED}
    }

    assert unknown == set()


def test_coverage_was_in_force_and_is_the_insurers(live, claims):
    for claim in claims:
        (insurance,) = claim["insurance"]
        coverage = live[insurance["coverage"]["reference"]]
        start, end = coverage["period"]["start"], coverage["period"].get("end", "9999")

        assert coverage["beneficiary"] == claim["patient"]
        assert coverage["payor"][0]["reference"] == claim["insurer"]["reference"]
        assert start <= claim["billablePeriod"]["start"] <= claim["billablePeriod"]["end"][:10] <= end


def test_amounts_add_up(claims):
    def sums(elements):
        return {each["category"]["coding"][0]["code"]: round(each["amount"]["value"] * 100) for each in elements}

    for claim in [each for each in claims if each["use"] == "claim"]:
        total = sums(claim["total"])
        lines = [sums(a for a in item.get("adjudication", []) if "amount" in a) for item in claim["item"]]
        header = sums(a for a in claim.get("adjudication", []) if "amount" in a)

        assert total["eligible"] == total["submitted"] - total["noncovered"] - total["discount"]
        assert total["memberliability"] == sum(total[k] for k in ("deductible", "copay", "coinsurance", "noncovered"))
        assert total["paidtoprovider"] == total["eligible"] - sum(
            total[k] for k in ("deductible", "copay", "coinsurance")
        )
        assert all(value >= 0 for value in total.values())
        if header:
            assert header == total
        else:
            assert {key: sum(line[key] for line in lines) for key in total} == total


def test_sequences_resolve_and_corrections_link_both_ways(claims):
    numbers = {claim["identifier"][0]["value"]: claim for claim in claims}
    for claim in claims:
        for element, pointer in (("careTeam", "careTeamSequence"), ("diagnosis", "diagnosisSequence")):
            known = {each["sequence"] for each in claim.get(element, [])}
            assert {n for item in claim["item"] for n in item.get(pointer, [])} <= known
        notes = {note["number"] for note in claim.get("processNote", [])}
        assert {n for item in claim["item"] for n in item.get("noteNumber", [])} <= notes
        for link in claim.get("related", []):
            other = numbers[link["reference"]["value"]]
            back = {each["reference"]["value"] for each in other["related"]}
            assert claim["identifier"][0]["value"] in back


def test_nothing_happens_in_the_future_that_is_done(live):
    late = [
        name
        for name, resource in live.items()
        if resource["meta"]["lastUpdated"][:10] >= BASE.isoformat()
        or resource.get("recordedDate", "") > BASE.isoformat()
    ]

    assert late == []


def test_both_members_have_each_kind_of_claim_and_history_goes_back_to_2016(claims, population):
    kinds = defaultdict(set)
    for claim in claims:
        kinds[claim["patient"]["reference"]].add(claim["meta"]["profile"][0].partition("|")[0].rpartition("-")[2])
    for chart in population.charts[1:3]:
        assert {"Institutional", "NonClinician", "Pharmacy", "Oral"} <= kinds[f"Patient/{chart.owner}"]

    assert min(claim["billablePeriod"]["start"] for claim in claims).startswith("2016")


def test_the_manifest_is_what_its_schema_says(population):
    schema = json.loads(Path("conformance/target/fixtures.schema.json").read_text(encoding="utf-8"))
    document = json.loads(json.dumps(manifest(population)))

    Draft202012Validator.check_schema(schema)
    assert [error.message for error in Draft202012Validator(schema).iter_errors(document)] == []


def test_the_manifest_knows_every_fate_of_a_claim(population):
    document = manifest(population)
    members = document["members"].values()
    claims = [each for member in members for each in member["resources"].get("ExplanationOfBenefit", [])]
    found = {word for each in claims for word in each["is"]}

    assert found == {
        *("paid", "denied", "partially-paid", "appealed", "adjusted", "replaced", "reversed", "capitated"),
        *("approved", "partly-approved", "pended", "expired", "masked-diagnosis"),
    }
    assert {each["kind"] for each in claims} == {
        *("inpatient", "outpatient", "professional", "vision", "oral", "pharmacy", "authorization")
    }
    assert document["members"]["a"]["deleted"]
    assert document["members"]["a"]["withheld"]


def test_must_support_is_seen_as_the_manifest_promises(population, live, validator):
    promises = manifest(population)["must_support"]
    broken = {}
    names = {key: each["patient"] for key, each in manifest(population)["members"].items()}
    patient_of = {f"{e.resource['resourceType']}/{e.resource['id']}": e.patient for e in population.entries}
    for url, promise in promises.items():
        seen = {}
        over = names.values() if promise == "all" else [names[key] for key in promise["members"]]
        for name, resource in live.items():
            if patient_of[name] in ("", *over) and url in [
                each.partition("|")[0] for each in resource["meta"].get("profile", [])
            ]:
                for element, kinds in validator.shown(url, resource).items():
                    seen.setdefault(element, set()).update(kinds)
        wanted = {each.id for each in validator.must_support(url)}
        types = {
            f"{each.id} {kind}"
            for each in validator.must_support(url)
            for kind in each.types
            if each.id in seen and kind not in seen[each.id]
        }
        if missing := (wanted - set(seen)) ^ set(promise["all_but"] if promise != "all" else ()) | types:
            broken[url] = missing

    assert broken == {}
    assert set(promises) == {url for served in TYPES.values() for url in served.profiles} - UNSAID
