"""How a slice is distinguished from others (ElementDefinition.slicing.discriminator).

A discriminator is evaluated twice: on the *definition*, where its path leads to the elements that say what the slice
wants (through the profile of the slice's type, an extension's definition, or the targets of a reference), and on the
*instance*, where the same path leads to the values that are compared with it (instance_paths.py).
"""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from conformance.validator import resolving
from conformance.validator.definitions import CORE
from conformance.validator.instance_paths import instance_values, json_type, resource_type, steps
from conformance.validator.signatures import CONCEPT, at, reads_of
from conformance.validator.values import equal, fitting, unpinned

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.validator.check_source import CheckSource
    from conformance.validator.context import Context
    from conformance.validator.definitions import Node
    from conformance.validator.signatures import Reads


class Criterion(NamedTuple):
    """What one slice wants at one discriminator's path.

    ``test`` answers True, False or None (cannot be told). ``reads`` is all of the value that the answer rests on; None
    where it rests on more than texts at known places.
    """

    test: Callable[[Any, Context], bool | None]
    reads: Reads | None = None


def definition_nodes(compiler: CheckSource, node: Node, path: str) -> list[Node]:
    """Where the path leads on the definition, starting at a slice; an element that may not be there ends it."""
    here = [node]
    for kind, argument in steps(path):
        here = [found for item in here for found in _descend(compiler, item, kind, argument)]
        if here and here[0].max == 0:
            return here[:1]
    return here


def _descend(compiler: CheckSource, node: Node, kind: str, argument: str) -> list[Node]:
    places = expanded(compiler, node)
    if kind == "resolve":
        return _targets(compiler, node)
    if kind == "ofType":
        slices = [part for part in node.slices if argument in {code for code, _ in part.types}]
        return slices or [node]
    if kind == "extension":
        wholes = [place.children["extension"] for place in places if "extension" in place.children]
        return [part for whole in wholes for part in whole.slices if extension_url(part) == argument]
    found = [
        place.children[name] for place in places for name in (argument, f"{argument}[x]") if name in place.children
    ]
    return [part for child in found for part in (child, *[s for s in child.slices if s.min > 0])]


def expanded(compiler: CheckSource, node: Node) -> list[Node]:
    """The node and where its children are defined if not below it: profiles of its types, then the types."""
    found = [node]
    for code, entry in node.types:
        for profile in entry.get("profile", ()):
            structure = compiler.definitions.structure(profile, node.structure.package)
            if structure is not None:
                found.append(structure.root)
        structure = compiler.definitions.type(code)
        if structure is not None:
            found.append(structure.root)
    return found


def _targets(compiler: CheckSource, node: Node) -> list[Node]:
    found = []
    for _, entry in node.types:
        for profile in entry.get("targetProfile", ()):
            structure = compiler.definitions.structure(profile, node.structure.package)
            if structure is not None:
                found.append(structure.root)
    return found


def extension_url(node: Node) -> str:
    """The url by which an extension slice is known: fixed in the slice, or that of its profile."""
    child = node.children.get("url")
    if child is not None:
        fixed = child.value_of("fixed") or child.value_of("pattern")
        if fixed:
            return str(fixed[1])
    profiles = node.profiles_for("Extension")
    return profiles[0].partition("|")[0] if profiles else ""


def criterion(compiler: CheckSource, node: Node, discriminator: dict[str, Any]) -> Criterion | None:
    """What slice ``node`` wants at the discriminator; None when its definition says nothing there."""
    kind, path = discriminator.get("type", ""), discriminator.get("path", "$this")
    if path == "url" and "Extension" in {code for code, _ in node.types}:
        return _constant(path, extension_url(node), {"url": {}}, is_exact=True)
    if kind == "profile":
        path = re.sub(r"\.?resolve\(\)$", "", path) or "$this"
        return _by_profile(compiler, path, definition_nodes(compiler, node, path))
    found = definition_nodes(compiler, node, path)
    if kind == "exists":
        return _by_existence(path, found, names(compiler, node, path))
    if kind == "type":
        return _by_type(path, found)
    return _by_value(compiler, path, found, names(compiler, node, path))


def names(compiler: CheckSource, node: Node, path: str) -> list[str] | None:
    """The path's steps where they are all names under which the JSON has them; None for any other path."""
    here = [node]
    found = []
    for kind, argument in steps(path):
        here = [below for item in here for below in _descend(compiler, item, kind, argument)]
        if kind != "name" or not here or any(below.name.endswith("[x]") for below in here):
            return None
        found.append(argument)
    return found


