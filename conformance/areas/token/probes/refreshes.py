"""Uses of a refresh token: a right one, by the wrong client, for more, for less, for another patient.

One refresh token is followed through its rotations. Before each try it is used rightly once more: a server may have
ended the grant meanwhile (because of the try before, or because another grant replaced it), and a dead token proves
nothing.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from conformance.areas.shared.altered_tokens import made_up
from conformance.areas.shared.refusals import Probe, issued
from conformance.areas.token.rules.refresh import Context, Narrowing, Refreshed, Widening
from conformance.errors import Undecided
from conformance.oauth.scopes import parse_scope, parse_scopes

if TYPE_CHECKING:
    from conformance.areas.shared.own_authorization import OwnAuthorization
    from conformance.oauth.scopes import ScopeSet
    from conformance.oauth.token_endpoint import TokenAnswer
    from conformance.transport import Exchange

KEPT = "Patient"
GIVEN_UP = "Coverage"


@dataclass(slots=True)
class Chain:
    """A refresh token followed through its rotations; ``first`` is the token response it began with."""

    first: TokenAnswer
    token: str

    def follow(self, answer: TokenAnswer) -> TokenAnswer:
        """Go on with the refresh token of an answer, if it has a new one."""
        self.token = answer.refresh_token or self.token
        return answer


class RefreshProbes:
    """The refreshes of a run, each made once."""

    def __init__(self, own: OwnAuthorization) -> None:
        self._own = own
        self._known: Chain | None = None

    @cached_property
    def refreshed(self) -> Refreshed:
        """A token response, what refreshing it answered, and a read of the patient with the new token."""
        chain = self._begin()
        answer = self._used(chain)
        if not answer.granted:
            return Refreshed(chain.first, answer)
        self._known = chain
        patient = self._own.patient(chain.first)
        return Refreshed(chain.first, answer, self._own.read_patient_with(answer, patient=patient))

    def _begin(self) -> Chain:
        first = self._own.refreshable(scopes=self._own.limited(), reason="refresh tokens for checks to use up")
        return Chain(first, first.refresh_token)

    def _living(self) -> tuple[Chain, TokenAnswer]:
        """A chain whose refresh token works at this moment, and the token response that shows it."""
        if not issued(self.refreshed.answer):
            raise Undecided("a right refresh is refused, see PA-TOK-017", blocked_by="PA-TOK-017")
        for chain in (self._known, self._begin) if self._known else (self._begin,):
            living = chain if isinstance(chain, Chain) else chain()
            answer = self._used(living)
            if answer.granted:
                self._known = living
                return living, answer
        raise Undecided("a right refresh works no longer, see PA-TOK-017", blocked_by="PA-TOK-017")

    def _used(self, chain: Chain) -> TokenAnswer:
        return chain.follow(self._own.endpoint().refresh(chain.token))

    @cached_property
    def invalid(self) -> list[Probe]:
        """Refreshes with what never was a refresh token."""
        chain, newest = self._living()
        wrong = {
            "a random string as refresh token": secrets.token_urlsafe(32),
            "a truncated refresh token": chain.token[: len(chain.token) * 3 // 4],
            "an access token as refresh token": newest.access_token,
        }
        return [Probe(what, self._own.endpoint().refresh(value)) for what, value in wrong.items()]

    def made_up(self) -> list[Probe]:
        """Refreshes with tokens like an issued one that the server did not issue."""
        chain, _ = self._living()
        wrong = made_up(chain.token, "a refresh token")
        return [Probe(f"a refresh with {what}", self._own.endpoint().refresh(value)) for what, value in wrong.items()]

    @cached_property
    def by_another_client(self) -> list[Probe]:
        """A refresh by the second client with a refresh token of the main one."""
        second = self._own.endpoint("second")
        chain, _ = self._living()
        return [Probe("a refresh by another client", chain.follow(second.refresh(chain.token)))]

    @cached_property
    def widening(self) -> Widening:
        """A refresh that asks for a scope the member never saw, and what the API then says to it."""
        chain, _ = self._living()
        before = chain.first.scopes
        offered = parse_scopes(list(self._own.authorizations.scopes))
        extra = next((scope for scope in offered if scope.type and not before.opens(scope.type, "s")), None)
        if extra is None:
            raise Undecided("every scope there is was granted already; add one more to scopes in the target file")
        answer = chain.follow(self._own.endpoint().refresh(chain.token, scope=f"{before.raw} {extra.raw}"))
        probe = Probe("a refresh for more than was granted", answer)
        if not answer.granted:
            return Widening(extra.raw, probe)
        beyond = tuple(scope.raw for scope in answer.scopes.beyond(before))
        return Widening(extra.raw, probe, beyond, self._search(chain, answer, extra.type))

    @cached_property
    def narrowing(self) -> Narrowing:
        """A refresh for a part of the scope, and what the API says to what was kept and what was given up."""
        chain, _ = self._living()
        before: ScopeSet = chain.first.scopes
        if not (before.opens(KEPT, "r") and before.opens(GIVEN_UP, "s")):
            raise Undecided(
                f"{KEPT} and {GIVEN_UP} were not granted together, see PA-SCOP-001", blocked_by="PA-SCOP-001"
            )
        parts = [scope.raw.replace("*", KEPT, 1) if scope.type == "*" else scope.raw for scope in before]
        kept = " ".join(raw for raw in parts if parse_scope(raw).type != GIVEN_UP)
        answer = chain.follow(self._own.endpoint().refresh(chain.token, scope=kept))
        probe = Probe("a refresh for less than was granted", answer)
        if not answer.granted:
            return Narrowing(probe)
        still = tuple(scope.raw for scope in answer.scopes if scope.covers(GIVEN_UP, "s"))
        read = self._own.read_patient_with(answer, patient=self._own.patient(chain.first), purpose="what was kept")
        return Narrowing(probe, still, read, self._search(chain, answer, GIVEN_UP))

    def _search(self, chain: Chain, answer: TokenAnswer, name: str) -> Exchange:
        patient = self._own.patient(chain.first)
        return self._own.fhir(answer).search(name, {"patient": patient}, purpose="does the refreshed token open this")

    @cached_property
    def context(self) -> Context:
        """The patient before and after a refresh: a dependent's where a representative is given, else the member's."""
        members = self._own.authorizations.run.target.members
        member = "representative" if members.get("representative") and members["representative"].choose else "a"
        scopes = self._own.limited()
        first = self._own.refreshable(scopes=scopes, member=member, reason="is the patient kept by a refresh")
        refreshed = self._own.endpoint().refresh(first.refresh_token)
        patient = self._own.patient(first, member)
        read = self._own.read_patient_with(refreshed, patient=patient) if refreshed.granted else None
        return Context(patient, refreshed, read)

    @cached_property
    def others_patient(self) -> Exchange:
        """A refreshed token of member a asking for the Patient of member b."""
        other = self._own.authorizations.run.target.members.get("b")
        if other is None or not other.patient_id:
            raise Undecided("add members.b with its patient_id to the target file")
        _, newest = self._living()
        return self._own.read_patient_with(newest, patient=other.patient_id, purpose="another member's Patient")
