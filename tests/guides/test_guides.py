"""The guides that come with the harness, as the validator reads them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from conformance.errors import ConfigError
from conformance.guide_selection import DEFAULT_GUIDES
from conformance.guides import Guides, reading

US_CORE = "http://hl7.org/fhir/us/core/StructureDefinition/"
CARIN = "http://hl7.org/fhir/us/carin-bb/StructureDefinition/"
HREX = "http://hl7.org/fhir/us/davinci-hrex/StructureDefinition/"
PDEX = "http://hl7.org/fhir/us/davinci-pdex/StructureDefinition/"
PAS = "http://hl7.org/fhir/us/davinci-pas/StructureDefinition/"


@pytest.fixture(scope="module")
def guides():
    return Guides.load()


def elements(table):
    return {one["id"]: one for one in table["elements"]}


def test_the_default_selection_brings_what_it_rests_on(guides):
    assert guides.selection == DEFAULT_GUIDES
    assert guides.packages[:4] == (
        "hl7.fhir.us.core#6.1.0",
        "hl7.fhir.us.carin-bb#2.1.0",
        "hl7.fhir.us.davinci-hrex#1.1.0",
        "hl7.fhir.us.davinci-pdex#2.1.0",
    )
    assert "hl7.fhir.us.core#7.0.0" in guides.packages
    assert guides.packages[-1] == "hl7.fhir.r4.core#4.0.1"


@pytest.mark.parametrize(
    ("within", "version"),
    [
        ("", "6.1.0"),
        ("hl7.fhir.us.carin-bb#2.1.0", "6.1.0"),
        ("hl7.fhir.us.davinci-hrex#1.1.0", "7.0.0"),
        ("hl7.fhir.us.davinci-pdex#2.0.0", "3.1.1"),
        ("hl7.fhir.us.davinci-hrex#1.0.0", "3.1.1"),
        ("hl7.fhir.us.carin-bb#2.0.0", "3.1.1"),
        ("hl7.fhir.us.core#7.0.0", "7.0.0"),
    ],
)
def test_each_guide_means_its_own_us_core(within, version):
    older = {"carin-bb": "2.0.0"} if "carin-bb#2.0.0" in within else {"pdex": "2.0.0"} if version == "3.1.1" else {}
    guides = Guides.load({**DEFAULT_GUIDES, **older})

    assert guides.structure(US_CORE + "us-core-patient", within=within)["version"] == version


def test_the_selection_decides_outside_of_guides():
    assert Guides.load({"us-core": "7.0.0"}).structure(US_CORE + "us-core-patient")["version"] == "7.0.0"
    assert Guides.load({"carin-bb": "2.0.0"}).structure(US_CORE + "us-core-patient")["version"] == "3.1.1"


@pytest.mark.parametrize("version", ["3.1.1", "6.1.0", "7.0.0"])
def test_an_exact_version_is_found_whatever_is_selected(version):
    guides = Guides.load({})

    assert guides.structure(f"{US_CORE}us-core-patient|{version}")["package"] == f"hl7.fhir.us.core#{version}"
    assert guides.structure(US_CORE + "us-core-patient") is None
    assert guides.structure(f"{US_CORE}us-core-patient|9.9.9") is None


def test_a_table_is_read_once(guides):
    assert guides.structure(CARIN + "C4BB-Patient") is guides.structure(CARIN + "C4BB-Patient|2.1.0")


def test_types_are_found_by_name(guides):
    assert guides.structure("Patient") is guides.structure("http://hl7.org/fhir/StructureDefinition/Patient")
    assert elements(guides.structure("id"))["id.value"]["regex"] == r"[A-Za-z0-9\-\.]{1,64}"
    assert guides.structure("http://hl7.org/fhirpath/System.String") is None


def test_extensions_of_their_own_package_supersede_the_core(guides):
    birth_place = "http://hl7.org/fhir/StructureDefinition/patient-birthPlace"

    assert guides.structure(birth_place)["package"] == "hl7.fhir.uv.extensions.r4#5.2.0"
    assert guides.structure(birth_place + "|4.0.1")["package"] == "hl7.fhir.r4.core#4.0.1"


def test_a_missing_extension_is_known_by_its_referrer(guides):
    number = PAS + "extension-authorizationNumber"
    slice_id = "ExplanationOfBenefit.item.extension:previousAuthorizationNumber"

    assert guides.structure(number, within="hl7.fhir.us.davinci-pdex#2.1.0") is None
    assert guides.not_at_hand(number) == (f"hl7.fhir.us.davinci-pdex#2.1.0 pdex-priorauthorization {slice_id}",)
    prior_authorization = elements(guides.structure(PDEX + "pdex-priorauthorization"))
    assert prior_authorization[slice_id]["type"] == [{"code": "Extension", "profile": [number]}]


def test_own_snapshots_narrow_choices_that_shipped_ones_leave_open(guides):
    claim = elements(guides.structure(CARIN + "C4BB-ExplanationOfBenefit-Inpatient-Institutional"))
    match = elements(guides.structure(HREX + "hrex-parameters-member-match-out"))

    timing = claim["ExplanationOfBenefit.supportingInfo:admissionperiod.timing[x]"]
    assert ([one["code"] for one in timing["type"]], timing["slicing"]["rules"]) == (["Period"], "closed")
    identifier = match["Parameters.parameter:MemberIdentifier.value[x]"]
    assert [one["code"] for one in identifier["type"]] == ["Identifier"]


def test_us_core_3_1_1_stands_in_for_sets_that_rest_on_content_not_at_hand(guides):
    sex = guides.value_set("http://hl7.org/fhir/us/core/ValueSet/birthsex")

    assert (sex.version, sex.stand_in) == ("6.1.0", "hl7.fhir.us.core#3.1.1")
    assert sex.contains("http://terminology.hl7.org/CodeSystem/v3-AdministrativeGender", "F") is True
    assert sex.contains("http://terminology.hl7.org/CodeSystem/v3-AdministrativeGender", "UN") is False


@pytest.mark.parametrize(
    ("value_set", "system", "code", "answer"),
    [
        (
            "http://hl7.org/fhir/ValueSet/administrative-gender|4.0.1",
            "http://hl7.org/fhir/administrative-gender",
            "female",
            True,
        ),
        ("http://hl7.org/fhir/ValueSet/administrative-gender|4.0.1", "", "femal", False),
        ("http://hl7.org/fhir/ValueSet/currencies|4.0.1", "", "USD", True),
        ("http://hl7.org/fhir/ValueSet/currencies|4.0.1", "", "USB", False),
        (
            "http://hl7.org/fhir/us/carin-bb/ValueSet/C4BBPayerClaimPaymentStatusCode",
            "http://hl7.org/fhir/us/carin-bb/CodeSystem/C4BBPayerAdjudicationStatus",
            "outofnetwork",
            False,
        ),
        (
            "http://hl7.org/fhir/us/carin-bb/ValueSet/AHANUBCRevenueCodes",
            "https://www.nubc.org/CodeSystem/RevenueCodes",
            "0450",
            None,
        ),
        ("http://hl7.org/fhir/us/carin-bb/ValueSet/AHANUBCRevenueCodes", "http://loinc.org", "1-8", False),
        ("http://hl7.org/fhir/us/core/ValueSet/us-core-condition-code", "http://snomed.info/sct", "38341003", None),
        ("http://hl7.org/fhir/us/core/ValueSet/us-core-condition-code", "http://hl7.org/fhir/sid/ndc", "1", False),
        ("http://terminology.hl7.org/ValueSet/v2-0203", "http://terminology.hl7.org/CodeSystem/v2-0203", "MB", True),
        ("http://terminology.hl7.org/ValueSet/v2-0203", "http://terminology.hl7.org/CodeSystem/v2-0203", "MBB", False),
        ("http://hl7.org/fhir/ValueSet/resource-types|4.0.1", "", "ExplanationOfBenefit", True),
    ],
)
def test_membership_in_published_sets(guides, value_set, system, code, answer):
    assert guides.value_set(value_set).contains(system, code) is answer


def test_a_value_set_nobody_has_is_none_and_named(guides):
    vsac = "http://cts.nlm.nih.gov/fhir/ValueSet/2.16.840.1.113762.1.4.1240.3"

    assert guides.value_set(vsac) is None
    assert guides.not_at_hand(vsac)


@pytest.mark.parametrize(
    ("system", "code", "answer"),
    [
        ("http://terminology.hl7.org/CodeSystem/v2-0203", "MB", True),
        ("http://terminology.hl7.org/CodeSystem/v2-0203", "nope", False),
        ("http://hl7.org/fhir/us/carin-bb/CodeSystem/C4BBAdjudication", "noncovered", True),
        ("http://terminology.hl7.org/CodeSystem/triggerEventID", "not-in-the-excerpt", None),
    ],
)
def test_codes_of_published_systems(guides, system, code, answer):
    assert guides.code_system(system).contains(code) is answer


def test_a_code_system_comes_with_the_guide_that_defines_it(guides):
    race = "urn:oid:2.16.840.1.113883.6.238"

    assert Guides.load({"us-core": "3.1.1"}).code_system(race).contains("2106-3") is True
    assert guides.code_system(race) is None


@pytest.mark.parametrize(
    "system", ["http://snomed.info/sct", "http://www.ama-assn.org/go/cpt", "http://nucc.org/provider-taxonomy"]
)
def test_systems_that_are_not_at_hand_have_no_table(guides, system):
    assert guides.code_system(system) is None


def test_search_parameters_of_the_selected_guide_come_first(guides):
    patient = guides.search_parameters("Patient")

    assert patient["name"]["url"] == "http://hl7.org/fhir/us/core/SearchParameter/us-core-patient-name"
    assert patient["_id"]["type"] == "token"
    assert patient["_lastUpdated"]["expression"] == "Resource.meta.lastUpdated"
    assert guides.search_parameters("ExplanationOfBenefit")["service-date"]["version"] == "2.1.0"
    assert guides.search_parameters("Observation")["code-value-quantity"]["component"]
    assert "name" not in guides.search_parameters("Observation")
    assert "_text" in guides.search_parameters("Observation")
    assert "_text" not in guides.search_parameters("Bundle"), "a Bundle has no narrative"


def test_what_servers_must_do_is_known(guides):
    us_core, carin = (guides.server_requirements(name)["resources"] for name in ("us-core", "carin-bb"))

    assert us_core["AllergyIntolerance"]["searchParam"]["patient"]["expectation"] == "SHALL"
    assert {"expectation": "SHALL", "required": ["patient", "category"]} in us_core["Observation"]["combination"]
    assert us_core["AllergyIntolerance"]["searchRevInclude"] == {"Provenance:target": "SHALL"}
    assert carin["ExplanationOfBenefit"]["interaction"]["search-type"] == "SHALL"
    assert "ExplanationOfBenefit:*" in carin["ExplanationOfBenefit"]["searchInclude"]


def test_the_manifest_says_how_far_each_can_be_trusted(guides):
    standing = {(one.name, one.version): one.standing for one in guides.manifest}

    assert [one.package for one in guides.manifest] == [one.partition("#")[0] for one in guides.packages]
    assert standing["us-core", "6.1.0"] == "official"
    assert standing["us-core", "7.0.0"] == "ci-build"
    assert standing["carin-bb", "2.1.0"] == "assembled"
    assert all(len(one.sha256) == 64 and one.licence for one in guides.manifest)


@pytest.mark.parametrize(
    ("selection", "complaint"),
    [
        ({"us-core": "5.0.1"}, r"guide us-core@5\.0\.1 is not at hand; versions at hand: 3\.1\.1, 6\.1\.0, 7\.0\.0"),
        ({"uscore": "6.1.0"}, r"guide uscore@6\.1\.0 is not at hand; guides at hand: carin-bb-2\.0\.0, "),
        ({"../us-core": "6.1.0"}, "is not at hand"),
    ],
)
def test_a_guide_that_is_not_there_is_said_with_what_is(selection, complaint):
    with pytest.raises(ConfigError, match=complaint):
        Guides.load(selection)


def test_tables_inside_an_installed_package_are_found(tmp_path, monkeypatch):
    module = tmp_path / "conformance" / "guides" / "reading.py"
    monkeypatch.setattr(reading, "__file__", str(module))

    assert reading.tables_root() == tmp_path / "profiles"
    installed = tmp_path / "conformance" / "_data" / "profiles"
    installed.mkdir(parents=True)
    assert reading.tables_root() == installed


def test_reading_tables_loads_nothing_that_makes_them():
    code = (
        "import sys, conformance.guides as g; t = g.Guides.load().structure('Patient'); "
        "print(*sorted({'yaml', 'tarfile', 'httpx', 'conformance.guides.building'} & set(sys.modules)))"
    )

    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=Path(__file__).parent
    )

    assert done.stdout.strip() == ""
