"""The examples of the official packages: no error beyond the written list of their genuine faults."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from conformance.guides import Guides
from conformance.validator import Validator

FAULTS = yaml.safe_load(Path(__file__).with_name("faults.yaml").read_text(encoding="utf-8"))
PACKAGES = {
    "hl7.fhir.us.core-3.1.1": {"us-core": "3.1.1"},
    "hl7.fhir.us.core-6.1.0": {"us-core": "6.1.0"},
    "hl7.fhir.us.core-7.0.0": {"us-core": "7.0.0"},
    "hl7.fhir.us.core-8.0.0": {"us-core": "8.0.0"},
    "hl7.fhir.us.carin-bb-2.2.0": {"carin-bb": "2.2.0"},
    "hl7.fhir.us.carin-bb-2.0.0": {"carin-bb": "2.0.0"},
    "hl7.fhir.us.carin-bb-2.1.0": {"carin-bb": "2.1.0"},
    "hl7.fhir.us.davinci-hrex-1.0.0": {"hrex": "1.0.0"},
    "hl7.fhir.us.davinci-hrex-1.1.0": {"hrex": "1.1.0"},
    "hl7.fhir.us.davinci-pdex-2.0.0": {"pdex": "2.0.0"},
}
HREX = "http://hl7.org/fhir/us/davinci-hrex/StructureDefinition/"
HREX_PROFILES = {
    "ClaimResponse": "hrex-claimresponse",
    "Consent": "hrex-consent",
    "Coverage": "hrex-coverage",
    "Organization": "hrex-organization",
    "Patient": "hrex-patient-demographics",
    "Practitioner": "hrex-practitioner",
    "PractitionerRole": "hrex-practitionerrole",
    "Provenance": "hrex-provenance",
    "Task": "hrex-task-data-request",
}
MATCH = "hrex-parameters-member-match-"


def demanded(package: str, resource: dict[str, object], name: str) -> list[str]:
    """The examples of HRex 1.0.0 declare nothing: each is judged by the profile of its type."""
    kind = str(resource["resourceType"])
    if package != "hl7.fhir.us.davinci-hrex-1.0.0":
        return []
    if kind == "Parameters":
        return [f"{HREX}{MATCH}{'in' if 'match-in' in name else 'out'}"]
    return [HREX + HREX_PROFILES[kind]] if kind in HREX_PROFILES else []


def expected(package: str) -> set[tuple[str, str, str]]:
    rows = FAULTS.get(package, {}).items()
    return {(name, fault["rule"], fault["path"]) for name, faults in rows for fault in faults}


@pytest.mark.packages
@pytest.mark.parametrize("package", PACKAGES)
def test_an_official_example_has_no_error_but_those_written_down(package, packaged):
    validator = Validator(Guides.load(PACKAGES[package]))
    found, count = set(), 0
    for name, data in packaged(package):
        resource = json.loads(data)
        findings = validator.check(resource, demanded(package, resource, name))
        found |= {(name, one.rule, one.path) for one in findings if one.severity == "error"}
        count += 1

    assert found == expected(package)
    assert count > 15


def test_every_fault_on_the_list_quotes_its_definition():
    rows = [fault for files in FAULTS.values() for faults in files.values() for fault in faults]

    assert all(set(fault) == {"rule", "path", "definition", "why"} for fault in rows)
    assert all("|" in fault["definition"] and " " in fault["definition"] for fault in rows)
