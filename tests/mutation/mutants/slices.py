"""Which slices an item falls into, by the discriminators of the definition; None where that cannot be told here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mutants.definitions import Node, prefixed

if TYPE_CHECKING:
    from mutants.definitions import Definitions
    from mutants.valuesets import ValueSets

URL = {"type": "value", "path": "url"}


def discriminators(node: Node) -> list[dict[str, str]]:
    """How the slices of an element are told apart; extensions always by url."""
    spoken = node.element.get("slicing", {}).get("discriminator", [])
    is_extension = any(code == "Extension" for code, _ in node.types)
    return spoken or ([URL] if is_extension else [])


class Matcher:
    """Tells slices apart within one realm."""

    def __init__(self, definitions: Definitions, value_sets: ValueSets) -> None:
        self.definitions = definitions
        self.value_sets = value_sets

    def matched(self, nodes: list[Node], item: Any) -> tuple[list[Node], bool]:
        """The slices that ``item`` belongs to, and whether every slice could be judged."""
        found: list[Node] = []
        sure = True
        for node in nodes:
            wanted = discriminators(node)
            for part in node.parts():
                verdict = self.belongs(part, wanted, item)
                sure = sure and verdict is not None
                if verdict:
                    found.append(part)
        return found, sure

    def belongs(self, part: Node, wanted: list[dict[str, str]], item: Any) -> bool | None:
        """Whether an item belongs to a slice."""
        if "/" in part.id.rpartition(":")[2] or not wanted:
            return None
        verdicts = [self._fits(part, one["type"], one["path"], item) for one in wanted]
        if False in verdicts:
            return False
        return None if None in verdicts else True

    def _fits(self, part: Node, kind: str, path: str, item: Any) -> bool | None:
        if "(" in path:
            return None
        steps = [] if path == "$this" else path.removeprefix("$this.").split(".")
        values = at(item, steps)
        if kind in {"value", "pattern"}:
            return self._by_value(part, steps, values)
        node, rest = self._definition(part, steps)
        if node is None or rest:
            return None
        if kind == "exists":
            return bool(values) if node.min > 0 else not values if node.max == 0 else None
        if kind == "type" and all(isinstance(value, dict) and "resourceType" in value for value in values) and values:
            return any(value["resourceType"] in dict(node.types) for value in values)
        return None

    def _by_value(self, part: Node, steps: list[str], values: list[Any]) -> bool | None:
        node, rest = self._definition(part, steps)
        if node is None:
            return None
        constant = node.constant()
        if constant is None:
            return self._by_binding(node, values) if not rest else None
        kind, wanted = constant
        inside = at(wanted, rest)
        if len(inside) != 1:
            return None
        return any(equal(inside[0], one) if kind == "fixed" else contains(inside[0], one) for one in values)

    def _by_binding(self, node: Node, values: list[Any]) -> bool | None:
        binding = node.element.get("binding", {})
        if binding.get("strength") != "required" or "valueSet" not in binding:
            return None
        members = self.value_sets.get(binding["valueSet"], node.structure.package)
        found = [coding for value in values for coding in codings(value)]
        if any(members.contains(*coding) for coding in found):
            return True
        return None if any(members.may_contain(*coding) for coding in found) else False

    def _definition(self, part: Node, steps: list[str]) -> tuple[Node | None, list[str]]:
        """The element that says what the slice wants at a path, and the steps left inside its constant."""
        here = part
        for index, step in enumerate(steps):
            if here.constant() is not None:
                return here, steps[index:]
            below = here.child(step) or here.child(f"{step}[x]") or self._through_profile(here, step)
            if below is None:
                return None, []
            here = below
        return here, []

    def _through_profile(self, node: Node, step: str) -> Node | None:
        profiles = [one for _, entry in node.types for one in entry.get("profile", ())]
        structure = self.definitions.structure(profiles[0], node.structure.package) if len(profiles) == 1 else None
        return structure.root.child(step) if structure is not None else None


def at(value: Any, steps: list[str]) -> list[Any]:
    """The values at the end of a path of plain names; a choice by its bare name."""
    here = value if isinstance(value, list) else [value]
    for step in steps:
        below: list[Any] = []
        for one in here:
            if isinstance(one, dict):
                for key, inside in one.items():
                    if key == step or (key.startswith(step) and key[len(step) :][:1].isupper() and step not in one):
                        below.extend(inside if isinstance(inside, list) else [inside])
        here = below
    return here


def equal(wanted: Any, found: Any) -> bool:
    """Equality of JSON values, true and 1 being different."""
    if isinstance(wanted, bool) or isinstance(found, bool):
        return wanted is found
    if isinstance(wanted, dict) and isinstance(found, dict):
        return wanted.keys() == found.keys() and all(equal(wanted[key], found[key]) for key in wanted)
    if isinstance(wanted, list) and isinstance(found, list):
        return len(wanted) == len(found) and all(equal(*pair) for pair in zip(wanted, found, strict=True))
    return bool(wanted == found)


def contains(pattern: Any, found: Any) -> bool:
    """Whether a value fits a pattern: everything in the pattern is there, arrays in any order."""
    if isinstance(pattern, dict):
        return isinstance(found, dict) and all(
            key in found and contains(part, found[key]) for key, part in pattern.items()
        )
    if isinstance(pattern, list):
        return isinstance(found, list) and all(any(contains(part, one) for one in found) for part in pattern)
    return equal(pattern, found)


def codings(value: Any) -> list[tuple[str, str]]:
    """The (system, code) pairs of a code, Coding, Quantity or CodeableConcept."""
    if isinstance(value, str):
        return [("", value)]
    if not isinstance(value, dict):
        return []
    several = value.get("coding", [value] if "code" in value else [])
    return [(one.get("system", ""), one["code"]) for one in several if isinstance(one, dict) and "code" in one]


__all__ = ["Matcher", "at", "codings", "contains", "discriminators", "equal", "prefixed"]
