"""Slicing (ElementDefinition.slicing): which slice an item falls into, and what follows from it.

An item belongs to a slice by the discriminators alone; only then is it held to everything else the slice says. Minimum
and maximum of a slice count per parent object. Where slices are distinguished by texts (a url, a coding), what follows
from these is worked out once: for each item, and for the array as a whole.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.validator import cardinality, discriminators
from conformance.validator.cardinality import not_an_array
from conformance.validator.problems import Problem, Problems, below, joined
from conformance.validator.signatures import is_short, merged, signature

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Sequence

    from conformance.validator.check_source import CheckSource
    from conformance.validator.checks import Check
    from conformance.validator.context import Context
    from conformance.validator.definitions import Node
    from conformance.validator.discriminators import Criterion
    from conformance.validator.key import Key

Match = tuple["Node", ...]
MEMO = 2_000
UNSURE = "slicing that rests on codes or targets not at hand"


class Slicer:
    """The slices one definition makes of an element."""

    def __init__(self, compiler: CheckSource, node: Node, discriminating: list[dict[str, Any]]) -> None:
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
        read = [one.reads for criteria in self.criteria.values() for one in criteria]
        self.reads = merged(one for one in read if one is not None) if None not in read else None
        self._signature = signature(self.reads) if self.reads is not None else None
        self._known: dict[Hashable, Match] = {}

    @staticmethod
    def _criteria(compiler: CheckSource, part: Node, discriminating: list[dict[str, Any]]) -> list[Criterion]:
        own = (part.element.get("slicing") or {}).get("discriminator", [])
        wanted = discriminating if "/" not in part.slice else [*discriminating, *own]
        found = [discriminators.criterion(compiler, part, one) for one in wanted]
        return [one for one in found if one is not None]

    def match(self, value: Any, context: Context) -> tuple[Match, bool]:
        """The slices that ``value`` belongs to, and whether that is certain."""
        if self._signature is None:
            return self._matched(value, context)
        mark = self._signature(value)
        known = self._known.get(mark)
        if known is not None:
            return known, True
        matched, sure = self._matched(value, context)
        if sure:
            remember(self._known, mark, matched)
        return matched, sure

    def _matched(self, value: Any, context: Context) -> tuple[Match, bool]:
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


def remember(memo: dict[Hashable, Any], mark: Hashable, found: Any) -> None:
    """Keep what follows from a signature, within bounds."""
    if is_short(mark):
        if len(memo) >= MEMO:
            memo.clear()
        memo[mark] = found


def slicers(compiler: CheckSource, nodes: Sequence[Node], code: str) -> list[Slicer]:
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
    compiler: CheckSource, nodes: list[Node], known: Key, places: tuple[str, ...], parts: list[Slicer]
) -> Check:
    """The check of an element whose items fall into slices."""
    counted = cardinality.check_count(nodes)
    source = nodes[0].source
    items: dict[Match, Check] = {}
    arrays: dict[Hashable, tuple[Check, ...]] = {}
    read = _signature_of(parts)

    def check_one(matched: Match) -> Check:
        if matched not in items:
            items[matched] = compiler.value([*nodes, *matched], known.code, places)
        return items[matched]

    def sorted_into_slices(values: list[Any], mark: Hashable, context: Context) -> tuple[tuple[Check, ...], Problems]:
        """The check of each item, and what is wrong with the array as a whole."""
        seen = [[slicer.match(value, context) for value in values] for slicer in parts]
        checks = tuple(check_one(sum((found[index][0] for found in seen), ())) for index in range(len(values)))
        wrong = [judge(slicer, found, values, context) for slicer, found in zip(parts, seen, strict=True)]
        problems = [problem for found in wrong for problem in found or ()]
        if mark is not None and not problems and all(sure for found in seen for _, sure in found):
            remember(arrays, mark, checks)
        return checks, problems or None

    def check(values: Any, context: Context) -> Problems:
        if not known.repeats:
            values = [values]
        elif values.__class__ is not list or not values:
            return not_an_array(values, source)
        mark = None if read is None else read(values[0]) if len(values) == 1 else (len(values), *map(read, values))
        checks, unruly = arrays.get(mark), None
        if checks is None:
            checks, unruly = sorted_into_slices(values, mark, context)
        problems: Problems = None
        for index, item in enumerate(checks):
            wrong = item(values[index], context)
            if wrong is not None:
                problems = joined(problems, below(f"[{index}]", wrong) if known.repeats else wrong)
        problems = joined(problems, unruly)
        return joined(problems, counted(len(values))) if known.repeats else problems

    return check


def _signature_of(parts: Sequence[Slicer]) -> Callable[[Any], Hashable] | None:
    """What decides into which slices of several slicings an item falls; None where that is more than its own texts."""
    read = [slicer.reads for slicer in parts if slicer.is_decidable]
    if len(read) < len(parts) or None in read:
        return None
    return signature(merged(one for one in read if one is not None))


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
