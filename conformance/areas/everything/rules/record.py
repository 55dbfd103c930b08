"""``Patient/[id]/$everything`` (FHIR R4 OperationDefinition Patient-everything): the whole record, and nothing else."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

from conformance.areas.shared.bundles import is_searchset, none_lost, resource_of, same_matches
from conformance.areas.shared.compartment import OWNER, owners, targets
from conformance.areas.shared.copies import lasting
from conformance.areas.shared.evidence import SearchEvidence, identity
from conformance.areas.shared.search_envelope import answered
from conformance.areas.shared.searches import unless_endless
from conformance.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from conformance.areas.shared.documents import Answer

Resource = dict[str, Any]
Meaning = Literal["base", "pdex", ""]
Severity = Literal["error", "warning"]

REFUSALS = frozenset({400, 401, 403, 404, 405, 410, 415, 501})
US_CORE_TYPES = frozenset(
    {
        *("AllergyIntolerance", "CarePlan", "CareTeam", "Condition", "Coverage", "Device", "DiagnosticReport"),
        *("DocumentReference", "Encounter", "Goal", "Immunization", "MedicationDispense", "MedicationRequest"),
        *("Observation", "Patient", "Procedure", "QuestionnaireResponse", "ServiceRequest", "Specimen"),
    }
)
"""The compartment types that US Core 6.1.0 profiles."""


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
    whole: SearchEvidence,
    searches: Iterable[SearchEvidence],
    *,
    left_out: Callable[[Resource], bool],
    all_promised: bool = False,
) -> Iterator[Finding]:
    """PA-EVRY-002: what searches find is there, with the same content; what only the operation finds is a warning.

    R4 obliges a server in the US realm to the data that US Core covers; other resources are a SHOULD, so that one which
    is missing is a warning, unless the deployment promises all of them (``all_promised``). ``left_out`` is true of
    resources that the declared definition lets be left out (PDex: claims).
    """
    held, number = {identity(each): each for each in record(whole)}, whole.first.number
    for search in answered(searches):
        severity: Severity = "error" if all_promised or search.type in US_CORE_TYPES else "warning"
        found = {identity(each): each for each in search.matches}
        wanted = {name for name, each in found.items() if not left_out(each)}
        what = f"$everything and {search.what}"
        for finding in none_lost(wanted, held, rule="everything.incomplete", what=what, exchange=number):
            yield replace(finding, severity=severity)
        beyond = {name for name in held if name.partition("/")[0] == search.type} - set(found)
        for finding in none_lost(beyond, (), rule="everything.beyond", what=search.what, exchange=number):
            yield replace(finding, severity="warning")
        for name in sorted(set(found) & set(held)):
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
    """PA-EVRY-003: a resource that belongs to a patient belongs to the one in context.

    A second Patient beside the matches is what some resource refers to, as R4 allows.
    """
    found = names(record(search))
    supporting = [each for each in search.includes if each.get("resourceType") != "Patient"]
    for resource in [*search.matches, *supporting]:
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


def is_decided(answer: Answer) -> bool:
    """Whether an answer serves (any success) or refuses (401, 403, 404 and what says that there is nothing to ask)."""
    return 200 <= answer.status < 300 or answer.status in REFUSALS


def is_refused(answer: Answer) -> Iterator[Finding]:
    """PA-EVRY-003: the operation on another member is not answered with a success, empty or not."""
    if 200 <= answer.status < 300:
        yield Finding(
            "everything.other-member",
            f"$everything of another member returned HTTP {answer.status}",
            expected="403 or 404",
            found=str(answer.status),
            exchange=answer.number,
        )


def within_scopes(search: SearchEvidence, opened: Callable[[str], bool]) -> Iterator[Finding]:
    """PA-EVRY-004: of types that belong to a patient only those come that the grant opens; a refusal is fine too."""
    answer = search.first
    if answer.status in REFUSALS:
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
    """PA-EVRY-007, advisory: a type that does not exist gives 400, or is ignored with an OperationOutcome about it."""
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
        f"{search.what} for a type that does not exist returned HTTP {answer.status} and does not report it",
        "warning",
        path="_type",
        expected="400, or an OperationOutcome",
        found=str(answer.status or answer.fault),
        exchange=answer.number,
    )


def paged(search: SearchEvidence, whole: SearchEvidence, *, count: int) -> Iterator[Finding]:
    """PA-EVRY-008: pages of ``count`` add up to the whole, each resource once; unasked pages are a warning.

    A link to another host, which R4 allows, is a warning too. Nothing is said of pages that were not read.
    """
    yield from unless_endless([search], list(_paged(search, whole, count)))


def _paged(search: SearchEvidence, whole: SearchEvidence, count: int) -> Iterator[Finding]:
    what, number = f"{search.what} (_count={count})", search.first.number
    yield from is_searchset(search.first, what=what)
    for each in search.anomalies:
        yield replace(each, severity="warning") if each.rule == "paging.foreign-host" else each
    if search.is_read_to_the_end and whole.is_read_to_the_end:
        yield from same_matches(
            names(record(whole)), names(record(search)), rule="everything.paging", what=what, exchange=number
        )
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
    """PA-EVRY-010: base R4 includes claims; PDex lets them be left out, never prior authorizations.

    ``claims`` are all ExplanationOfBenefit that a search finds.
    """
    held, number = names(record(whole)), whole.first.number
    own = names(each for each in claims if is_claim(each))
    kept = names(each for each in claims if not is_claim(each))
    if meaning == "base" and own and not own & held:
        message = "$everything is defined as in base R4 and has none of the claims"
        yield Finding("everything.claims-missing", message, expected=f"{len(own)} claims", found="0", exchange=number)
    what = "$everything (prior authorizations)"
    yield from none_lost(kept, held, rule="everything.authorizations", what=what, exchange=number)


def variants_behave(asked: Variants, patient: str) -> Iterator[Finding]:
    """PA-EVRY-011: no variant makes the server fail or shows another patient; what else it does is advisory."""
    for search, what in (
        (asked.bad_start, "with a start that is no date"),
        (asked.unknown, "of an unknown patient"),
        (asked.posted, "by POST"),
        (asked.type_level, "of the type Patient"),
    ):
        yield from _does_not_fail(search, what)
        yield from only_of_patient(search, patient)
    yield from _input_refused(asked.bad_start, "everything.bad-start", "with a start that is no date", "400")
    yield from _input_refused(asked.unknown, "everything.unknown-patient", "of an unknown patient", "404 or 403")
    if answered([asked.posted, asked.got]) == [asked.posted, asked.got]:
        one, other = names(record(asked.got)), names(record(asked.posted))
        number = asked.posted.first.number
        for finding in same_matches(one, other, rule="everything.post", what="$everything by POST", exchange=number):
            yield replace(finding, severity="warning")


def _does_not_fail(search: SearchEvidence, what: str) -> Iterator[Finding]:
    answer = search.first
    if answer.status >= 500 and answer.status != 501:
        message = f"$everything {what} makes the server fail: HTTP {answer.status}"
        yield Finding("everything.failure", message, found=str(answer.status), exchange=answer.number)


def _input_refused(search: SearchEvidence, rule: str, what: str, expected: str) -> Iterator[Finding]:
    answer = search.first
    if 200 <= answer.status < 300:
        message, found = f"$everything {what} returned HTTP {answer.status}", str(answer.status)
        yield Finding(rule, message, "warning", expected=expected, found=found, exchange=answer.number)
    elif answer.status in REFUSALS and resource_of(answer).get("resourceType") != "OperationOutcome":
        message = f"$everything {what} was refused without an OperationOutcome"
        yield Finding(f"{rule}.outcome", message, "warning", expected="OperationOutcome", exchange=answer.number)
