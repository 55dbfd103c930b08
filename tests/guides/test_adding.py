"""Guides that the user adds work like those that come with the harness."""

from __future__ import annotations

import json
import shutil

import pytest

from conformance.errors import ConfigError, HarnessError
from conformance.guides import Guides
from conformance.guides.adding import add, guide_name, listing
from conformance.guides.reading import tables_root, user_root

CLAIMS = "http://example.org/claims"
MEMBER = f"{CLAIMS}/StructureDefinition/example-member"
NETWORK_MEMBER = "http://example.org/network/StructureDefinition/network-member"


@pytest.fixture
def guides(roots):
    return Guides({"claims": "2.0.0", "network": "1.0.0"}, roots)


def identifiers(table):
    return next(one["max"] for one in table["elements"] if one["id"] == "Patient.identifier")


def test_tables_are_written_where_the_user_keeps_data(roots):
    assert sorted(path.name for path in roots[1].iterdir()) == [
        "claims-1.0.0", "claims-2.0.0", "manifest.yaml", "network-1.0.0",
    ]  # fmt: skip
    assert user_root({"XDG_DATA_HOME": "/data"}).as_posix() == "/data/patient-access-conformance/guides"
    assert user_root({"HOME": "/home/me"}).as_posix() == "/home/me/.local/share/patient-access-conformance/guides"


def test_an_unversioned_canonical_means_the_selected_version(guides):
    assert identifiers(guides.structure(MEMBER)) == "5"


def test_a_versioned_canonical_means_exactly_that(guides):
    assert identifiers(guides.structure(f"{MEMBER}|1.0.0")) == "*"
    assert guides.structure(f"{MEMBER}|3.0.0") is None


def test_inside_a_guide_it_means_what_the_guide_rests_on(guides):
    member = guides.structure(NETWORK_MEMBER)

    assert member["package"] == "example.network#1.0.0"
    assert identifiers(guides.structure(member["base"], within=member["package"])) == "*"
    assert identifiers(member) == "*"


def test_value_sets_follow_the_same_rule(guides):
    colours = f"{CLAIMS}/ValueSet/colours"

    assert guides.value_set(colours).contains(f"{CLAIMS}/CodeSystem/colour", "green") is True
    inside = guides.value_set(colours, within="example.network#1.0.0")
    assert inside.contains(f"{CLAIMS}/CodeSystem/colour", "green") is False
    assert inside.contains(f"{CLAIMS}/CodeSystem/colour", "blue") is True


def test_a_definition_nobody_has_is_known_to_be_missing(guides):
    lost = "http://example.org/other/StructureDefinition/lost"

    assert guides.structure(lost) is None
    assert "example.claims#1.0.0 example-member Patient.extension:lost" in guides.not_at_hand(lost)
    assert guides.not_at_hand("http://example.org/other/StructureDefinition/never-heard-of") == ()
    assert guides.not_at_hand(MEMBER) == ()


def test_a_profile_on_a_profile_has_the_slices_of_both(own_table):
    claim = {one["id"]: one for one in own_table("example-strict-claim")["elements"]}

    slices = [one for one in claim if one.startswith("ExplanationOfBenefit.supportingInfo:") and one.count(".") == 1]
    assert slices == [f"ExplanationOfBenefit.supportingInfo:{name}" for name in ("received", "received/coded", "other")]
    assert claim["ExplanationOfBenefit.supportingInfo:received.timing[x]"]["min"] == 1
    assert claim["ExplanationOfBenefit.supportingInfo:received/coded.code"]["min"] == 1
    assert claim["ExplanationOfBenefit.supportingInfo:received.sequence"]["mustSupport"] is True
    assert claim["ExplanationOfBenefit.adjudication.reason"]["max"] == "1"
    assert claim["ExplanationOfBenefit.item.adjudication.reason"]["max"] == "0"


