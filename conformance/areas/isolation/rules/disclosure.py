"""One member never sees what belongs to another (42 CFR 422.119(a); SMART App Launch, patient-level scopes).

A probe is a request made as one member for something of another. What an answer shows is decided from the resources in
it, by whose record they are of; the words of a refusal are searched for what would give the other member away.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from conformance.areas.shared.compartment import owners, targets
from conformance.areas.shared.evidence import identity
from conformance.fhir.bundle import resources_in
from conformance.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from conformance.areas.shared.documents import Answer
    from conformance.areas.shared.other_member import OtherMember

Resource = dict[str, Any]

REFUSALS = (403, 404)


@dataclass(frozen=True, slots=True)
class Probe:
    """One request for something of the other member, and its answer.

    ``sent`` are values of theirs that stood in the request itself: a refusal that repeats them discloses nothing.
    ``optional`` says that a server need not offer the interaction at all.
    """

    what: str
    answer: Answer
    sent: tuple[str, ...] = ()
    optional: bool = False


@dataclass(frozen=True, slots=True)
class SearchProbe:
    """One search followed to its last page: the first answer, and how many resources of all pages are matches."""

    what: str
    answer: Answer
    resources: Sequence[Resource] = ()
    matches: int = 0
    sent: tuple[str, ...] = ()


def refused(probes: Iterable[Probe], stranger: OtherMember, context: str, *, rule: str) -> Iterator[Finding]:
    """Every probe is refused, and no refusal tells anything about the other member.

    403 and 404 are right; another 4xx keeps the secret but misleads an app, which is a warning.
    """
    for probe in probes:
        status = probe.answer.status
        if status in REFUSALS or 400 <= status < 500 or (probe.optional and status == 501):
            yield from _disclosed(probe, stranger)
            if not probe.optional and status not in REFUSALS:
                yield _status(probe, "warning")
        elif status and status < 400:
            shown = list(shows(probe.answer, stranger, context, rule=rule, what=probe.what))
            yield from shown or [_not_refused(probe, rule)]
        else:
            yield _status(probe, "error")


def nothing_shown(probes: Iterable[Probe], stranger: OtherMember, context: str, *, rule: str) -> Iterator[Finding]:
    """Whatever a probe is answered, nothing of the other member is in it; a refusal is as good as an empty answer."""
    for probe in probes:
        if probe.answer.status < 400:
            yield from shows(probe.answer, stranger, context, rule=rule, what=probe.what)
        else:
            yield from _disclosed(probe, stranger)
        yield from _unanswered(probe.what, probe.answer)


def stays_in_context(
    searches: Iterable[SearchProbe], stranger: OtherMember, context: str, *, rule: str
) -> Iterator[Finding]:
    """A search answers an error, or a Bundle in which every resource on every page is of the patient in context."""
    for search in searches:
        for resource in search.resources:
            if belongs_elsewhere(resource, stranger, context):
                yield _shown(resource, rule, search.what, search.answer.number, context)
        if 400 <= search.answer.status < 500:
            yield from _disclosed(Probe(search.what, search.answer, search.sent), stranger)
        yield from _unanswered(search.what, search.answer)


def pages_are_bound(probes: Iterable[Probe], stranger: OtherMember, context: str) -> Iterator[Finding]:
    """PA-ISO-008: a page link of the other member is refused; a page without anything of theirs is only a warning."""
    for probe in probes:
        if probe.answer.status >= 400 or probe.answer.status == 0:
            yield from refused([replace(probe, optional=True)], stranger, context, rule="isolation.page")
            continue
        shown = list(shows(probe.answer, stranger, context, rule="isolation.page", what=probe.what))
        yield from shown or [replace(_not_refused(probe, "isolation.page-answered"), severity="warning")]


def counts_nothing(searches: Iterable[SearchProbe]) -> Iterator[Finding]:
    """A search that shows nothing counts nothing either: a total above zero tells that records exist."""
    for search in searches:
        total = _member(_json(search.answer), "total")
        if search.answer.status == 200 and not search.matches and isinstance(total, int) and total > 0:
            yield Finding(
                "isolation.count",
                f"{search.what} shows no match but counts {total}",
                path="Bundle.total",
                expected="0",
                found=str(total),
                exchange=search.answer.number,
            )


def all_of_context(seen: Iterable[tuple[Resource, int]], context: str) -> Iterator[Finding]:
    """Everything gathered belongs to the patient in context; a record that names no patient cannot be told."""
    for resource, exchange in seen:
        found = owners(resource)
        if found is None or context in found:
            continue
        if found:
            yield _shown(resource, "isolation.gathered", "the sweep", exchange, context)
        elif resource.get("resourceType") != "Provenance":
            yield Finding(
                "isolation.ownerless",
                f"a {resource.get('resourceType')} does not say whose record it is of",
                severity="warning",
                path=str(resource.get("resourceType")),
                expected=f"Patient/{context}",
                resource=identity(resource),
                exchange=exchange,
            )


def shows(answer: Answer, stranger: OtherMember, context: str, *, rule: str, what: str) -> Iterator[Finding]:
    """Each resource in an answer, at any depth of Bundles, that belongs to somebody else."""
    for resource in resources_in(_json(answer)):
        if belongs_elsewhere(resource, stranger, context):
            yield _shown(resource, rule, what, answer.number, context)


def belongs_elsewhere(resource: Resource, stranger: OtherMember, context: str) -> bool:
    """Whether a resource is of another member: by the patient it names, or because we know it as theirs."""
    about = targets(resource)
    if identity(resource) in stranger.identities or (about and about <= stranger.identities):
        return True
    found = owners(resource)
    return bool(found) and context not in (found or ())


def marks_in(answer: Answer, marks: Mapping[str, str], sent: Sequence[str] = ()) -> list[str]:
    """What kinds of marks stand in the body or a header of an answer, beside those the request itself named."""
    text = answer.body.decode("utf-8", "replace") + "\n" + "\n".join(answer.headers.values())
    repeated = "\n".join(sent)
    found = {
        kind
        for value, kind in marks.items()
        if value not in repeated and re.search(rf"(?<!\w){re.escape(value)}(?!\w)", text)
    }
    return sorted(found)


def _disclosed(probe: Probe, stranger: OtherMember) -> Iterator[Finding]:
    if kinds := marks_in(probe.answer, stranger.marks, probe.sent):
        yield Finding(
            "isolation.disclosed",
            f"the refusal of {probe.what} tells the other member's {', '.join(kinds)}",
            path="body or headers",
            expected="an OperationOutcome that says nothing of the record",
            found=", ".join(kinds),
            exchange=probe.answer.number,
        )


def _shown(resource: Resource, rule: str, what: str, exchange: int, context: str) -> Finding:
    found = owners(resource)
    return Finding(
        rule,
        f"{what} showed a {resource.get('resourceType')} of another member",
        path=str(resource.get("resourceType")),
        expected=f"Patient/{context}",
        found=", ".join(f"Patient/{each}" for each in sorted(found or ())) or identity(resource),
        resource=identity(resource),
        exchange=exchange,
    )


def _not_refused(probe: Probe, rule: str) -> Finding:
    return Finding(
        rule,
        f"{probe.what} was answered HTTP {probe.answer.status} instead of being refused",
        expected="403 or 404",
        found=str(probe.answer.status),
        exchange=probe.answer.number,
    )


def _status(probe: Probe, severity: Any) -> Finding:
    status = probe.answer.status
    said = f"HTTP {status}" if status else f"nothing ({probe.answer.fault})"
    return Finding(
        "isolation.status",
        f"{probe.what} was answered {said} instead of 403 or 404",
        severity=severity,
        expected="403 or 404",
        found=str(status),
        exchange=probe.answer.number,
    )


def _unanswered(what: str, answer: Answer) -> Iterator[Finding]:
    """An error of the server shows nothing, but proves nothing either."""
    if answer.status == 0 or answer.status >= 500:
        said = f"HTTP {answer.status}" if answer.status else f"nothing ({answer.fault})"
        if answer.status != 501:
            yield Finding(
                "isolation.unanswered",
                f"{what} was answered {said}, which neither shows nor refuses",
                severity="warning",
                expected="200 or 4xx",
                found=str(answer.status),
                exchange=answer.number,
            )


def _json(answer: Answer) -> Any:
    try:
        return answer.json()
    except (ValueError, RecursionError):
        return None


def _member(value: Any, name: str) -> Any:
    return value.get(name) if isinstance(value, dict) else None


def _objects(value: Any) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
