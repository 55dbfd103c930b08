"""The scopes that an authorization server grants on request (SMART App Launch 2.2.0 "Scopes"; RFC 6749 section 3.3)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from conformance.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping


@dataclass(frozen=True, slots=True)
class Grant:
    """One authorization: the scopes requested, and the outcome.

    ``raw`` is the granted scope as written, ``missing`` what was requested and not granted, ``beyond`` what was granted
    and not requested, both compared by meaning. ``writes`` are granted scopes that allow more than reading,
    ``undefined`` those whose letters no specification defines. ``refused`` says how the request was refused, empty
    when it was not. ``document`` is the token response, ``claims`` those of the id_token (None without one).
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
    """PA-SCOP-012, advisory part: the granted scope keeps the spelling that was requested."""
    if grant.given and scope not in grant.missing and scope not in grant.granted:
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


def identity_pair_works(grant: Grant) -> Iterator[Finding]:
    """PA-SCOP-010: openid and fhirUser are granted together, and the id_token then names the user."""
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
    """PA-SCOP-015: every granted resource scope is implied by a requested one."""
    for grant in grants:
        for scope in grant.beyond:
            yield _finding(
                "scope.exceeds", f"{scope} was granted but not requested", grant, expected=" ".join(grant.asked)
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


def consent_is_respected(grant: Grant) -> Iterator[Finding]:
    """PA-SCOP-016: the scope that the member removed, the last one requested, is not granted."""
    if grant.asked[-1] not in grant.missing:
        yield _finding(
            "scope.consent-ignored",
            f"the member removed {grant.asked[-1]} on the consent page, but it was granted",
            grant,
            expected=f"no {grant.asked[-1]}",
        )


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


def missing_scopes(wanted: list[str], missing: list[str], granted: str) -> Iterator[Finding]:
    """PA-SCOP-001: every scope of the deployment's required set is in the grant."""
    for scope in wanted:
        if scope in missing:
            yield Finding(
                "scope.not-granted",
                f"{scope} was requested and approved but not granted",
                path="scope",
                expected=scope,
                found=granted,
            )
