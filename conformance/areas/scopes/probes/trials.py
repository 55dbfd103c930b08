"""Grants requested to see what they open: each is obtained once in a run and tried while its token is fresh."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from conformance.areas.scopes.rules.enforcement import AccessAttempt, GrantTrial
from conformance.areas.scopes.rules.grants import Grant
from conformance.areas.shared.evidence import identity
from conformance.areas.shared.login_evidence import keep_login_evidence
from conformance.errors import Undecided
from conformance.fhir import FhirClient
from conformance.login.outcome import judgeable
from conformance.oauth.id_token import read_id_token
from conformance.oauth.scopes import parse_scope, parse_scopes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from conformance.areas.scopes.probes.known import KnownRecords
    from conformance.areas.scopes.probes.plan import AccessPlan
    from conformance.areas.shared.authorizations import Authorizations
    from conformance.areas.shared.documents import Answer
    from conformance.engine.run import Run
    from conformance.login.outcome import AuthorizationOutcome
    from conformance.oauth.token_endpoint import TokenAnswer

CONTEXT = "launch/patient"
_NO_SCOPE = {401, 403}


@dataclass(slots=True)
class ScopeTrials:
    """Every grant by the scopes it requested, with the attempts made with it; no combination is requested twice."""

    run: Run
    authorizations: Authorizations
    known: KnownRecords
    plan: AccessPlan
    _done: dict[tuple[str, ...], GrantTrial] = field(default_factory=dict)

    def scope_of(self, type_name: str) -> str:
        """The scope that reads and searches a type, in the spelling the target documents."""
        listed = self.run.target.scopes
        for raw in (*listed.required, *listed.optional):
            scope = parse_scope(raw)
            if scope.type == type_name and scope.context == "patient":
                return raw
        return f"patient/{type_name}.{'rs' if listed.syntax == 'v2' else 'read'}"

    def trial(
        self,
        *scopes: str,
        reason: str,
        ticked: Sequence[str] | None = None,
        attempts: Callable[[FhirClient, Grant], Iterable[AccessAttempt]] | None = None,
    ) -> GrantTrial:
        """Request exactly these scopes and make ``attempts`` at once, before another authorization can end the grant.

        ``ticked`` are the scopes left ticked on the consent page. Raises :class:`Undecided` without a login.
        """
        key = (*scopes, "|", *(ticked if ticked is not None else ("all",)))
        if key not in self._done:
            self._done[key] = self._tried(scopes, reason, ticked, attempts)
        return self._done[key]

    def _tried(
        self,
        scopes: Sequence[str],
        reason: str,
        ticked: Sequence[str] | None,
        attempts: Callable[[FhirClient, Grant], Iterable[AccessAttempt]] | None,
    ) -> GrantTrial:
        outcome = self._answered(scopes, reason, ticked)
        if outcome.kind not in {"redirect", "error-page"}:
            keep_login_evidence(self.run, outcome)
        judgeable(outcome)
        if ticked is not None and outcome.code is not None and not any(not each.checked for each in outcome.choices):
            raise Undecided(
                "the consent page let no scope be unticked; describe its boxes as login.screens[].scopes, if it has any"
            )
        if outcome.code is None:
            return GrantTrial(Grant(tuple(scopes), refused=outcome.error or outcome.kind), served=self.known.served)
        answer = self.authorizations.endpoint().exchange(outcome.code)
        grant = grant_of(scopes, answer)
        if not grant.given or attempts is None:
            return GrantTrial(grant, served=self.known.served)
        client = FhirClient(self.run.transport, self.run.target.deployment.fhir_base, lambda: answer.access_token)
        tried = self._telling(attempts(client, grant))
        whole = {name: self.known.whole(name) for name in self.known.found}
        return GrantTrial(grant, tried, self._direct_reads(client, tried), self.known.served, whole)

    def _telling(self, attempts: Iterable[AccessAttempt]) -> list[AccessAttempt]:
        """The attempts that say something of a grant: a search that breaks for the widest grant too says nothing.

        A refusal for want of a scope (401, 403) is no such break, however wide the grant is.
        Raises :class:`Undecided` where no attempt is left.
        """
        tried = list(attempts)
        broken = {name for name, status in self.known.failed.items() if status not in _NO_SCOPE}
        left = [each for each in tried if each.way != "search" or each.type not in broken]
        if tried and not left:
            raise self.known.nothing_of("record", *(each.type for each in tried), advice="give members.a one")
        return left

    def _answered(self, scopes: Sequence[str], reason: str, ticked: Sequence[str] | None) -> AuthorizationOutcome:
        """The authorization itself; boxes can stay ticked only where the consent page asks the member."""
        request = partial(self.authorizations.request, scopes=scopes)
        if ticked is None:
            return self.authorizations.attempt(request(), reason=reason, expect_error_page=True)
        return self.authorizations.asked(request, reason=reason, scopes=ticked, expect_error_page=True)

    def _direct_reads(self, client: FhirClient, attempts: Iterable[AccessAttempt]) -> dict[str, Answer]:
        """A direct read of one resource per type that an include returned."""
        included = {
            str(resource.get("resourceType")): identity(resource)
            for attempt in attempts
            if attempt.way == "include"
            for resource in attempt.resources
            if resource.get("resourceType") != attempt.type
        }
        return {each: client.get(each, purpose="direct read of an include") for each in included.values()}


def grant_of(asked: Sequence[str], answer: TokenAnswer) -> Grant:
    """The grant in a token response; a response without ``scope`` grants what was requested (RFC 6749 section 5.1)."""
    wanted = parse_scopes(" ".join(asked))
    if not answer.granted:
        return Grant(tuple(asked), refused=f"HTTP {answer.status} {answer.error}".strip())
    granted = answer.scopes if answer.scopes.raw else wanted
    id_token = read_id_token(answer.id_token) if answer.id_token else None
    return Grant(
        tuple(asked),
        granted.raw,
        granted.names,
        tuple(scope.raw for scope in granted.missing(wanted)),
        tuple(scope.raw for scope in granted.beyond(wanted) if scope.opens_resources),
        tuple(scope.raw for scope in granted if scope.interactions & frozenset("cud")),
        tuple(scope.raw for scope in granted if scope.syntax == "undefined"),
        document={name: value for name, value in (answer.json or {}).items() if not name.endswith("_token")}
        | ({"refresh_token": "given"} if answer.refresh_token else {}),
        claims=None if id_token is None else dict(id_token.claims),
        unreadable=id_token.problem if id_token else "",
        exchange=answer.exchange.number,
    )
