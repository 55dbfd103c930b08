"""One judged resource as the command line reports it (design: ``validate --format json``)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from conformance.validator.placing import Placer
from conformance.validator.source import read, with_negative_zeros
from conformance.validator.validator import named

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conformance.findings import Finding
    from conformance.validator.reading import Document
    from conformance.validator.validator import Validator

CODES = {
    "json": "structure",
    "resource-type": "structure",
    "unknown-property": "structure",
    "type": "structure",
    "choice": "structure",
    "empty": "structure",
    "null": "structure",
    "alignment": "structure",
    "cardinality": "required",
    "cardinality.max": "structure",
    "slicing": "value",
    "slicing.min": "required",
    "format": "value",
    "maxLength": "too-long",
    "invariant": "invariant",
    "binding": "code-invalid",
    "binding.unknown": "not-supported",
    "extension": "extension",
    "extension.unknown": "not-supported",
    "profile": "not-found",
    "profile.type": "invalid",
    "reference.target": "value",
    "id.duplicate": "duplicate",
    "depth": "too-costly",
}
"""Issue types (FHIR R4, issue-type) by rule, or by the rule's first part; ``value`` for the rest."""


class Judged(NamedTuple):
    """A resource and what was found in it.

    ``start`` is its place in the text as a FHIRPath location, ``line`` the line of an NDJSON
    source that the text is (0: a source of its own). ``placer`` finds places in the text; the records of one text
    share it.
    """

    source: str
    resource: str
    profiles: tuple[str, ...]
    findings: list[Finding]
    not_checked: dict[str, int]
    placer: Placer
    start: str = ""
    line: int = 0

    @property
    def valid(self) -> bool:
        """Whether nothing of severity error was found."""
        return all(finding.severity != "error" for finding in self.findings)

    def placed(self) -> list[Finding]:
        """The findings, those of errors and warnings with line and column in the source."""
        if all(finding.severity == "information" for finding in self.findings):
            return self.findings
        found = [
            finding if finding.severity == "information" else self.placer.placed(finding, self.start)
            for finding in self.findings
        ]
        return [replace(one, line=self.line) if self.line and one.line else one for one in found]


def judge(validator: Validator, document: Document, profiles: Sequence[str]) -> list[Judged]:
    """The records of one document: the resource's own, and one for each entry of a Bundle."""
    source, data, line = document
    value, faults = read(data)
    placer = Placer(data)
    if value is None:
        return [Judged(source, "", (), faults, {}, placer, "", line)]
    records = validator.records(value, profiles)
    if records[0].has_zero and not faults and (exact := with_negative_zeros(data)) is not None:
        records = validator.records(exact, profiles)
    found: list[Judged] = []
    for record in records:
        name = named(record.resource)
        if found:
            place = f"{source}#{name}"
            found.append(
                Judged(place, name, record.profiles, record.findings, record.not_checked, placer, record.start, line)
            )
        else:
            every = [*faults, *record.findings] if faults else record.findings
            found.append(Judged(source, name, record.profiles, every, record.not_checked, placer, "", line))
    return found


def issue_type(rule: str) -> str:
    """FHIR's issue type for a rule."""
    return CODES.get(rule) or CODES.get(rule.partition(".")[0].partition(":")[0]) or "value"


def as_json(judged: Judged) -> dict[str, Any]:
    """The record as the JSON format has it."""
    return {
        "source": judged.source,
        "resource": judged.resource or None,
        "profiles": list(judged.profiles),
        "valid": judged.valid,
        "issues": [issue(finding) for finding in judged.placed()],
        "not_checked": judged.not_checked,
    }


def issue(finding: Finding) -> dict[str, Any]:
    """A finding as an issue; line and column only where they are known."""
    found: dict[str, Any] = {
        "severity": finding.severity,
        "code": issue_type(finding.rule),
        "rule": finding.rule,
        "path": finding.path,
        "profile": finding.profile,
        "message": finding.message,
    }
    if finding.line:
        found |= {"line": finding.line, "column": finding.column}
    return found


def as_outcome(judged: Judged) -> dict[str, Any]:
    """The record as a FHIR OperationOutcome; a resource without issues says so, as the specification asks."""
    issues = [_outcome_issue(finding, judged.source) for finding in judged.placed()]
    if not issues:
        text = f"{judged.source}: no issues"
        issues = [{"severity": "information", "code": "informational", "details": {"text": text}}]
    return {"resourceType": "OperationOutcome", "issue": issues}


def _outcome_issue(finding: Finding, source: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if finding.line:
        base = "http://hl7.org/fhir/StructureDefinition/operationoutcome-issue"
        found["extension"] = [
            {"url": f"{base}-line", "valueInteger": finding.line},
            {"url": f"{base}-col", "valueString": str(finding.column)},
        ]
    found |= {
        "severity": finding.severity,
        "code": issue_type(finding.rule),
        "details": {"text": finding.message},
        "diagnostics": f"{finding.rule} in {source}" + (f" by {finding.profile}" if finding.profile else ""),
    }
    if finding.path:
        found["expression"] = [finding.path]
    return found
