"""Choice elements and permitted types (ElementDefinition.type): one variant at most, and only a permitted one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.validator.problems import Problem

if TYPE_CHECKING:
    from conformance.validator.content import Content
    from conformance.validator.definitions import Node


def conflicts(content: Content, present: frozenset[str]) -> list[Problem]:
    """What the keys alone show: two variants of one choice, a variant a definition leaves out, a slice not there."""
    variants: dict[str, set[str]] = {}
    for key in present:
        bare = key.removeprefix("_")
        known = content.keys.get(bare)
        if known is not None and known.name.endswith("[x]"):
            variants.setdefault(known.name, set()).add(bare)
    found = []
    for name, keys in variants.items():
        if len(keys) > 1:
            message = f"Only one of {', '.join(sorted(keys))} may be there."
            path = f".{name.removesuffix('[x]')}"
            found.append(
                Problem(
                    "choice",
                    message,
                    path=path,
                    expected=f"one {name}",
                    found=", ".join(sorted(keys)),
                    profile=content.source,
                )
            )
    names = dict.fromkeys(name for node in content.nodes for name in node.children if name.endswith("[x]"))
    for name in names:
        found.extend(_missing_slices(content, name, variants.get(name, set())))
    return found


def _missing_slices(content: Content, name: str, keys: set[str]) -> list[Problem]:
    """Required slices of a choice whose type is not there; a missing choice as a whole is cardinality's to say."""
    codes = {content.keys[key].code for key in keys}
    found = []
    for node in content.children(name):
        for wanted in node.slices:
            types = {code for code, _ in wanted.types}
            if wanted.min > 0 and codes.isdisjoint(types) and (codes or node.min == 0):
                message = f"Slice {wanted.slice} is missing."
                path = f".{name.removesuffix('[x]')}"
                expected = f"a value of type {' or '.join(sorted(types))}"
                found.append(
                    Problem("slicing.min", message, path=path, expected=expected, found="0", profile=wanted.source)
                )
    return found


def forbidden(nodes: list[Node], code: str, path: str = "") -> list[Problem]:
    """The definitions of an element that do not permit a value of type ``code``."""
    found = []
    for node in nodes:
        codes = [known for known, _ in node.types]
        if codes and code not in codes:
            message = f"A value of type {code} is not permitted here."
            found.append(
                Problem("type", message, path=path, expected=" or ".join(codes), found=code, profile=node.source)
            )
            break
    return found


def matching_slices(nodes: list[Node], code: str) -> tuple[list[Node], list[Problem]]:
    """The slices of a choice that a value of type ``code`` falls into, and what is wrong when it falls into none."""
    matched, found = [], []
    for node in nodes:
        fitting = [part for part in node.slices if code in {known for known, _ in part.types}]
        matched.extend(fitting)
        if node.slices and not fitting and node.element.get("slicing", {}).get("rules") == "closed":
            names = " or ".join(part.slice for part in node.slices)
            message = f"A value of type {code} fits none of the slices, and no other is allowed."
            found.append(Problem("slicing.closed", message, expected=names, found=code, profile=node.source))
    return matched, found
