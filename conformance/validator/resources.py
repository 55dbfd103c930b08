"""Resources: at the root, contained in another, or in a Bundle entry."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.validator import alternatives, attachments, bundles, claims, codings, contained, extension_contexts
from conformance.validator.checks import Check, Matters, all_of, with_any
from conformance.validator.problems import Problem, Problems, joined

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conformance.validator.check_source import CheckSource
    from conformance.validator.content import Content
    from conformance.validator.context import Context
    from conformance.validator.definitions import Node, Structure
    from conformance.validator.invariants import Invariants
    from conformance.validator.lookup import Lookup

MEMO = 5_000


class Resources:
    """Finds the check for each resource: by type, claimed profiles and what else is demanded, once per combination."""

    def __init__(self, compiler: CheckSource) -> None:
        self.compiler = compiler
        self._known: dict[tuple[Any, ...], tuple[Check, tuple[Problem, ...], tuple[str, ...]]] = {}

    def check(
        self,
        resource: Any,
        context: Context,
        demanded: tuple[Structure, ...] = (),
        elements: tuple[Node, ...] = (),
        *,
        by_claims: bool = True,
    ) -> Problems:
        """Judge a resource by its type, its own claims, the demanded profiles and the elements that hold it.

        With ``by_claims=False`` its own claims do not count.
        """
        code = resource.get("resourceType") if resource.__class__ is dict else None
        if code.__class__ is not str:
            return not_a_resource(resource)
        claims_made = claims.claimed(resource) if by_claims else ()
        implied = claims.implied(resource) if code == "Observation" else ""
        key = (code, claims_made, implied, demanded, elements)
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = self._find(*key)
        check, problems, context.profiles = known
        found = check(resource, context)
        # It refers back to the context: kept, both would wait for the garbage collector.
        context.environment = None
        return [*(problem.copy() for problem in problems), *(found or ())] if problems else found

    def _find(
        self,
        code: str,
        made: tuple[str, ...],
        implied: str,
        demanded: tuple[Structure, ...],
        elements: tuple[Node, ...],
    ) -> tuple[Check, tuple[Problem, ...], tuple[str, ...]]:
        if len(self._known) >= MEMO:
            self._known.clear()
        if not self.compiler.definitions.is_resource(code):
            return unknown_type(code), (), ()
        vital_sign = self.compiler.definitions.structure(implied) if implied else None
        judged = claims.judged_by(self.compiler, code, made, demanded)
        structures = judged.structures
        if vital_sign is not None and len(structures) == 1 and not judged.unknown:
            structures = (*structures, vital_sign)
        names = tuple(one.canonical for one in structures[1:]) or (structures[0].canonical,)
        return self.compiler.resource(structures, elements), judged.problems, names


def not_a_resource(value: Any) -> list[Problem]:
    """Something without a resourceType."""
    if value.__class__ is dict:
        message = "resourceType is missing or no string, so that this is no FHIR resource."
        found = value.get("resourceType", sorted(value)[:5])
        return [Problem("resource-type", message, expected="resourceType", found=found)]
    return [Problem("type", "A resource is written as a JSON object.", expected="a resource", found=value)]


def unknown_type(code: str) -> Check:
    """A resource type that FHIR R4 does not have."""

    def check(_value: Any, _context: Context) -> Problems:
        message = f"{code} is no resource type of FHIR R4."
        return [Problem("resource-type", message, expected="a resource type of FHIR R4", found=code)]

    return check


def check_nested(resources: Resources, nodes: Sequence[Node]) -> Check:
    """The check of a resource inside another (``contained``, ``entry.resource``, ``parameter.resource``)."""
    compiler = resources.compiler
    demanding = demanded_by(compiler, nodes)
    allowed = allowed_types(compiler, nodes)
    elements = tuple(node for node in nodes if node.children)
    path = str(nodes[0].element["path"])
    is_entry = path == "Bundle.entry.resource"
    is_contained = path.endswith(".contained")
    others = {
        code: all_of(alternatives.check_alternatives(compiler, nodes, code))
        for code in sorted({code for node in nodes for code, _ in node.types})
    }

    def check(value: Any, context: Context) -> Problems:
        if value.__class__ is not dict:
            return not_a_resource(value)
        if is_entry and context.shallow:
            return None
        if is_contained:
            inner = context.contained(value)
        elif is_entry:
            inner = bundles.entry_context(value, context)
        else:
            inner = context.contained(value)
            inner.root = value
        before = dict(context.counts) if is_entry and context.records is not None else {}
        ancestors = compiler.definitions.ancestors(str(value.get("resourceType")))
        wanted = tuple(one for code, one in demanding if code in ancestors)
        if is_entry and context.demanded:
            wanted = (*wanted, *(one for one in context.demanded if one.type in ancestors))
        found = resources.check(value, inner, wanted, elements)
        if allowed is not None and isinstance(value.get("resourceType"), str) and value["resourceType"] not in allowed:
            found = [*(found or ()), _forbidden(value["resourceType"], allowed, nodes[-1].source)]
        for code, other in others.items():
            if other is not None and code in ancestors:
                found = joined(found, other(value, inner))
        if is_entry:
            return bundles.recorded(inner, found, context, before)
        return found

    return check


def _forbidden(code: str, allowed: frozenset[str], source: str) -> Problem:
    wanted = " or ".join(sorted(allowed))
    return Problem("type", f"A {code} may not stand here.", expected=wanted, found=code, profile=source)


def demanded_by(lookup: Lookup, nodes: Sequence[Node]) -> tuple[tuple[str, Structure], ...]:
    """The profiles that the elements holding a resource ask it to meet, each with the type of which it is asked."""
    found: dict[tuple[str, Structure], None] = {}
    for node in nodes:
        for code in dict.fromkeys(code for code, _ in node.types):
            profiles = node.profiles_for(code)
            structure = lookup.definitions.structure(profiles[0], node.structure.package) if profiles else None
            if structure is not None and len(profiles) == 1:
                found[code, structure] = None
    return tuple(found)


def allowed_types(lookup: Lookup, nodes: Sequence[Node]) -> frozenset[str] | None:
    """The resource types that may stand there; None for any."""
    found: frozenset[str] | None = None
    for node in nodes:
        codes = frozenset(code for code, _ in node.types)
        if codes and all(lookup.definitions.is_resource(code) for code in codes):
            found = codes if found is None else found & codes
    return found


def whole_checks(lookup: Lookup, content: Content, invariants: Invariants) -> list[tuple[Matters, Check]]:
    """The checks of an object that depend on what kind of thing it is rather than on one constraint."""
    found: list[tuple[Matters, Check]] = []
    if content.code != "Extension":
        queries = extension_contexts.check_queries(lookup, content, invariants)
        found.append((with_any("extension", "modifierExtension"), queries))
    if content.code == "Attachment":
        found.append((attachments.says_what_it_holds, attachments.check_attachment(content.source)))
    if content.code in {"Coding", "Quantity"} and content.kind == "complex":
        found.append((with_any("system"), codings.check_code(lookup.definitions.guides, content.source)))
    if content.code == "Identifier":
        found.append((with_any("system"), codings.check_identifier(content.source)))
    if content.kind != "resource":
        return found
    source = content.source
    found.append((with_any("implicitRules"), check_implicit_rules(source)))
    if "contained" in content.keys:
        found.append((with_any("contained"), contained.check_contained(source)))
    if content.code == "Bundle":
        found.append((None, bundles.check_bundle(source, lookup.definitions.is_resource)))
    return found


def check_implicit_rules(source: str) -> Check:
    """Rules that change the meaning and are unknown here (FHIR R4, Resource.implicitRules is a modifier)."""

    def check(value: Any, _context: Context) -> Problems:
        message = "The resource was made under rules that may change its meaning and that are not known here."
        return [
            Problem(
                "implicit-rules",
                message,
                path=".implicitRules",
                expected="no implicitRules",
                found=value.get("implicitRules", ""),
                profile=source,
            )
        ]

    return check
