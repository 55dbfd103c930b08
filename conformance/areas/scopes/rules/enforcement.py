"""What a grant really opens: every way to a resource, tried with the token of that grant and of no other.

SMART App Launch 2.2.0 "Access FHIR API", US Core 6.1.0 and CARIN BB server statements (403 for insufficient scope).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from conformance.areas.scopes.rules.grants import is_granted
from conformance.areas.shared.compartment import OWNER
from conformance.areas.shared.evidence import identity
from conformance.errors import NotApplicable
from conformance.fhir.bundle import resources_in
from conformance.findings import Finding
from conformance.oauth.scopes import parse_scope, parse_scopes

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from conformance.areas.scopes.rules.grants import Grant
    from conformance.areas.shared.documents import Answer

Resource = dict[str, Any]
Way = Literal["search", "read", "vread", "history", "operation", "include", "binary"]


@dataclass(frozen=True, slots=True)
class AccessAttempt:
    """One request with a grant's token: by which way, to which type, and what was answered.

    ``resources`` are those of the first page (for Binary none: the bytes are the answer).
    """

    way: Way
    type: str
    what: str
    answer: Answer
    resources: Sequence[Resource] = ()


@dataclass(frozen=True, slots=True)
class GrantTrial:
    """One grant and every attempt made with it.

    ``reads`` are direct reads, by ``Type/id``, of resources of other types that includes returned. ``served`` are the
    types that the capability statement declares; empty when unknown. ``whole`` is, by type, what a wider grant found.
    """

    grant: Grant
    attempts: Sequence[AccessAttempt] = ()
    reads: Mapping[str, Answer] = field(default_factory=dict)
    served: frozenset[str] = frozenset()
    whole: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def allows(self, type_name: str, way: Way) -> bool:
        """Whether the grant itself opens a type by a way, whatever was requested."""
        letter = "s" if way == "search" else "r"
        return parse_scopes(" ".join(self.grant.granted)).opens(type_name, letter)

    def at(self, type_name: str, *ways: Way) -> list[AccessAttempt]:
        """The attempts to a type, of these ways or of all."""
        return [attempt for attempt in self.attempts if attempt.type == type_name and (not ways or attempt.way in ways)]


@dataclass(frozen=True, slots=True)
class OptionalScope:
    """A scope that a deployment may leave out: the last one requested in ``trial``.

    ``types`` are its own type and those that may be open beside it. ``closed`` is a grant without the scope.
    ``offered`` is what the target says of the type; None when it does not say.
    """

    types: tuple[str, ...]
    trial: GrantTrial
    closed: GrantTrial
    offered: bool | None = None


def opens(trial: GrantTrial, type_name: str) -> Iterator[Finding]:
    """The grant opens a type: searching and reading answer 200, and what a wider grant found is all there."""
    whole = trial.whole.get(type_name, frozenset())
    found: set[str] = set()
    for attempt in trial.at(type_name, "search", "read"):
        if attempt.answer.status != 200:
            yield _finding(
                "scope.not-opened",
                f"{attempt.what} answered {_said(attempt.answer)} although {trial.grant.raw} opens it",
                attempt,
                expected="200",
            )
        elif attempt.way == "search":
            found |= {identity(resource) for resource in attempt.resources}
    searched = [attempt for attempt in trial.at(type_name, "search") if attempt.answer.status == 200]
    if searched and not whole <= found:
        yield _finding(
            "scope.partial",
            f"{trial.grant.raw} opens {len(whole & found)} of the {len(whole)} {type_name} that a wider grant opens",
            searched[0],
            expected=f"{len(whole)} resources",
        )


def opens_nothing_else(trial: GrantTrial, *types: str, includes: bool = True) -> Iterator[Finding]:
    """No request reaches another type: reads and searches are refused, includes and operations return open types.

    How a refusal has to look is the business of PA-SCOP-017; here an answer that is no refusal at all counts. Without
    ``includes`` those are left to PA-SCOP-021.
    """
    for attempt in trial.attempts:
        if attempt.way == "include" and not includes:
            continue
        if attempt.way in {"search", "read", "vread", "history"} and attempt.type not in types:
            yield from _refused(attempt, trial)
        elif attempt.way in {"include", "operation"}:
            yield from _brings_only(attempt, types, trial)


def _refused(attempt: AccessAttempt, trial: GrantTrial) -> Iterator[Finding]:
    if trial.allows(attempt.type, attempt.way):
        return
    if attempt.answer.status == 200:
        shown = any(resource.get("resourceType") == attempt.type for resource in attempt.resources)
        yield _finding(
            "scope.not-enforced" if shown else "scope.hidden",
            f"{attempt.what} answered 200 "
            + ("with data" if shown else "without data")
            + f", but the grant is {trial.grant.raw}",
            attempt,
            expected="403",
        )
    elif not 400 <= attempt.answer.status < 500:
        yield _finding(
            "scope.unanswered",
            f"{attempt.what} answered {_said(attempt.answer)}",
            attempt,
            expected="403",
            severity="warning",
        )


def _brings_only(attempt: AccessAttempt, types: tuple[str, ...], trial: GrantTrial) -> Iterator[Finding]:
    """Records of the member of a type that is not open never come along; supporting types are PA-SCOP-021's."""
    returned = {str(resource.get("resourceType")) for resource in attempt.resources}
    for other in sorted(returned & set(OWNER) - set(types) - {"OperationOutcome"}):
        if trial.allows(other, "read"):
            continue
        yield _finding(
            "scope.not-enforced",
            f"{attempt.what} returned {other}, but the grant is {trial.grant.raw}",
            attempt,
            expected="403",
        )


