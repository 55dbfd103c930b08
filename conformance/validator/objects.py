"""One walk over one JSON object: every key's check and whatever must hold of the object as a whole.

Objects of one type mostly come in a few shapes (the tuple of their keys). What depends on the shape alone (which check
goes with which key, unknown keys, missing elements, two variants of a choice) is worked out once per shape and
remembered within bounds; after that a valid object costs one lookup and its values' own checks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from conformance.validator import cardinality, choices, elements, siblings
from conformance.validator.primitives import LONGEST_STRING, NOTHING, Accepted
from conformance.validator.problems import Check, Matters, Problem, Problems, below

if TYPE_CHECKING:
    from conformance.validator.compiler import Compiler
    from conformance.validator.context import Context
    from conformance.validator.definitions import Node

SHAPES = 2_000
Kind = Literal["resource", "complex", "sibling"]


class Plan(NamedTuple):
    """What to do with objects of one shape: a check per key, then checks of the whole.

    With each check stand the texts that it is known to accept, so that most primitives need no call: None where every
    printable text will do.
    """

    pairs: tuple[tuple[str, Accepted, Check], ...]
    wholes: tuple[Check, ...]


class Content:
    """The merged content of one element or resource: everything that ``nodes`` demand of an object.

    ``nodes[0]`` is the base definition (of the type, or of the backbone element) and knows every child there can be;
    the others are the profiles of the type, the elements that use it and the slices that matched. ``places`` are the
    element paths by which extension contexts may name it, ``code`` its type. A ``sibling`` is the ``_name`` object
    beside a primitive of that type, which holds an id and extensions only.
    """

    def __init__(
        self, compiler: Compiler, nodes: tuple[Node, ...], code: str, places: tuple[str, ...], kind: Kind
    ) -> None:
        self.compiler = compiler
        self.nodes = nodes
        self.code = code
        self.places = places
        self.kind = kind
        self.keys = compiler.keys(nodes[0])
        self._plans: dict[tuple[str, ...], Plan] = {}
        self._checks: dict[str, Check] = {}
        self._wholes: list[tuple[Matters, Check]] | None = None

    @property
    def source(self) -> str:
        """The base definition."""
        return self.nodes[0].source

    def children(self, name: str) -> list[Node]:
        """What each definition says about the child ``name``, the base first."""
        return [node.children[name] for node in self.nodes if name in node.children]

    def check_of(self, key: str) -> Check:
        """The check of the values under a JSON key, compiled when the key is first met."""
        if key not in self._checks:
            self._checks[key] = elements.check_element(self, key)
        return self._checks[key]

    def compiled(self) -> Check:
        """The check of objects with this content."""
        plans = self._plans

        def check(value: Any, context: Context) -> Problems:
            if value.__class__ is not dict:
                return self.wrong_kind(value)
            plan = plans.get(tuple(value))
            pairs, wholes = plan if plan is not None else self.plan(tuple(value))
            problems: Problems = None
            for key, accepted, test in pairs:
                part = value[key]
                if part.__class__ is str and (
                    part in accepted if accepted is not None else part.isprintable() and 0 < len(part) <= LONGEST_STRING
                ):
                    continue
                found = test(part, context)
                if found is not None:
                    below(self.step(key), found)
                    problems = found if problems is None else problems + found
            for whole in wholes:
                found = whole(value, context)
                if found is not None:
                    problems = found if problems is None else problems + found
            return problems

        return check

    def step(self, key: str) -> str:
        """The FHIRPath step to the value under ``key``; a choice names its type."""
        known = self.keys.get(key)
        if known is None or not known.name.endswith("[x]"):
            return f".{key}"
        return f".{known.name[:-3]}.ofType({known.code})"

    def plan(self, keys: tuple[str, ...]) -> Plan:
        """Work out what objects with these keys need."""
        present = frozenset(keys)
        static = [*self._unknown(keys), *cardinality.missing(self, present), *choices.conflicts(self, present)]
        if not keys and self.kind != "resource":
            static.append(Problem("invariant:ele-1", "An object must not be empty.", found={}, profile=self.source))
        static.extend(self._half_extension(present))
        pairs, wholes = [], []
        for key in keys:
            if key.startswith("_"):
                wholes.append(siblings.check_sibling(self, key[1:], has_value=key[1:] in present))
            elif key in self.keys and not (f"_{key}" in present and self.keys[key].repeats):
                check = self.check_of(key)
                pairs.append((key, self.compiler.accepted.get(check, NOTHING), check))
        if present == {"id"} and self.kind == "complex":
            static.append(Problem("invariant:ele-1", "An id alone is no content.", found="id", profile=self.source))
        if static:
            wholes.append(said(static))
        wholes.extend(check for matters, check in self.wholes() if matters is None or matters(present))
        plan = Plan(tuple(pairs), tuple(wholes))
        if len(self._plans) >= SHAPES:
            self._plans.clear()
        self._plans[keys] = plan
        return plan

    def wholes(self) -> list[tuple[Matters, Check]]:
        """Checks of the whole object, each with the shapes of objects it matters for."""
        if self._wholes is None:
            self._wholes = self.compiler.wholes(self)
        return self._wholes

    def _unknown(self, keys: tuple[str, ...]) -> list[Problem]:
        found = []
        for key in keys:
            bare = key.removeprefix("_")
            if bare in self.keys and (bare == key or self.compiler.is_primitive(self.keys[bare].code)):
                continue
            if key == "resourceType" and self.kind == "resource":
                continue
            message = f"{self.code or 'This element'} has no element {key}."
            found.append(Problem("unknown-property", message, path=f".{key}", found=key, profile=self.source))
        return found

    def _half_extension(self, present: frozenset[str]) -> list[Problem]:
        """An extension holds either a value or extensions (ext-1)."""
        if self.code != "Extension" or self.kind != "complex":
            return []
        has_value = any(key.removeprefix("_").startswith("value") for key in present)
        if has_value != ("extension" in present):
            return []
        message = f"An extension has either a value or extensions; this one has {'both' if has_value else 'neither'}."
        return [Problem("invariant:ext-1", message, expected="value or extension", profile=self.source)]

    def wrong_kind(self, value: Any) -> list[Problem]:
        """Another kind of JSON value where an object is expected."""
        if value is None:
            return [Problem("null", "null stands here; leave the element out.", expected=self.code, found="null")]
        message = f"A value of type {self.code} is written as a JSON object."
        return [Problem("type", message, expected=self.code, found=value, profile=self.source)]


def said(problems: list[Problem]) -> Check:
    """A check that always finds ``problems``: the object's shape alone is wrong."""

    def check(_value: Any, _context: Context) -> Problems:
        return [problem.copy() for problem in problems]

    return check
