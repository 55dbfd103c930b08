"""Well-formed values of the datatypes, for what an operator adds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mutants.definitions import Definitions, Node

ABSENT = {"url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason", "valueCode": "unknown"}

VALUES: dict[str, Any] = {
    "base64Binary": "aGVsbG8=",
    "boolean": True,
    "canonical": "http://example.org/fhir/thing|1.0",
    "code": "example",
    "date": "2023-05-06",
    "dateTime": "2023-05-06T07:08:09Z",
    "decimal": 1.5,
    "id": "an-id",
    "instant": "2023-05-06T07:08:09.123+02:00",
    "integer": 3,
    "markdown": "some *text*",
    "oid": "urn:oid:1.2.840.113883",
    "positiveInt": 4,
    "string": "some text",
    "time": "07:08:09",
    "unsignedInt": 0,
    "uri": "http://example.org/some/uri",
    "url": "https://example.org/some/url",
    "uuid": "urn:uuid:c757873d-ec9a-4326-a141-556f43239520",
    "Address": {"city": "Springfield", "country": "US"},
    "Age": {"value": 40, "system": "http://unitsofmeasure.org", "code": "a"},
    "Annotation": {"text": "a note"},
    "Attachment": {"contentType": "text/plain", "url": "https://example.org/file.txt"},
    "CodeableConcept": {"text": "a concept"},
    "Coding": {"system": "http://example.org/codes", "code": "a"},
    "ContactPoint": {"system": "phone", "value": "555 0100"},
    "Duration": {"value": 5, "system": "http://unitsofmeasure.org", "code": "min"},
    "Extension": {"url": "http://example.org/fhir/an-extension", "valueString": "x"},
    "HumanName": {"family": "Doe", "given": ["Jo"]},
    "Identifier": {"system": "http://example.org/ids", "value": "17"},
    "Money": {"value": 12.5, "currency": "USD"},
    "Period": {"start": "2023-01-01", "end": "2023-12-31"},
    "Quantity": {"value": 5, "unit": "mg", "system": "http://unitsofmeasure.org", "code": "mg"},
    "Range": {"low": {"value": 1, "unit": "mg"}, "high": {"value": 2, "unit": "mg"}},
    "Ratio": {"numerator": {"value": 1}, "denominator": {"value": 2}},
    "Reference": {"display": "a reference without address"},
    "SampledData": {"origin": {"value": 0}, "period": 10, "dimensions": 1, "data": "1 2 3"},
    "Timing": {"event": ["2023-05-06"]},
}


def key_of(name: str, code: str) -> str:
    """The JSON key of an element with a value of that type."""
    return f"{name[:-3]}{code[0].upper()}{code[1:]}" if name.endswith("[x]") else name


def keys_of(value: Any) -> set[str]:
    """The keys of an object; none of anything else."""
    return set(value) if isinstance(value, dict) else set()


def of_element(node: Node, definitions: Definitions) -> dict[str, Any] | None:
    """The element as it might stand in JSON, of the first type that a sample is known for; None for backbones."""
    name = node.id.rpartition(".")[2]
    is_array = node.element.get("base", node.element).get("max") not in {"0", "1"}
    for code, _ in node.types:
        if code in VALUES and definitions.structure(f"http://hl7.org/fhir/StructureDefinition/{code}") is not None:
            return {key_of(name, code): [VALUES[code]] if is_array else VALUES[code]}
    return None
