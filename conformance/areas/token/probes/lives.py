"""Access tokens to their end: aged or waited for, revoked and watched, introspected alive and dead."""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from conformance.areas.shared.own_authorization import TokenSupply
from conformance.areas.shared.refusals import Probe
from conformance.areas.token.rules.access import Expiry, Use
from conformance.areas.token.rules.status import Known, Revocation
from conformance.errors import Undecided
from conformance.fhir import FhirClient

if TYPE_CHECKING:
    from conformance.areas.shared.own_authorization import OwnAuthorization
    from conformance.engine.run import Run
    from conformance.oauth.session import Session
    from conformance.transport import Exchange

POLL = 1.0  # seconds between two reads with a revoked token
DEAD = (401, 403)


@dataclass(frozen=True, slots=True)
class Introspections:
    """The answers of introspection: for the shared token, for dead ones by kind, and to an unauthenticated request."""

    live: Exchange
    known: Known
    dead: dict[str, Exchange]
    stranger: Exchange

    @property
    def judged(self) -> tuple[int, int]:
        """How many kinds of token were asked about, of living, random, revoked and expired ones."""
        return 1 + len(self.dead), 4


class TokenLives:
    """What was done to access tokens of member a in a run, each thing once; ``patient`` is what they open."""

    def __init__(self, run: Run, own: OwnAuthorization, patient: str) -> None:
        self._run = run
        self._own = own
        self._patient = patient
        self._supply = TokenSupply(own)
        self._expired = ""
        self._revoked = ""

    def _read(self, token: str, purpose: str) -> Exchange:
        client = FhirClient(self._run.transport, self._run.target.deployment.fhir_base, lambda: token)
        return client.read("Patient", self._patient, purpose=purpose)

    @cached_property
    def expiry(self) -> Expiry:
        """An expired token used: aged by the lab, given in the target, or waited for."""
        target = self._run.target
        if not target.lab.age_grant and target.tokens.expired:
            self._expired = target.tokens.expired
            return Expiry("that the target gives as expired", self._read(self._expired, "an expired token"))
        if not target.lab.age_grant and not target.slow:
            raise Undecided(
                "add lab.age_grant or tokens.expired to the target, or set slow: true to wait for a token to expire"
            )
        answer = self._supply.token()
        before = self._read(answer.access_token, "a token before it expires")
        lifetime = answer.lifetime or target.deployment.access_token_lifetime
        late = target.deployment.clock_skew
        if target.lab.age_grant:
            self._own.age("token", answer.access_token, lifetime + late)
        else:
            time.sleep(lifetime + late)
        self._expired = answer.access_token
        how = f"used {late:.0f} s after the {lifetime:.0f} s it was issued for"
        return Expiry(how, self._read(answer.access_token, "an expired token"), before)

    @cached_property
    def revocation(self) -> Revocation:
        """An access token revoked and read with until it is refused, then its refresh token revoked and used."""
        endpoint = self._own.endpoint()
        if not endpoint.revocation_url:
            raise Undecided("no revocation_endpoint is published, see PA-DISC-012", blocked_by="PA-DISC-012")
        if not self._run.target.allows("revocation"):
            raise Undecided("the target does not allow revoking tokens; add revocation to allow")
        answer = self._supply.token()
        before = self._read(answer.access_token, "a token before it is revoked")
        calls = {
            "an unknown token": endpoint.revoke(secrets.token_urlsafe(32)).exchange,
            "an access token": endpoint.revoke(answer.access_token, hint="access_token").exchange,
        }
        self._revoked = answer.access_token
        seconds, last = self._watched(answer.access_token, before)
        refresh_token, probe = self._supply.given_up(), None
        if refresh_token:
            calls["a refresh token"] = endpoint.revoke(refresh_token, hint="refresh_token").exchange
            probe = Probe("a refresh with a revoked refresh token", endpoint.refresh(refresh_token))
        if seconds is not None:
            self._run.notes.append(f"a revoked access token was refused {seconds:.1f} s after its revocation")
        return Revocation(calls, seconds, self._run.target.deployment.revocation_delay, last, probe)

    def _watched(self, token: str, before: Exchange) -> tuple[float | None, Exchange]:
        """Read until the token is refused or the documented delay is over: the seconds that took, and the last read.

        Raises Undecided for an answer that is about something else than the token.
        """
        began = time.monotonic()
        while True:
            read = self._read(token, "a revoked token")
            passed = time.monotonic() - began
            if is_refused(read, before):
                return passed, read
            if passed > self._run.target.deployment.revocation_delay:
                require_served(read)
                return None, read
            time.sleep(POLL)

    def introspections(self, session: Session) -> Introspections:
        """What is said of the shared token, of a random one, and of those that were revoked and expired, if any."""
        endpoint = self._own.endpoint()
        if not endpoint.introspection_url:
            raise Undecided("no introspection_endpoint is published, see PA-DISC-012", blocked_by="PA-DISC-012")
        token = session.bearer()
        live = endpoint.introspect(token).exchange
        if live.status in {401, 403}:
            raise Undecided("clients.main may not introspect tokens; have it allowed to, or give a client that is")
        known = self._known(session)
        form = {"token": token}
        stranger = endpoint.raw(
            form, url=endpoint.introspection_url, authenticate=False, purpose="introspect without authentication"
        )
        dead = {"a random token": secrets.token_urlsafe(32), **self._dead()}
        answers = {what: endpoint.introspect(value).exchange for what, value in dead.items()}
        return Introspections(live, known, answers, stranger.exchange)

    def _known(self, session: Session) -> Known:
        id_token = session.id_token
        left = session.expires_in
        return Known(
            scopes=frozenset(scope.raw for scope in session.scopes),
            client_id=self._own.authorizations.client().client_id,
            patient=session.first.text("patient"),
            issuer=id_token.text("iss") if id_token else "",
            subject=id_token.text("sub") if id_token else "",
            fhir_user=id_token.text("fhirUser") if id_token else "",
            expires_at=None if left is None else time.time() + left,
            skew=self._run.target.deployment.clock_skew,
        )

    def _dead(self) -> dict[str, str]:
        """Tokens known to be dead: those a read was refused with."""
        found: dict[str, str] = {}
        try:
            if self.revocation.dead_after is not None:
                found["a revoked token"] = self._revoked
        except Undecided:
            pass
        try:
            if self.expiry.after.status in DEAD:
                found["an expired token"] = self._expired
        except Undecided:
            pass
        return found

    def in_query(self) -> list[Use]:
        """A living access token in the query of a read, and no Authorization header."""
        token = self._supply.token().access_token
        client = FhirClient(self._run.transport, self._run.target.deployment.fhir_base)
        path = f"Patient/{self._patient}"
        answer = client.get(path, {"access_token": token}, purpose="a token in the query", endpoint="read Patient")
        return [Use("an access token in the query", answer)]


def is_refused(read: Exchange, before: Exchange) -> bool:
    """Whether a token is refused: with 401 or 403, or with 404 for what it opened ``before`` (US Core, Security)."""
    return read.status in DEAD or (read.status == 404 and 200 <= before.status < 300)


def require_served(read: Exchange) -> None:
    """A token that was not refused works only if something was served; Undecided for any other answer."""
    if not 200 <= read.status < 300:
        how = f"answered with HTTP {read.status}" if read.status else "not answered"
        raise Undecided(f"a read with the revoked token was {how}: neither served nor refused for its token")
