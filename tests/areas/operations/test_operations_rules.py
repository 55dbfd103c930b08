import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.areas.operations.rules import versions as operations
from conformance.areas.operations.rules.versions import FHIR, SMART, US_CORE, Claim
from conformance.requirements import effective, load_catalogue

GUIDE = "http://hl7.org/fhir/us/core/ImplementationGuide/hl7.fhir.us.core"
PROFILE = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-patient"
OTHER = "http://hl7.org/fhir/us/carin-bb/StructureDefinition/C4BB-Patient"
DAYS = [dt.date(2026, 1, 1), dt.date(2026, 12, 31), dt.date(2027, 1, 1), dt.date(2028, 2, 29)]


@pytest.mark.parametrize(
    ("specification", "versions", "on", "expected"),
    [
        (US_CORE, ("3.1.1",), dt.date(2025, 12, 31), []),
        (US_CORE, ("3.1.1",), dt.date(2026, 1, 1), ["operations.version.us-core"]),
        (US_CORE, ("5.0.1",), dt.date(2026, 1, 1), ["operations.version.us-core"]),
        (US_CORE, ("3.1.1", "6.1.0"), dt.date(2026, 1, 1), []),
        (US_CORE, ("10.0.0",), dt.date(2026, 1, 1), []),
        (US_CORE, ("current",), dt.date(2026, 1, 1), []),
        (SMART, ("1.0.0",), dt.date(2025, 12, 31), []),
        (SMART, ("1.0.0",), dt.date(2026, 1, 1), ["operations.version.smart"]),
        (SMART, ("2.0.0",), dt.date(2026, 1, 1), []),
    ],
)
def test_adoption(rules_of, specification, versions, on, expected):
    assert rules_of(operations.still_adopted([Claim(specification, "metadata", versions)], on=on)) == expected


@pytest.mark.parametrize("on", DAYS)
def test_what_is_current_passes_on_every_date_of_the_acceptance(rules_of, on):
    claims = [Claim(US_CORE, "metadata", ("6.1.0",)), Claim(SMART, "target", ("2.0.0",))]

    assert rules_of(operations.still_adopted(claims, on=on)) == []


@given(st.dates(min_value=dt.date(2020, 1, 1), max_value=dt.date(2035, 1, 1)), st.sampled_from([US_CORE, SMART]))
def test_what_is_too_old_once_stays_so(on, specification):
    later = on + dt.timedelta(days=1)

    assert operations.oldest_adopted(specification, on) <= operations.oldest_adopted(specification, later)


def test_what_metadata_claims():
    statement = {
        "implementationGuide": [f"{GUIDE}|3.1.1"],
        "rest": [{"resource": [{"profile": f"{PROFILE}|6.1.0", "supportedProfile": [f"{OTHER}|2.1.0", PROFILE]}]}],
    }

    assert operations.us_core_versions(statement) == ["3.1.1", "6.1.0"]
    assert operations.us_core_versions({"rest": "nonsense", "implementationGuide": None}) == []


@pytest.mark.parametrize(
    ("smart", "expected"),
    [
        ({"code_challenge_methods_supported": ["S256"]}, ["2.0.0"]),
        ({"capabilities": ["permission-v2"]}, ["2.0.0"]),
        ({"capabilities": ["launch-standalone", "permission-patient"]}, ["1.0.0"]),
        ({}, []),
    ],
)
def test_what_a_smart_configuration_reads_like(smart, expected):
    assert operations.smart_level(smart) == expected


def test_a_source_that_says_nothing_makes_no_claim():
    assert operations.claims_of({}, {}, guides={}, smart_version="") == []


def test_fhir(rules_of):
    assert rules_of(operations.fhir_is_r4({"fhirVersion": "4.0.1"})) == []
    assert rules_of(operations.fhir_is_r4({"fhirVersion": "4.3.0"})) == ["operations.version.fhir"]
    assert FHIR not in operations.ADOPTED_FROM


@pytest.mark.parametrize(
    ("on", "counts"), [(DAYS[1], "advisory"), (DAYS[2], "gate"), (DAYS[3], "gate")], ids=["before", "from", "after"]
)
def test_prior_authorization_rows_gate_from_their_date(on, counts):
    dated = [row for row in load_catalogue() if row.gate_from]

    assert dated
    assert {effective(row, strict={}, on=on) for row in dated} == {counts}
