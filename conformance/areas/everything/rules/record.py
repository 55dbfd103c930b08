"""``Patient/[id]/$everything`` (FHIR R4 OperationDefinition Patient-everything): the whole record, and nothing else."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

from conformance.areas.shared.bundles import is_searchset, resource_of, same_matches
from conformance.areas.shared.compartment import OWNER, owners, targets
from conformance.areas.shared.evidence import SearchEvidence, identity
from conformance.areas.shared.search_envelope import answered
from conformance.areas.shared.search_includes import lasting
from conformance.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from conformance.areas.shared.documents import Answer

Resource = dict[str, Any]
Meaning = Literal["base", "pdex", ""]


@dataclass(frozen=True, slots=True)
class Dangling:
    """A reference of a resource in the operation's answer whose target cannot be read."""

    source: str
    path: str
    target: str
    status: int
    exchange: int


@dataclass(frozen=True, slots=True)
class Variants:
    """The operation asked wrongly or otherwise: bad start, unknown id, by POST beside the same GET, for the type."""

    bad_start: SearchEvidence
    unknown: SearchEvidence
    posted: SearchEvidence
    got: SearchEvidence
    type_level: SearchEvidence


def record(search: SearchEvidence) -> list[Resource]:
    """Every resource of every page, matches and supporting ones."""
    return [*search.matches, *search.includes]


def names(resources: Iterable[Resource]) -> set[str]:
    """``Type/id`` of each."""
    return {identity(resource) for resource in resources}


def personal(resources: Iterable[Resource]) -> list[Resource]:
    """Those of a type that belongs to a patient's compartment, without Patient itself."""
    return [each for each in resources if each.get("resourceType") in OWNER and each["resourceType"] != "Patient"]


def is_claim(resource: Resource) -> bool:
    """Whether it is a claim and no prior authorization."""
    return resource.get("resourceType") == "ExplanationOfBenefit" and resource.get("use") == "claim"


def is_complete(
    whole: SearchEvidence, searches: Iterable[SearchEvidence], *, left_out: Callable[[Resource], bool]
) -> Iterator[Finding]:
    """PA-EVRY-002: what searches find is there, with the same content; what only the operation finds is a warning.

    ``left_out`` is true of resources that the declared definition leaves out (PDex: claims).
    """
    held, number = {identity(each): each for each in record(whole)}, whole.first.number
    for search in answered(searches):
        found = {identity(each): each for each in search.matches}
        wanted = {name for name, each in found.items() if not left_out(each)}
        yield from same_matches(
            wanted,
            wanted & set(held),
            rule="everything.incomplete",
            what=f"$everything and {search.what}",
            exchange=number,
        )
        beyond = {name for name in held if name.partition("/")[0] == search.type} - set(found)
        for finding in same_matches(beyond, (), rule="everything.beyond", what=f"{search.what}", exchange=number):
            yield replace(finding, severity="warning")
        for name in sorted(wanted & set(held)):
            yield from _same_content(name, found[name], held[name], number)


def _same_content(name: str, one: Resource, other: Resource, number: int) -> Iterator[Finding]:
    first, second = lasting(one), lasting(other)
    for element in sorted(set(first) | set(second)):
        if first.get(element) != second.get(element):
            yield Finding(
                f"everything.differs.{element}",
                f"{name} has another {element} in $everything than in a search",
                path=f"{name.partition('/')[0]}.{element}",
                resource=name,
                exchange=number,
            )


def only_of_patient(search: SearchEvidence, patient: str) -> Iterator[Finding]:
    """PA-EVRY-003: whatever belongs to a patient belongs to the one in context."""
    found = names(record(search))
    for resource in record(search):
        whose = owners(resource)
        if whose is None or patient in whose:
            continue
        if not whose and (resource.get("resourceType") == "Provenance" and targets(resource) & found):
            continue
        yield Finding(
            "everything.another-patient",
            f"{search.what} returned {identity(resource)}, which does not belong to the patient in context",
            expected=f"Patient/{patient}",
            found=", ".join(sorted(f"Patient/{each}" for each in whose)) or "no patient",
            resource=identity(resource),
            exchange=search.first.number,
        )


