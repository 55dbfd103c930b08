"""How often an element may appear (ElementDefinition.min and max)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.validator.problems import Problem, Problems

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from conformance.validator.content import Content
    from conformance.validator.definitions import Node


def least(nodes: Sequence[Node]) -> Node | None:
    """The definition that demands most appearances (the first of several); None when none is demanded."""
    demanding = max(nodes, key=lambda node: node.min, default=None)
    return demanding if demanding is not None and demanding.min > 0 else None


def most(nodes: Sequence[Node]) -> Node | None:
    """The definition that allows fewest appearances; None when there is no limit."""
    strictest = min(nodes, key=lambda node: node.max, default=None)
    return strictest if strictest is not None and strictest.max != float("inf") else None


def missing(content: Content, present: frozenset[str]) -> list[Problem]:
    """Required elements of which no key is there, and required slices of elements that are not there at all."""
    found = []
    known = {key.name for key in content.keys.values()}
    names = dict.fromkeys(name for node in content.nodes for name in node.children if name in known)
    for name in names:
        nodes = content.children(name)
        keys = content.compiler.keys_of(content.nodes[0], name)
        if any(key in present or f"_{key}" in present for key in keys):
            continue
        demanding = least(nodes)
        if demanding is not None:
            found.append(too_few(demanding, 0, f".{name.removesuffix('[x]')}"))
        elif not name.endswith("[x]"):
            found.extend(too_few_in_slice(one, 0, f".{name}") for node in nodes for one in node.slices if one.min > 0)
    return found


def too_few_in_slice(part: Node, count: int, path: str = "") -> Problem:
    """A slice has fewer items than it must."""
    message = f"Slice {part.slice} appears {times(count)}; the definition asks for at least {part.min}."
    expected = f"{part.slice}: at least {part.min}"
    return Problem("slicing.min", message, path=path, expected=expected, found=str(count), profile=part.source)


def too_many_in_slice(part: Node, count: int) -> Problem:
    """A slice has more items than it may."""
    message = f"Slice {part.slice} appears {times(count)}; the definition allows at most {int(part.max)}."
    expected = f"{part.slice}: at most {int(part.max)}"
    return Problem("slicing.max", message, expected=expected, found=str(count), profile=part.source)


def too_few(node: Node, count: int, path: str = "") -> Problem:
    """An element appears less often than it must."""
    name = node.element["path"].rpartition(".")[2].removesuffix("[x]")
    message = f"{name} is missing." if count == 0 else f"{name} appears {times(count)}."
    message += f" The definition asks for at least {node.min}."
    return Problem(
        "cardinality.min", message, path=path, expected=f"at least {node.min}", found=str(count), profile=node.source
    )


def too_many(node: Node, count: int, path: str = "") -> Problem:
    """An element appears more often than it may."""
    name = node.element["path"].rpartition(".")[2].removesuffix("[x]")
    allowed = "The definition does not allow it" if node.max == 0 else f"The definition allows at most {int(node.max)}"
    message = f"{name} appears {times(count)}. {allowed}."
    return Problem(
        "cardinality.max",
        message,
        path=path,
        expected=f"at most {int(node.max)}",
        found=str(count),
        profile=node.source,
    )


def bounds(nodes: Sequence[Node]) -> tuple[int, float]:
    """The least and the greatest number of appearances that all definitions allow."""
    return max((node.min for node in nodes), default=0), min((node.max for node in nodes), default=float("inf"))


def check_count(nodes: Sequence[Node]) -> Callable[[int], Problems]:
    """How many items an array may have; one that is not there at all is :func:`missing`'s business."""
    fewest, limit = least(nodes), most(nodes)
    lowest, highest = bounds(nodes)

    def check(count: int) -> Problems:
        if lowest <= count <= highest:
            return None
        if limit is not None and count > highest:
            return [too_many(limit, count)]
        return [too_few(fewest, count)] if fewest is not None else None

    return check


def times(count: int) -> str:
    """``count`` in words where English has one."""
    return {0: "not at all", 1: "once", 2: "twice"}.get(count, f"{count} times")


def not_an_array(value: Any, source: str) -> list[Problem]:
    """Something else where JSON must have an array, or an array of nothing."""
    if value.__class__ is list:
        return [Problem("empty", "An array must not be empty; leave the element out.", found="[]", profile=source)]
    if value is None:
        return [Problem("null", "The value is null; leave the element out.", expected="array", found="null")]
    message = "This element repeats, so JSON writes it as an array even for one value."
    return [Problem("type", message, expected="array", found=value, profile=source)]
