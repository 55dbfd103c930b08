"""Slicing (ElementDefinition.slicing): which slice an item falls into, and what follows from it.

An item belongs to a slice by the discriminators alone; only then is it held to everything else the slice says. Minimum
and maximum of a slice count per parent object. Where slices are told apart by a constant (a url, a coding), one look-up
finds the slice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.validator import cardinality, discriminators
from conformance.validator.cardinality import not_an_array
from conformance.validator.problems import Check, Problem, Problems, below, joined

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from conformance.validator.compiler import Compiler, Key
    from conformance.validator.context import Context
    from conformance.validator.definitions import Node
    from conformance.validator.discriminators import Criterion

Match = tuple["Node", ...]
UNSURE = "slicing that rests on codes or targets not at hand"


class Slicer:
    """The slices one definition makes of an element."""

    def __init__(self, compiler: Compiler, node: Node, discriminating: list[dict[str, Any]]) -> None:
        slicing = node.element.get("slicing") or {}
        self.node = node
        self.rules: str = slicing.get("rules", "open")
        self.ordered: bool = bool(slicing.get("ordered", False))
        self.slices = [part for part in node.slices if "/" not in part.slice]
        self.reslices = {
            part.slice: [other for other in node.slices if other.slice.startswith(f"{part.slice}/")]
            for part in node.slices
        }
        self.criteria: dict[Node, list[Criterion]] = {
            part: self._criteria(compiler, part, discriminating) for part in node.slices
        }
        self.counted = [part for part in node.slices if part.min > 0 or part.max != float("inf")]
        self.is_decidable = all(self.criteria[part] for part in self.slices)
        self._by_token = self._tokens()

    @staticmethod
    def _criteria(compiler: Compiler, part: Node, discriminating: list[dict[str, Any]]) -> list[Criterion]:
        own = (part.element.get("slicing") or {}).get("discriminator", [])
        wanted = discriminating if "/" not in part.slice else [*discriminating, *own]
        found = [discriminators.criterion(compiler, part, one) for one in wanted]
        return [one for one in found if one is not None]

    def _tokens(
        self,
    ) -> tuple[Callable[[Any, Context], list[discriminators.Typed]], dict[tuple[str, str], Match]] | None:
        """Slices by the (system, code) that each wants at one and the same path, if that is all that tells them."""
        found: dict[tuple[str, str], Match] = {}
        paths = set()
        if len(self.slices) != len(self.node.slices):
            return None
        for part in self.slices:
            token = _token(self.criteria[part])
            if token is None or (token[1], token[2]) in found:
                return None
            paths.add(token[0])
            found[(token[1], token[2])] = (part,)
        return (discriminators.instance_values(paths.pop()), found) if len(paths) == 1 else None

    def match(self, value: Any, context: Context) -> tuple[Match, bool]:
        """The slices that ``value`` belongs to, and whether that is certain."""
        if self._by_token is not None:
            return self._by_code(value, context)
        matched: list[Node] = []
        sure = True
        for part in self.slices:
            verdict = self._belongs(part, value, context)
            sure = sure and verdict is not None
            if verdict:
                matched.append(part)
                matched.extend(other for other in self.reslices[part.slice] if self._belongs(other, value, context))
        return tuple(matched), sure

    def _belongs(self, part: Node, value: Any, context: Context) -> bool | None:
        criteria = self.criteria[part]
        if len(criteria) == 1:
            return criteria[0].test(value, context)
        verdicts = [one.test(value, context) for one in criteria]
        if not verdicts or None in verdicts:
            return None if False not in verdicts else False
        return all(verdicts)

    def _by_code(self, value: Any, context: Context) -> tuple[Match, bool]:
        values, slices = self._by_token or (None, {})
        matched: Match = ()
        for typed in values(value, context) if values is not None else ():
            concept = typed.value
            if concept.__class__ is not dict:
                continue
            codings = concept.get("coding")
            for coding in codings if codings.__class__ is list else (concept,):
                if coding.__class__ is dict:
                    found = slices.get((_text(coding, "system"), _text(coding, "code")))
                    if found is not None and found[0] not in matched:
                        matched += found
        return matched, True


def _text(coding: dict[str, Any], key: str) -> str:
    value = coding.get(key)
    return value if value.__class__ is str else ""


def _token(criteria: list[Criterion]) -> tuple[str, str, str] | None:
    """Path, system and code when the only criterion is a pattern with one coding of exactly these two."""
    if len(criteria) != 1 or criteria[0].is_exact or criteria[0].constant.__class__ is not dict:
        return None
    constant = criteria[0].constant
    codings = constant.get("coding", [constant])
    if len(codings) != 1 or set(codings[0]) != {"system", "code"} or set(constant) - {"coding", "system", "code"}:
        return None
    return criteria[0].path, codings[0]["system"], codings[0]["code"]


def slicers(compiler: Compiler, nodes: Sequence[Node], code: str) -> list[Slicer]:
    """The slicings of an element, one for each definition that slices it."""
    found = []
    for node in nodes:
        if not node.slices:
            continue
        if node in compiler.slicers:
            found.append(compiler.slicers[node])
            continue
        discriminating = (node.element.get("slicing") or {}).get("discriminator", [])
        if not discriminating and code == "Extension":
            discriminating = [{"type": "value", "path": "url"}]
        compiler.slicers[node] = Slicer(compiler, node, discriminating)
        found.append(compiler.slicers[node])
    return found


def check_sliced(
    compiler: Compiler, nodes: list[Node], known: Key, places: tuple[str, ...], parts: list[Slicer]
) -> Check:
    """The check of an element whose items fall into slices."""
    counted = cardinality.check_count(nodes)
    source = nodes[0].source
    items: dict[Match, Check] = {}

    def check_one(matched: Match) -> Check:
        if matched not in items:
            items[matched] = compiler.value([*nodes, *matched], known.code, places)
        return items[matched]

    def check(values: Any, context: Context) -> Problems:
        if not known.repeats:
            values = [values]
        elif values.__class__ is not list or not values:
            return not_an_array(values, source)
        problems: Problems = None
        matches: list[list[tuple[Match, bool]]] = [[] for _ in parts]
        for index, value in enumerate(values):
            matched: Match = ()
            for slicer, seen in zip(parts, matches, strict=True):
                found = slicer.match(value, context)
                seen.append(found)
                matched += found[0]
            wrong = (items.get(matched) or check_one(matched))(value, context)
            if wrong is not None:
                problems = [*(problems or ()), *(below(f"[{index}]", wrong) if known.repeats else wrong)]
        for slicer, seen in zip(parts, matches, strict=True):
            wrong = judge(slicer, seen, values, context)
            if wrong is not None:
                problems = [*(problems or ()), *wrong]
        return joined(problems, counted(len(values))) if known.repeats else problems

    return check


def judge(slicer: Slicer, seen: list[tuple[Match, bool]], values: list[Any], context: Context) -> Problems:
    """What the slices say of the whole array: counts, rules and order."""
    problems: list[Problem] = []
    if not slicer.is_decidable:
        context.counts["slicing without a usable discriminator"] += 1
        return None
    sure, several = True, False
    for matched, certain in seen:
        sure = sure and certain
        several = several or len(matched) > 1
    if not sure:
        context.counts[UNSURE] += 1
    for part in slicer.counted:
        count = len([1 for matched, _ in seen if part in matched])
        if count > part.max:
            problems.append(cardinality.too_many_in_slice(part, count))
        elif count < part.min and sure:
            problems.append(cardinality.too_few_in_slice(part, count))
    if several:
        problems.extend(_ambiguous(slicer, seen))
    if slicer.rules != "open" or slicer.ordered:
        problems.extend(_unruly(slicer, seen, values))
    return problems or None


def _ambiguous(slicer: Slicer, seen: list[tuple[Match, bool]]) -> list[Problem]:
    """Items in two slices neither of which is a part of the other."""
    found = []
    for index, (matched, _) in enumerate(seen):
        tops = [part.slice for part in matched if "/" not in part.slice]
        if len(tops) > 1:
            message = f"The item falls into several slices: {', '.join(tops)}."
            found.append(
                Problem(
                    "slicing.ambiguous",
                    message,
                    path=f"[{index}]",
                    expected="one slice",
                    found=", ".join(tops),
                    profile=slicer.node.source,
                )
            )
    return found


def _unruly(slicer: Slicer, seen: list[tuple[Match, bool]], values: list[Any]) -> list[Problem]:
    """Items outside all slices where none may be (or only at the end), and slices out of their order."""
    found = []
    names = [part.slice for part in slicer.slices]
    last, outside = -1, False
    for index, (matched, certain) in enumerate(seen):
        wanted = ", ".join(names)
        if not matched:
            outside = outside or certain
            if slicer.rules == "closed" and certain:
                message = "The item fits none of the slices, and no other item is allowed."
                found.append(
                    Problem(
                        "slicing.closed",
                        message,
                        path=f"[{index}]",
                        expected=wanted,
                        found=values[index],
                        profile=slicer.node.source,
                    )
                )
            continue
        position = names.index(matched[0].slice.partition("/")[0])
        if slicer.ordered and position < last:
            message = f"Slice {names[position]} must come before {names[last]}."
            found.append(
                Problem("slicing.order", message, path=f"[{index}]", expected=wanted, profile=slicer.node.source)
            )
        if slicer.rules == "openAtEnd" and outside:
            message = "Items outside the slices may stand only after those in slices."
            found.append(
                Problem("slicing.openAtEnd", message, path=f"[{index}]", expected=wanted, profile=slicer.node.source)
            )
        last = max(last, position)
    return found
