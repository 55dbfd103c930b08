"""Literal references that lead nowhere: forms that name no FHIR resource, and URNs without their entry.

A relative reference is ``[type]/[id]`` below the server's base, with a version at most (FHIR R4, references 2.3.0.1);
in a transaction it may be a search. A URN leads to an entry of the same Bundle and to nothing else (bundle 2.36.4.1).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from conformance.validator import resolving
from conformance.validator.primitives import OID, UUID
from conformance.validator.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.findings import Severity
    from conformance.validator.context import Context

ABSOLUTE = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:").match
BLANK = re.compile(r"[\s\x00-\x20]").search
VERSIONED = re.compile(r"[A-Za-z0-9\-.]{1,64}(?:/_history/[A-Za-z0-9\-.]{1,64})?(?:#.*)?").fullmatch
WHOLE = frozenset({"document", "message", "collection", "transaction", "batch"})
"""Bundles that are complete in themselves: no other page of them can hold what a URN leads to."""


class Flaw(NamedTuple):
    """What is wrong with a text; ``impossible`` where no server at all could resolve it."""

    message: str
    impossible: bool


def flaw_of(text: str, is_resource: Callable[[str], bool]) -> Flaw | None:
    """What is wrong with the form of a literal reference that is no fragment; None for nothing."""
    if BLANK(text):
        return Flaw("A reference holds no blanks.", impossible=True)
    return _flaw_of_absolute(text) if ABSOLUTE(text) else _flaw_of_relative(text, is_resource)


def _flaw_of_absolute(text: str) -> Flaw | None:
    if text.startswith("urn:uuid:") and not UUID(text.lower()):
        return Flaw("urn:uuid: is followed by a UUID.", impossible=True)
    if text.startswith("urn:oid:") and not OID(text):
        return Flaw("urn:oid: is followed by an object identifier.", impossible=True)
    return None


def _flaw_of_relative(text: str, is_resource: Callable[[str], bool]) -> Flaw | None:
    kind, separator, rest = text.partition("?") if "?" in text else text.partition("/")
    if is_resource(kind) and (separator == "?" or VERSIONED(rest)):
        return None
    if not separator:
        return Flaw("A relative reference is [type]/[id]; this is one word.", impossible=False)
    if not is_resource(kind):
        named = kind or "a slash"
        return Flaw(f"A relative reference begins with a type of resource; {named} is none.", impossible=False)
    if rest and "/" not in rest:
        return Flaw("An id has 1 to 64 letters, digits, - or . (FHIR R4, id).", impossible=True)
    return Flaw("A relative reference is [type]/[id] and ends there.", impossible=False)


def form_problem(text: str, context: Context, is_resource: Callable[[str], bool], source: str) -> Problem | None:
    """What is wrong with a literal reference at its place; in a Bundle, a bad form is an error in every case."""
    flaw = flaw_of(text, is_resource)
    if flaw is not None:
        severity: Severity = "error" if flaw.impossible or context.bundle is not None else "warning"
        return Problem(
            "reference.form",
            flaw.message,
            severity=severity,
            path=".reference",
            expected="[type]/[id] or an absolute URL",
            found=text,
            profile=source,
        )
    if context.bundle is None or not text.startswith("urn:") or resolving.target(text, context) is not None:
        return None
    severity = "error" if context.bundle.get("type") in WHOLE else "warning"
    message = "No entry of the Bundle has this address, and a URN leads nowhere else."
    return Problem(
        "reference.dangling",
        message,
        severity=severity,
        path=".reference",
        expected="the fullUrl of an entry",
        found=text,
        profile=source,
    )
