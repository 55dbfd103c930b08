from types import SimpleNamespace

import pytest

from conformance.areas.profile.probes.hrex import demanded_by
from conformance.areas.profile.rules import declarations
from conformance.areas.shared.canonicals import HREX, US_CORE
from conformance.findings import Finding

COVERAGE = f"{HREX}hrex-coverage"


@pytest.mark.parametrize(
    ("documented", "declared", "pdex", "expected"),
    [
        ("", "", "2.1.0", ""),
        (COVERAGE, "", "2.1.0", "the documentation"),
        ("", f"{COVERAGE}|1.1.0", "2.1.0", "metadata"),
        ("", "", "2.0.0", "PDex 2.0.0"),
    ],
)
def test_what_commits_to_hrex_coverage(answer, documented, declared, pdex, expected):
    target = SimpleNamespace(guides={"pdex": pdex}, documentation=SimpleNamespace(profiles={"Coverage": documented}))
    entry = {"type": "Coverage", "supportedProfile": [declared] if declared else []}
    statement = {"resourceType": "CapabilityStatement", "rest": [{"mode": "server", "resource": [entry]}]}

    assert demanded_by(SimpleNamespace(target=target), answer(200, statement)) == expected


def test_nothing_gates_without_a_commitment(rules_of):
    found = [Finding("cardinality.min", "relationship is missing")]
    assert rules_of(declarations.demanded(found, by="")) == ["(cardinality.min)"]
    assert rules_of(declarations.demanded(found, by="metadata")) == ["cardinality.min"]


@pytest.mark.parametrize(
    ("canonical", "expected"),
    [
        (f"{US_CORE}x-us-core-race", ["(canonical.undefined)"]),
        (f"{US_CORE}us-core-race", []),
        ("https://plan.example/StructureDefinition/race", []),
    ],
)
def test_canonicals_in_the_namespace_of_a_guide(canonical, expected, rules_of):
    patient = {"resourceType": "Patient", "id": "p", "extension": [{"url": canonical, "valueString": "x"}]}
    found = declarations.canonicals_exist(patient, is_defined=lambda url: url == f"{US_CORE}us-core-race")
    assert rules_of(found) == expected
    claimed = {"resourceType": "Patient", "id": "p", "meta": {"profile": [canonical]}}
    found = declarations.canonicals_exist(claimed, is_defined=lambda url: url == f"{US_CORE}us-core-race")
    assert rules_of(found) == expected
