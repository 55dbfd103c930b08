"""Terminology bindings (ElementDefinition.binding), three-valued: in, out, unknown; only *out* is an error.

A code whose system is not at hand, or only in part, can be neither confirmed nor refused. Such codes are counted by
system in ``Context.counts`` and, when the caller wants each place, reported as information.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from conformance.validator.problems import Problem, Problems

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from conformance.validator.checks import Check

    CodeLookup = Callable[[str, str, str], bool | None]

    from conformance.guides import Guides
    from conformance.validator.context import Context
    from conformance.validator.definitions import Node

MEMO = 20_000
UNASKED: Any = object()
STRENGTHS = ("required", "extensible", "max")
ADDITIONAL = {"required": "required", "maximum": "max", "extensible": "extensible"}
"""Additional bindings by purpose; other purposes, and those for certain uses only, demand nothing of every instance."""
RELAXED = {("Observation.component.value[x]", "http://hl7.org/fhir/ValueSet/ucum-vitals-common"): "extensible"}
"""Bindings published stronger than they are meant, by path and value set: R4's vital signs hold the units of components
to a list that lacks those of R4's own and US Core's examples; later versions of both bind it as extensible."""
MEDIA_TYPE = re.compile(
    r"[A-Za-z0-9][\w!#$&^.+\-]*/[A-Za-z0-9*][\w!#$&^.+\-]*(?:\s*;.*)?|xml|json|ttl"  # short forms R4 allows
).fullmatch
LANGUAGE = re.compile(r"[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*").fullmatch
SYNTAX = {
    "http://hl7.org/fhir/ValueSet/mimetypes": MEDIA_TYPE,
    "http://hl7.org/fhir/ValueSet/languages": LANGUAGE,
    "http://hl7.org/fhir/ValueSet/all-languages": LANGUAGE,
}
CODED_CHOICES = frozenset({"code", "Coding", "CodeableConcept", "Quantity"})
CODED = CODED_CHOICES | {"uri", "url", "canonical", "string", "id"}

Member = "Callable[[str, str], bool | None]"


class Terminology:
    """Membership in the value sets of a set of guides, each looked up once and remembered within bounds."""

    def __init__(self, guides: Guides, lookup: CodeLookup | None = None) -> None:
        self._guides = guides
        self._lookup = lookup
        self._members: dict[tuple[str, str], Callable[[str, str], bool | None]] = {}

    def member(self, value_set: str, within: str) -> Callable[[str, str], bool | None]:
        """A function of system and code: True in, False out, None unknown."""
        key = (value_set, within)
        if key not in self._members:
            self._members[key] = self._membership(value_set, within)
        return self._members[key]

    def _membership(self, value_set: str, within: str) -> Callable[[str, str], bool | None]:
        table = self._guides.value_set(value_set, within=within)
        well_formed = SYNTAX.get(value_set.partition("|")[0])
        lookup = self._lookup
        memo: dict[tuple[str, str], Any] = {}

        def member(system: str, code: str) -> bool | None:
            pair = (system, code)
            known: bool | None = memo.get(pair, UNASKED)
            if known is not UNASKED:
                return known
            verdict = table.contains(system, code) if table is not None else None
            if verdict is None and well_formed and not well_formed(code):
                verdict = False
            if verdict is None and lookup is not None:
                verdict = lookup(value_set, system, code)
            if len(memo) >= MEMO:
                memo.clear()
            memo[pair] = verdict
            return verdict

        return member


class Binding:
    """One binding of one element: its strength, its value set and how to tell membership."""

    def __init__(self, node: Node, strength: str, value_set: str, terminology: Terminology) -> None:
        self.strength = strength
        self.value_set = value_set
        self.source = node.source
        self.member = terminology.member(value_set, node.structure.package)
        self.prescribed: frozenset[tuple[str, str]] = frozenset()

    def problem(self, found: Any) -> list[Problem]:
        """What is said of a value that is not in the value set."""
        severity = "warning" if self.strength == "extensible" else "error"
        sentence = {
            "required": f"The code is not in {self.value_set}, which is required here.",
            "extensible": f"No code is from {self.value_set}; another is right only if that set has none that fits.",
            "max": f"The code is not in {self.value_set}, beyond which none is allowed here.",
        }[self.strength]
        return [
            Problem(
                f"binding.{self.strength}",
                sentence,
                severity="warning" if severity == "warning" else "error",
                expected=self.value_set,
                found=found,
                profile=self.source,
            )
        ]

    def unknown(self, system: str, code: Any) -> list[Problem]:
        """The place of a code that cannot be judged."""
        message = f"Whether this code is in {self.value_set} cannot be decided without {system}."
        return [
            Problem(
                "binding.unknown",
                message,
                severity="information",
                expected=self.value_set,
                found=code,
                profile=self.source,
            )
        ]


def bindings_of(nodes: Sequence[Node], terminology: Terminology) -> list[Binding]:
    """The distinct bindings that the definitions of one element demand, required before extensible."""
    found: dict[tuple[str, str], Binding] = {}
    for node in nodes:
        spoken = node.element.get("binding") or {}
        bound = spoken.get("valueSet", "")
        strength = RELAXED.get((node.element["path"], bound.partition("|")[0]), spoken.get("strength", ""))
        asked = [(strength, bound), ("max", spoken.get("maxValueSet", ""))]
        asked.extend(
            (ADDITIONAL.get(more.get("purpose", ""), ""), more.get("valueSet", ""))
            for more in spoken.get("additional", ())
            if "usage" not in more
        )
        for strength, value_set in asked:
            key = (strength, value_set.partition("|")[0])
            if value_set and strength in STRENGTHS and not {key, ("required", key[1])} & found.keys():
                found[key] = Binding(node, strength, value_set, terminology)
    own = prescribed(nodes) if any(strength == "extensible" for strength, _ in found) else frozenset()
    for (strength, _), binding in found.items():
        binding.prescribed = own if strength == "extensible" else binding.prescribed
    required = {url for strength, url in found if strength == "required"}
    kept = [one for (strength, url), one in found.items() if strength == "required" or url not in required]
    return sorted(kept, key=lambda binding: binding.strength != "required")


def prescribed(nodes: Sequence[Node]) -> frozenset[tuple[str, str]]:
    """The codes that fixed values and patterns of an element prescribe: they are what the profile demands."""
    found: set[tuple[str, str]] = set()
    for node in nodes:
        holders = [node, *(one for child in (node.children.get("coding"),) if child for one in (child, *child.slices))]
        for holder in holders:
            value = _spoken(holder) or {name: _spoken(holder.children.get(name)) for name in ("system", "code")}
            codings = value.get("coding", [value]) if isinstance(value, dict) else []
            found |= {(one["system"], one["code"]) for one in codings if one.get("system") and one.get("code")}
    return frozenset(found)


def _spoken(node: Node | None) -> Any:
    """The fixed value or pattern of an element, its own or its part of the one of what holds it; empty if none."""
    if node is None:
        return ""
    spoken = node.value_of("fixed") or node.value_of("pattern")
    if spoken or node.parent is None:
        return spoken[1] if spoken else ""
    around = _spoken(node.parent)
    return around.get(node.name, "") if isinstance(around, dict) else ""


def check_binding(binding: Binding, code: str, *, information: bool) -> Check | None:
    """The check of values of type ``code`` against one binding; None where the type carries no code."""
    if code == "CodeableConcept":
        return _concept(binding, information=information)
    if code == "Coding":
        return _coding(binding, needs_code=binding.strength == "required", information=information)
    if code == "Quantity":
        return _coding(binding, needs_code=False, information=information)
    return _plain(binding, information=information) if code in CODED else None


def _plain(binding: Binding, *, information: bool) -> Check:
    member = binding.member

    def check(value: Any, context: Context) -> Problems:
        verdict = member("", value)
        if verdict:
            return None
        if verdict is False:
            return binding.problem(value)
        context.counts[binding.value_set] += 1
        return binding.unknown(binding.value_set, value) if information else None

    return check


def _coding(binding: Binding, *, needs_code: bool, information: bool) -> Check:
    member, prescribed_here = binding.member, binding.prescribed

    def check(value: Any, context: Context) -> Problems:
        system, code = value.get("system"), value.get("code")
        if system.__class__ is not str or code.__class__ is not str:
            return binding.problem(value) if needs_code or code is not None else None
        verdict = member(system, code)
        if verdict or (system, code) in prescribed_here:
            return None
        if verdict is False:
            return binding.problem(f"{system}#{code}")
        context.counts[system] += 1
        return binding.unknown(system, f"{system}#{code}") if information else None

    return check


def _concept(binding: Binding, *, information: bool) -> Check:
    member, prescribed_here = binding.member, binding.prescribed

    def check(value: Any, context: Context) -> Problems:
        unknown = ""
        codings = value.get("coding")
        if codings.__class__ is list:
            for coding in codings:
                if coding.__class__ is not dict:
                    return None
                system, code = coding.get("system"), coding.get("code")
                if system.__class__ is str and code.__class__ is str:
                    verdict = member(system, code)
                    if verdict or (system, code) in prescribed_here:
                        return None
                    if verdict is None:
                        unknown = system
        if unknown:
            context.counts[unknown] += 1
            return binding.unknown(unknown, shown_codings(value)) if information else None
        if (not codings or codings.__class__ is not list) and binding.strength != "required":
            return None
        return binding.problem(shown_codings(value) or value)

    return check


def shown_codings(value: dict[str, Any]) -> str:
    """The codings of a concept as ``system#code``, comma separated."""
    codings = value.get("coding")
    codings = codings if isinstance(codings, list) else ()
    return ", ".join(f"{c.get('system', '')}#{c.get('code', '')}" for c in codings if isinstance(c, dict))
