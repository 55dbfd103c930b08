"""Must-support bookkeeping: which elements a profile wants supported, and which of them a resource shows.

Nothing here is right or wrong of a resource. To judge a deployment, gather over many resources what was seen
(US Core 6.1.0, "Must Support"; CARIN BB 2.1.0, "Must Support").
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from conformance.validator import references, slicing
from conformance.validator.context import Context, Unchecked
from conformance.validator.discriminators import extension_url
from conformance.validator.elements import EXTENSIONS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.validator.check_source import CheckSource
    from conformance.validator.definitions import Node, Structure


class MustSupport(NamedTuple):
    """One must-support element of a profile.

    ``id`` is the element's id in the profile (``Patient.identifier.system``, ``Observation.value[x]:valueQuantity``).
    ``types`` and ``targets`` name the types and reference targets that are marked must-support one by one; empty where
    the element as a whole is. ``uscdi`` marks those that US Core adds for USCDI although they are not must-support.
    """

    id: str
    path: str
    types: tuple[str, ...]
    targets: tuple[str, ...]
    uscdi: bool = False


def elements(structure: Structure) -> tuple[MustSupport, ...]:
    """The must-support elements of a profile, and those US Core adds for USCDI, in its order."""
    marked = (node for node in structure.nodes() if node.element.get("mustSupport") or node.element.get("uscdi"))
    return tuple(_element(node) for node in marked)


def _element(node: Node) -> MustSupport:
    types = tuple(code for code, entry in node.types if entry.get("mustSupport"))
    targets = tuple(url for _, entry in node.types for url in entry.get("mustSupportTargets", ()))
    return MustSupport(node.id, str(node.element["path"]), types, targets, not node.element.get("mustSupport"))


def shown(compiler: CheckSource, structure: Structure, resource: dict[str, Any]) -> dict[str, set[str]]:
    """The ids of the profile's elements that the resource has, each with the types (or reference targets) it has.

    An element that has only an extension counts as there.
    """
    context = Context(resource, Unchecked())
    found: dict[str, set[str]] = {}
    _walk(compiler, structure.root, resource, context, found)
    return found


def _walk(compiler: CheckSource, node: Node, value: Any, context: Context, found: dict[str, set[str]]) -> None:
    """Note the children of one value, then theirs."""
    if not isinstance(value, dict):
        return
    members = compiler.members.get(node)
    if members is None:
        members = compiler.members[node] = {
            key: place for child in node.children.values() for key, place in _keys(child)
        }
    for key, present in value.items():
        # Of a primitive without a value, the object beside it counts.
        place = members.get(key) or (members.get(key[1:]) if key[:1] == "_" and key[1:] not in value else None)
        if place is None:
            continue
        child, code = place
        for part in present if isinstance(present, list) else [present]:
            if part is None:
                continue
            for one in (child, *_slices(compiler, child, code, part, context)):
                found.setdefault(one.id, set()).update(_kinds(code, part, context))
                _walk(compiler, one, part, context, found)


def _keys(child: Node) -> Iterator[tuple[str, tuple[Node, str]]]:
    """The keys that a child's values are written under, each with the child and the type that it has there."""
    codes = [code for code, _ in child.types]
    if not child.name.endswith("[x]"):
        yield child.name, (child, codes[0] if codes else "")
        return
    for code in codes:
        yield f"{child.name[:-3]}{code[:1].upper()}{code[1:]}", (child, code)


def _kinds(code: str, part: Any, context: Context) -> set[str]:
    """The type of a value and, for a reference, the type it points to."""
    if code == "Reference" and isinstance(part, dict):
        return {code, references.type_named(part, context)} - {""}
    return {code} - {""}


def _slices(compiler: CheckSource, child: Node, code: str, part: Any, context: Context) -> list[Node]:
    """The slices that one value falls into."""
    if not child.slices:
        return []
    if child.name in EXTENSIONS:
        url = part.get("url") if isinstance(part, dict) else None
        return [one for one in child.slices if extension_url(one) == url]
    if child.name.endswith("[x]"):
        return [one for one in child.slices if code in {known for known, _ in one.types}]
    matched: list[Node] = []
    for slicer in slicing.slicers(compiler, [child], code):
        matched.extend(slicer.match(part, context)[0])
    return matched
