"""Grants asked for to see what they open: each obtained once in a run, its doors tried while the token is fresh."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from conformance.areas.scopes.rules.enforcement import AccessAttempt, GrantTrial, first_page
from conformance.areas.scopes.rules.grants import Grant
from conformance.areas.shared.evidence import identity
from conformance.areas.shared.login_evidence import keep_login_evidence
from conformance.collection import Gatherer
from conformance.errors import Undecided
from conformance.fhir import FhirClient
from conformance.login.outcome import judgeable
from conformance.oauth.id_token import read_id_token
from conformance.oauth.scopes import parse_scope, parse_scopes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from conformance.areas.scopes.rules.enforcement import Way
    from conformance.areas.shared.authorizations import Authorizations
    from conformance.areas.shared.documents import Answer
    from conformance.engine.run import Run
    from conformance.login.outcome import AuthorizationOutcome
    from conformance.oauth.token_endpoint import TokenAnswer

MAX_READS = 50
"""Reads per type where a granular scope is tried on what lies outside it."""

INCLUDES: Mapping[str, tuple[tuple[tuple[str, str], ...], ...]] = {
    "Patient": (
        (("_revinclude", "Coverage:beneficiary"), ("_revinclude", "ExplanationOfBenefit:patient")),
        (("_revinclude", "Condition:patient"), ("_revinclude", "Observation:patient"), ("_revinclude", "*")),
    ),
    "Coverage": (
        (("_include", "Coverage:beneficiary"), ("_include", "Coverage:patient"), ("_include", "Coverage:payor")),
        (("_revinclude", "ExplanationOfBenefit:coverage"),),
    ),
    "ExplanationOfBenefit": (
        (("_include", "ExplanationOfBenefit:patient"), ("_include", "ExplanationOfBenefit:coverage")),
        (("_include", "ExplanationOfBenefit:provider"), ("_include", "ExplanationOfBenefit:insurer")),
    ),
}


@dataclass(frozen=True, slots=True)
class Known:
    """What the shared session found, for grants to be tried on: ids by type, documents' bytes below the FHIR base."""

    patient: str
    found: Mapping[str, tuple[str, ...]]
    attachments: Sequence[str] = ()
    medications: Sequence[str] = ()
    organizations: Sequence[str] = ()
    served: frozenset[str] = frozenset()

    def whole(self, type_name: str) -> frozenset[str]:
        """``Type/id`` of everything of a type."""
        return frozenset(f"{type_name}/{each}" for each in self.found.get(type_name, ()))

    def search(self, type_name: str) -> tuple[tuple[str, str], ...]:
        """The parameters that find a type."""
        return (("_id" if type_name == "Patient" else "patient", self.patient),)


@dataclass(slots=True)
class ScopeTrials:
    """Every grant by what it asked for, with all that was tried with it; nothing is asked for twice."""

    run: Run
    authorizations: Authorizations
    known: Known
    _done: dict[tuple[str, ...], GrantTrial] = field(default_factory=dict)

    def scope_of(self, type_name: str) -> str:
        """The scope that reads and searches a type, in the spelling the target documents."""
        told = self.run.target.scopes
        for raw in (*told.required, *told.optional):
            scope = parse_scope(raw)
            if scope.type == type_name and scope.context == "patient":
                return raw
        return f"patient/{type_name}.{'rs' if told.syntax == 'v2' else 'read'}"

    def trial(
        self,
        *scopes: str,
        reason: str,
        ticked: Sequence[str] | None = None,
        doors: Callable[[FhirClient, Grant], Iterable[AccessAttempt]] | None = None,
    ) -> GrantTrial:
        """Ask for exactly these scopes and try ``doors`` at once, before anything else can end the grant.

        ``ticked`` are the scopes left ticked on the consent page. Raises :class:`Undecided` without a login.
        """
        key = (*scopes, "|", *(ticked if ticked is not None else ("all",)))
        if key not in self._done:
            self._done[key] = self._tried(scopes, reason, ticked, doors)
        return self._done[key]

    def _tried(
        self,
        scopes: Sequence[str],
        reason: str,
        ticked: Sequence[str] | None,
        doors: Callable[[FhirClient, Grant], Iterable[AccessAttempt]] | None,
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
        if not grant.given or doors is None:
            return GrantTrial(grant, served=self.known.served)
        client = FhirClient(self.run.transport, self.run.target.deployment.fhir_base, lambda: answer.access_token)
        tried = list(doors(client, grant))
        whole = {name: self.known.whole(name) for name in self.known.found}
        return GrantTrial(grant, tried, self._direct_reads(client, tried), self.known.served, whole)

    def _answered(self, scopes: Sequence[str], reason: str, ticked: Sequence[str] | None) -> AuthorizationOutcome:
        """The authorization itself; boxes can be left ticked only where the member is asked."""
        request = partial(self.authorizations.request, scopes=scopes)
        if ticked is None:
            return self.authorizations.attempt(request(), reason=reason, expect_error_page=True)
        return self.authorizations.asked(request, reason=reason, scopes=ticked, expect_error_page=True)

    def _direct_reads(self, client: FhirClient, doors: Iterable[AccessAttempt]) -> dict[str, Answer]:
        """A direct read of one resource per type that an include brought."""
        brought = {
            str(resource.get("resourceType")): identity(resource)
            for door in doors
            if door.way == "include"
            for resource in door.resources
            if resource.get("resourceType") != door.type
        }
        return {each: client.get(each, purpose="direct read of an include") for each in brought.values()}


def grant_of(asked: Sequence[str], answer: TokenAnswer) -> Grant:
    """The grant in a token response; a response without ``scope`` gives what was asked for (RFC 6749 section 5.1)."""
    wanted = parse_scopes(" ".join(asked))
    if not answer.granted:
        return Grant(tuple(asked), refused=f"HTTP {answer.status} {answer.error}".strip())
    granted = answer.scopes if answer.scopes.raw else wanted
    claims = dict(read_id_token(answer.id_token).claims) if answer.id_token else None
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
        claims=claims,
        exchange=answer.exchange.number,
    )