def is_refused(answer: Answer) -> Iterator[Finding]:
    """PA-EVRY-003: the operation on another member gives 403 or 404."""
    if answer.status not in {403, 404}:
        yield Finding(
            "everything.other-member",
            f"$everything of another member answered HTTP {answer.status}",
            expected="403 or 404",
            found=str(answer.status or answer.fault),
            exchange=answer.number,
        )


def within_scopes(search: SearchEvidence, opened: Callable[[str], bool]) -> Iterator[Finding]:
    """PA-EVRY-004: of types that belong to a patient only those come that the grant opens; a refusal is fine too."""
    answer = search.first
    if answer.status == 403:
        return
    yield from is_searchset(answer, what=f"{search.what} with few scopes")
    shown = Counter(str(each["resourceType"]) for each in personal(record(search)))
    for type_name, count in sorted(shown.items()):
        if not opened(type_name):
            yield Finding(
                "everything.scope",
                f"{search.what} returned {count} {type_name}, which the granted scopes do not open",
                expected="no such type",
                found=f"{count} {type_name}",
                exchange=answer.number,
            )


def typed(search: SearchEvidence, types: Sequence[str], whole: SearchEvidence, *, form: str) -> Iterator[Finding]:
    """PA-EVRY-007: exactly the record's resources of these types; others may support them, but not as matches."""
    what, number = f"{search.what} ({form})", search.first.number
    problems = list(is_searchset(search.first, what=what))
    yield from problems
    if problems:
        return
    wanted = {name for name in names(record(whole)) if name.partition("/")[0] in types}
    found = names(record(search))
    bystanders = {identity(each) for each in search.includes if each.get("resourceType") not in OWNER} | {
        identity(each) for each in search.includes if each.get("resourceType") == "Patient"
    }
    yield from same_matches(wanted, found - (bystanders - wanted), rule="everything.type", what=what, exchange=number)


def unknown_type(search: SearchEvidence) -> Iterator[Finding]:
    """PA-EVRY-007: a type that does not exist gives 400, or is ignored with an OperationOutcome that says so."""
    answer = search.first
    reported = any(
        (entry.get("resource") or {}).get("resourceType") == "OperationOutcome"
        for bundle in search.bundles
        for entry in bundle.get("entry") or []
    )
    if answer.status in {400, 404, 422} or (answer.status == 200 and (reported or not record(search))):
        return
    yield Finding(
        "everything.type.unknown",
        f"{search.what} for a type that does not exist answered HTTP {answer.status} and says nothing about it",
        path="_type",
        expected="400, or an OperationOutcome",
        found=str(answer.status or answer.fault),
        exchange=answer.number,
    )


def paged(search: SearchEvidence, whole: SearchEvidence, *, count: int) -> Iterator[Finding]:
    """PA-EVRY-008: pages of ``count`` add up to the whole, each resource once; unasked pages are a warning."""
    what, number = f"{search.what} (_count={count})", search.first.number
    yield from is_searchset(search.first, what=what)
    yield from search.anomalies
    yield from same_matches(
        names(record(whole)), names(record(search)), rule="everything.paging", what=what, exchange=number
    )
    counted = Counter(identity(each) for each in search.matches)
    for name in sorted(name for name, times in counted.items() if times > 1):
        message = f"{what}: {name} comes {counted[name]} times"
        yield Finding("everything.paging.repeated", message, resource=name, exchange=number)
    for index, page in enumerate(search.pages):
        if len(page) > count:
            message, found = f"{what}: page {index + 1} holds {len(page)} matches", str(len(page))
            yield Finding("everything.paging.too-many", message, expected=str(count), found=found, exchange=number)
    if len(whole.pages) > 1:
        message = f"{whole.what} without _count comes in {len(whole.pages)} pages"
        yield Finding(
            "everything.paging.unasked", message, "warning", expected="one Bundle", exchange=whole.first.number
        )


