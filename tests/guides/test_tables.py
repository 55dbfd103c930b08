"""The tables in the repository: facts only, compact, complete, and what their manifest says they are."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from conformance.guides import tablefiles
from conformance.guides.building import known_packages
from conformance.guides.codesystems import owned_elsewhere
from conformance.guides.reading import manifest_of, tables_root

ROOT = tables_root()
FOLDERS = sorted(tablefiles.guide_folders([ROOT]).values())
PROSE = {
    "short",
    "comment",
    "requirements",
    "human",
    "description",
    "display",
    "designation",
    "title",
    "text",
    "div",
    "mapping",
    "documentation",
    "alias",
    "meaningWhenMissing",
    "isModifierReason",
    "xpath",
    "copyright",
    "publisher",
    "purposeText",
}
SENTENCE = re.compile(r"(\b[a-z]{2,}\b[ ,;]+){4}")
FORMAL = {
    "expression",
    "regex",
    "shape",
    "contextInvariant",
    "codes",
    "in",
    "out",
    "parents",
    "missing",
    "name",
    "expectation",
    "searchParam",
}
ELEMENT_KEYS = {
    "id",
    "path",
    "sliceName",
    "min",
    "max",
    "base",
    "contentReference",
    "type",
    "regex",
    "maxLength",
    "constraint",
    "mustSupport",
    "uscdi",
    "isModifier",
    "binding",
    "slicing",
}
VALUES = ("fixed", "pattern", "minValue", "maxValue")


def ids(folder: Path) -> str:
    return folder.name


@pytest.fixture(params=FOLDERS, ids=ids)
def guide(request) -> Path:
    return request.param


def test_the_repository_stays_small():
    size = sum(path.stat().st_size for path in ROOT.rglob("*") if path.is_file())

    assert size < 15_000_000


def test_every_index_entry_has_its_file_and_every_file_its_entry(guide):
    index = tablefiles.read(guide / tablefiles.INDEX)

    for kind in tablefiles.KINDS:
        named = {f"{name}.json" for _, name in index[kind].values()}
        assert named == {path.name for path in (guide / kind).glob("*.json")}, kind
        for url, (version, name) in index[kind].items():
            table = tablefiles.read(guide / kind / f"{name}.json")
            assert (table["url"], table["version"], table["package"]) == (url, version, index["package"])


def test_every_dependency_that_is_served_has_tables(guide):
    index = tablefiles.read(guide / tablefiles.INDEX)

    for package, (name, version) in index["dependencies"].items():
        assert tablefiles.read(tablefiles.folder(ROOT, name, version) / tablefiles.INDEX)["package"] == package


def test_a_file_has_one_element_per_line(guide):
    for path in list((guide / "StructureDefinition").glob("*.json"))[::25]:
        lines = path.read_text(encoding="utf-8").splitlines()
        elements = tablefiles.read(path)["elements"]

        assert sum(line.startswith('{"id":') for line in lines) == len(elements), path


def test_tables_hold_facts_only(guide):
    for path in guide.rglob("*.json"):
        if path.parent.name == "StructureDefinition":
            assert keys_of(path) <= ELEMENT_KEYS, path
        found = list(prose(tablefiles.read(path)))
        assert not found, (path, found)


def prose(value):
    """Members that are named like prose, and strings that read like it where neither is asked for by a constraint."""
    if isinstance(value, dict):
        for key, one in value.items():
            if key in PROSE:
                yield key
            elif key not in FORMAL and not key.startswith(VALUES):
                yield from prose(one)
    elif isinstance(value, list):
        for one in value:
            yield from prose(one)
    elif isinstance(value, str) and SENTENCE.search(value):
        yield value


def keys_of(path: Path) -> set[str]:
    keys = {key for element in tablefiles.read(path)["elements"] for key in element}
    return {key for key in keys if not key.startswith(VALUES)}


def test_structures_have_whole_elements(guide):
    for path in (guide / "StructureDefinition").glob("*.json"):
        elements = tablefiles.read(path)["elements"]
        found = [one["id"] for one in elements]

        assert len(set(found)) == len(found), path
        assert all("min" in one and "max" in one for one in elements), path
        assert all("type" in one or "contentReference" in one for one in elements[1:]), path
        for one in found:
            above, _, last = one.rpartition(".")
            assert not above or above in found, (path, one)
            assert ":" not in last or one[: len(above) + 1] + last.partition(":")[0] in found, (path, one)


def test_slices_have_a_slicing(guide):
    for path in (guide / "StructureDefinition").glob("*.json"):
        elements = {one["id"]: one for one in tablefiles.read(path)["elements"]}
        for name, element in elements.items():
            if (slice_name := element.get("sliceName")) and "/" not in slice_name:
                above, dot, last = name.rpartition(".")
                assert "slicing" in elements[f"{above}{dot}{last.partition(':')[0]}"], (path, name)


def test_lists_of_other_owners_are_not_copied(guide):
    for path in (guide / "ValueSet").glob("*.json"):
        for system, part in tablefiles.read(path)["systems"].items():
            assert not owned_elsewhere(system) or not part.get("in"), path
    for path in (guide / "CodeSystem").glob("*.json"):
        assert not owned_elsewhere(tablefiles.read(path)["url"]), path


def test_the_manifest_names_every_guide_with_its_standing():
    rows = {(row["package"], row["version"]): row for row in manifest_of(ROOT)}

    assert rows["hl7.fhir.us.core", "6.1.0"]["date"] == "2023-06-30"
    assert rows.keys() == {(row["package"], row["version"]) for row in known_packages()}
    for row in rows.values():
        assert row["standing"] in {"official", "as-found", "ci-build", "assembled"}
        assert re.fullmatch(r"[0-9a-f]{64}", row["sha256"])
        assert re.fullmatch(r"20\d\d-\d\d-\d\d|", row.get("date", ""))
        if counts := row.get("counts"):
            folder = tablefiles.folder(ROOT, row["guide"], row["version"])
            assert counts["StructureDefinition"] == len(list((folder / "StructureDefinition").glob("*.json")))
            assert counts["ValueSet"] == len(list((folder / "ValueSet").glob("*.json")))


def test_stand_ins_are_recorded():
    rows = {(row["guide"], row["version"]): row for row in manifest_of(ROOT)}

    assert "http://hl7.org/fhir/us/core/ValueSet/birthsex" in rows["us-core", "6.1.0"]["stand_ins"]
    for (guide, version), row in rows.items():
        folder = tablefiles.folder(ROOT, guide, version) / "ValueSet"
        standing_in = {table["url"] for path in folder.glob("*.json") if "standIn" in (table := tablefiles.read(path))}
        assert set(row.get("stand_ins", ())) == standing_in
