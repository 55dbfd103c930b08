"""Reading FHIR packages."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from conformance.errors import ConfigError
from conformance.guides import packages as reading
from conformance.guides.packages import find_package, package_places, read_package

META = json.dumps({"name": "a.b", "version": "1.0.0"}).encode()
PATIENT = json.dumps({"resourceType": "StructureDefinition", "url": "http://x/a"}).encode()


def test_an_archive_and_its_folder_hold_the_same(archive, packages):
    folder = packages / "example.claims#1.0.0"
    files = {f"package/{path.name}": path.read_bytes() for path in (folder / "package").iterdir()}

    packed = read_package(archive(files))

    unpacked = read_package(folder)
    assert packed.id == unpacked.id == "example.claims#1.0.0"
    assert packed.resources == unpacked.resources
    assert packed.dependencies == {"hl7.fhir.r4.core": "4.0.1"}


def test_the_inner_folder_is_a_package_too(packages):
    assert read_package(packages / "example.claims#1.0.0" / "package").id == "example.claims#1.0.0"


def test_examples_and_other_folders_are_not_read(archive):
    package = read_package(
        archive({"package/package.json": META, "package/example/p.json": PATIENT, "other/x.json": b"!"})
    )

    assert not package.resources


def test_paths_with_a_leading_dot_are_read(archive):
    package = read_package(archive({"./package/package.json": META, "./package/a.json": PATIENT}))

    assert len(list(package.of("StructureDefinition"))) == 1


def test_the_newer_of_two_copies_counts(archive):
    old, new = PATIENT, PATIENT.replace(b"/a", b"/b")

    package = read_package(archive({"package/package.json": META, "package/V-a.json": old, "package/V-a": new}))

    assert [one["url"] for one in package.of("StructureDefinition")] == ["http://x/b"]


def test_a_byte_order_mark_is_no_fault(archive):
    package = read_package(archive({"package/package.json": b"\xef\xbb\xbf" + META}))

    assert package.id == "a.b#1.0.0"


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"", "not a FHIR package archive"),
        (b"not gzip at all", "not a FHIR package archive"),
        (gzip.compress(b"gzip, but no tar" * 100), "not a FHIR package archive"),
        (b"PK\x03\x04 a zip", "not a FHIR package archive"),
    ],
    ids=["empty", "text", "no tar", "zip"],
)
def test_what_is_no_archive_is_refused(content, complaint):
    with pytest.raises(ConfigError, match=complaint):
        read_package(content, "some.tgz")


def test_a_cut_off_archive_is_refused(archive):
    whole = archive({"package/package.json": META, "package/a.json": PATIENT * 5000})

    with pytest.raises(ConfigError, match="not a FHIR package archive"):
        read_package(whole[: len(whole) // 2])


@pytest.mark.parametrize(
    ("meta", "complaint"),
    [
        (b"{", "package.json: not JSON"),
        (b"[]", "package.json: not a JSON object"),
        (b"{}", "package.json lacks name and version"),
        (b'{"name": "a.b"}', "package.json lacks version"),
        (b'{"name": "../../a", "version": "1"}', "package.json: name"),
        (b'{"name": "a.b", "version": "../1"}', "package.json: version"),
        (b'{"name": "a.b", "version": "1", "dependencies": ["x"]}', "dependencies is not an object"),
        (b'{"name": "a.b", "version": "1", "dependencies": {"x": 1}}', "dependencies is not an object"),
    ],
)
def test_a_package_that_does_not_say_what_it_is_is_refused(archive, meta, complaint):
    with pytest.raises(ConfigError, match=complaint):
        read_package(archive({"package/package.json": meta}), "a.tgz")


def test_a_package_without_its_own_description_is_refused(archive):
    with pytest.raises(ConfigError, match=r"some\.tgz: .* no package/package\.json"):
        read_package(archive({"package/a.json": PATIENT}), "some.tgz")


def test_a_broken_resource_is_named(archive):
    with pytest.raises(ConfigError, match=r"some\.tgz: StructureDefinition-a\.json: not JSON"):
        read_package(archive({"package/package.json": META, "package/StructureDefinition-a.json": b"{]"}), "some.tgz")


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(ConfigError, match=r"gone\.tgz: cannot be read"):
        read_package(tmp_path / "gone.tgz")


def test_an_archive_that_unpacks_without_end_is_refused(archive, monkeypatch):
    monkeypatch.setattr(reading, "MAX_UNPACKED", 100_000)

    with pytest.raises(ConfigError, match="unpacks to more than"):
        read_package(archive({"package/package.json": META, "package/a.json": b" " * 200_000}))


def test_packages_are_looked_for_in_two_places_only():
    places = package_places({"FHIR_PACKAGES": "/one:/two", "HOME": "/home/me"})

    assert places == (Path("/one"), Path("/two"), Path("/home/me/.fhir/packages"))
    assert package_places({}) == ()


@pytest.mark.parametrize("form", ["a.b-1.0.0.tgz", "a.b#1.0.0", "a.b-1.0.0"])
def test_every_usual_name_is_found(tmp_path, form):
    (tmp_path / form).mkdir()

    assert find_package("a.b", "1.0.0", [tmp_path]) == tmp_path / form
    assert find_package("a.b", "1.0.1", [tmp_path]) is None
