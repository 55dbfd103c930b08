"""Where an extension may stand (StructureDefinition.context and contextInvariant)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from conformance.validator.problems import Problem, Problems

if TYPE_CHECKING:
    from conformance.validator.checks import Check
    from conformance.validator.content import Content
    from conformance.validator.context import Context
    from conformance.validator.definitions import Structure
    from conformance.validator.invariants import Invariants
    from conformance.validator.lookup import Lookup

MEMO = 1_000
ANYWHERE = frozenset({"Element", "Base", "Any"})
CANONICAL = frozenset({"CanonicalResource", "MetadataResource"})
ARRAYS = ("extension", "modifierExtension")


class HolderRules(NamedTuple):
    """The queries one of which must lead to an extension's holder, and the conditions the holder must meet."""

    structure: Structure
    queries: list[str]
    conditions: list[str]


def misplaced(lookup: Lookup, structure: Structure, content: Content) -> Problem | None:
    """What is wrong with an extension standing in ``content``; None where its definition allows it.

    Contexts that are FHIRPath queries need the instance: :func:`check_queries` judges those.
    """
    contexts = structure.table.get("context") or []
    if not contexts or any(one.get("type") == "fhirpath" or _allows(lookup, one, content) for one in contexts):
        return None
    wanted = ", ".join(str(one.get("expression", "")) for one in contexts)
    where = content.places[-1]
    message = f"This extension is not allowed on {where}."
    return Problem("extension.context", message, expected=wanted, found=where, profile=structure.canonical)


def _allows(lookup: Lookup, context: dict[str, Any], content: Content) -> bool:
    if context.get("type") == "extension":
        return str(context.get("expression", "")) in content.places
    if context.get("type") != "element":
        return False
    expression = str(context.get("expression", "")).rpartition("#")[2].removesuffix("[x]")
    places = {place.removesuffix("[x]") for place in content.places}
    if expression in ANYWHERE or expression in places:
        return True
    head, _, below = expression.partition(".")
    if below and any(
        place.partition(".")[2] == below and head in lookup.definitions.ancestors(place.partition(".")[0])
        for place in places
    ):
        return True
    if expression in lookup.definitions.ancestors(content.code):
        return True
    return expression in CANONICAL and content.kind == "resource" and "url" in content.keys


def check_queries(lookup: Lookup, content: Content, invariants: Invariants) -> Check:
    """The check of an object's extensions against the queries and conditions of their definitions."""
    known: dict[Any, HolderRules | None] = {}

    def look_up(url: Any) -> HolderRules | None:
        if len(known) >= MEMO:
            known.clear()
        structure = lookup.definitions.structure(url) if isinstance(url, str) and ":" in url else None
        known[url] = queries_of(lookup, structure, content) if structure is not None else None
        return known[url]

    def check(value: Any, context: Context) -> Problems:
        problems: list[Problem] = []
        for name in ARRAYS:
            extensions = value.get(name, ())
            for index, extension in enumerate(extensions if extensions.__class__ is list else ()):
                url = extension.get("url") if extension.__class__ is dict else None
                if url.__class__ is not str:
                    continue
                asked = known[url] if url in known else look_up(url)
                if asked is not None:
                    found = _judge(asked, content, value, extension, context, invariants=invariants)
                    if found is not None:
                        found.path = f".{name}[{index}]"
                        problems.append(found)
        return problems or None

    return check


def queries_of(lookup: Lookup, structure: Structure, content: Content) -> HolderRules | None:
    """What an extension's definition asks of its holder that only the instance shows; None for nothing."""
    contexts = structure.table.get("context") or []
    queries = [str(one["expression"]) for one in contexts if one.get("type") == "fhirpath"]
    if any(_allows(lookup, one, content) for one in contexts):
        queries = []
    conditions = [str(one) for one in structure.table.get("contextInvariant") or ()]
    return HolderRules(structure, queries, conditions) if queries or conditions else None


def _judge(
    asked: HolderRules,
    content: Content,
    holder: dict[str, Any],
    extension: dict[str, Any],
    context: Context,
    *,
    invariants: Invariants,
) -> Problem | None:
    structure, queries, conditions = asked
    if queries:
        verdicts = [invariants.selects(query, holder, content, context) for query in queries]
        if True not in verdicts and None not in verdicts:
            where = content.places[-1]
            message = f"This extension is not allowed on {where}."
            wanted = " or ".join(queries)
            return Problem("extension.context", message, expected=wanted, found=where, profile=structure.canonical)
    for condition in conditions:
        if invariants.holds(condition, holder, content, context, {"extension": extension}) is False:
            message = "What holds the extension does not meet its condition."
            return Problem("extension.context", message, expected=condition, profile=structure.canonical)
    return None