def honoured_or_dropped(optional: OptionalScope) -> Iterator[Finding]:
    """PA-SCOP-005..008: a scope that is granted opens its type and no other; without it the type is refused."""
    trial, scope, own = optional.trial, optional.trial.grant.asked[-1], optional.types[0]
    given = trial.grant.given and scope not in trial.grant.missing
    if given:
        yield from opens(trial, own)
        yield from opens_nothing_else(trial, *optional.types)
    elif optional.offered:
        yield from is_granted(trial.grant, scope, rule="scope.offered-not-granted")
    for attempt in (*optional.closed.at(own, "search", "read"), *([] if given else trial.at(own, "search", "read"))):
        yield from _refused(attempt, optional.closed)


def refusals_say_so(trial: GrantTrial, *types: str) -> Iterator[Finding]:
    """PA-SCOP-017: a type beyond ``types`` answers 403; the insufficient_scope challenge with it is advisory.

    US Core and CARIN name 403 for insufficient scope and let an unauthorized request be refused with 401 or 404, so
    those are warnings. A search may be refused with 400 before its scope is looked at.
    """
    for attempt in trial.attempts:
        if (
            attempt.way not in {"search", "read"}
            or attempt.type in types
            or trial.allows(attempt.type, attempt.way)
            or (attempt.answer.status == 404 and attempt.type not in trial.served)
        ):
            continue
        status = attempt.answer.status
        if status == 200:
            yield from _refused(attempt, trial)
        elif status != 403:
            lawful = status in {401, 404} or (status == 400 and attempt.way == "search")
            yield _finding(
                "scope.status",
                f"{attempt.what} answered {_said(attempt.answer)} although the grant has no scope for it",
                attempt,
                expected="403",
                severity="warning" if lawful else "error",
            )
        elif "insufficient_scope" not in attempt.answer.headers.get("www-authenticate", ""):
            yield _finding(
                "scope.challenge",
                f"{attempt.what} was refused without an insufficient_scope challenge",
                attempt,
                expected='WWW-Authenticate: Bearer error="insufficient_scope"',
                severity="warning",
            )


def content_follows_metadata(
    opened: Iterable[AccessAttempt], closed: Iterable[AccessAttempt], anonymous: Iterable[AccessAttempt]
) -> Iterator[Finding]:
    """PA-SCOP-008: the content of documents is open with their scope, and neither without it nor without a token.

    ``opened`` are requests with a grant that has every published scope for documents, ``closed`` those with a grant
    that has none. Only a refusal is held against ``opened``: a dead link says nothing about scopes.
    """
    for attempt in opened:
        if attempt.answer.status in {401, 403}:
            yield _finding(
                "scope.content-closed",
                f"DocumentReference is open, but its content answered {_said(attempt.answer)}",
                attempt,
                expected="200",
            )
    for attempt in (*closed, *anonymous):
        if 200 <= attempt.answer.status < 300:
            yield _finding(
                "scope.content-open",
                f"{attempt.what} answered {_said(attempt.answer)}",
                attempt,
                expected="401, 403 or 404",
            )


def medications_are_reachable(
    optional: OptionalScope, beside: Iterable[AccessAttempt], *, documented: bool
) -> Iterator[Finding]:
    """PA-SCOP-006: a Medication that a MedicationRequest references is readable with it, or by a published scope."""
    closed = [attempt for attempt in optional.trial.at("Medication", "read") if attempt.answer.status != 200]
    if not closed:
        return
    if not documented:
        yield _finding(
            "scope.medication-closed",
            "a MedicationRequest points to a Medication that its scope does not open, and no scope for it is published",
            closed[0],
            expected="200, or patient/Medication.read in scopes_supported",
            severity="warning",
        )
    for attempt in (attempt for attempt in beside if attempt.answer.status != 200):
        yield _finding(
            "scope.medication-closed",
            f"a Medication answered {_said(attempt.answer)} even with a scope of its own",
            attempt,
            expected="200",
        )


