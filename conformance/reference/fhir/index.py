"""The search values of a resource: which rows it gives to the index tables."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Any

from conformance.reference.fhir.dates import element_interval
from conformance.reference.fhir.parameters import CARE_DATES, TYPES, Parameter

if TYPE_CHECKING:
    from collections.abc import Iterator

Resource = dict[str, Any]
Row = tuple[Any, ...]
PART = re.compile(r"extension\((?P<url>[^)]+)\)|[^.]+")
CARE_DATE = "*care"
ANY_REFERENCE = "*"
TEXT_PARTS = (
    "family",
    "given",
    "text",
    "prefix",
    "suffix",
    "line",
    "city",
    "state",
    "postalCode",
    "country",
    "district",
)


def values(element: Any, path: str) -> Iterator[Any]:
    """Every value at a path, lists flattened; ``extension(url)`` is the extension of that URL."""
    found = [element]
    for match in PART.finditer(path):
        name, url = ("extension", match["url"]) if match["url"] else (match[0], "")
        step = [node[name] for node in found if isinstance(node, dict) and name in node]
        found = [item for node in step for item in (node if isinstance(node, list) else [node])]
        if url:
            found = [item for item in found if item.get("url") == url]
    yield from found


def rows(resource: Resource) -> dict[str, list[Row]]:
    """Rows by table (token, date, reference, string); each starts with the parameter's name."""
    tables: dict[str, list[Row]] = {"token": [], "date": [], "reference": [], "string": []}
    served = TYPES.get(resource["resourceType"])
    if served is None:
        return tables
    for parameter in served.parameters:
        if not parameter.name.startswith("_"):
            found = [value for path in parameter.paths for value in values(resource, path)]
            tables[parameter.kind] += [row for value in found for row in _rows(parameter, value)]
    care = Parameter(CARE_DATE, "date", CARE_DATES.get(resource["resourceType"], ()))
    tables["date"] += [row for path in care.paths for value in values(resource, path) for row in _rows(care, value)]
    tables["reference"] += [(ANY_REFERENCE, *target) for target in sorted(set(references(resource)))]
    return tables


def _rows(parameter: Parameter, value: Any) -> list[Row]:
    """The rows of one value; none for a value that is broken, as a seeded fault may make it."""
    try:
        return list(ROWS[parameter.kind](parameter, value))
    except (ValueError, TypeError, KeyError, AttributeError):
        return []


def references(node: Any) -> Iterator[tuple[str, str]]:
    """Type and id of every literal reference to this server anywhere in a resource."""
    if isinstance(node, dict):
        target = node.get("reference")
        if isinstance(target, str) and re.fullmatch(r"[A-Z]\w+/[A-Za-z0-9\-.]{1,64}", target):
            yield tuple(target.split("/"))  # type: ignore[misc]
        for value in node.values():
            yield from references(value)
    elif isinstance(node, list):
        for value in node:
            yield from references(value)


def normal(text: str) -> str:
    """Text as string search compares it: without case and accents."""
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(character for character in decomposed if not unicodedata.combining(character)).casefold()


def _token_rows(parameter: Parameter, value: Any) -> Iterator[Row]:
    name = parameter.name
    if isinstance(value, bool):
        yield name, "", str(value).lower(), ""
    elif isinstance(value, str):
        yield name, parameter.system, value, ""
    elif "coding" in value or ("text" in value and "value" not in value):
        text = value.get("text", "")
        for coding in value.get("coding", [{}]):
            yield name, coding.get("system", ""), coding.get("code", ""), normal(coding.get("display", text) or text)
    elif "code" in value:
        yield name, value.get("system", ""), value["code"], normal(value.get("display", ""))
    else:
        yield name, value.get("system", ""), value.get("value", ""), normal(value.get("type", {}).get("text", ""))


def _date_rows(parameter: Parameter, value: Any) -> Iterator[Row]:
    yield parameter.name, *element_interval(value)


def _reference_rows(parameter: Parameter, value: Any) -> Iterator[Row]:
    for kind, logical_id in references({"reference": value.get("reference")}):
        yield parameter.name, kind, logical_id


def _string_rows(parameter: Parameter, value: Any) -> Iterator[Row]:
    texts = [value] if isinstance(value, str) else [text for part in TEXT_PARTS for text in values(value, part)]
    for text in texts:
        yield parameter.name, normal(text), text


ROWS = {"token": _token_rows, "date": _date_rows, "reference": _reference_rows, "string": _string_rows}
