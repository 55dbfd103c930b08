"""What a constraint table keeps of a StructureDefinition: facts that can be judged, and no prose.

Elements keep FHIR's own JSON names and shapes, with additions for what FHIR R4 writes as extensions: ``regex`` (of a
primitive's value), ``uscdi`` (US Core's additional USCDI requirement), ``binding.maxValueSet`` / ``minValueSet`` /
``additional``, ``constraint.bestPractice``, ``type.fhirType`` (the FHIR type behind a ``System.*`` type) and
``type.mustSupport`` / ``type.mustSupportTargets`` (which choice types and which reference targets are must-support,
US Core 6.1.0 "Must Support - choice of profile elements").

Left out because they say nothing new: ``base`` when it equals the element's own path, min and max; ``mustSupport`` and
``isModifier`` when false; ``ele-1`` (structural: an element has a value or children).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from conformance.guides.packages import name_of
from conformance.guides.shapes import ELEMENT, STRUCTURE, require

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Element = dict[str, Any]
Table = dict[str, Any]

_HL7 = "http://hl7.org/fhir/StructureDefinition/"
_MUST_SUPPORT = _HL7 + "elementdefinition-type-must-support"
_ADDITIONAL = "http://hl7.org/fhir/tools/StructureDefinition/additional-binding"
_USCDI = "http://hl7.org/fhir/us/core/StructureDefinition/uscdi-requirement"
_ID_TYPES = {"Resource.id": "id", "Element.id": "string"}
_STRUCTURAL = frozenset({"ele-1"})


def header(definition: Mapping[str, Any], package: str) -> Table:
    """Everything of a table but its elements. ``package`` is ``name#version``."""
    require(definition, STRUCTURE)
    table: Table = {
        "url": definition["url"],
        "version": definition.get("version", ""),
        "id": name_of(definition),
        "name": definition.get("name", ""),
        "type": definition["type"],
        "kind": definition["kind"],
        "derivation": definition.get("derivation", ""),
        "base": definition.get("baseDefinition", ""),
        "abstract": bool(definition.get("abstract")),
        "package": package,
    }
    if contexts := definition.get("context"):
        table["context"] = [{"type": one["type"], "expression": one["expression"]} for one in contexts]
    if invariants := definition.get("contextInvariant"):
        table["contextInvariant"] = list(invariants)
    for name in ("imposeProfile", "compliesWithProfile"):
        if urls := [_value(one) for one in _extensions(definition, f"{_HL7}structuredefinition-{name}")]:
            table[name] = urls
    return table


def element_facts(element: Mapping[str, Any]) -> Element:
    """The facts of one ElementDefinition, of a snapshot or a differential, in a fixed order of keys."""
    facts: Element = {key: element[key] for key in ("id", "path", "sliceName", "min", "max") if key in element}
    facts.setdefault("id", element["path"])
    for key, read in _READERS:
        if (value := read(element)) not in (None, [], {}):
            facts[key] = value
    require(facts, ELEMENT, facts["id"])
    return facts | _values(element)


def _extensions(item: Mapping[str, Any], url: str) -> list[Mapping[str, Any]]:
    return [one for one in item.get("extension", ()) if one.get("url") == url]


def _value(extension: Mapping[str, Any]) -> Any:
    return next((value for key, value in extension.items() if key.startswith("value")), None)


def _first(item: Mapping[str, Any], url: str) -> Any:
    return next((_value(one) for one in _extensions(item, url)), None)


def _base(element: Mapping[str, Any]) -> Any:
    base = element.get("base")
    own = {key: element.get(key) for key in ("path", "min", "max")}
    return None if base is None or base == own else {key: base[key] for key in ("path", "min", "max")}


def _content_reference(element: Mapping[str, Any]) -> str | None:
    """``#path`` of an element of the type's own definition.

    Newer publishing tools write the definition's URL before it, and some name a slice of the profile, which no reader
    of the type's definition can find.
    """
    reference = element.get("contentReference")
    return "#" + re.sub(r":[^.]+", "", reference.rpartition("#")[2]) if reference else None


