"""A profile of our own for what the guides never use: ranges, lengths, regexes, order of slices, aggregation.

It is stated once, as changes of the base definition's elements, and given both to the reader that makes mutants and,
as a table, to the validator.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mutants.packages import Realm, Store

URL = "http://example.org/fhir/StructureDefinition/made-patient"
REGEX = "http://hl7.org/fhir/StructureDefinition/regex"
TYPE = "Patient"
BASE = f"http://hl7.org/fhir/StructureDefinition/{TYPE}"
IDS = "http://example.org/ids/"
DIGITS = "[0-9]{3}-[0-9]{4}"

CHANGED: dict[str, dict[str, Any]] = {
    "Patient.birthDate": {"minValueDate": "1900-01-01", "maxValueDate": "2020-12-31"},
    "Patient.multipleBirth[x]": {"type": [{"code": "integer"}], "minValueInteger": 1, "maxValueInteger": 9},
    "Patient.identifier": {
        "slicing": {"discriminator": [{"type": "value", "path": "system"}], "ordered": True, "rules": "openAtEnd"}
    },
    "Patient.generalPractitioner": {
        "type": [
            {
                "code": "Reference",
                "targetProfile": ["http://hl7.org/fhir/StructureDefinition/Organization"],
                "aggregation": ["contained"],
            }
        ]
    },
}
"""What the profile says about elements that the base definition lists."""

ADDED: dict[str, tuple[dict[str, Any], ...]] = {
    "Patient.identifier": (
        {
            "id": "Patient.identifier:first",
            "sliceName": "first",
            "min": 0,
            "max": "1",
            "type": [{"code": "Identifier"}],
        },
        {
            "id": "Patient.identifier:first.system",
            "min": 1,
            "max": "1",
            "type": [{"code": "uri"}],
            "fixedUri": f"{IDS}a",
        },
        {
            "id": "Patient.identifier:first.value",
            "min": 1,
            "max": "1",
            "type": [{"code": "string"}],
            "maxLength": 8,
            "extension": [{"url": REGEX, "valueString": DIGITS}],
            "regex": DIGITS,
        },
        {
            "id": "Patient.identifier:second",
            "sliceName": "second",
            "min": 0,
            "max": "*",
            "type": [{"code": "Identifier"}],
        },
        {
            "id": "Patient.identifier:second.system",
            "min": 1,
            "max": "1",
            "type": [{"code": "uri"}],
            "fixedUri": f"{IDS}b",
        },
        {
            "id": "Patient.identifier:second.value",
            "min": 0,
            "max": "1",
            "type": [{"code": "string"}],
            "maxLength": 8,
        },
    ),
    "Patient.name": (
        {"id": "Patient.name.text", "min": 0, "max": "1", "type": [{"code": "string"}], "maxLength": 20},
        {"id": "Patient.name.given", "min": 0, "max": "2", "type": [{"code": "string"}], "maxLength": 10},
    ),
}
"""Elements that it adds, by the element after which they stand."""

RESOURCE: dict[str, Any] = {
    "resourceType": TYPE,
    "id": "made",
    "meta": {"profile": [URL]},
    "contained": [{"resourceType": "Organization", "id": "practice", "name": "A practice"}],
    "identifier": [
        {"system": f"{IDS}a", "value": "123-4567"},
        {"system": f"{IDS}b", "value": "b1"},
        {"system": f"{IDS}b", "value": "b2"},
        {"system": f"{IDS}other", "value": "one without a slice"},
    ],
    "name": [{"text": "Jo Doe", "family": "Doe", "given": ["Jo", "Sam"]}],
    "birthDate": "1999-02-03",
    "multipleBirthInteger": 2,
    "generalPractitioner": [{"reference": "#practice"}],
}


def profiled(elements: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The base's elements with the profile's changes."""
    found = []
    for element in elements:
        found.append({**element, **CHANGED.get(element["id"], {})})
        for one in ADDED.get(element["id"], ()):
            path = ".".join(part.partition(":")[0] for part in one["id"].split("."))
            found.append({"path": path, **one})
    return found


def header(base: dict[str, Any]) -> dict[str, Any]:
    """The profile as a definition without its elements."""
    return {**base, "url": URL, "id": "made-patient", "name": "Made", "derivation": "constraint", "base": BASE}


class WithMade:
    """A store of definitions with the profile of our own beside them."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def find(self, kind: str, canonical: str, realm: Realm, within: str = "") -> tuple[str, dict[str, Any]] | None:
        """The package and definition that a canonical means."""
        if canonical != URL:
            return self.store.find(kind, canonical, realm, within)
        found = self.store.find(kind, BASE, realm)
        if found is None:
            return None
        return found[0], {**header(found[1]), "snapshot": {"element": profiled(found[1]["snapshot"]["element"])}}


class GuidesWithMade:
    """The validator's guides with the table of the profile of our own beside theirs."""

    def __init__(self, guides: Any) -> None:
        self.guides = guides

    def __getattr__(self, name: str) -> Any:
        return getattr(self.guides, name)

    def structure(self, canonical: str, *, within: str = "") -> dict[str, Any] | None:
        """The table that a canonical means."""
        if canonical != URL:
            found: dict[str, Any] | None = self.guides.structure(canonical, within=within)
            return found
        return self.made()

    def profile(self, canonical: str) -> dict[str, Any] | None:
        """The table of a profile that a resource names."""
        found: dict[str, Any] | None = self.made() if canonical == URL else self.guides.profile(canonical)
        return found

    def made(self) -> dict[str, Any]:
        """The table of the profile of our own."""
        table = self.guides.structure(BASE)
        return {**header(table), "elements": profiled(table["elements"])}
