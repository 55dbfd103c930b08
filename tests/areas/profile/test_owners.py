"""No error by a profile ends in no row: one broken resource of each profile fails exactly the rows that own it."""

import datetime as dt
from types import SimpleNamespace

import pytest

from conformance.areas.profile.probes.profiled import ProfiledRecords
from conformance.areas.profile.rules import owners
from conformance.areas.shared.canonicals import US_CORE
from conformance.areas.shared.fixtures.validation import Validation
from conformance.areas.shared.resource_types import PATIENT_ACCESS_TYPES
from conformance.areas.shared.routing import CLAIM_KINDS, CLAIM_TYPE, PRIOR_AUTHORIZATION
from conformance.collection.evidence import Collection, Held, Request
from conformance.errors import ConformanceError, NotApplicable
from conformance.guide_selection import DEFAULT_GUIDES
from conformance.guides import Guides
from conformance.guides.reading import tables_root
from conformance.guides.tablefiles import read
from conformance.validator import Validator
from suites import test_profile as checks

TYPES = {
    *PATIENT_ACCESS_TYPES,
    *("Encounter", "Medication", "MedicationDispense", "Goal", "CarePlan", "CareTeam", "Device", "DiagnosticReport"),
    *("ServiceRequest", "Specimen", "QuestionnaireResponse", *owners.REFERENCED),
}
ASPECTS = {f"PA-PROF-{number}" for number in ("002", "007", "008", "009", "012", "016", "026")}
"""Rows that judge one aspect of a resource whose profile another row owns."""
ALWAYS = {
    "Patient": {"PA-PROF-001", "PA-PROF-003"},
    "Coverage": {"PA-PROF-004", "PA-PROF-005"},
    "Condition": {"PA-PROF-018"},
}
"""Rows that judge every resource of a type, whatever it claims."""
CLAIM_ROW = {"inpatient": "PA-PROF-010", "outpatient": "PA-PROF-011", "": "PA-PROF-013"}
KINDS = {profile: kind for kind, profile in CLAIM_KINDS.items()}


def profiles():
    """(type, canonical) of every profile of the default guides that a Patient Access resource can have."""
    for name, version in DEFAULT_GUIDES.items():
        for path in sorted((tables_root() / f"{name}-{version}" / "StructureDefinition").glob("*.json")):
            table = read(path)
            if table["kind"] == "resource" and table["derivation"] == "constraint" and table["type"] in TYPES:
                yield table["type"], table["url"]


@pytest.fixture(scope="module")
def guides():
    return Guides.load(dict(DEFAULT_GUIDES))


def broken(kind, profile):
    """A resource that claims the profile and has next to nothing of what it demands."""
    resource = {"resourceType": kind, "id": "x", "meta": {"profile": [profile]}}
    if kind == "ExplanationOfBenefit":
        coding = {"system": CLAIM_TYPE, "code": KINDS.get(profile, "professional")}
        use = "preauthorization" if profile == PRIOR_AUTHORIZATION else "claim"
        resource |= {"use": use, "type": {"coding": [coding]}}
        if KINDS.get(profile) in {"inpatient", "outpatient"}:
            resource["type"]["coding"][0]["code"] = "institutional"
            resource["subType"] = {"coding": [{"code": KINDS[profile]}]}
    return resource


def records_of(guides, *resources, selection=DEFAULT_GUIDES, **offered):
    """The records of a member who has these resources."""
    documented = {"Coverage": "http://hl7.org/fhir/us/davinci-hrex/StructureDefinition/hrex-coverage"}
    target = SimpleNamespace(
        guides=dict(selection),
        offers=offered.get,
        terminology={},
        documentation=SimpleNamespace(profiles=documented),
        deployment=SimpleNamespace(payer_type="medicare-advantage", rating_period_start="", plan_year_start=""),
    )
    run = SimpleNamespace(target=target, not_checked={}, date=dt.date(2027, 6, 1))
    held = {f"{each['resourceType']}/{each['id']}": Held(each, [0]) for each in resources}
    collection = Collection("a", "p", held, (Request("search", "all", 1, 200, tuple(held)),))
    return run, ProfiledRecords(run, collection, Validation(run, guides), guides, sorted(TYPES))


def failing(run, records):
    """The rows of all profile checks with an error."""
    found = {}
    given = {"run": run, "profiled": records, "capability_statement_answer": NO_METADATA}
    for name, check in vars(checks).items():
        if name.startswith("test_"):
            for kind in ("inpatient", "outpatient") if "kind" in check.__code__.co_varnames[:2] else ("",):
                rows = {mark.args[0] for mark in check.pytestmark if mark.name == "verifies"}
                said = outcome(check, given | ({"kind": kind} if kind else {}))
                found |= dict.fromkeys(rows, said) if said else {}
    return set(found)