def test_search_parameters_and_server_requirements_come_along(roots):
    guides = Guides({"claims": "1.0.0"}, roots)

    shade = guides.search_parameters("ExplanationOfBenefit")["shade"]
    assert shade["expectation"] == {"multipleOr": "MAY", "comparator": {"gt": "SHALL"}}
    assert "description" not in shade
    assert "patient" in guides.search_parameters("ExplanationOfBenefit"), "the core's own are still there"
    assert guides.server_requirements("claims")["resources"]["ExplanationOfBenefit"] == {
        "expectation": "SHALL",
        "interaction": {"read": "SHALL", "create": ""},
        "searchParam": {
            "shade": {"expectation": "SHALL", "type": "token", "definition": f"{CLAIMS}/SearchParameter/claim-shade"}
        },
        "combination": [{"expectation": "SHOULD", "required": ["patient", "shade"]}],
        "supportedProfile": {f"{CLAIMS}/StructureDefinition/example-claim": "SHALL"},
        "searchInclude": {"ExplanationOfBenefit:patient": "SHALL", "ExplanationOfBenefit:*": ""},
    }
    assert guides.server_requirements("us-core") is None


def test_the_list_has_both_kinds(roots):
    named = {(one.name, one.version, one.standing) for one in listing(roots)}

    assert ("us-core", "6.1.0", "official") in named
    assert ("claims", "1.0.0", "as-found") in named
    assert not any(name == "r4-expansions" for name, _, _ in named), "it has no tables of its own"


def test_what_a_guide_rests_on_is_recorded(roots):
    index = json.loads((roots[1] / "network-1.0.0" / "index.json").read_text())

    assert index["dependencies"]["example.claims#1.0.0"] == ["claims", "1.0.0"]
    assert index["absent"] == ["example.nowhere#3.0.0"]
    assert index["standsIn"] == {"hl7.terminology#5.0.0": "hl7.terminology.r4#7.0.1"}


def test_dependencies_that_can_be_had_come_along(tmp_path, packages):
    roots = (tables_root(), tmp_path / "guides")

    add(packages / "example.network#1.0.0", places=[packages], roots=roots)

    assert sorted(path.name for path in roots[1].iterdir()) == ["claims-1.0.0", "manifest.yaml", "network-1.0.0"]


def test_a_registry_is_asked_when_no_place_has_it(tmp_path, packages, archive):
    asked = []

    def fetch(name, version):
        asked.append((name, version))
        folder = packages / f"{name}#{version}" / "package"
        if not folder.is_dir():
            raise ConfigError(f"{name}@{version} is not in the registry")
        return archive({f"package/{path.name}": path.read_bytes() for path in folder.iterdir()})

    info = add("example.network@1.0.0", fetch=fetch, places=[tmp_path], roots=(tables_root(), tmp_path / "guides"))

    assert (info.name, info.version) == ("network", "1.0.0")
    assert asked == [("example.network", "1.0.0"), ("example.claims", "1.0.0"), ("example.nowhere", "3.0.0")]


def test_a_registry_that_answers_with_another_package_is_not_believed(tmp_path, archive):
    def fetch(*_):
        return archive({"package/package.json": b'{"name": "other.guide", "version": "1.0.0"}'})

    with pytest.raises(ConfigError, match=r"the package says it is other\.guide@1\.0\.0"):
        add("example.guide@1.0.0", fetch=fetch, places=[tmp_path], roots=(tables_root(), tmp_path / "guides"))


def test_a_guide_of_the_harness_is_left_alone(tmp_path, archive):
    same = archive({"package/package.json": b'{"name": "hl7.fhir.us.core", "version": "6.1.0"}'})
    (tmp_path / "mine.tgz").write_bytes(same)

    info = add(tmp_path / "mine.tgz", places=[tmp_path], roots=(tables_root(), tmp_path / "guides"))

    assert info.standing == "official"
    assert not (tmp_path / "guides").exists()


