"""References: what they may point to, and whether what they point to fits (ElementDefinition.type.targetProfile)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from conformance.validator import resolving
from conformance.validator.checks import Check, all_of
from conformance.validator.primitives import ID
from conformance.validator.problems import Problem, Problems
from conformance.validator.reference_forms import form_problem

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conformance.validator.check_source import CheckSource
    from conformance.validator.context import Context
    from conformance.validator.definitions import Node, Structure
    from conformance.validator.lookup import Lookup

NOT_AT_HAND = "reference target profiles not at hand"


class Targets(NamedTuple):
    """What one definition allows a reference to point to."""

    types: frozenset[str]
    profiles: tuple[Structure, ...]
    aggregation: frozenset[str]
    source: str


def check_references(compiler: CheckSource, nodes: Sequence[Node]) -> list[Check]:
    """The checks of Reference objects about which ``nodes`` speak."""
    distinct: dict[tuple[frozenset[str], tuple[Structure, ...]], Targets] = {}
    for targets in (targets_of(compiler, node) for node in nodes):
        if targets is not None:
            distinct.setdefault((targets.types, targets.profiles), targets)
    allowed = list(distinct.values())
    thorough = all_of([check_form(compiler, nodes[0].source), *(check_target(compiler, one) for one in allowed)])
    checks = [at_a_glance(allowed, thorough)] if thorough is not None else []
    for node in nodes:
        aggregation = {
            kind for code, entry in node.types if code == "Reference" for kind in entry.get("aggregation", ())
        }
        if aggregation:
            checks.append(check_aggregation(frozenset(aggregation), node.source))
    return checks


def at_a_glance(allowed: Sequence[Targets], thorough: Check) -> Check:
    """``thorough`` where more is to be seen than ``Type/id`` of a permitted type with nothing at hand to hold it to."""
    types = frozenset.intersection(*(one.types for one in allowed)) if allowed else frozenset()

    def check(value: Any, context: Context) -> Problems:
        text = value.get("reference")
        if text.__class__ is str:
            kind, _, rest = text.partition("/")
            if (
                kind in types
                and "type" not in value
                and ID(rest)
                and (context.bundle is None or resolving.entry(text, context) is None)
            ):
                return None
        return thorough(value, context)

    return check


def targets_of(lookup: Lookup, node: Node) -> Targets | None:
    """The target types and profiles of an element; None where any resource will do."""
    entries = [entry for code, entry in node.types if code == "Reference" and entry.get("targetProfile")]
    if not entries:
        return None
    types: set[str] = set()
    profiles: dict[Structure, None] = {}
    for canonical in (url for entry in entries for url in entry["targetProfile"]):
        structure = lookup.definitions.structure(canonical, node.structure.package)
        if structure is None or structure.type in {"Resource", "DomainResource"}:
            return None
        types.add(structure.type)
        profiles[structure] = None
    return Targets(frozenset(types), tuple(profiles), frozenset(), node.source)


def type_named(value: dict[str, Any], context: Context) -> str:
    """The type of resource a Reference points to: by its target, its text, or what it declares; empty if unknown."""
    text = value.get("reference")
    if text.__class__ is str and text:
        found = resolving.target(text, context)
        if found is not None:
            return str(found.get("resourceType", ""))
        kind = text.partition("?")[0] if "?" in text else ""
        if kind.isalpha():
            return str(kind)
        match = resolving.RESTFUL(text)
        if match:
            return str(match["type"])
    declared = value.get("type")
    return declared.rpartition("/")[2] if isinstance(declared, str) else ""


def check_target(compiler: CheckSource, targets: Targets) -> Check:
    """The target is of a permitted type and, where it is at hand, meets a permitted profile."""
    ancestors = compiler.definitions.ancestors

    def check(value: Any, context: Context) -> Problems:
        code = type_named(value, context)
        if not code or not compiler.definitions.is_resource(code):
            return None
        if targets.types.isdisjoint(ancestors(code)):
            wanted = " or ".join(sorted(targets.types))
            message = f"The reference points to {code}; it may point to {wanted}."
            return [
                Problem(
                    "reference.target",
                    message,
                    expected=wanted,
                    found=value.get("reference") or code,
                    profile=targets.source,
                )
            ]
        return check_profile(compiler, targets, value, context)

    return check


def check_profile(compiler: CheckSource, targets: Targets, value: dict[str, Any], context: Context) -> Problems:
    """Where the target is at hand, it meets at least one of the profiles."""
    target = resolving.target(value, context)
    if target is None or target is context.root:
        return None
    ancestors = compiler.definitions.ancestors(str(target.get("resourceType", "")))
    wanted = [profile for profile in targets.profiles if profile.type in ancestors]
    if any(not profile.is_profile for profile in wanted):
        return None
    if any(resolving.conforms(compiler, target, profile, context) for profile in wanted):
        return None
    names = " or ".join(profile.canonical for profile in wanted)
    message = "The resource it points to meets none of the profiles allowed here."
    return [
        Problem("reference.profile", message, expected=names, found=value.get("reference", ""), profile=targets.source)
    ]


def check_form(lookup: Lookup, source: str) -> Check:
    """A literal leads to some resource (ref-1 for fragments); a declared type agrees with what the text says."""
    is_resource = lookup.definitions.is_resource

    def check(value: Any, context: Context) -> Problems:
        text = value.get("reference")
        if text.__class__ is not str:
            return None
        if text[:1] == "#" and not leads_inside(text[1:], context):
            message = "A reference that begins with # leads to a contained resource."
            return [Problem("invariant:ref-1", message, expected="a contained resource", found=text, profile=source)]
        wrong = form_problem(text, context, is_resource, source) if text and text[0] != "#" else None
        declared = value.get("type")
        if declared.__class__ is not str or wrong is not None:
            return [wrong] if wrong is not None else None
        named = type_named({"reference": text}, context)
        bare = declared.removeprefix("http://hl7.org/fhir/StructureDefinition/")
        if not named or not lookup.definitions.is_resource(named) or bare == named:
            return None
        message = f"The reference says it points to {bare}, but points to {named}."
        return [Problem("reference.type", message, path=".type", expected=named, found=declared, profile=source)]

    return check


def leads_inside(local: str, context: Context) -> bool:
    """Whether a fragment is the id of a contained resource; alone, it means the container of a contained resource.

    The published expression of ref-1 also fails references without text, and knows no bare fragment.
    """
    if not local:
        return context.root is not context.resource
    return resolving.contained(local, context) is not None


def check_aggregation(allowed: frozenset[str], source: str) -> Check:
    """How the target may be given: contained, referenced, bundled (ElementDefinition.type.aggregation)."""

    def check(value: Any, context: Context) -> Problems:
        text = value.get("reference")
        if text.__class__ is not str or not text:
            return None
        if text.startswith("#"):
            kinds = {"contained"}
        else:
            kinds = {"referenced"}
            if context.bundle is not None and resolving.target(text, context) is not None:
                kinds.add("bundled")
        if kinds & allowed or ("bundled" in allowed and context.bundle is None and "contained" not in kinds):
            return None
        wanted = " or ".join(sorted(allowed))
        message = f"The target must be {wanted}; here it is {' and '.join(sorted(kinds))}."
        return [Problem("reference.aggregation", message, expected=wanted, found=text, profile=source)]

    return check