class AccessPlan:
    """Which requests to make with a grant; each method gives :class:`AccessAttempt` after :class:`AccessAttempt`."""

    def __init__(self, known: Known, types: Sequence[str], concurrency: int) -> None:
        self._known = known
        self._types = types
        self._concurrency = concurrency

    def around(self, own: str) -> Callable[[FhirClient, Grant], list[AccessAttempt]]:
        """Every way into ``own`` and into the other deployed types, and to the bytes of documents."""

        def tried(client: FhirClient, grant: Grant) -> list[AccessAttempt]:
            del grant
            calls = [self._searching(client, own, follow=True), *self._reading(client, own)]
            for name in self._types:
                if name != own:
                    calls += [self._searching(client, name), *self._reading(client, name)]
            for more in (*INCLUDES.get(own, ()), (("_include", f"{own}:*"), ("_revinclude", "Provenance:target"))):
                calls.append(self._searching(client, own, more))
            if own == "Observation":
                calls.append(self._searching(client, own, (("category", "laboratory"),), way="search"))
            if own == "MedicationRequest":
                calls += [self.read(client, "Medication", each) for each in self._known.medications[:1]]
            calls += [self._everything(client), *(self.bytes(client, url) for url in self._known.attachments[:1])]
            return self.all(client, calls)

        return tried

    def of(self, *ways: tuple[Way, str]) -> Callable[[FhirClient, Grant], list[AccessAttempt]]:
        """Just these: searches and reads of types."""

        def tried(client: FhirClient, grant: Grant) -> list[AccessAttempt]:
            del grant
            calls: list[Callable[[], AccessAttempt]] = []
            for way, name in ways:
                calls += (
                    [self._searching(client, name, follow=True)] if way == "search" else self._reading(client, name)
                )
            return self.all(client, calls)

        return tried

    def each(self, *types: str) -> Callable[[FhirClient, Grant], list[AccessAttempt]]:
        """Searches of types, and reads of everything the shared session found of them."""

        def tried(client: FhirClient, grant: Grant) -> list[AccessAttempt]:
            del grant
            calls = [self._searching(client, name, follow=True) for name in types]
            calls += [
                self.read(client, name, each) for name in types for each in self._known.found.get(name, ())[:MAX_READS]
            ]
            return self.all(client, calls)

        return tried

    def all(self, client: FhirClient, calls: Iterable[Callable[[], AccessAttempt]]) -> list[AccessAttempt]:
        """The doors of the calls, tried in parallel."""
        return Gatherer(client, concurrency=self._concurrency).parallel(calls)

    def read(self, client: FhirClient, type_name: str, resource_id: str) -> Callable[[], AccessAttempt]:
        """One read of one resource."""

        def ask() -> AccessAttempt:
            answer = client.read(type_name, resource_id, purpose="what a scope opens")
            return AccessAttempt("read", type_name, f"reading {type_name}", answer, first_page(answer))

        return ask

    def _searching(
        self,
        client: FhirClient,
        name: str,
        more: Sequence[tuple[str, str]] = (),
        *,
        follow: bool = False,
        way: Way | None = None,
    ) -> Callable[[], AccessAttempt]:
        def ask() -> AccessAttempt:
            answer = client.search(name, [*self._known.search(name), *more], purpose="what a scope opens")
            pages = client.pages(answer) if follow and answer.status == 200 else ()
            found = [resource for page in pages for resource in page.resources] if pages else first_page(answer)
            what = f"searching {name}" + "".join(f" with {key}={value}" for key, value in more)
            return AccessAttempt(way or ("include" if more else "search"), name, what, answer, found)

        return ask

    def _reading(self, client: FhirClient, name: str) -> list[Callable[[], AccessAttempt]]:
        return [self.read(client, name, each) for each in self._known.found.get(name, ())[:1]]

    def _everything(self, client: FhirClient) -> Callable[[], AccessAttempt]:
        def ask() -> AccessAttempt:
            answer = client.operation(f"Patient/{self._known.patient}/$everything", purpose="what a scope opens")
            return AccessAttempt("operation", "Patient", "$everything", answer, first_page(answer))

        return ask

    def bytes(self, client: FhirClient, url: str) -> Callable[[], AccessAttempt]:
        """The content of one document."""

        def ask() -> AccessAttempt:
            answer = client.get(url, headers={"Accept": "*/*"}, purpose="what a scope opens", endpoint="document")
            return AccessAttempt("binary", "Binary", "the content of a document", answer)

        return ask
