"""Missing data: omitted where it is optional, marked as absent where it is mandatory, never replaced by a placeholder.

US Core 6.1.0 "Missing Data", CARIN BB 2.1.0 "Must Support", and FHIR's data-absent-reason extension.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from conformance.areas.shared.bundles import resource_of
from conformance.areas.shared.documents import status_is
from conformance.areas.shared.evidence import identity
from conformance.findings import Finding, json_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from conformance.areas.shared.documents import Answer
    from conformance.areas.shared.promises import Promise

Resource = dict[str, Any]

ABSENT_EXTENSION = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"
ABSENT_SYSTEM = "http://terminology.hl7.org/CodeSystem/data-absent-reason"
_REASONS = frozenset(
    {
        *("unknown", "asked-unknown", "temp-unknown", "not-asked", "asked-declined", "masked", "not-applicable"),
        *("unsupported", "as-text", "error", "not-a-number", "negative-infinity", "positive-infinity"),
        *("not-performed", "not-permitted"),
    }
)
_NULL_FLAVOR = "http://terminology.hl7.org/CodeSystem/v3-NullFlavor"
_UNKNOWN_CODES = frozenset({"unknown", "UNK", "ASKU", "NAV", "NASK", "NI", "MSK"})

# Words that are no data wherever they are the whole text, and those that are none as the name of a person or place.
_NOTHING = re.compile(
    r"(?i)n[./]?a\.?|null|nil|tbd|to be determined|not (available|applicable)|none given|undefined|-+"
)
_NO_NAME = re.compile(r"(?i)unknown|unk|none|no name|x{3,}|\?+|test")
_NAMED = frozenset({"family", "given", "line", "city", "district", "postalCode"})
_FILLER_DATE = re.compile(r"(9999-\d\d-\d\d|2999-12-31|0001-01-01|1[78]\d\d-01-01|1753-01-01|1900-01-01)(T.*)?")
_FILLER_NUMBER = re.compile(r"\+?1?[-. (]*([09])(?:[-. ()]*\1){6,}")
_UNJUDGED = frozenset(
    {
        *("resourceType", "id", "url", "div", "data", "system", "code", "text", "version", "reference"),
        *("display", "title", "description", "definition", "contentType", "hash"),
    }
)


def without_absent(value: Any) -> Any:
    """A copy of a resource without what only says that data is absent (but with ``dataAbsentReason`` itself)."""
    if isinstance(value, dict):
        kept = {
            name: without_absent(part)
            for name, part in value.items()
            if name == "dataAbsentReason" or not _says_absent(part)
        }
        return {name: part for name, part in kept.items() if part not in ({}, [], [None])}
    if isinstance(value, list):
        return [None if _says_absent(part) else without_absent(part) for part in value]
    return value


def _says_absent(part: Any) -> bool:
    """Whether a value only says that there is none: by the extension, or by a code for it and nothing else."""
    if not isinstance(part, dict):
        return False
    if any(each.get("url") == ABSENT_EXTENSION for each in _objects(part.get("extension"))):
        return True
    coded = _objects(part.get("coding"))
    return bool(coded) and all(each.get("system") in {ABSENT_SYSTEM, _NULL_FLAVOR} for each in coded)


def _objects(value: Any) -> list[Resource]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _walk(value: Any, path: str, name: str = "") -> Iterator[tuple[str, str, Any]]:
    """(path, element name, value) of everything below; list items have their list's name."""
    yield path, name, value
    if isinstance(value, dict):
        for key, part in value.items():
            yield from _walk(part, f"{path}.{key}", key)
    elif isinstance(value, list):
        for index, part in enumerate(value):
            yield from _walk(part, f"{path}[{index}]", name)


def nothing_faked(resources: Iterable[Resource]) -> Iterator[Finding]:
    """PA-MS-002: words, dates, numbers and empty texts that look like placeholders for missing data, as warnings.

    US Core wants missing optional data omitted; no source lists what a placeholder looks like. Empty objects and arrays
    are errors of PA-REST-016.
    """
    for resource in resources:
        about = str(resource.get("resourceType"))
        for path, name, value in _walk(resource, about):
            if found := _placeholder(name, value, path):
                yield Finding(
                    "must-support.placeholder",
                    f"{found} may replace missing data",
                    severity="warning",
                    path=path,
                    resource=identity(resource),
                    expected="the element omitted",
                    found=json_text(value)[:80],
                )


def _placeholder(name: str, value: Any, path: str) -> str:
    """What kind of placeholder a value is; empty for data."""
    if not isinstance(value, str) or name in _UNJUDGED:
        return ""
    text = value.strip()
    kinds = {
        "an empty text": not text,
        "a filler date": _FILLER_DATE.fullmatch(text),
        "a word for nothing": _NOTHING.fullmatch(text) or (_names(name, path) and _NO_NAME.fullmatch(text)),
        "a filler number": name == "value" and _FILLER_NUMBER.fullmatch(text),
    }
    return next((kind for kind, is_it in kinds.items() if is_it), "")


def _names(name: str, path: str) -> bool:
    """Whether an element names a person, place or number: their parts, a telecom's or identifier's value."""
    if name not in {"value", "name"}:
        return name in _NAMED
    above = re.sub(r"\[\d+\]", "", path).rsplit(".", 1)[0]
    return above.endswith((".telecom", ".identifier")) or "." not in above