def v2_is_advertised(capabilities: Iterable[str]) -> Iterator[Finding]:
    """PA-SCOP-013: permission-v2 is among the capabilities, which 45 CFR 170.215(c)(2) adopts with SMART 2.0.0."""
    if "permission-v2" not in capabilities:
        yield Finding(
            "scope.v2-not-advertised",
            "permission-v2 is not among the capabilities, so that v2 scopes were not tried",
            severity="warning",
            path="capabilities",
            expected="permission-v2",
        )


def letters_are_kept(reading: GrantTrial, type_name: str, *, letter: str) -> Iterator[Finding]:
    """PA-SCOP-013: ``.r`` reads and does not search, ``.s`` searches and does not read, unless more was granted."""
    allowed, closed = ("read", "search") if letter == "r" else ("search", "read")
    for attempt in reading.at(type_name, allowed):  # type: ignore[arg-type]
        if attempt.answer.status != 200:
            yield _finding(
                "scope.not-opened",
                f"{attempt.what} answered {_said(attempt.answer)} with .{letter}",
                attempt,
                expected="200",
            )
    for attempt in reading.at(type_name, closed):  # type: ignore[arg-type]
        if attempt.answer.status not in {401, 403, 404} and not reading.allows(type_name, attempt.way):
            yield _finding(
                "scope.letter",
                f"{attempt.what} answered {_said(attempt.answer)} with .{letter} alone",
                attempt,
                expected="403",
            )


def stays_within_filter(trial: GrantTrial, type_name: str, inside: frozenset[str]) -> Iterator[Finding]:
    """PA-SCOP-013: with a granular scope alone, rows outside its filter are invisible by any way."""
    if any(parse_scope(raw).covers(type_name, "s") and not parse_scope(raw).query for raw in trial.grant.granted):
        return
    for attempt in trial.at(type_name):
        outside = [resource for resource in attempt.resources if resource.get("resourceType") == type_name]
        outside = [resource for resource in outside if identity(resource) not in inside]
        if attempt.answer.status == 200 and outside:
            yield _finding(
                "scope.granular",
                f"{attempt.what} showed {len(outside)} resources outside the filter of {trial.grant.raw}",
                attempt,
                expected=f"{len(inside)} inside it",
                found=identity(outside[0]),
            )


def type_can_be_reached(trial: GrantTrial, type_name: str, *, documented: bool) -> Iterator[Finding]:
    """PA-SCOP-019: a documented type has a scope that opens it; one that is not offered should not be documented.

    Raises :class:`NotApplicable` for a type that is neither offered nor documented.
    """
    grant = trial.grant
    if grant.refused == "not offered":
        if not documented:
            raise NotApplicable(f"the target does not offer {type_name}, and nothing documents it")
        yield Finding(
            "scope.type-documented",
            f"{type_name} is documented or declared, but the target states that it is not offered",
            severity="warning",
            path="scope",
            expected=f"a scope for {type_name}, or no mention of it",
            found="offered: false",
        )
        return
    yield from is_granted(grant, grant.asked[-1])
    if grant.given and grant.asked[-1] not in grant.missing:
        yield from opens(trial, type_name)


def carin_minimum_is_granted(trials: Iterable[GrantTrial]) -> Iterator[Finding]:
    """PA-SCOP-020: each scope of the list is granted, and Organization can then be read."""
    for trial in trials:
        for scope in trial.grant.asked[1:]:
            yield from is_granted(trial.grant, scope, rule="scope.carin-minimum")
        asked = trial.grant.given and "patient/Organization.read" in trial.grant.asked
        if asked and "patient/Organization.read" not in trial.grant.missing:
            yield from opens(trial, "Organization")


def includes_follow_reads(trial: GrantTrial) -> Iterator[Finding]:
    """PA-SCOP-021: a resource that an include returns can be read directly with the same token."""
    for attempt in (attempt for attempt in trial.attempts if attempt.way == "include"):
        for resource in attempt.resources:
            answer = trial.reads.get(identity(resource))
            if answer is not None and answer.status != 200:
                yield _finding(
                    "scope.include",
                    f"{attempt.what} returned a {resource.get('resourceType')} that a direct read refuses "
                    f"({_said(answer)})",
                    attempt,
                    expected="withheld, or readable",
                    found=identity(resource),
                )


def _said(answer: Answer) -> str:
    return f"HTTP {answer.status}" if answer.status else f"nothing ({answer.fault})"


def first_page(answer: Answer) -> list[Resource]:
    """The resources of an answer: itself, or those of its Bundle."""
    try:
        return list(resources_in(answer.json())) if answer.status == 200 else []
    except (ValueError, RecursionError):
        return []


def _finding(
    rule: str, message: str, attempt: AccessAttempt, *, expected: str = "", severity: Any = "error", found: str = ""
) -> Finding:
    return Finding(
        rule,
        message,
        severity=severity,
        path=attempt.type,
        expected=expected,
        found=found or str(attempt.answer.status),
        exchange=attempt.answer.number,
    )
