"""Snapshots from differentials (FHIR R4, "ElementDefinition" and profiling.html, 5.1.0.3 and 5.1.0.14).

A differential is laid over the snapshot of its base definition. Where it walks into an element whose children the base
does not spell out, they come from the element's type profile, its type, or the element its ``contentReference`` names.
A new slice starts from the *base's* unsliced element, not from what the same differential says of it: what is said of
the unsliced element holds for every item anyway and is checked there.

The traps this has to get right: choice elements constrained by shortcut (``valueQuantity``) are type slices of
``value[x]``; extension slices need no slicing of their own; a slice of a slice is named ``a/b``; a renamed slice keeps
the base's path; what a profile says of an element is not said of the places that refer to it by ``contentReference``,
which means the element of the type's own definition.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from conformance.errors import ConfigError
from conformance.guides.elementtree import Path, TreeElement, flatten, segments, tree
from conformance.guides.facts import Element, Table
from conformance.guides.structures import key_of

Resolve = Callable[[str], Table | None]
"""A type name or canonical to its table with a snapshot, or None when it is not at hand."""

_BY_TYPE = {"discriminator": [{"type": "type", "path": "$this"}], "rules": "open"}
_BY_URL = {"discriminator": [{"type": "value", "path": "url"}], "rules": "open"}
_EXTENSIONS = frozenset({"extension", "modifierExtension"})
_OWN_CHILDREN = frozenset({"Element", "BackboneElement"})


def snapshot(differential: Iterable[Element], base: Table, resolve: Resolve, label: str) -> list[Element]:
    """The elements of a profile.

    ``differential`` are the facts of its differential, ``base`` the table of its base definition. ``label`` names the
    profile in the ConfigError that a differential raises which names an element that cannot exist.
    """
    if not base["elements"]:
        raise ConfigError(f"{label}: its base {base['url']} has no snapshot")
    changes = list(differential)
    own_type = resolve(base["type"]) or base
    work = _Work(tree(base["elements"]).copy(), tree(own_type["elements"]), resolve, label, _named(changes))
    for element in changes:
        work.apply(element)
    _settle_choices(work.root, in_extension=work.root.name == "Extension")
    return flatten(work.root)


def _named(differential: Iterable[Element]) -> dict[str, set[str]]:
    """Which children a differential names below each element id."""
    named: dict[str, set[str]] = {}
    for element in differential:
        above = ""
        for part in element["id"].split("."):
            named.setdefault(above, set()).add(part)
            above = f"{above}.{part}" if above else part
    return named


@dataclass(frozen=True, slots=True)
class _Work:
    root: TreeElement
    of_type: TreeElement
    resolve: Resolve
    label: str
    named: Mapping[str, set[str]]

    def apply(self, element: Element) -> None:
        """Lay one element of the differential over the tree."""
        node, above, in_slice = self.root, element["id"].partition(".")[0], False
        for name, slice_name in _path(element):
            node = self._child(node, name, element)
            if slice_name:
                node = self._slice(node, slice_name, element)
            elif node.name != name:
                node = self._shortcut(node, name, above, element) if in_slice else self._slice(node, name, element)
            in_slice = in_slice or bool(slice_name)
            above = f"{above}.{name}:{slice_name}" if slice_name else f"{above}.{name}"
        node.named = True
        self._template(node, element)
        merge(node.element, element)
        if any(one["code"] == "Extension" for one in node.element.get("type", ())):
            node.element.pop("binding", None)  # an extension has no code of its own; its definition binds its value

    def _shortcut(self, node: TreeElement, name: str, above: str, element: Element) -> TreeElement:
        """A choice constrained by shortcut inside a slice.

        If it is all that the differential says of the choice, the choice has just that type there; publishing tools
        write it so, and it is the stricter reading. Otherwise it is a type slice, as outside slices.
        """
        stem = node.name.removesuffix("[x]")
        others = {one.partition(":")[0] for one in self.named[above] if one.startswith(stem)} - {name}
        if others:
            return self._slice(node, name, element)
        _narrow(node, name)
        return node

    def _child(self, node: TreeElement, name: str, element: Element) -> TreeElement:
        """A child by name or by choice shortcut; children are fetched from the type on the way if need be."""
        if not node.children:
            self._expand(node)
        if name in node.children:
            return node.children[name]
        for child in node.children.values():
            stem = child.name.removesuffix("[x]")
            if child.name.endswith("[x]") and name.startswith(stem) and name != stem:
                return child
        raise ConfigError(
            f"{self.label}: the differential names {element['id']}, but {node.name} has no element {name}"
        )

    def _slice(self, node: TreeElement, slice_name: str, element: Element) -> TreeElement:
        if slice_name in node.slices:
            return node.slices[slice_name]
        if "slicing" not in node.element and not node.name.endswith("[x]") and node.name not in _EXTENSIONS:
            if node.element.get("max") == "1":
                return node  # a stray name on an element without slicing: it is the element itself that is meant
            raise ConfigError(f"{self.label}: {element['id']} is a slice, but nothing says how {node.name} is sliced")
        parent = slice_name.rpartition("/")[0]
        if parent in node.slices:
            new = node.slices[parent].as_slice(slice_name)
            node.slices = _inserted(node.slices, slice_name, new, after=parent)
        else:
            new = (node.origin or node).as_slice(slice_name)
            node.slices[slice_name] = new
        new.element["min"] = 0
        if node.name.endswith("[x]"):
            _narrow(new, slice_name)
            new.element["type"] = [_unmarked(one) for one in new.element.get("type", ())]
            node.element.setdefault("slicing", dict(_BY_TYPE))
        elif node.name in _EXTENSIONS:
            node.element.setdefault("slicing", dict(_BY_URL))
        return new

    def _expand(self, node: TreeElement) -> None:
        """Fetch the children of an element that the base does not spell out."""
        source = self._source(node)
        if source is None:
            raise ConfigError(f"{self.label}: the differential walks into {node.name}, whose type is not at hand")
        node.children = {name: child.copy() for name, child in source.children.items()}

    def _source(self, node: TreeElement) -> TreeElement | None:
        if "contentReference" in node.element:
            target = _by_path(self.of_type, node.element["contentReference"])
            del node.element["contentReference"]
            node.element["type"] = target.element["type"]
            return target
        types = node.element.get("type", [])
        profiles = [url for one in types for url in one.get("profile", ())]
        codes = {one["code"] for one in types}
        names = [*(profiles if len(profiles) == 1 else []), codes.pop() if len(codes) == 1 else "Element"]
        found = next((table for name in names if (table := self.resolve(name)) and table["elements"]), None)
        return tree(found["elements"]) if found else None

    def _template(self, node: TreeElement, element: Element) -> None:
        """What an element takes over from the root of its type's profile: invariants, and whether it is a modifier.

        A slice of ``extension`` also takes the cardinality of the extension it names.
        """
        types = element.get("type", [])
        if len(types) != 1 or len(types[0].get("profile", ())) != 1 or types[0]["code"] == "Reference":
            return
        profile = self.resolve(types[0]["profile"][0])
        if profile is None or not profile["elements"]:
            return
        top = profile["elements"][0]
        merge(node.element, {key: top[key] for key in ("constraint", "isModifier") if key in top})
        if node.slice_name and node.name in _EXTENSIONS:
            node.element["max"] = top["max"]
        if node.children and types[0]["code"] not in _OWN_CHILDREN:
            node.children = {}


def _path(element: Element) -> Path:
    """Segments of an element's id; in differentials without ids, of its path and slice name."""
    path = segments(element["id"])
    if path and element.get("sliceName") and not path[-1][1]:
        path[-1] = (path[-1][0], element["sliceName"])
    return path


