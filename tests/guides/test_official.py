"""The official packages: snapshots made here beside those they ship, and tables that anyone can make again."""

from __future__ import annotations

import filecmp
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from conformance.guides import Guides, tablefiles
from conformance.guides.adding import add
from conformance.guides.building import build
from conformance.guides.facts import element_facts
from conformance.guides.library import Library
from conformance.guides.packages import find_package, package_places, read_package
from conformance.guides.reading import manifest_of, tables_root
from conformance.guides.structures import key_of, without_repetition, without_stray_slices
from conformance.guides.structuretables import StructureTables

pytestmark = pytest.mark.packages

WRITTEN = yaml.safe_load((Path(__file__).parent / "snapshot_differences.yaml").read_text(encoding="utf-8"))
PUBLISHED = (
    "hl7.fhir.us.core#6.1.0",
    "hl7.fhir.us.carin-bb#2.0.0",
    "hl7.fhir.us.davinci-hrex#1.0.0",
    "hl7.fhir.us.davinci-pdex#2.0.0",
)


def differences(library: Library, package: str) -> dict[str, list[str]]:
    """Lines by id of the structure, for every profile of a package that ships a snapshot and has a base at hand."""
    tables = StructureTables(library)
    found: dict[str, list[str]] = {}
    for definition in library.all("StructureDefinition", package):
        shipped = definition.get("snapshot", {}).get("element")
        if definition.get("derivation") != "constraint" or not shipped:
            continue
        if tables.find(definition["baseDefinition"], package) is None:
            found[definition["id"]] = ["base not at hand"]
            continue
        ours = tables.generated(definition, package)
        theirs = without_stray_slices([element_facts(one) for one in shipped])
        if lines := list(_compare(_reduced(theirs, tables, package), _reduced(ours, tables, package))):
            found[definition["id"]] = lines
    return found


def _reduced(elements: list[dict[str, Any]], tables: StructureTables, package: str) -> dict[str, dict[str, Any]]:
    def roots(name: str) -> frozenset[tuple[str, str]]:
        table = tables.find(name, package)
        return frozenset(key_of(one) for one in table["elements"][0].get("constraint", ())) if table else frozenset()

    return {one["id"]: one for one in without_repetition({"elements": elements}, roots)["elements"]}


def _compare(theirs: dict[str, dict[str, Any]], ours: dict[str, dict[str, Any]]) -> Iterator[str]:
    yield from _only(theirs.keys() - ours.keys(), "shipped")
    yield from _only(ours.keys() - theirs.keys(), "generated")
    for name in sorted(theirs.keys() & ours.keys()):
        for key in sorted(theirs[name].keys() | ours[name].keys()):
            one, two = _value(theirs[name], key), _value(ours[name], key)
            if one != two:
                yield f"{name}: {key}: {one} → {two}"


def _only(names: set[str], where: str) -> Iterator[str]:
    """One line per parent."""
    by_parent: dict[str, list[str]] = {}
    for name in sorted(names):
        above, _, last = name.rpartition(".")
        by_parent.setdefault(above, []).append(last)
    yield from (f"{above}.{{{','.join(last)}}}: only {where}" for above, last in by_parent.items())


def _value(element: dict[str, Any], key: str) -> str:
    value = element.get(key)
    if key == "constraint":
        return " ".join(sorted(f"{one['key']}[{one.get('expression', '')}]" for one in value or ())) or "-"
    if key == "type":
        return " ".join(one["code"] + _marks(one) for one in value or ()) or "-"
    if key == "slicing" and value:
        return f"{[one['path'] for one in value.get('discriminator', ())]} {value['rules']}"
    if key == "binding" and value:
        return f"{value['strength']} {value.get('valueSet', '').rpartition('/')[2]}"
    return "-" if value is None else json.dumps(value)


def _marks(one: dict[str, Any]) -> str:
    rest = {key: value for key, value in one.items() if key not in {"code", "fhirType", "mustSupport"}}
    return ("*" if one.get("mustSupport") else "") + (json.dumps(rest) if rest else "")


@pytest.mark.parametrize("row", WRITTEN, ids=lambda row: row["package"])
def test_snapshots_differ_from_shipped_ones_exactly_as_written(official, row):
    found = differences(official, row["package"])

    lines = {(name, line) for name, found_lines in found.items() for line in found_lines}
    written = {
        (name, line)
        for group in row["differences"]
        for name, group_lines in group["elements"].items()
        for line in group_lines
    }
    assert lines - written == set(), "not in the written list"
    assert written - lines == set(), "in the written list, but no difference any more"


def test_published_snapshots_are_met_in_everything_both_have():
    """Beside profiles without base, the published packages differ only in children that one side spells out."""
    rows = {row["package"]: row for row in WRITTEN}
    lines = [
        line
        for package in PUBLISHED
        for group in rows[package]["differences"]
        for found in group["elements"].values()
        for line in found
    ]

    assert all(line.endswith(": only generated") or line == "base not at hand" for line in lines)


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    folder = tmp_path_factory.mktemp("profiles")
    build(folder, package_places())
    return folder


def test_tables_in_the_repository_are_made_from_these_packages(built):
    """Every file, byte for byte: nothing was edited by hand, and making them again changes nothing."""
    ours = {path.relative_to(tables_root()) for path in tables_root().rglob("*") if path.is_file()}
    ours.discard(Path("README.md"))
    theirs = {path.relative_to(built) for path in built.rglob("*") if path.is_file()}

    assert ours == theirs
    _, different, unreadable = filecmp.cmpfiles(tables_root(), built, map(str, sorted(ours)), shallow=False)
    assert (different, unreadable) == ([], [])


def test_the_manifest_holds_the_checksums_of_the_packages():
    for row in manifest_of(tables_root()):
        path = find_package(row["package"], row["version"], package_places())
        assert path is not None
        assert read_package(path).sha256 == row["sha256"]


def test_a_guide_added_on_tables_equals_one_built_from_all_packages(tmp_path):
    """Tables are ground enough: CARIN 2.0.0 added by a user is what the build made of it."""
    ground = tmp_path / "ground"
    ground.mkdir()
    for name in ("r4-core-4.0.1", "terminology-7.0.1", "extensions-5.2.0", "us-core-3.1.1"):
        (ground / name).symlink_to(tables_root() / name)

    add("hl7.fhir.us.carin-bb@2.0.0", places=package_places(), roots=(ground, tmp_path / "guides"))

    added, shipped = (tablefiles.folder(root, "carin-bb", "2.0.0") for root in (tmp_path / "guides", tables_root()))
    names = [str(path.relative_to(shipped)) for path in (shipped / "StructureDefinition").iterdir()]
    names += [str(path.relative_to(shipped)) for path in (shipped / "ValueSet").iterdir()]
    _, different, lacking = filecmp.cmpfiles(shipped, added, names, shallow=False)
    assert (different, lacking) == ([], [])


@pytest.mark.parametrize("version", ["2.1.0", "2.2.0"])
def test_another_official_guide_can_be_added(tmp_path, version):
    """SMART App Launch: 2.1.0 ships snapshots, 2.2.0 only differentials."""
    roots = (tables_root(), tmp_path / "guides")

    info = add(f"hl7.fhir.uv.smart-app-launch@{version}", places=package_places(), roots=roots)

    guides = Guides({"smart-app-launch": version}, roots)
    task = guides.structure("http://hl7.org/fhir/smart-app-launch/StructureDefinition/task-ehr-launch")
    assert info.licence == "CC-BY-4.0"
    assert task is not None
    assert {"Task.input:launchurl", "Task.input:launchurl.value[x]"} <= {one["id"] for one in task["elements"]}
