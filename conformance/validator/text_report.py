"""Records as text for a person: what is wrong, where, with the line of the source marked."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from conformance.findings import Finding
    from conformance.guides import GuideInfo
    from conformance.validator.records import Judged

WIDTH = 100
UNCHECKED = 12


def report(judged: Judged) -> Iterator[str]:
    """The lines about one resource."""
    name = f"{judged.source}: {judged.resource}" if judged.resource else judged.source
    if "#" in judged.source and judged.source.endswith(judged.resource):
        name = judged.source
    findings = [one for one in judged.placed() if one.severity != "information"]
    yield f"{name} is {'valid' if judged.valid else 'not valid'}{_counted(findings)}"
    text = judged.placer.lines if findings else []
    for finding in findings:
        yield from _finding(finding, text, judged.line)


def _counted(findings: Sequence[Finding]) -> str:
    parts = []
    for severity in ("error", "warning"):
        count = sum(one.severity == severity for one in findings)
        if count:
            parts.append(f"{count} {severity}{'s' if count > 1 else ''}")
    return f" ({', '.join(parts)})" if parts else ""


def _finding(finding: Finding, text: Sequence[str], document_line: int) -> Iterator[str]:
    place = f", line {finding.line}, column {finding.column}" if finding.line else ""
    yield f"  {finding.severity} {finding.rule} at {finding.path or 'the text'}{place}"
    yield f"      {finding.message}"
    if finding.expected or finding.found:
        yield f"      expected {finding.expected or 'something else'}, found {finding.found or 'nothing'}"
    if finding.profile:
        yield f"      by {finding.profile}"
    yield from _excerpt(finding, text, document_line)


def _excerpt(finding: Finding, text: Sequence[str], document_line: int) -> Iterator[str]:
    """The line of the source with a mark below the place; of a long line only what is around it."""
    index = 0 if document_line else finding.line - 1
    if not finding.line or index >= len(text):
        return
    line, column = text[index], finding.column - 1
    first = max(0, column - WIDTH // 2)
    shown = line[first : first + WIDTH].replace("\t", " ")
    number = str(finding.line)
    yield f"      {number} | {shown}"
    yield f"      {' ' * len(number)} | {' ' * (column - first)}^"


def summary(counts: Mapping[str, int], not_checked: Mapping[str, int], manifest: Sequence[GuideInfo]) -> Iterator[str]:
    """The last lines: how many were valid, what could not be checked, by which guides all were judged."""
    total = counts.get("valid", 0) + counts.get("invalid", 0)
    noun = "resource" if total == 1 else "resources"
    yield f"{total} {noun}: {counts.get('valid', 0)} valid, {counts.get('invalid', 0)} not valid"
    if not_checked:
        most = sorted(not_checked.items(), key=lambda item: (-item[1], item[0]))
        yield f"Not checked, because it cannot be decided offline ({sum(not_checked.values())} places):"
        yield from (f"  {count:6} {reason}" for reason, count in most[:UNCHECKED])
        if len(most) > UNCHECKED:
            yield f"         and {len(most) - UNCHECKED} more"
    yield judged_by(manifest) + _unjudged(counts.get("unjudged", 0))


def _unjudged(count: int) -> str:
    """How many resources claim what no guide at hand defines, as the end of the last line; empty for none."""
    if not count:
        return ""
    has = "resource claims" if count == 1 else "resources claim"
    return f"; {count} {has} a profile that is not at hand: by it, nothing was judged"


def judged_by(manifest: Sequence[GuideInfo]) -> str:
    """The guides in use with their versions and standing, and for what reason where they are not selected."""
    return "Judged by " + ", ".join(
        f"{one.name} {one.version} ({one.standing}{f', for {one.needed_by}' if one.needed_by else ''})"
        for one in manifest
    )
