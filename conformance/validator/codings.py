"""Codes and identifiers by their systems: an absolute name of a code system, and a code that the system has.

What is asked of every Coding, Quantity and Identifier, bound to a value set or not (FHIR R4, datatypes: Coding.system,
Coding.code, Identifier.system).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from conformance.guides.versions import COMPANIONS, CORE
from conformance.validator.problems import Problem, Problems

if TYPE_CHECKING:
    from conformance.guides import Guides
    from conformance.validator.checks import Check
    from conformance.validator.context import Context

MEMO = 20_000
ABSOLUTE = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:").match
HOSTLESS = re.compile(r"https?:(?!//[^/?#])", re.IGNORECASE).match
URI_SYSTEM = "urn:ietf:rfc:3986"
STANDING_IN = frozenset(COMPANIONS) - {CORE}
"""Packages that come in another version than the one that guides pin."""


OWNED = re.compile(r"http://hl7\.org/fhir/(?!sid/)").match
"""Systems that the guides themselves keep; those of others go on growing after a guide has copied them."""


def check_code(guides: Guides, source: str) -> Check:
    """The check of the system and code of a Coding or Quantity."""
    fine: set[tuple[str, str]] = set()

    def check(value: Any, _context: Context) -> Problems:
        system = value["system"]
        code: Any = value["code"] if "code" in value else None  # noqa: SIM401 - a call costs more
        if system.__class__ is not str:
            return None
        is_coded = code.__class__ is str
        if is_coded and (system, code) in fine and "version" not in value:
            return None
        problem = system_problem(guides, system)
        if problem is None and is_coded:
            problem = code_problem(guides, system, code, str(value.get("version", "")))
        if problem is None:
            if is_coded and "version" not in value:
                if len(fine) >= MEMO:
                    fine.clear()
                fine.add((system, code))
            return None
        problem.profile = problem.profile or source
        return [problem]

    return check


def system_problem(guides: Guides, system: str) -> Problem | None:
    """What is wrong with the name of a code system; None for nothing."""
    if not system or any(character.isspace() for character in system):
        return None  # the format of the uri says so
    if not ABSOLUTE(system) or HOSTLESS(system):
        message = "A code system is named by an absolute URI."
        return Problem("coding.system", message, path=".system", expected="an absolute URI", found=system)
    if "/ValueSet/" in system and guides.code_system(system) is None and guides.value_set(system) is not None:
        message = "This is the address of a value set; a code's system is a code system."
        return Problem("coding.system", message, path=".system", expected="a code system", found=system)
    return None


def code_problem(guides: Guides, system: str, code: str, version: str) -> Problem | None:
    """A code that its own system, at hand whole, does not define; a warning where another version may define it."""
    table = guides.code_system(system)
    if table is None or (version and version != table.version) or table.contains(code) is not False:
        return None
    others = [one for one in guides.code_systems(system) if one.contains(code) is not False]
    is_current = table.package.partition("#")[0] not in STANDING_IN and OWNED(system) is not None
    message = f"{system} {table.version} does not define this code."
    if others:
        message = f"{message[:-1]}; its version {others[0].version} of {guides.label(others[0].package)} does."
    return Problem(
        "coding.code",
        message,
        severity="error" if is_current and not others else "warning",
        path=".code",
        expected=f"a code of {system}",
        found=f"{system}#{code}",
    )


def check_identifier(source: str) -> Check:
    """The check of an Identifier: its system is absolute, and a value that is a URI is a whole one."""
    fine: set[str] = set()

    def check(value: Any, _context: Context) -> Problems:
        system = value["system"]
        if system.__class__ is not str or system in fine or not system or any(map(str.isspace, system)):
            return None
        text = value.get("value")
        if not ABSOLUTE(system) or HOSTLESS(system):
            message = "An identifier's system is named by an absolute URI."
            expected = "an absolute URI"
            return [
                Problem("identifier.system", message, path=".system", expected=expected, found=system, profile=source)
            ]
        if system == URI_SYSTEM and text.__class__ is str and not ABSOLUTE(text):
            message = f"The system {URI_SYSTEM} says that the value is a URI; this is none."
            return [
                Problem(
                    "identifier.value", message, path=".value", expected="an absolute URI", found=text, profile=source
                )
            ]
        if system != URI_SYSTEM:
            if len(fine) >= MEMO:
                fine.clear()
            fine.add(system)
        return None

    return check
