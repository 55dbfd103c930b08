"""Contained resources (FHIR R4, references 2.3.0.1 and constraints dom-2 to dom-5)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from conformance.validator.problems import Problem, Problems

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.findings import Severity
    from conformance.validator.checks import Check
    from conformance.validator.context import Context

NO_LINK = frozenset({"display", "text", "div", "id", "valueString", "valueMarkdown"})


def check_contained(source: str) -> Check:
    """The container's contained resources: named, not nested, without a life of their own, referred to."""

    def check(value: Any, context: Context) -> Problems:
        resources = value.get("contained")
        if resources.__class__ is not list or context.root is not value:
            return None
        problems: list[Problem] = []
        seen: set[str] = set()
        for index, resource in enumerate(resources):
            if resource.__class__ is dict:
                for problem in problems_of(resource, value, seen):
                    problem.path = f".contained[{index}]{problem.path}"
                    problem.profile = source
                    problems.append(problem)
        return problems or None

    return check


def problems_of(resource: dict[str, Any], container: dict[str, Any], seen: set[str]) -> Iterator[Problem]:
    """What is wrong with one contained resource as such."""
    local = resource.get("id")
    if not isinstance(local, str):
        yield Problem("contained.id", "A contained resource needs an id to be referred to.", path=".id")
    elif local in seen:
        yield Problem("contained.id", "Another contained resource has the same id.", path=".id", found=local)
    else:
        seen.add(local)
    if "contained" in resource:
        yield Problem("invariant:dom-2", "A contained resource contains no others.", path=".contained")
    meta = resource.get("meta")
    for key, rule in (("versionId", "dom-4"), ("lastUpdated", "dom-4"), ("security", "dom-5")):
        if isinstance(meta, dict) and key in meta:
            message = f"A contained resource has no {key} of its own."
            yield Problem(f"invariant:{rule}", message, path=f".meta.{key}", found=meta[key])
    if isinstance(local, str) and not is_linked(f"#{local}", resource, container):
        message = "Nothing in the resource refers to this contained one, nor does it refer to its container."
        shown = is_shown(local, container)
        if shown:
            message = "Only the narrative shows this contained resource; the published rule does not look there."
        severity: Severity = "warning" if shown else "error"
        yield Problem("invariant:dom-3", message, severity=severity, expected=f"a reference to #{local}", found=local)


def is_linked(link: str, resource: dict[str, Any], container: dict[str, Any]) -> bool:
    """Whether the container or another contained resource refers to this one, or this one to the container."""
    if any(text == "#" for text in links(resource)):
        return True
    return any(text == link for text in links(container, skipped=resource))


def is_shown(local: str, container: dict[str, Any]) -> bool:
    """Whether the container's narrative shows the contained resource as an image (FHIR R4, narrative 2.20)."""
    narrative = container.get("text")
    text = narrative.get("div") if isinstance(narrative, dict) else None
    return isinstance(text, str) and re.search(rf"""\ssrc\s*=\s*["']#{re.escape(local)}["']""", text) is not None


def links(value: Any, *, skipped: Any = None) -> Iterator[str]:
    """Every string that may be a reference to something inside the same resource."""
    if value is skipped:
        return
    if isinstance(value, dict):
        for key, part in value.items():
            if key not in NO_LINK:
                yield from links(part, skipped=skipped)
    elif isinstance(value, list):
        for part in value:
            yield from links(part, skipped=skipped)
    elif isinstance(value, str) and value.startswith("#"):
        yield value
