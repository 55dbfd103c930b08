"""Every profile at hand, at every version: routed or claimed, it is judged by the version selected and no other."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

import pytest

from conformance.areas.shared import routing
from conformance.areas.shared.canonicals import US_CORE
from conformance.guide_selection import DEFAULT_GUIDES
from conformance.guides import Guides
from conformance.guides.reading import tables_root
from conformance.guides.tablefiles import INDEX, guide_folders, read
from conformance.validator import Validator

if TYPE_CHECKING:
    from collections.abc import Callable

AT_HAND = sorted(
    {(index["guide"], index["version"]) for folder in guide_folders([tables_root()]).values()
     if (index := read(folder / INDEX))["guide"] in DEFAULT_GUIDES}
)  # fmt: skip

_CLAIMS = [
    {"resourceType": "ExplanationOfBenefit", "use": use, "type": {"coding": [{"code": kind}]}, "subType": sub}
    for use, kind, sub in [
        ("claim", "institutional", {"coding": [{"code": "inpatient"}]}),
        ("claim", "institutional", {"coding": [{"code": "outpatient"}]}),
        *(("claim", kind, {}) for kind in ("professional", "pharmacy", "oral")),
        ("preauthorization", "professional", {}),
    ]
]
_CODED = [
    {"resourceType": kind, "code": {"coding": [{"code": code}]}, "category": [{"coding": [{"code": category}]}]}
    for kind in ("Observation", "Condition")
    for code, category in product(
        ["", *routing.OBSERVATION_CODES], ["", *routing.OBSERVATION_CATEGORIES, *routing.CONDITION_CATEGORIES]
    )
]
EXAMPLES = [*_CLAIMS, *_CODED, *({"resourceType": name} for name in routing.PROFILE_OF_TYPE)]
"""A resource for every line of the routing tables, as far as routing looks at it."""

ROUTED_TYPES = {str(one["resourceType"]) for one in EXAMPLES}
BY_NAME = {
    "us-core-adi-documentreference": "claimed; a DocumentReference is routed to us-core-documentreference, which it meets",
    "us-core-coverage": "PA-PROF-005 names it; a Coverage is routed to HRex",
    "C4BB-Patient": "PA-PROF-003 names it",
    "C4BB-Coverage": "PA-PROF-006 names it",
    "C4BB-Organization": "claimed; an Organization is routed to US Core",
    "C4BB-Practitioner": "claimed; a Practitioner is routed to US Core",
    "C4BB-RelatedPerson": "claimed; a RelatedPerson is routed to US Core",
    "hrex-organization": "claimed; an Organization is routed to US Core",
    "hrex-patient-demographics": "claimed; for member match",
    "hrex-practitioner": "claimed; a Practitioner is routed to US Core",
    "hrex-practitionerrole": "claimed; a PractitionerRole is routed to US Core",
    "hrex-provenance": "claimed; a Provenance is routed to US Core",
    "mtls-organization": "claimed; for the endpoint directory of payers",
    "pdex-provenance": "claimed; a Provenance is routed to US Core",
}
"""Profiles of a routed type that no resource is routed to, and how a resource comes to be judged by them."""


def guides_with(guide: str, version: str) -> Guides:
    return Guides.load({**DEFAULT_GUIDES, guide: version})


def selects(guides: Guides) -> Callable[[str], bool]:
    return lambda url: guides.profile(url) is not None


def profiles_of(guide: str, version: str) -> list[dict]:
    """The profiles of resources that one package defines, abstract ones and their bases aside."""
    folder = tables_root() / f"{guide}-{version}"
    tables = [read(path) for path in sorted((folder / "StructureDefinition").glob("*.json"))]
    return [
        table
        for table in tables
        if (table["kind"], table["derivation"], table["abstract"]) == ("resource", "constraint", False)
        and not table["url"].endswith("-Basis")
    ]


@pytest.mark.parametrize(("guide", "version"), AT_HAND)
def test_every_profile_is_routed_to_or_reached_by_a_claim(guide, version):
    guides = guides_with(guide, version)
    selected = set(guides.selection.items())
    routed = {profile for one in EXAMPLES if (profile := routing.profile_for(one, selects(guides)))}

    for profile in profiles_of(guide, version):
        name = profile["url"].rpartition("/")[2]
        assert profile["url"] in routed or profile["type"] not in ROUTED_TYPES or name in BY_NAME, name
    for url in routed:
        package = guides.profile(url)["package"]
        assert tuple(guides.label(package).split()) in selected, url


@pytest.mark.parametrize(("guide", "version"), AT_HAND)
def test_a_claim_without_a_version_means_the_selected_one_or_none(guide, version):
    guides = guides_with(guide, version)
    loaded, validator = {guides.label(package) for package in guides.packages}, Validator(guides)
    canonicals = {
        table["url"]: table["type"] for its, number in AT_HAND if its == guide for table in profiles_of(its, number)
    }
    own = {table["url"] for table in profiles_of(guide, version)}
    others = {number for its, number in AT_HAND if its == guide and number != version}
    of_dependencies = {
        table["url"] for number in others if f"{guide} {number}" in loaded for table in profiles_of(guide, number)
    }

    for url, kind in canonicals.items():
        (record,) = validator.records({"resourceType": kind, "meta": {"profile": [url]}})[:1]
        unknown = [one for one in record.findings if one.rule == "profile.unknown"]
        assert (f"{url}|{version}" in record.profiles, bool(unknown)) == (url in own, url not in own), url
        for one in unknown:
            assert ("at the version selected (" in one.message) == (url in of_dependencies), one.message
        for other in others:
            assert f"{url}|{other}" not in record.profiles


@pytest.mark.parametrize(("guide", "version"), AT_HAND)
def test_a_claim_with_a_version_means_that_version_whatever_is_selected(guide, version):
    validator = Validator(Guides.load())

    for table in profiles_of(guide, version):
        canonical = f"{table['url']}|{version}"
        (record,) = validator.records({"resourceType": table["type"], "meta": {"profile": [canonical]}})[:1]
        assert canonical in record.profiles


def test_conditions_are_judged_by_the_one_profile_of_us_core_3():
    problem = {"resourceType": "Condition", "category": [{"coding": [{"code": "problem-list-item"}]}]}

    by_version = {
        version: routing.profile_for(problem, selects(guides_with("us-core", version)))
        for version in ("3.1.1", "6.1.0", "7.0.0", "8.0.0")
    }

    assert by_version == {
        "3.1.1": f"{US_CORE}us-core-condition",
        "6.1.0": f"{US_CORE}us-core-condition-problems-health-concerns",
        "7.0.0": f"{US_CORE}us-core-condition-problems-health-concerns",
        "8.0.0": f"{US_CORE}us-core-condition-problems-health-concerns",
    }


def test_a_finding_by_a_dependency_names_the_guide_that_depends_on_it():
    validator = Validator(guides_with("us-core", "3.1.1"))
    sex = {"url": f"{US_CORE}us-core-sex", "valueString": "male"}

    found = [one for one in validator.check({"resourceType": "Patient", "extension": [sex]}) if "|6.1.0" in one.profile]

    assert found
    assert all("(us-core 6.1.0 is not selected; carin-bb 2.1.0 depends on it)" in one.message for one in found)
    claimed = {"resourceType": "Patient", "meta": {"profile": [f"{US_CORE}us-core-patient|6.1.0"]}, "extension": [sex]}
    assert not any("is not selected" in one.message for one in validator.check(claimed) if "|6.1.0" in one.profile)


def test_what_is_in_use_says_for_which_guide():
    needed_by = {(one.name, one.version): one.needed_by for one in guides_with("us-core", "7.0.0").manifest}

    assert needed_by["us-core", "7.0.0"] == needed_by["carin-bb", "2.1.0"] == needed_by["r4-core", "4.0.1"] == ""
    assert needed_by["us-core", "6.1.0"] == "carin-bb 2.1.0"
