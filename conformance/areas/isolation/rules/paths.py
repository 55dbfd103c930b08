"""Indirect ways to another member's record: attachment links, batches, family policies."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

from conformance.areas.isolation.rules.disclosure import Probe, SearchProbe, is_unanswered, refusals, shows
from conformance.areas.shared.compartment import owners
from conformance.areas.shared.evidence import identity
from conformance.areas.shared.other_member import OtherMember
from conformance.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from conformance.areas.shared.documents import Answer

Resource = dict[str, Any]

_LONG_ENOUGH_TO_SIGN = 32


@dataclass(frozen=True, slots=True)
class Fetched:
    """A request for the content of another member's document.

    ``outside`` says that the link is on another origin than the FHIR base, where no token is sent; ``token`` that the
    requesting member's token was sent.
    """

    what: str
    url: str
    answer: Answer
    token: bool = False
    outside: bool = False


def documents_are_protected(fetched: Iterable[Fetched]) -> Iterator[Finding]:
    """PA-ISO-010: the content of another member's document is refused, with the requesting member's token and without.

    A link to another origin with a signature of its own works for every holder; a deployment may intend that for a
    short time, so it is a warning.
    """
    for each in fetched:
        status = each.answer.status
        if 400 <= status < 500:
            continue
        if is_unanswered(each.answer):
            yield _finding(each, "isolation.unanswered", "warning", "was neither served nor refused", "4xx")
        elif each.outside and signed(each.url):
            yield _finding(
                each,
                "isolation.signed-link",
                "warning",
                "is open to every holder of the signed link",
                "a short-lived link",
            )
        elif each.token:
            yield _finding(each, "isolation.binary", "error", "was served to another member", "403 or 404")
        else:
            yield _finding(each, "isolation.binary", "error", "was served without a token", "401, 403 or 404")


def signed(url: str) -> bool:
    """Whether an address has a query value as long as a signature, which cannot be guessed."""
    return any(len(value) >= _LONG_ENOUGH_TO_SIGN for _, value in parse_qsl(urlsplit(url).query))


def _finding(each: Fetched, rule: str, severity: Any, said: str, expected: str) -> Finding:
    return Finding(
        rule,
        f"{each.what} {said} (HTTP {each.answer.status})",
        severity=severity,
        expected=expected,
        found=str(each.answer.status),
        exchange=each.answer.number,
    )


def batch_is_checked(
    probes: Iterable[Probe], reads: Sequence[int], other: OtherMember, context: str
) -> Iterator[Finding]:
    """PA-ISO-012: a batch is rejected whole, or each entry is refused as the same request alone would be.

    ``reads`` are the places of the entries that read one record: those must not even answer a status of success.
    """
    for probe in probes:
        if probe.answer.status >= 400:
            yield from refusals([Probe(probe.what, probe.answer, probe.sent, optional=True)], other, context, rule="")
            continue
        yield from shows(probe.answer, other, context, rule="isolation.batch", what=probe.what)
        for place, status in _statuses(probe.answer):
            if place in reads and status.startswith("2"):
                yield Finding(
                    "isolation.batch",
                    f"entry {place} of {probe.what} was answered with {status} instead of being refused",
                    path=f"Bundle.entry[{place}].response.status",
                    expected="403 or 404",
                    found=status,
                    exchange=probe.answer.number,
                )


def _statuses(answer: Answer) -> Iterator[tuple[int, str]]:
    try:
        bundle = answer.json()
    except ValueError:
        return
    entries = bundle.get("entry") if isinstance(bundle, dict) else None
    for place, entry in enumerate(entries if isinstance(entries, list) else []):
        response = entry.get("response") if isinstance(entry, dict) else None
        status = response.get("status") if isinstance(response, dict) else None
        if isinstance(status, str):
            yield place, status


@dataclass(frozen=True, slots=True)
class Household:
    """What a person with access to several records sees while one of them is open.

    ``reads`` are direct reads, by ``Type/id``, of other people's records that a search returned; ``others`` are probes
    for the records that are not open.
    """

    context: str
    searches: Sequence[SearchProbe] = ()
    reads: Mapping[str, Answer] = field(default_factory=dict)
    others: Sequence[Probe] = ()


def household_is_apart(household: Household) -> Iterator[Finding]:
    """PA-ISO-011: with one record of a family open, the others stay closed.

    Matches are records of the open member. Another person's Patient or RelatedPerson may be included, but only where
    the same token may also read it.
    """
    for search in household.searches:
        for place, resource in enumerate(search.resources):
            found = owners(resource)
            if not found or household.context in found:
                continue
            answer = household.reads.get(identity(resource))
            included = place >= search.matches and resource.get("resourceType") in {"Patient", "RelatedPerson"}
            if included and answer is not None and answer.status == 200:
                continue
            yield Finding(
                "isolation.family.include" if included else "isolation.family",
                f"{search.what} showed a {resource.get('resourceType')} of another member of the family",
                path=str(resource.get("resourceType")),
                expected=f"Patient/{household.context}",
                found=", ".join(f"Patient/{each}" for each in sorted(found)),
                resource=identity(resource),
                exchange=search.answer.number,
            )
    yield from refusals(household.others, OtherMember(""), household.context, rule="isolation.family")