def _read_at(path: list[str] | None, reads: Reads) -> Reads | None:
    return at(path, reads) if path is not None else None


def _constant(path: str, wanted: Any, reads: Reads | None, *, is_exact: bool) -> Criterion:
    values = instance_values(path)
    accepts = partial(equal, wanted) if is_exact else fitting(wanted)

    def test(value: Any, context: Context) -> bool:
        for found in values(value, context):  # noqa: SIM110 - a generator costs more than the loop
            if accepts(found.value):
                return True
        return False

    return Criterion(test, None if is_exact and wanted.__class__ is not str else reads)


def _by_value(compiler: CheckSource, path: str, nodes: list[Node], plain: list[str] | None) -> Criterion | None:
    """Absence, if nothing may be there; else fixed value, pattern or required binding of the first that has one."""
    if nodes and nodes[0].max == 0:
        values = instance_values(path)
        return Criterion(lambda value, context: not values(value, context), _read_at(plain, {}))
    for prefix in ("fixed", "pattern"):
        for node in nodes:
            spoken = node.value_of(prefix)
            if spoken:
                wanted = spoken[1] if prefix == "fixed" else unpinned(spoken[1])
                reads = _read_at(plain, reads_of(wanted))
                return _constant(path, wanted, reads, is_exact=prefix == "fixed")
    for node in nodes:
        binding = node.element.get("binding") or {}
        if binding.get("strength") == "required" and binding.get("valueSet"):
            member = compiler.terminology.member(binding["valueSet"], node.structure.package)
            return Criterion(_membership(path, member), _read_at(plain, CONCEPT))
    return None


def _membership(path: str, member: Callable[[str, str], bool | None]) -> Callable[[Any, Context], bool | None]:
    values = instance_values(path)

    def test(value: Any, context: Context) -> bool | None:
        verdicts = [verdict for found in values(value, context) for verdict in memberships(found.value, member)]
        if True in verdicts:
            return True
        return None if None in verdicts else False

    return test


def memberships(value: Any, member: Callable[[str, str], bool | None]) -> list[bool | None]:
    """Of each code that a value has, whether it is a member: of a text, a coding, a concept or a quantity."""
    if isinstance(value, str):
        return [member("", value)]
    codings = value.get("coding", [value]) if isinstance(value, dict) else []
    found = [c for c in codings if isinstance(c, dict)] if isinstance(codings, list) else []
    texts = [(c.get("system"), c["code"]) for c in found if isinstance(c.get("code"), str)]
    return [member(system if isinstance(system, str) else "", code) for system, code in texts]


def _by_existence(path: str, nodes: list[Node], plain: list[str] | None) -> Criterion | None:
    if not nodes or (nodes[0].min == 0 and nodes[0].max > 0):
        return None
    wanted = nodes[0].max > 0
    values = instance_values(path)
    return Criterion(lambda value, context: bool(values(value, context)) == wanted, _read_at(plain, {}))


def _by_type(path: str, nodes: list[Node]) -> Criterion | None:
    codes = {code for node in nodes[:1] for code, _ in node.types}
    if nodes and nodes[0].parent is None:
        codes = {node.structure.type for node in nodes}
    if not codes:
        return None
    values = instance_values(path)
    wanted = {code.lower() for code in codes}

    def test(value: Any, context: Context) -> bool:
        found = values(value, context)
        return any((typed.code or json_type(typed.value)).lower() in wanted for typed in found)

    return Criterion(test)


def _by_profile(compiler: CheckSource, path: str, nodes: list[Node]) -> Criterion | None:
    wanted = []
    for node in nodes:
        for _, entry in node.types:
            for profile in (*entry.get("profile", ()), *entry.get("targetProfile", ())):
                structure = compiler.definitions.structure(profile, node.structure.package)
                if structure is not None and not structure.url.startswith(CORE + "Resource"):
                    wanted.append(structure)
    if not wanted:
        return None
    values = instance_values(path)

    def test(value: Any, context: Context) -> bool | None:
        found = [typed.value for typed in values(value, context)]
        targets = [resolving.target(item, context) if resource_type(item) == "" else item for item in found]
        known = [target for target in targets if target is not None]
        if found and not known:
            return None
        return any(resolving.conforms(compiler, target, structure, context) for target in known for structure in wanted)

    return Criterion(test)
