"""The scopes that an authorization server grants on request (SMART App Launch 2.2.0 "Scopes"; RFC 6749 section 3.3)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from conformance.errors import Undecided
from conformance.findings import Finding
from conformance.oauth.scopes import parse_scope

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence


@dataclass(frozen=True, slots=True)
class Grant:
    """One authorization: the scopes requested, and the outcome.

    ``raw`` is the granted scope as written, ``missing`` what was requested and not granted, ``beyond`` what was granted
    and not requested, both compared by meaning. ``writes`` are granted scopes that allow more than reading,
    ``undefined`` those whose letters no specification defines. ``refused`` says how the request was refused, empty
    when it was not. ``document`` is the token response, ``claims`` those of the id_token (None without one), and
    ``unreadable`` says why that token cannot be read.
    """

    asked: tuple[str, ...]
    raw: str = ""
    granted: frozenset[str] = frozenset()
    missing: tuple[str, ...] = ()
    beyond: tuple[str, ...] = ()
    writes: tuple[str, ...] = ()
    undefined: tuple[str, ...] = ()
    refused: str = ""
    document: Mapping[str, Any] = field(default_factory=dict, repr=False)
    claims: Mapping[str, Any] | None = field(default=None, repr=False)
    unreadable: str = ""
    exchange: int = 0

    @property
    def given(self) -> bool:
        """Whether anything was granted at all."""
        return not self.refused


def is_granted(grant: Grant, scope: str, *, rule: str = "scope.not-granted", what: str = "") -> Iterator[Finding]:
    """A scope that is offered and approved is granted."""
    if grant.refused or scope in grant.missing:
        said = f"the request was refused ({grant.refused})" if grant.refused else "it was dropped from the grant"
        yield _finding(rule, f"{what or scope} was requested, but {said}", grant, expected=scope)


def spelling_is_kept(grant: Grant, scope: str) -> Iterator[Finding]:
    """PA-SCOP-012, advisory part: the granted scope keeps the spelling that was requested.

    A wildcard that covers the scope is a wider grant, which PA-SCOP-015 judges, and no spelling of it.
    """
    respelled = any(parse_scope(raw).same_as(parse_scope(scope)) for raw in grant.granted)
    if grant.given and respelled and scope not in grant.granted:
        yield _finding(
            "scope.respelled", f"{scope} was granted in another spelling", grant, expected=scope, severity="warning"
        )


def has_patient_context(grant: Grant) -> Iterator[Finding]:
    """PA-SCOP-009: launch/patient yields a patient; that the scope itself is repeated is advisory."""
    yield from is_granted(grant, grant.asked[-1])
    if grant.refused:
        return
    if not isinstance(grant.document.get("patient"), str) or not grant.document.get("patient"):
        yield _finding(
            "scope.no-patient",
            "launch/patient was requested, but the token response has no patient",
            grant,
            expected="patient",
            found="",
        )
    if "launch/patient" not in grant.granted:
        yield _finding(
            "scope.launch-dropped",
            "the granted scope does not keep launch/patient",
            grant,
            expected="launch/patient",
            severity="warning",
        )


def identity_pair_works(grant: Grant, *, required: bool) -> Iterator[Finding]:
    """PA-SCOP-010: openid and fhirUser are granted together, and the id_token then names the user.

    ``required`` says that the deployment claims single sign-on or CARIN, which demand it. Raises :class:`Undecided`
    where the pair was not requested, or was dropped by a server that need not have it.
    """
    unasked = {"openid", "fhirUser"} - set(grant.asked)
    if unasked:
        raise Undecided(
            f"{' and '.join(sorted(unasked))} not requested; add the pair to scopes.required in the target file"
        )
    if not required and not {"openid", "fhirUser"} <= grant.granted:
        raise Undecided("openid and fhirUser were not granted, and neither single sign-on nor CARIN BB is claimed")
    for scope in ("openid", "fhirUser"):
        yield from is_granted(grant, scope, rule="scope.identity-dropped")
    if not {"openid", "fhirUser"} <= grant.granted:
        return
    if grant.claims is None:
        yield _finding(
            "scope.no-id-token",
            "openid and fhirUser are granted, but no id_token was issued",
            grant,
            expected="id_token",
        )
    elif grant.unreadable:
        raise Undecided(f"the id_token cannot be read ({grant.unreadable}), see PA-IDEN-001", blocked_by="PA-IDEN-001")
    elif not grant.claims.get("fhirUser"):
        yield _finding(
            "scope.fhir-user-missing",
            "fhirUser is granted, but the id_token does not name the user",
            grant,
            expected="fhirUser",
            found=", ".join(sorted(grant.claims)),
        )


def lone_fhir_user_is_dropped(grant: Grant) -> Iterator[Finding]:
    """PA-SCOP-010, advisory part: fhirUser without openid cannot be kept, so it should not be granted."""
    if grant.given and "fhirUser" in grant.granted and grant.claims is None:
        yield _finding(
            "scope.lone-fhir-user",
            "fhirUser is granted without openid, and no id_token can carry it",
            grant,
            expected="no fhirUser, or an id_token",
            severity="warning",
        )


def offline_access_is_available(grant: Grant, without: Grant | None) -> Iterator[Finding]:
    """PA-SCOP-011: a request for offline_access yields a refresh token.

    ``without`` is a second try without the scope, made where the first was refused.
    """
    if grant.refused:
        if without is not None and without.given:
            yield _finding(
                "scope.offline-refused",
                f"a request with offline_access is refused ({grant.refused})",
                grant,
                expected="offline_access",
            )
        return
    refreshable = bool(grant.document.get("refresh_token"))
    if "offline_access" in grant.granted and refreshable:
        return
    if "offline_access" in grant.granted:
        message, severity = "offline_access is granted, but no refresh token was issued", "error"
    elif refreshable:
        message, severity = "a refresh token was issued although offline_access was not granted", "warning"
    else:
        message, severity = "offline_access was requested and dropped, and no refresh token was issued", "error"
    yield _finding("scope.offline", message, grant, expected="offline_access and a refresh token", severity=severity)


def nothing_beyond(grants: Iterable[Grant]) -> Iterator[Finding]:
    """PA-SCOP-015: no scope is granted that was not requested.

    RFC 6749 section 3.3 and the scenarios of SMART allow a wider grant, so that more read access to the member's record
    is a warning; what allows writing, or reaches beyond the record (``user/``, ``system/``), is an error.
    """
    for grant in grants:
        for raw in grant.beyond:
            scope = parse_scope(raw)
            far = scope.context != "patient" or scope.interactions & frozenset("cud")
            yield _finding(
                "scope.exceeds",
                f"{raw} was granted but not requested",
                grant,
                expected=" ".join(grant.asked),
                severity="error" if far else "warning",
            )


def undefined_never_over_grants(grant: Grant) -> Iterator[Finding]:
    """PA-SCOP-014: letters out of order or unknown words are dropped, replaced or rejected, never taken for writes."""
    for scope in grant.undefined:
        yield _finding(
            "scope.undefined-granted",
            f"{scope}, which no specification defines, was granted as requested",
            grant,
            expected="dropped, replaced or rejected",
        )
    for scope in grant.writes:
        yield _finding("scope.writes-granted", f"{scope} allows more than reading", grant, expected="no c, u or d")


def _finding(
    rule: str, message: str, grant: Grant, *, expected: str = "", found: str | None = None, severity: Any = "error"
) -> Finding:
    return Finding(
        rule,
        message,
        severity=severity,
        path="scope",
        expected=expected,
        found=(grant.raw or grant.refused) if found is None else found,
        exchange=grant.exchange,
    )


def missing_scopes(
    wanted: Sequence[str], missing: Sequence[str], granted: str, *, has_patient: bool
) -> Iterator[Finding]:
    """PA-SCOP-001: every scope of the deployment's required set is in the grant.

    ``launch/patient`` need not be repeated where the token response has a patient; its absence is then a warning.
    """
    for scope in wanted:
        if scope in missing:
            repeated = scope == "launch/patient" and has_patient
            yield Finding(
                "scope.launch-dropped" if repeated else "scope.not-granted",
                f"{scope} was requested and took effect, but the granted scope does not repeat it"
                if repeated
                else f"{scope} was requested and approved but not granted",
                severity="warning" if repeated else "error",
                path="scope",
                expected=scope,
                found=granted,
            )


def separated_by_spaces(granted: str) -> Iterator[Finding]:
    """PA-SCOP-001: the granted scope is a list of scope tokens with one space between them (RFC 6749 section 3.3)."""
    commas = [word for word in granted.split() if "," in word.partition("?")[0]]
    if commas:
        yield Finding(
            "scope.commas",
            "the granted scope has one scope token that contains commas, not several tokens separated by spaces",
            path="scope",
            expected="scope tokens separated by spaces",
            found=commas[0],
        )
    elif granted.split() != granted.split(" ") and granted:
        yield Finding(
            "scope.spaces",
            "the granted scope has more than one space between two scope tokens, or one at an end",
            severity="warning",
            path="scope",
            expected="one space between two scope tokens",
            found=granted,
        )
