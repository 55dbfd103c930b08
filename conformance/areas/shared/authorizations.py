"""The logins and authorizations of a run: each with its reason, each counted, as few as the checks allow."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.areas.shared.canary import Canary
from conformance.areas.shared.login_evidence import keep_login_evidence
from conformance.errors import Undecided
from conformance.login.modes import authorizer_for, outside_tokens
from conformance.login.outcome import judgeable
from conformance.login.plan import login_plan
from conformance.oauth.registration import register, registered, registration_metadata
from conformance.oauth.request import authorization_request
from conformance.oauth.scopes import parse_scopes
from conformance.oauth.session import Session
from conformance.oauth.token_endpoint import TokenEndpoint, token_endpoint_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from conformance.engine.run import Run
    from conformance.login.modes import Authorizer
    from conformance.login.outcome import AuthorizationOutcome
    from conformance.oauth.discovery import Discovery
    from conformance.oauth.request import AuthorizationRequest, Code
    from conformance.oauth.token_endpoint import TokenAnswer
    from conformance.target import Client, Member

LOGIN_ROW = "PA-AUTH-001"
OFFLINE = {"openid", "offline_access"}
ONCE_MORE = "offline_access with prompt=consent"
EXCHANGE_ROW = "PA-TOK-002"


class Authorizations:
    """Authorizations of a run, in the browser or otherwise."""

    def __init__(self, run: Run, discovery: Discovery, scopes: Sequence[str]) -> None:
        self.run = run
        self.discovery = discovery
        self.scopes = tuple(scopes)
        self.outcomes: list[AuthorizationOutcome] = []
        self.prompt = ""
        self._exchanged: dict[str, TokenAnswer] = {}
        self._authorizer: Authorizer | None = None
        self._clients: dict[str, Client] = {}

    def close(self) -> None:
        """End the browser, if one was started."""
        if self._authorizer is not None:
            self._authorizer.close()

    def warm(self) -> None:
        """Start the browser without waiting for it, if there is an authorization endpoint to send it to."""
        if self.discovery.authorization_endpoint:
            self._opened().warm()

    def _opened(self) -> Authorizer:
        if self._authorizer is None:
            self._authorizer = authorizer_for(self.run.target, self.discovery, self.run.redactor, kept=self.run.browser)
        return self._authorizer

    def client(self, key: str = "main") -> Client:
        """A client of the target, registered first if the target says so.

        Raises :class:`Undecided` when the target has no such client or registration is refused.
        """
        if key not in self._clients:
            client = self.run.target.clients.get(key)
            if client is None:
                raise Undecided(f"add clients.{key} to the target file")
            self._clients[key] = self._registered(client) if client.registration == "dynamic" else client
        return self._clients[key]

    def _registered(self, client: Client) -> Client:
        endpoint = self.discovery.registration_endpoint
        if not endpoint:
            raise Undecided(f"clients.{client.key}.registration is dynamic, but no registration_endpoint is published")
        metadata = registration_metadata(client, self.scopes)
        return registered(client, register(self.run.transport, endpoint, metadata))

    def member(self, key: str = "a") -> Member:
        """A member of the target; raises :class:`Undecided` naming the key to add."""
        member = self.run.target.members.get(key)
        if member is None:
            raise Undecided(f"add members.{key} (another person's login) to the target file")
        return member

    def request(
        self, *, client: str = "main", scopes: Sequence[str] | None = None, state: str = ""
    ) -> AuthorizationRequest:
        """A correct standalone-launch request; raises :class:`Undecided` without an authorization endpoint."""
        endpoint = self.discovery.authorization_endpoint
        if not endpoint:
            raise Undecided("no authorization_endpoint is published", blocked_by="PA-DISC-003")
        asked = self.scopes if scopes is None else scopes
        request = authorization_request(
            endpoint, self.client(client), asked, self.run.target.deployment.fhir_base, state=state
        )
        return request.with_(prompt=self.prompt) if self.prompt and {*asked} >= OFFLINE else request

    def smaller(self, *types: str, offline: bool = False) -> tuple[str, ...]:
        """The part of the run's scopes that opens these resource types only, as the deployment spells it.

        A wildcard stands for each of them. ``offline`` keeps ``offline_access``, if the run asks for it at all.
        """
        kept: dict[str, None] = {}
        for scope in parse_scopes(list(self.scopes)):
            if scope.type == "*":
                kept |= dict.fromkeys(scope.raw.replace("*", name, 1) for name in types)
            elif not scope.type or scope.type in types:
                kept[scope.raw] = None
        return tuple(name for name in kept if offline or name != "offline_access")

    def launch(
        self,
        request: AuthorizationRequest,
        *,
        reason: str,
        member: str = "a",
        decision: str = "approve",
        fresh: bool = False,
        scopes: str | Sequence[str] = "all",
    ) -> AuthorizationOutcome:
        """One authorization in the browser; trouble that is not the deployment's is raised as what it is."""
        person = self.member(member)
        return self.judged(
            self.attempt(request, reason=reason, person=person, decision=decision, fresh=fresh, scopes=scopes)
        )

    def shared_launch(self) -> AuthorizationOutcome:
        """The launch of the shared session; once more with ``prompt=consent`` where only that gives offline_access.

        With ``openid`` in the scope a provider ignores offline_access unless the request has ``prompt=consent``, or
        other conditions hold (OpenID Connect Core 1.0 section 11). Where that helps, later requests have it too.
        """
        first = self.launch(self.request(), reason="shared session of member a")
        if not self._drops_offline_access(first):
            return first
        self.prompt = "consent"
        again = self.launch(self.request(), reason=ONCE_MORE)
        if again.code is None or self._drops_offline_access(again):
            self.prompt = ""
            return first
        self.run.notes.append("offline_access is granted with prompt=consent only (OpenID Connect Core 1.0 section 11)")
        return again

    def _drops_offline_access(self, outcome: AuthorizationOutcome) -> bool:
        if not {*self.scopes} >= OFFLINE or outcome.code is None or not self.discovery.token_endpoint:
            return False
        answer = self.exchanged(outcome)
        self._exchanged[outcome.code.value] = answer
        return answer.granted and not answer.refresh_token and "offline_access" not in answer.scopes.names

    def judged(self, outcome: AuthorizationOutcome) -> AuthorizationOutcome:
        """The outcome, if it speaks of the deployment; other trouble is raised, and what was seen of it is kept."""
        if outcome.kind != "redirect":
            keep_login_evidence(self.run, outcome)
        return judgeable(outcome)

    def asked(
        self,
        make: Callable[[], AuthorizationRequest],
        *,
        reason: str,
        decision: str = "approve",
        scopes: str | Sequence[str] = "all",
        expect_error_page: bool = False,
    ) -> AuthorizationOutcome:
        """One authorization in which member a is asked for approval; two where an earlier approval is remembered.

        The second one is made in a clean browser and with ``prompt=consent`` (OpenID Connect Core 3.1.2.1).
        """
        outcome = self.attempt(
            make(), reason=reason, decision=decision, scopes=scopes, expect_error_page=expect_error_page
        )
        was_asked = outcome.code is None or outcome.consent is not None
        if was_asked or not login_plan(self.run.target.login).knows_approval:
            return outcome
        return self.attempt(
            make().with_(prompt="consent"),
            reason=f"{reason}, asked anew",
            decision=decision,
            scopes=scopes,
            expect_error_page=expect_error_page,
            fresh=True,
        )

    def attempt(
        self,
        request: AuthorizationRequest,
        *,
        reason: str,
        person: Member | None = None,
        decision: str = "approve",
        fresh: bool = False,
        scopes: str | Sequence[str] = "all",
        expect_error_page: bool = False,
    ) -> AuthorizationOutcome:
        """One authorization in the browser as ``person`` (member a), however it ends; counted and logged."""
        person = person or self.member()
        outcome = self._opened().authorize(
            request,
            person,
            decision=decision,  # type: ignore[arg-type]
            fresh=fresh,
            scopes=scopes,
            expect_error_page=expect_error_page,
        )
        self.outcomes.append(outcome)
        self.run.authorizations += 1
        self.run.logins += outcome.credentials_submitted
        self.run.add_time("login", outcome.elapsed_s)
        self.run.login_log.append(
            {
                "member": person.key,
                "scopes": request.value("scope"),
                "reason": reason,
                "login": outcome.credentials_submitted,
                "outcome": outcome.kind,
            }
        )
        return outcome

    def endpoint(self, client: str = "main") -> TokenEndpoint:
        """The token endpoint as one client uses it; raises :class:`Undecided` when none is published."""
        if not self.discovery.token_endpoint:
            raise Undecided("no token_endpoint is published", blocked_by="PA-DISC-004")
        return token_endpoint_of(self.discovery, self.run.transport, self.client(client))

    def exchanged(self, outcome: AuthorizationOutcome, *, client: str = "main") -> TokenAnswer:
        """The answer to exchanging the outcome's code; raises :class:`Undecided` when there is none."""
        code = self.code_of(outcome)
        return self._exchanged.pop(code.value, None) or self.endpoint(client).exchange(code)

    def code_of(self, outcome: AuthorizationOutcome) -> Code:
        """The code of an outcome; raises :class:`Undecided` with what the server said when there is none.

        The row of the launch is named only where no launch of the run gave a code.
        """
        if outcome.code is not None:
            return outcome.code
        asked = outcome.request.value("scope")
        said = f"refused with {outcome.said}" if outcome.said else f"answered without a code ({outcome.message})"
        if any(other.code for other in self.outcomes):
            raise Undecided(f"the authorization request for {asked!r} was {said}")
        raise Undecided(f"the launch was {said}, see {LOGIN_ROW}", blocked_by=LOGIN_ROW)

    def answer(
        self, *, reason: str, member: str = "a", client: str = "main", scopes: Sequence[str] | None = None
    ) -> TokenAnswer:
        """Launch and exchange in one go."""
        request = self.request(client=client, scopes=scopes)
        return self.exchanged(self.launch(request, reason=reason, member=member), client=client)

    def session(self, answer: TokenAnswer, *, member: str = "a", client: str = "main") -> Session:
        """A living session from a token response; raises :class:`Undecided` when it holds no access token."""
        if not answer.granted:
            raise Undecided(
                f"the code exchange gave no access token (HTTP {answer.status}), see {EXCHANGE_ROW}",
                blocked_by=EXCHANGE_ROW,
            )
        return Session(
            answer,
            endpoint=self.endpoint(client) if self.discovery.token_endpoint else None,
            member=member,
            configured_patient=self.member(member).patient_id,
            alive=Canary(self.run, self.discovery.token_endpoint),
            reauthorize=lambda: self.answer(reason="the session's tokens no longer worked", member=member),
        )

    def from_outside(self) -> TokenAnswer:
        """The token pair that the target itself holds (login mode ``tokens``)."""
        tokens = self.run.target.tokens
        if not tokens.access:
            raise Undecided("login.mode is tokens: give tokens.access in the target file")
        return outside_tokens(tokens.access, tokens.refresh)
