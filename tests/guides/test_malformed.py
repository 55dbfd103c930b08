"""Packages are other people's files: whatever is wrong inside is said once, with package and definition."""

from __future__ import annotations

import contextlib
import copy
import re

import pytest

from conformance.errors import ConfigError
from conformance.guides import tablefiles
from conformance.guides.codesystems import CodeSystem
from conformance.guides.expansion import Expander
from conformance.guides.guidetables import BuildContext, wanted_value_sets, write_guide
from conformance.guides.library import Library
from conformance.guides.packages import Package
from conformance.guides.reading import tables_root
from conformance.guides.stored import stored_package
from conformance.guides.structuretables import StructureTables


@pytest.fixture(scope="module")
def ground():
    return stored_package(tablefiles.folder(tables_root(), "r4-core", "4.0.1"))


@pytest.fixture
def make(ground, example, tmp_path):
    """Makes the tables of our own guide with some of its resources replaced."""

    def tables(resources):
        package = Package(example.name, example.version, "", example.meta, example.dependencies, resources)
        library = Library([package, ground])
        structures = {package.id: list(StructureTables(library).of(package.id))}
        context = BuildContext(library, Expander(library), structures, {package.id: ("claims", "1.0.0")})
        return write_guide(tmp_path, package, context, wanted_value_sets(structures, library, [package.id])[package.id])

    return tables


def places(value, path=()):
    """Every place in a JSON value, as far as lists go in their last two items."""
    if path:
        yield path
    inside = value.items() if isinstance(value, dict) else ()
    if isinstance(value, list):
        inside = list(enumerate(value))[-2:]
    for key, one in inside:
        yield from places(one, (*path, key))


def place_of(example, name):
    """Resource type and number of a resource of our own guide."""
    return next(
        (kind, number)
        for kind, all_of in example.resources.items()
        for number, one in enumerate(all_of)
        if one["id"] == name
    )


def replaced(value, path, new):
    twin = copy.deepcopy(value)
    here = twin
    for key in path[:-1]:
        here = here[key]
    if new is ...:
        del here[path[-1]]
    else:
        here[path[-1]] = new
    return twin


@pytest.mark.parametrize("new", [..., None, 7, "x", [], {}], ids=["gone", "null", "number", "text", "list", "object"])
@pytest.mark.parametrize(
    "name",
    [
        "example-colour",
        "example-member",
        "example-strict-claim",
        "printed-warm",
        "colour",
        "claim-shade",
        "claims-server",
    ],
)
def test_any_damage_is_either_harmless_or_a_clear_message(make, example, name, new):
    kind, number = place_of(example, name)
    original = example.resources[kind][number]

    for path in places(original):
        damaged = list(example.resources[kind])
        damaged[number] = replaced(original, path, new)
        with contextlib.suppress(ConfigError):
            make({"CodeSystem": example.resources["CodeSystem"], kind: tuple(damaged)})


@pytest.mark.parametrize(
    ("path", "new", "complaint"),
    [
        ("example-member kind", ..., "StructureDefinition example-member lacks 'kind'"),
        ("example-member differential element 3 min", "1", "member is malformed: Patient.identifier.min cannot be '1'"),
        ("colour concept 0 code", 7, "CodeSystem colour is malformed: code cannot be 7"),
        ("printed-warm compose", "x", "ValueSet printed-warm is malformed: compose cannot be 'x'"),
        ("claim-shade base", "x", "SearchParameter claim-shade is malformed: base cannot be 'x'"),
        ("claims-server rest 1 resource 0 type", ..., "CapabilityStatement claims-server lacks 'type'"),
    ],
)
def test_the_message_names_package_definition_and_member(make, example, path, new, complaint):
    name, *steps = path.split()
    kind, number = place_of(example, name)
    damaged = list(example.resources[kind])
    damaged[number] = replaced(damaged[number], [int(one) if one.isdigit() else one for one in steps], new)

    with pytest.raises(ConfigError, match=rf"^example\.claims#1\.0\.0: .*{re.escape(complaint)}"):
        make({**example.resources, kind: tuple(damaged)})


def test_a_cycle_of_bases_is_refused(make, example):
    one, two = (copy.deepcopy(next(iter(example.of("StructureDefinition")))) for _ in range(2))
    one |= {"id": "one", "url": "http://x/one", "baseDefinition": "http://x/two"}
    two |= {"id": "two", "url": "http://x/two", "baseDefinition": "http://x/one"}

    with pytest.raises(ConfigError, match="has no snapshot"):
        make({"StructureDefinition": (one, two)})


def test_a_profile_whose_base_is_not_at_hand_is_named_and_leaves_the_others_usable(ground, example):
    lost = copy.deepcopy(next(iter(example.of("StructureDefinition")))) | {"baseDefinition": "http://nobody/has-this"}
    lost |= {"id": "lost", "url": "http://x/lost", "snapshot": {}}
    below = copy.deepcopy(lost) | {"id": "below", "url": "http://x/below", "baseDefinition": "http://x/lost"}
    own = {"StructureDefinition": (lost, below)}
    package = Package(example.name, example.version, "", example.meta, example.dependencies, own)
    tables = StructureTables(Library([package, ground]))

    assert list(tables.of(package.id)) == []
    assert tables.unusable == {
        package.id: {"http://x/lost": "http://nobody/has-this", "http://x/below": "http://x/lost"}
    }


def test_a_filter_that_is_no_pattern_decides_nothing(example):
    system = CodeSystem(next(one for one in example.of("CodeSystem") if one["id"] == "colour"))

    assert system.select({"property": "code", "op": "regex", "value": "(red"}) is None