def _types(element: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The element's types.

    Publishing tools disagree about ids: a resource's is of type ``id``, an element's of type ``string`` (R4
    resource.html and element.html), whatever the snapshot says.
    """
    types = [_type(one) for one in element.get("type", ())]
    meant = _ID_TYPES.get(element.get("base", {}).get("path", ""))
    return [one | {"fhirType": meant} for one in types] if meant else types


def _type(one: Mapping[str, Any]) -> dict[str, Any]:
    facts: dict[str, Any] = {"code": one.get("code", "")}
    if fhir_type := _first(one, _HL7 + "structuredefinition-fhir-type"):
        facts["fhirType"] = fhir_type
    facts |= {key: one[key] for key in ("profile", "targetProfile", "aggregation", "versioning") if one.get(key)}
    if _first(one, _MUST_SUPPORT) is True:
        facts["mustSupport"] = True
    marks = zip(one.get("targetProfile", ()), one.get("_targetProfile", ()), strict=False)
    if targets := [url for url, mark in marks if mark and _first(mark, _MUST_SUPPORT) is True]:
        facts["mustSupportTargets"] = targets
    marks = zip(one.get("profile", ()), one.get("_profile", ()), strict=False)
    place = _HL7 + "elementdefinition-profile-element"
    if places := {url: _first(mark, place) for url, mark in marks if mark and _first(mark, place)}:
        facts["profileElement"] = places
    return facts


def _regex(element: Mapping[str, Any]) -> Any:
    return next((found for one in element.get("type", ()) if (found := _first(one, _HL7 + "regex"))), None)


def _constraints(element: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [_constraint(one) for one in element.get("constraint", ()) if one["key"] not in _STRUCTURAL]


def _constraint(one: Mapping[str, Any]) -> dict[str, Any]:
    facts = {key: one[key] for key in ("key", "severity", "expression", "source") if key in one}
    if _first(one, _HL7 + "elementdefinition-bestpractice") is True:
        facts["bestPractice"] = True
    return facts


def _binding(element: Mapping[str, Any]) -> dict[str, Any] | None:
    binding = element.get("binding")
    if binding is None:
        return None
    facts = {key: binding[key] for key in ("strength", "valueSet") if key in binding}
    for name in ("maxValueSet", "minValueSet"):
        if (url := _first(binding, f"{_HL7}elementdefinition-{name}")) is not None:
            facts[name] = url
    if more := [_additional(one) for one in _extensions(binding, _ADDITIONAL)]:
        facts["additional"] = more
    return facts


def _additional(extension: Mapping[str, Any]) -> dict[str, Any]:
    parts = {part["url"]: _value(part) for part in extension.get("extension", ())}
    return {key: parts[key] for key in ("purpose", "valueSet", "usage", "any") if key in parts}


def _slicing(element: Mapping[str, Any]) -> dict[str, Any] | None:
    slicing = element.get("slicing")
    if slicing is None:
        return None
    facts: dict[str, Any] = {}
    if discriminators := slicing.get("discriminator"):
        facts["discriminator"] = [{"type": one["type"], "path": one["path"]} for one in discriminators]
    if slicing.get("ordered"):
        facts["ordered"] = True
    return facts | {"rules": slicing.get("rules", "open")}


def _flag(name: str) -> Callable[[Mapping[str, Any]], bool | None]:
    return lambda element: True if element.get(name) is True else None


_READERS: tuple[tuple[str, Callable[[Mapping[str, Any]], Any]], ...] = (
    ("base", _base),
    ("contentReference", _content_reference),
    ("type", _types),
    ("regex", _regex),
    ("maxLength", lambda element: element.get("maxLength")),
    ("constraint", _constraints),
    ("mustSupport", _flag("mustSupport")),
    ("uscdi", lambda element: True if _first(element, _USCDI) is True else None),
    ("isModifier", _flag("isModifier")),
    ("binding", _binding),
    ("slicing", _slicing),
)


def _values(element: Mapping[str, Any]) -> Element:
    """``fixed[x]``, ``pattern[x]``, ``minValue[x]`` and ``maxValue[x]``.

    A display text is no fact. Six fixed or pattern codings of the core specification carry one; they are kept without
    it, as patterns (a fixed value without its display would refuse what the definition asks for).
    """
    found: Element = {}
    for key, value in element.items():
        if key.startswith(("fixed", "pattern")):
            bare = _without_display(value)
            found["pattern" + key.removeprefix("fixed") if bare != value and key.startswith("fixed") else key] = bare
        elif key.startswith(("minValue", "maxValue")):
            found[key] = value
    return found


def _without_display(value: Any) -> Any:
    if isinstance(value, dict):
        coded = "code" in value or "system" in value
        return {key: _without_display(one) for key, one in value.items() if not (coded and key == "display")}
    return [_without_display(one) for one in value] if isinstance(value, list) else value