@dataclass(frozen=True, slots=True)
class Withheld:
    """A resource (``Type/id``) that must not be shown: the read of it, and the search that must leave it out."""

    name: str
    read: Answer
    found: Sequence[Resource] = ()
    outcomes: Sequence[Resource] = ()


def absence_said(promises: Iterable[Promise]) -> Iterator[Finding]:
    """PA-MS-003: a resource whose mandatory value is unknown is served and says so."""
    for promise in promises:
        if promise.resource is None:
            message = "a resource whose mandatory value is unknown is not served"
            yield Finding("must-support.absent-not-served", message, resource=promise.id, path=promise.type)
        elif not any(_means_unknown(name, value) for _, name, value in _walk(promise.resource, promise.type)):
            yield Finding(
                "must-support.absence-not-said",
                "nothing marks the mandatory value as unknown",
                resource=promise.id,
                path=promise.type,
                expected=f"{ABSENT_EXTENSION}, or a code for unknown",
            )


def _means_unknown(name: str, value: Any) -> bool:
    if name == "dataAbsentReason":
        return True
    if not isinstance(value, dict):
        return False
    if value.get("url") == ABSENT_EXTENSION or value.get("system") == ABSENT_SYSTEM:
        return True
    return str(value.get("code")) in _UNKNOWN_CODES or str(value.get("text", "")).strip().lower() == "unknown"


def absence_well_formed(resources: Iterable[Resource]) -> Iterator[Finding]:
    """PA-MS-003: the data-absent-reason extension has its canonical url and a code of its value set."""
    for resource in resources:
        for path, name, value in _walk(resource, str(resource.get("resourceType"))):
            if name not in {"extension", "modifierExtension"} or not isinstance(value, dict):
                continue
            url = str(value.get("url", ""))
            if url == ABSENT_EXTENSION and str(value.get("valueCode")) not in _REASONS:
                rule, wanted, found = "must-support.absence-reason", "valueCode", str(value.get("valueCode", ""))
            elif "data-absent-reason" in url.lower() and url != ABSENT_EXTENSION:
                rule, wanted, found = "must-support.absence-url", ABSENT_EXTENSION, url
            else:
                continue
            message = "the data-absent-reason extension has not the canonical url, or no code of its value set"
            yield Finding(rule, message, path=path, resource=identity(resource), expected=wanted, found=found)


def mandatory_there(findings: Iterable[Finding]) -> Iterator[Finding]:
    """PA-MS-003: of what the validator found, the mandatory elements that are missing."""
    for finding in findings:
        if finding.rule == "cardinality.min":
            yield Finding(
                "must-support.mandatory-missing",
                finding.message,
                path=finding.path,
                expected=finding.expected,
                found=finding.found,
                resource=finding.resource,
                profile=finding.profile,
                exchange=finding.exchange,
            )


def not_served(withheld: Iterable[Withheld]) -> Iterator[Finding]:
    """PA-MS-004: reading a resource that cannot be expressed gives 404 with an OperationOutcome."""
    for one in withheld:
        yield from status_is(one.read, 404, rule="must-support.withheld-served", what=f"the withheld {one.name}")
        if resource_of(one.read).get("resourceType") != "OperationOutcome":
            message = f"the answer for the withheld {one.name} is not an OperationOutcome"
            yield Finding("must-support.withheld-outcome", message, resource=one.name, exchange=one.read.number)


def left_out(withheld: Iterable[Withheld]) -> Iterator[Finding]:
    """PA-MS-004: a search leaves it out, and should warn that it did."""
    for one in withheld:
        if one.name in {identity(resource) for resource in one.found}:
            yield Finding("must-support.withheld-found", f"a search finds the withheld {one.name}", resource=one.name)
        issues = [issue for outcome in one.outcomes for issue in _objects(outcome.get("issue"))]
        if not any(issue.get("severity") == "warning" for issue in issues):
            message = f"no warning says that a {one.name.partition('/')[0]} was left out"
            yield Finding("must-support.withheld-warning", message, severity="warning", resource=one.name)


def statuses_known(findings: Iterable[Finding]) -> Iterator[Finding]:
    """PA-MS-004: of what the validator found, statuses that are not in their required value set."""
    for finding in findings:
        last = finding.path.rpartition(".")[2]
        if finding.rule == "binding.required" and "tatus" in last.partition("[")[0]:
            yield Finding(
                "must-support.invented-status",
                finding.message,
                path=finding.path,
                expected=finding.expected,
                found=finding.found,
                resource=finding.resource,
            )


def masking_said(promises: Iterable[Promise]) -> Iterator[Finding]:
    """PA-MS-005: a masked diagnosis is coded as masked, or with another reason for its absence."""
    for promise in promises:
        diagnoses = _objects((promise.resource or {}).get("diagnosis"))
        if promise.resource is not None and not any(
            isinstance(value, dict) and (value.get("system") == ABSENT_SYSTEM or value.get("url") == ABSENT_EXTENSION)
            for _, _, value in _walk(diagnoses, "diagnosis")
        ):
            yield Finding(
                "must-support.masking-not-said",
                "nothing marks the diagnosis as masked",
                resource=promise.id,
                path="ExplanationOfBenefit.diagnosis",
                expected=f"{ABSENT_SYSTEM}#masked",
            )