def references_resolve(dangling: Iterable[Dangling]) -> Iterator[Finding]:
    """PA-EVRY-009: what the resources refer to is in the Bundle or can be read."""
    for each in dangling:
        yield Finding(
            "everything.dangling",
            f"{each.source} of $everything refers to {each.target}, which is not in it and cannot be read",
            path=each.path,
            expected=each.target,
            found=f"HTTP {each.status}",
            resource=each.source,
            exchange=each.exchange,
        )


def is_declared(operations: Mapping[str, str]) -> Iterator[Finding]:
    """PA-EVRY-010: the capability statement lists the operation, with its definition."""
    path = "CapabilityStatement.rest.resource.operation"
    if "everything" not in operations:
        yield Finding("everything.undeclared", "the capability statement does not list $everything", path=path)
    elif not operations["everything"]:
        yield Finding("everything.undefined", "the capability statement names no definition of $everything", path=path)


def meaning_of(definition: str) -> Meaning:
    """What a definition says of claims: base R4 includes them, PDex leaves them out; "" for any other."""
    canonical = definition.partition("|")[0].rstrip("/")
    if canonical.endswith("/patient-everything-pdex"):
        return "pdex"
    return "base" if canonical.endswith("/OperationDefinition/Patient-everything") else ""


def means_what_it_says(whole: SearchEvidence, claims: Sequence[Resource], meaning: Meaning) -> Iterator[Finding]:
    """PA-EVRY-010: claims are there or not as the definition has it; prior authorizations always are.

    ``claims`` are all ExplanationOfBenefit that a search finds.
    """
    held, number = names(record(whole)), whole.first.number
    own = names(each for each in claims if is_claim(each))
    kept = names(each for each in claims if not is_claim(each))
    if meaning == "base" and own and not own & held:
        message = "$everything is defined as in base R4 and has none of the claims"
        yield Finding("everything.claims-missing", message, expected=f"{len(own)} claims", found="0", exchange=number)
    if meaning == "pdex" and own & held:
        message, found = "$everything is defined as in PDex and has claims", str(len(own & held))
        yield Finding("everything.claims-included", message, expected="no claims", found=found, exchange=number)
    yield from same_matches(
        kept, kept & held, rule="everything.authorizations", what="$everything (prior authorizations)", exchange=number
    )


def variants_behave(asked: Variants, patient: str) -> Iterator[Finding]:
    """PA-EVRY-011: wrong input is refused in FHIR's words, POST finds what GET finds, the type has no other patient."""
    yield from _input_refused(asked.bad_start, "everything.bad-start", "with a start that is no date", 400)
    yield from _input_refused(asked.unknown, "everything.unknown-patient", "of an unknown patient", 403, 404)
    if answered([asked.posted, asked.got]) == [asked.posted, asked.got]:
        one, other = names(record(asked.got)), names(record(asked.posted))
        number = asked.posted.first.number
        yield from same_matches(one, other, rule="everything.post", what="$everything by POST", exchange=number)
    elif not 400 <= asked.posted.first.status < 500:
        yield from is_searchset(asked.posted.first, what="$everything by POST")
    if asked.type_level.first.status == 200:
        yield from only_of_patient(asked.type_level, patient)
    elif not 400 <= asked.type_level.first.status < 500:
        yield from is_searchset(asked.type_level.first, what="$everything of the type Patient")


def _input_refused(search: SearchEvidence, rule: str, what: str, *allowed: int) -> Iterator[Finding]:
    answer, expected = search.first, " or ".join(str(status) for status in allowed)
    if answer.status not in allowed:
        message = f"$everything {what} answered HTTP {answer.status}"
        yield Finding(rule, message, expected=expected, found=str(answer.status), exchange=answer.number)
    elif resource_of(answer).get("resourceType") != "OperationOutcome":
        message = f"$everything {what} was refused without an OperationOutcome"
        yield Finding(f"{rule}.outcome", message, expected="OperationOutcome", exchange=answer.number)