def outcome(check, given):
    seen = []

    def judge(*groups, **_):
        seen.extend(finding for group in groups for finding in group if finding.severity == "error")

    wanted = check.__code__.co_varnames[: check.__code__.co_argcount]
    try:
        check(**{name: value for name, value in (given | {"judge": judge}).items() if name in wanted})
    except ConformanceError:
        return []
    return seen


class NoMetadata:
    status = 404
    body = b""

    def json(self):
        raise ValueError


NO_METADATA = NoMetadata()


@pytest.mark.parametrize(("kind", "profile"), list(profiles()), ids=lambda value: value.rpartition("/")[2])
def test_a_broken_resource_fails_the_rows_that_own_it(kind, profile, guides):
    resource = broken(kind, profile)
    owned = owners.owner(resource, profile, ())
    expected = {owned} | ALWAYS.get(kind, set())
    if kind == "ExplanationOfBenefit" and profile != PRIOR_AUTHORIZATION:
        expected.add(CLAIM_ROW[resource["subType"]["coding"][0]["code"] if "subType" in resource else ""] or owned)

    found = failing(*records_of(guides, resource))

    assert owned in found or not beyond_r4(resource, profile, guides)
    assert found - ASPECTS <= expected, found


def beyond_r4(resource, profile, guides):
    """The errors by the profile that R4 itself does not give; those are rows of REST."""
    validator = Validator(guides)
    base = {(each.rule, each.path) for each in validator.check_only(resource, [])}
    found = [each for each in validator.check_only(resource, [profile]) if each.severity == "error"]
    return [each for each in found if (each.rule, each.path) not in base]


UNCLASSIFIED = [
    ({"resourceType": "Condition", "id": "x", "code": {"text": "?"}, "subject": {"reference": "Patient/p"}}, "018"),
    (
        {
            "resourceType": "Condition",
            "id": "x",
            "subject": {"reference": "Patient/p"},
            "category": [
                {
                    "coding": [
                        {
                            "system": "http://terminology.hl7.org/CodeSystem/condition-category",
                            "code": "encounter-diagnosis",
                        }
                    ]
                }
            ],
        },
        "027",
    ),
    ({"resourceType": "Medication", "id": "x"}, "027"),
    (
        {
            "resourceType": "Observation",
            "id": "x",
            "status": "final",
            "code": {"coding": [{"system": "http://loinc.org", "code": "72166-2"}]},
            "subject": {"reference": "Patient/p"},
        },
        "027",
    ),
    (
        {
            "resourceType": "Encounter",
            "id": "x",
            "status": "finished",
            "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "AMB"},
            "subject": {"reference": "Patient/p"},
        },
        "027",
    ),
]


@pytest.mark.parametrize(("resource", "row"), UNCLASSIFIED)
def test_what_a_row_selects_by_may_be_missing(resource, row, guides):
    assert failing(*records_of(guides, resource)) == {f"PA-PROF-{row}"}


def test_a_type_that_the_payer_does_not_maintain_is_not_applicable(guides):
    _, records = records_of(guides, {"resourceType": "Patient", "id": "x"}, Procedure=False)
    with pytest.raises(NotApplicable, match=r"offered\.Procedure is false"):
        records.of_type("Procedure")


@pytest.mark.parametrize(
    ("claimed", "meets"),
    [
        ([PRIOR_AUTHORIZATION], True),
        ([f"{PRIOR_AUTHORIZATION}|2.0.0"], True),
        ([f"{PRIOR_AUTHORIZATION}|2.0.0", f"{PRIOR_AUTHORIZATION}|2.1.0"], False),
        ([f"{PRIOR_AUTHORIZATION}|9.0.0"], False),
        ([], False),
    ],
)
def test_an_authorization_is_judged_by_the_version_of_the_profile_that_it_claims(claimed, meets, guides):
    """PDex 2.0.0 fixes its canonical with the version in meta.profile, PDex 2.1.0 without it."""
    resource = broken("ExplanationOfBenefit", PRIOR_AUTHORIZATION) | {"meta": {"profile": claimed}}
    _, records = records_of(guides, resource)

    found = records.authorizations_judged().findings

    assert any("meta.profile" in one.path for one in found) != meets
    assert not meets or not records.claimed_judged().resources


def test_an_unversioned_claim_means_no_version_that_is_not_selected():
    """Another guide may bring a later US Core along; what it defines and the selected version does not is not judged."""
    selection = {**DEFAULT_GUIDES, "us-core": "3.1.1"}
    guides = Guides.load(selection)
    claimed = f"{US_CORE}us-core-coverage"
    coverage = {"resourceType": "Coverage", "id": "x", "meta": {"profile": [claimed]}}
    _, records = records_of(guides, coverage, selection=selection)

    assert guides.structure(claimed)
    assert guides.profile(claimed) is None
    assert records.claimed_judged().resources == []

    coverage["meta"]["profile"] = [f"{claimed}|6.1.0"]
    assert records.claimed_judged().resources == [coverage]
