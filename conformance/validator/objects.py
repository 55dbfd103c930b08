"""One walk over one JSON object: every key's check and whatever must hold of the object as a whole.

Objects of one type mostly come in a few shapes (the tuple of their keys). What depends on the shape alone (which check
goes with which key, unknown keys, missing elements, two variants of a choice) is worked out once per shape and
remembered within bounds; after that a valid object costs one lookup and its values' own checks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from conformance.validator import cardinality, choices, elements, siblings
from conformance.validator.primitives import MAX_STRING, NOTHING, Accepted
from conformance.validator.problems import Problem, Problems, below

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.validator.checks import Check, Matters
    from conformance.validator.content import Content
    from conformance.validator.context import Context

SHAPES = 2_000


class Plan(NamedTuple):
    """What to do with objects of one shape: a check per key, then checks of the whole.

    With each check stand the texts that it is known to accept, so that most primitives need no call: None where every
    printable text will do.
    """

    pairs: tuple[tuple[str, Accepted, Check], ...]
    wholes: tuple[Check, ...]


class ObjectCheck:
    """Compiles the check of objects with one content, a plan for each shape as it occurs.

    ``whole_checks`` returns the checks of the object as a whole, each with the shapes it matters for.
    """

    def __init__(self, content: Content, whole_checks: Callable[[Content], list[tuple[Matters, Check]]]) -> None:
        self.content = content
        self._whole_checks = whole_checks
        self._plans: dict[tuple[str, ...], Plan] = {}
        self._checks: dict[str, Check] = {}
        self._wholes: list[tuple[Matters, Check]] | None = None

    def check_of(self, key: str) -> Check:
        """The check of the values under a JSON key, compiled when the key is first met."""
        if key not in self._checks:
            self._checks[key] = elements.check_element(self.content, key)
        return self._checks[key]

    def compiled(self) -> Check:
        """The check of objects with this content."""
        plans, step = self._plans, self.content.step

        def check(value: Any, context: Context) -> Problems:
            if value.__class__ is not dict:
                return self.wrong_kind(value)
            plan = plans.get(tuple(value))
            pairs, wholes = plan if plan is not None else self.plan(tuple(value))
            problems: Problems = None
            for key, accepted, test in pairs:
                part = value[key]
                if part.__class__ is str and (
                    part in accepted if accepted is not None else part.isprintable() and 0 < len(part) <= MAX_STRING
                ):
                    continue
                found = test(part, context)
                if found is not None:
                    below(step(key), found)
                    problems = found if problems is None else problems + found
            for whole in wholes:
                found = whole(value, context)
                if found is not None:
                    problems = found if problems is None else problems + found
            return problems

        return check

    def plan(self, keys: tuple[str, ...]) -> Plan:
        """Work out what objects with these keys need."""
        content, present = self.content, frozenset(keys)
        static = [*self._unknown(keys), *cardinality.missing(content, present), *choices.conflicts(content, present)]
        if not keys and content.kind != "resource":
            static.append(Problem("invariant:ele-1", "An object must not be empty.", found={}, profile=content.source))
        static.extend(self._half_extension(present))
        pairs, wholes = [], []
        for key in keys:
            if key.startswith("_"):
                wholes.append(siblings.check_sibling(content, key[1:], has_value=key[1:] in present))
            elif key in content.keys and not (f"_{key}" in present and content.keys[key].repeats):
                check = self.check_of(key)
                pairs.append((key, content.compiler.accepted.get(check, NOTHING), check))
        if present == {"id"} and content.kind == "complex":
            static.append(Problem("invariant:ele-1", "An id alone is no content.", found="id", profile=content.source))
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
            self._wholes = self._whole_checks(self.content)
        return self._wholes

    def _unknown(self, keys: tuple[str, ...]) -> list[Problem]:
        found = []
        for key in keys:
            bare = key.removeprefix("_")
            if bare in self.content.keys and (
                bare == key or self.content.compiler.is_primitive(self.content.keys[bare].code)
            ):
                continue
            if key == "resourceType" and self.content.kind == "resource":
                continue
            message = f"{self.content.code or 'This element'} has no element {key}."
            found.append(Problem("unknown-property", message, path=f".{key}", found=key, profile=self.content.source))
        return found

    def _half_extension(self, present: frozenset[str]) -> list[Problem]:
        """An extension holds either a value or extensions (ext-1)."""
        if self.content.code != "Extension" or self.content.kind != "complex":
            return []
        has_value = any(key.removeprefix("_").startswith("value") for key in present)
        if has_value != ("extension" in present):
            return []
        message = f"An extension has either a value or extensions; this one has {'both' if has_value else 'neither'}."
        return [Problem("invariant:ext-1", message, expected="value or extension", profile=self.content.source)]

    def wrong_kind(self, value: Any) -> list[Problem]:
        """Another kind of JSON value where an object is expected."""
        code = self.content.code
        if value is None:
            return [Problem("null", "The value is null; leave the element out.", expected=code, found="null")]
        message = f"A value of type {code} is written as a JSON object."
        return [Problem("type", message, expected=code, found=value, profile=self.content.source)]


def said(problems: list[Problem]) -> Check:
    """A check that always finds ``problems``: the object's shape alone is wrong."""

    def check(_value: Any, _context: Context) -> Problems:
        return [problem.copy() for problem in problems]

    return check