@pytest.mark.parametrize(
    ("source", "complaint"),
    [
        ("no-such-file.tgz", "no such file; a package is named like"),
        ("example.guide", "no such file"),
        ("example.guide@9.9.9", "not found in"),
        ("../../etc/passwd@1", "no such file"),
    ],
)
def test_what_is_not_there_is_said(tmp_path, source, complaint):
    with pytest.raises(ConfigError, match=complaint):
        add(source, places=[tmp_path], roots=(tables_root(), tmp_path / "guides"))


def test_another_version_of_fhir_is_refused(tmp_path, archive):
    content = archive({"package/package.json": b'{"name": "a.b", "version": "1.0.0", "fhirVersions": ["5.0.0"]}'})
    (tmp_path / "r5.tgz").write_bytes(content)

    with pytest.raises(ConfigError, match=r"a\.b@1\.0\.0 is made for FHIR 5\.0\.0; only R4"):
        add(tmp_path / "r5.tgz", places=[tmp_path], roots=(tables_root(), tmp_path / "guides"))


def test_a_profile_that_contradicts_its_base_is_named(tmp_path, packages):
    shutil.copytree(packages / "example.network#1.0.0", tmp_path / "broken")
    path = tmp_path / "broken" / "package" / "StructureDefinition-network-member.json"
    path.write_text(path.read_text().replace("Patient.gender", "Patient.sex"))

    with pytest.raises(ConfigError, match=r"network-member: the differential names Patient\.sex"):
        add(tmp_path / "broken", places=[packages], roots=(tables_root(), tmp_path / "guides"))


def test_a_profile_without_its_base_alone_cannot_be_used(tmp_path, packages):
    shutil.copytree(packages / "example.claims#1.0.0", tmp_path / "lacking")
    path = tmp_path / "lacking" / "package" / "StructureDefinition-example-colour.json"
    path.write_text(path.read_text().replace("StructureDefinition/Extension", "StructureDefinition/Absent"))

    info = add(tmp_path / "lacking", places=[packages], roots=(tables_root(), tmp_path / "guides"))

    guides = Guides({"claims": "1.0.0"}, (tables_root(), tmp_path / "guides"))
    assert f"{CLAIMS}/StructureDefinition/example-colour cannot be used: its base" in info.note
    assert guides.structure(f"{CLAIMS}/StructureDefinition/example-colour") is None
    assert guides.structure(MEMBER) is not None


def test_ids_never_lead_out_of_the_folder(tmp_path, packages):
    shutil.copytree(packages / "example.claims#2.0.0", tmp_path / "odd")
    for path in (tmp_path / "odd" / "package").glob("*.json"):
        path.write_text(path.read_text().replace('"id": "colours"', '"id": "../../../evil"'))

    add(tmp_path / "odd", places=[tmp_path], roots=(tables_root(), tmp_path / "guides"))

    guides = Guides({"claims": "2.0.0"}, (tables_root(), tmp_path / "guides"))
    assert guides.value_set(f"{CLAIMS}/ValueSet/colours").codes()
    assert not list(tmp_path.rglob("evil.json"))


def test_a_damaged_table_is_our_own_trouble(roots, tmp_path):
    shutil.copytree(roots[1], tmp_path / "guides")
    (tmp_path / "guides" / "claims-1.0.0" / "StructureDefinition" / "example-member.json").write_text("{")

    with pytest.raises(HarnessError, match=r"example-member\.json cannot be read"):
        Guides({"claims": "1.0.0"}, (tables_root(), tmp_path / "guides")).structure(MEMBER)


@pytest.mark.parametrize(
    ("package", "name"),
    [
        ("hl7.fhir.us.core", "us-core"), ("hl7.fhir.us.davinci-pas", "pas"), ("hl7.fhir.us.carin-bb", "carin-bb"),
        ("hl7.fhir.us.davinci-pdex.r4", "pdex"), ("hl7.fhir.uv.ips", "ips"),
    ],
)  # fmt: skip
def test_a_guide_has_a_short_name(package, name):
    assert guide_name(package) == name