def _by_path(root: TreeElement, reference: str) -> TreeElement:
    node = root
    for name, _ in segments(reference.rpartition("#")[2]):
        node = node.children[name]
    return node


def _inserted(slices: dict[str, TreeElement], name: str, node: TreeElement, *, after: str) -> dict[str, TreeElement]:
    """Slices with a new one behind its parent and the parent's other slices."""
    order = list(slices)
    place = max(number for number, one in enumerate(order) if one == after or one.startswith(after + "/"))
    order.insert(place + 1, name)
    return {one: slices.get(one, node) for one in order}


def _narrow(node: TreeElement, slice_name: str) -> None:
    """Leave a choice ``value[x]`` the one type that a name like ``valueQuantity`` says; any other name says nothing."""
    wanted = slice_name.removeprefix(node.name.removesuffix("[x]")).lower()
    chosen = [one for one in node.element.get("type", ()) if one["code"].lower() == wanted]
    if chosen:
        node.element["type"] = chosen


def _unmarked(type_: dict[str, Any]) -> dict[str, Any]:
    """A type without the mark that tells which types of a choice are must-support: a slice has a flag of its own."""
    return {key: value for key, value in type_.items() if key != "mustSupport"}


def merge(target: Element, change: Element) -> None:
    """Lay the facts of a differential element over an element.

    Invariants add up, a binding and a slicing keep the parts that are not named anew, a fixed or pattern value replaces
    another of either kind, everything else is replaced.
    """
    for key, value in change.items():
        if key in {"id", "path", "base", "sliceName", "constraint"}:
            continue
        if key == "binding":
            target[key] = {
                name: one for name, one in target.get(key, {}).items() if name in {"strength", "valueSet"}
            } | value
        elif key == "slicing":
            target[key] = target.get(key, {}) | value
        else:
            if key.startswith(("fixed", "pattern")):
                for old in [one for one in target if one.startswith(("fixed", "pattern"))]:
                    del target[old]
            target[key] = value
    if "constraint" in change:
        known = {key_of(one) for one in target.get("constraint", ())}
        added = [one for one in change["constraint"] if key_of(one) not in known]
        target["constraint"] = [*target.get("constraint", ()), *added]


def _settle_choices(node: TreeElement, *, in_extension: bool) -> None:
    """Say on each sliced choice element what its slices leave of it.

    A choice holds one value. So where the slice of one type is mandatory, the whole element is mandatory and has no
    other type; and where every type has its slice, nothing else can match. The value of an extension that is defined by
    its slices alone has only their types.
    """
    for child in node.children.values():
        for one in (child, *child.slices.values()):
            _settle_choices(one, in_extension=child.name in _EXTENSIONS)
        if child.name.endswith("[x]") and child.slices:
            _settle_choice(child, in_extension=in_extension)


def _settle_choice(node: TreeElement, *, in_extension: bool) -> None:
    sliced = {code for one in node.slices.values() for code in _codes(one)}
    mandatory = [one for one in node.slices.values() if one.element.get("min", 0) > 0]
    if len(mandatory) == 1:
        _allow(node, _codes(mandatory[0]))
        node.element["min"] = 1
    elif in_extension and not node.named:
        _allow(node, sliced)
    if _codes(node) <= sliced:
        node.element["slicing"] = node.element.get("slicing", _BY_TYPE) | {"rules": "closed"}


def _allow(node: TreeElement, codes: set[str]) -> None:
    node.element["type"] = [one for one in node.element.get("type", ()) if one["code"] in codes]


def _codes(node: TreeElement) -> set[str]:
    return {one["code"] for one in node.element.get("type", ())}
