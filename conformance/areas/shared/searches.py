"""Searches judged over every page: the right resources, each once, and no others (FHIR R4 search)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from conformance.areas.shared.bundles import is_searchset, resource_of, same_matches, same_resource
from conformance.areas.shared.documents import status_is
from conformance.areas.shared.evidence import Read, SearchEvidence, identity
from conformance.errors import Undecided
from conformance.findings import Finding, json_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from conformance.areas.shared.documents import Answer
    from conformance.areas.shared.evidence import CategorySearches

Resource = dict[str, Any]

LINKS = frozenset({"paging.foreign-host", "paging.scheme-changed", "paging.unusable-link"})
"""What PA-SRCH-008 judges of the anomalies of paging."""

_JUDGED_OTHERWISE = LINKS | {"paging.duplicate", "paging.total-changed"}

PATIENT_ELEMENT: Mapping[str, str] = {
    "AllergyIntolerance": "patient",
    "Condition": "subject",
    "Coverage": "beneficiary",
    "DocumentReference": "subject",
    "ExplanationOfBenefit": "patient",
    "Immunization": "patient",
    "MedicationRequest": "subject",
    "Observation": "subject",
    "Procedure": "subject",
}


def are_searchsets(searches: Sequence[SearchEvidence]) -> Iterator[Finding]:
    """PA-SRCH-001 for several searches."""
    for search in searches:
        yield from is_searchset(search.first, what=search.what)


def reads_match(reads: Sequence[Read]) -> Iterator[Finding]:
    """PA-REST-001 for several reads."""
    for read in reads:
        problems = list(status_is(read.answer, 200, what=f"reading {read.type}/{read.id}"))
        yield from problems or same_resource(
            resource_of(read.answer), type_name=read.type, identity=read.id, exchange=read.answer.number
        )


def _paged_once(pages: Sequence[Sequence[str]], *, count: int) -> Iterator[Finding]:
    """``pages`` (ids, page by page) hold each match once and ``count`` matches at most."""
    for index, page in enumerate(pages):
        if len(page) > count:
            yield Finding(
                "paging.too-many",
                f"page {index + 1} holds {len(page)} matches for _count={count}",
                path="Bundle.entry",
                expected=f"at most {count}",
                found=str(len(page)),
            )
    seen: dict[str, int] = {}
    for index, page in enumerate(pages):
        for match in page:
            if match in seen:
                yield Finding(
                    "paging.repeated",
                    f"{match} is on page {seen[match] + 1} and again on page {index + 1}",
                    path="Bundle.entry",
                    resource=match,
                )
            seen.setdefault(match, index)


def followed(paging: Sequence[tuple[SearchEvidence, SearchEvidence]]) -> list[tuple[SearchEvidence, SearchEvidence]]:
    """The pairs whose page links can be followed; undecided where none can, which PA-SRCH-008 judges."""
    found = [pair for pair in paging if not any(finding.rule in LINKS for finding in pair[1].anomalies)]
    if paging and not found:
        raise Undecided("no next link could be followed, see PA-SRCH-008", blocked_by="PA-SRCH-008")
    return found


def paging_is_exact(paging: Sequence[tuple[SearchEvidence, SearchEvidence]], *, count: int) -> Iterator[Finding]:
    """PA-SRCH-007 for pairs of one search in one go and the same with a small ``_count``.

    A match that comes back on a later page is reported once, with both pages, and not again as an anomaly of paging.
    The first page shows it, for that can be asked for again; page links may end with their session. Nothing is said of
    pages that were not read.
    """
    found = [finding for pair in paging for finding in _paging_of(*pair, count=count)]
    yield from unless_endless([paged for _, paged in paging], found)


def _paging_of(whole: SearchEvidence, paged: SearchEvidence, *, count: int) -> Iterator[Finding]:
    yield from is_searchset(paged.first, what=paged.what)
    yield from (finding for finding in paged.anomalies if finding.rule not in _JUDGED_OTHERWISE)
    pages = [[identity(resource) for resource in page] for page in paged.pages]
    for finding in _paged_once(pages, count=count):
        yield replace(finding, message=f"{paged.what}: {finding.message}", exchange=paged.first.number)
    if whole.is_read_to_the_end and paged.is_read_to_the_end:
        what = f"{paged.what}: paging with _count={count}"
        yield from same_matches(whole.ids, paged.ids, rule="paging", what=what, exchange=paged.first.number)


def unless_endless(searches: Iterable[SearchEvidence], found: Sequence[Finding]) -> Iterator[Finding]:
    """The findings; undecided where none counts and a search has more pages than are read."""
    endless = [each for each in searches if any(finding.rule == "paging.limit" for finding in each.anomalies)]
    if endless and all(finding.severity == "information" for finding in found):
        raise Undecided(f"{endless[0].what} has more pages than are read, {len(endless[0].pages)}")
    yield from found


def unless_unfinished(search: SearchEvidence, *groups: Iterable[Finding]) -> Iterator[Finding]:
    """The findings; undecided where there are none and the pages of the search could not be read to their end."""
    found = [finding for group in groups for finding in group]
    rules = {finding.rule for finding in search.anomalies if finding.severity == "error"} - {"paging.total-changed"}
    if rules and not found:
        row = "PA-SRCH-008" if rules & LINKS else "PA-SRCH-007"
        raise Undecided(f"the pages of {search.what} could not be read to their end, see {row}", blocked_by=row)
    yield from found


def belongs_to(resources: Iterable[Resource], patient: str, *, paths: Mapping[str, str]) -> Iterator[Finding]:
    """Every resource of a type in ``paths`` refers to ``Patient/{patient}`` by the element named there."""
    for resource in resources:
        element = paths.get(str(resource.get("resourceType")))
        if element is None:
            continue
        reference = resource.get(element)
        value = reference.get("reference") if isinstance(reference, dict) else None
        if not isinstance(value, str) or value.partition("/_history")[0].split("/")[-2:] != ["Patient", patient]:
            yield Finding(
                "search.another-patient",
                f"{element} does not refer to the patient in context",
                path=f"{resource.get('resourceType')}.{element}",
                expected=f"Patient/{patient}",
                found=json_text(value),
                resource=f"{resource.get('resourceType')}/{resource.get('id')}",
            )


def found_for(search: SearchEvidence, patient: str) -> Iterator[Finding]:
    """The search worked, and every match belongs to the patient."""
    yield from is_searchset(search.first, what=search.what)
    yield from belongs_to(search.matches, patient, paths=PATIENT_ELEMENT)


def found_by_id(search: SearchEvidence, wanted: str) -> Iterator[Finding]:
    """A search by ``_id`` returns exactly the resource named."""
    yield from is_searchset(search.first, what=search.what)
    yield from same_matches([wanted], search.ids, rule="search.by-id", what=search.what, exchange=search.first.number)


def promised(ids: Iterable[str], search: SearchEvidence) -> Iterator[Finding]:
    """Every resource that the fixture manifest promises is among the matches, where all pages could be read."""
    lost = sorted(set(ids) - set(search.ids))
    if lost and search.is_read_to_the_end:
        yield Finding(
            "search.promised-lost",
            f"{search.what}: {len(lost)} promised resources are missing: {', '.join(lost[:5])}",
            expected=f"{len(set(ids))} promised",
            found=f"{len(set(search.ids))} found",
            exchange=search.first.number,
        )


def includes_referenced(search: SearchEvidence, *, element: str) -> Iterator[Finding]:
    """Every relative reference in ``element`` of the matches is answered by an included resource."""
    yield from is_searchset(search.first, what=search.what)
    included = {identity(resource) for resource in search.includes}
    for wanted in sorted(_references_at(search.matches, element) - included):
        yield Finding(
            "search.include-missing",
            f"{search.what}: {wanted} is referenced by {element} but not included",
            path=element,
            expected=wanted,
            found=f"{len(included)} included resources",
            exchange=search.first.number,
        )


def _references_at(resources: Iterable[Resource], element: str) -> set[str]:
    found = set()
    for resource in resources:
        value = resource.get(element)
        for item in value if isinstance(value, list) else [value]:
            reference = item.get("reference") if isinstance(item, dict) else None
            if isinstance(reference, str) and not reference.startswith("#"):
                found.add("/".join(reference.partition("/_history")[0].split("/")[-2:]))
    return found


def last_updated_supported(search: SearchEvidence) -> Iterator[Finding]:
    """Searching Coverage by ``_lastUpdated`` is a SHOULD of CARIN: a refusal is a warning."""
    if search.first.status != 200:
        yield Finding(
            "search.last-updated",
            f"{search.what} returned HTTP {search.first.status}",
            severity="warning",
            expected="200",
            found=str(search.first.status),
            exchange=search.first.number,
        )


def categories_partition(searches: CategorySearches) -> Iterator[Finding]:
    """PA-SRCH-033: per category the search finds exactly what the unfiltered set has of it; all are the patient's."""
    yield from is_searchset(searches.unfiltered.first, what=searches.unfiltered.what)
    yield from belongs_to(searches.whole, searches.patient, paths=PATIENT_ELEMENT)
    for token, search in searches.by_category.items():
        yield from is_searchset(search.first, what=search.what)
        expected = [identity(resource) for resource in searches.whole if _has_category(resource, token)]
        yield from same_matches(
            expected, search.ids, rule="search.category", what=search.what, exchange=search.first.number
        )


def _has_category(resource: Resource, token: str) -> bool:
    system, bar, code = token.rpartition("|")
    return any(
        coding.get("code") == code and (not bar or coding.get("system") == system)
        for category in resource.get("category") or []
        for coding in category.get("coding") or []
    )


def holds_the_patient(answer: Answer, patient: str) -> Iterator[Finding]:
    """PA-EVRY-001: the Bundle holds the Patient asked for, once; something may refer to another."""
    if answer.status != 200:
        return
    entries = resource_of(answer).get("entry") or []
    resources = [entry.get("resource") or {} for entry in entries if isinstance(entry, dict)]
    patients = [str(resource.get("id")) for resource in resources if resource.get("resourceType") == "Patient"]
    if patients.count(patient) != 1:
        yield Finding(
            "everything.patient",
            f"the Bundle holds the Patient in context {patients.count(patient)} times",
            path="Bundle.entry.resource.ofType(Patient)",
            expected=f"Patient/{patient}",
            found=", ".join(f"Patient/{identity}" for identity in patients[:5]),
            exchange=answer.number,
        )
