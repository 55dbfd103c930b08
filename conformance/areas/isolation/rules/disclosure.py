"""One member never sees what belongs to another (42 CFR 422.119(a); SMART App Launch, patient-level scopes).

A probe is a request by one member for a record of another. The resources in an answer are judged by the patient they
name; a refusal is searched for values that identify the other member.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from conformance.areas.shared.compartment import owners, targets
from conformance.areas.shared.evidence import identity
from conformance.errors import Undecided
from conformance.fhir.bundle import resources_in
from conformance.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from conformance.areas.shared.documents import Answer
    from conformance.areas.shared.other_member import OtherMember

Resource = dict[str, Any]

REFUSALS = (401, 403, 404)


@dataclass(frozen=True, slots=True)
class Probe:
    """One request for a record of the other member, and its answer.

    ``sent`` are values of theirs in the request itself: a refusal that repeats them discloses nothing.
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


def refused(probes: Iterable[Probe], other: OtherMember, context: str, *, rule: str) -> Iterator[Finding]:
    """Every probe is refused, and no refusal discloses anything about the other member.

    Raises :class:`Undecided` where no probe was answered at all: neither a redirect nor a server error is a refusal.
    """
    listed = list(probes)
    if listed and all(is_unanswered(probe.answer) for probe in listed):
        raise Undecided("every probe was answered by a redirect, by a server error or not at all")
    yield from refusals(listed, other, context, rule=rule)


def refusals(probes: Iterable[Probe], other: OtherMember, context: str, *, rule: str) -> Iterator[Finding]:
    """The findings of :func:`refused` probe by probe.

    401, 403 and 404 are what US Core names; another 4xx refuses too but misleads an app, which is a warning.
    """
    for probe in probes:
        status = probe.answer.status
        if 400 <= status < 500 or (probe.optional and status == 501):
            yield from _disclosed(probe, other)
            if not probe.optional and status not in REFUSALS:
                yield _status(probe)
        elif 200 <= status < 300:
            shown = list(shows(probe.answer, other, context, rule=rule, what=probe.what))
            yield from shown or [_not_refused(probe, rule)]
        else:
            yield from _unanswered(probe.what, probe.answer)


def is_unanswered(answer: Answer) -> bool:
    """Whether an answer neither shows nor refuses: a redirect, a server error, or none."""
    return answer.status == 0 or 300 <= answer.status < 400 or (answer.status >= 500 and answer.status != 501)


def stays_in_context(
    searches: Iterable[SearchProbe], other: OtherMember, context: str, *, rule: str
) -> Iterator[Finding]:
    """A search answers an error, or a Bundle in which every resource is a record of the patient in context."""
    for search in searches:
        for resource in search.resources:
            if belongs_elsewhere(resource, other, context):
                yield _shown(resource, rule, search.what, search.answer.number, context)
        if 400 <= search.answer.status < 500:
            yield from _disclosed(Probe(search.what, search.answer, search.sent), other)
        yield from _unanswered(search.what, search.answer)


def pages_are_bound(probes: Iterable[Probe], other: OtherMember, context: str) -> Iterator[Finding]:
    """PA-ISO-008: a page link of the other member is refused; a page without anything of theirs is only a warning.

    A link may be a search with an offset, which member a's token answers with an empty page as it does any search for
    another patient: nothing is said of that where the probe has a token (``optional``).
    """
    for probe in probes:
        if probe.answer.status >= 400 or probe.answer.status == 0:
            yield from refusals([replace(probe, optional=True)], other, context, rule="isolation.page")
            continue
        shown = list(shows(probe.answer, other, context, rule="isolation.page", what=probe.what))
        if probe.optional and _is_empty_page(probe.answer):
            continue
        yield from shown or [replace(_not_refused(probe, "isolation.page-answered"), severity="warning")]


def counts_nothing(searches: Iterable[SearchProbe]) -> Iterator[Finding]:
    """A search that shows nothing counts nothing either: a total above zero discloses that records exist."""
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
    """Every gathered record is of the patient in context; one that names no patient is a warning."""
    for resource, exchange in seen:
        found = owners(resource)
        if found is None or context in found:
            continue
        if found:
            yield _shown(resource, "isolation.gathered", "the sweep", exchange, context)
        elif resource.get("resourceType") != "Provenance":
            yield Finding(
                "isolation.ownerless",
                f"a {resource.get('resourceType')} names no patient",
                severity="warning",
                path=str(resource.get("resourceType")),
                expected=f"Patient/{context}",
                resource=identity(resource),
                exchange=exchange,
            )


def _is_empty_page(answer: Answer) -> bool:
    value = _json(answer)
    return _member(value, "resourceType") == "Bundle" and not list(resources_in(value))


def shows(answer: Answer, other: OtherMember, context: str, *, rule: str, what: str) -> Iterator[Finding]:
    """Each resource in an answer, at any depth of Bundles, that is a record of another patient."""
    for resource in resources_in(_json(answer)):
        if belongs_elsewhere(resource, other, context):
            yield _shown(resource, rule, what, answer.number, context)


def belongs_elsewhere(resource: Resource, other: OtherMember, context: str) -> bool:
    """Whether a resource is of another member: by the patient it names, or because we know it as theirs."""
    about = targets(resource)
    if identity(resource) in other.identities or (about and about <= other.identities):
        return True
    found = owners(resource)
    return bool(found) and context not in (found or ())


def identifying_values_in(answer: Answer, values: Mapping[str, str], sent: Sequence[str] = ()) -> list[str]:
    """The kinds of ``values`` that the body or a header of an answer contains and the request did not."""
    text = answer.body.decode("utf-8", "replace") + "\n" + "\n".join(answer.headers.values())
    repeated = "\n".join(sent)
    found = {
        kind
        for value, kind in values.items()
        if value not in repeated and re.search(rf"(?<!\w){re.escape(value)}(?!\w)", text)
    }
    return sorted(found)


def _disclosed(probe: Probe, other: OtherMember) -> Iterator[Finding]:
    if kinds := identifying_values_in(probe.answer, other.identifying_values, probe.sent):
        yield Finding(
            "isolation.disclosed",
            f"the refusal of {probe.what} discloses the other member's {', '.join(kinds)}",
            path="body or headers",
            expected="a refusal that says nothing about the record",
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
        f"{probe.what} was answered with HTTP {probe.answer.status} instead of being refused",
        expected="403 or 404",
        found=str(probe.answer.status),
        exchange=probe.answer.number,
    )


def _status(probe: Probe) -> Finding:
    status = probe.answer.status
    return Finding(
        "isolation.status",
        f"{probe.what} was answered with HTTP {status} instead of 401, 403 or 404",
        severity="warning",
        expected="401, 403 or 404",
        found=str(status),
        exchange=probe.answer.number,
    )


def _unanswered(what: str, answer: Answer) -> Iterator[Finding]:
    """A redirect or a server error discloses nothing, but it is not a refusal."""
    if is_unanswered(answer):
        said = f"answered with HTTP {answer.status}" if answer.status else f"not answered ({answer.fault})"
        yield Finding(
            "isolation.unanswered",
            f"{what} was {said}, which neither shows nor refuses",
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
