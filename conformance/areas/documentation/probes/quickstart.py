"""Follows the payer's documented quickstart step by step, with documented values only."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import urljoin

from conformance.areas.documentation.rules.instructions import instructions_of
from conformance.areas.documentation.rules.page import Page
from conformance.areas.documentation.rules.quickstart import Step
from conformance.areas.documentation.rules.statements import tables_of
from conformance.errors import NotApplicable, Undecided
from conformance.fhir import FhirClient
from conformance.oauth.id_token import parse_fhir_user, read_id_token
from conformance.oauth.registration import register, registered, registration_metadata
from conformance.oauth.request import authorization_request
from conformance.oauth.token_endpoint import TokenEndpoint

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.areas.documentation.probes.page import Published
    from conformance.areas.shared.authorizations import Authorizations
    from conformance.engine.run import Run
    from conformance.oauth.token_endpoint import TokenAnswer
    from conformance.target import Client
    from conformance.transport import Exchange


_OFFLINE = {
    True: "the documented scope table omits offline_access, without which no refresh token is issued",
    False: "a refresh token was issued without offline_access, which SMART asks for",
}
_UNMENTIONED = "the quickstart does not mention {}, which SMART and OpenID Connect ask for"


def follow(run: Run, authorizations: Authorizations, published: Published) -> list[Step]:
    """The steps of the documented quickstart; not applicable where the target describes no documentation."""
    described = published.described
    if not (described.url or described.preset or described.token_path):
        raise NotApplicable("the target describes no documentation; add documentation.url and documentation.preset")
    return list(Quickstart(run, authorizations, published.page if described.url else Page()).steps())


class Quickstart:
    """One pass through the five steps; a step that fails ends it, because the later steps depend on it.

    Addresses, scopes and the place of the patient id are those of the page; what it does not say is taken from the
    target's ``documentation``, and from discovery last.
    """

    def __init__(self, run: Run, authorizations: Authorizations, page: Page) -> None:
        self.run = run
        self.page = page.text
        self.authorizations = authorizations
        self.documentation = run.target.documentation
        self.instructions = instructions_of(page)
        self.patient_id_from = self.instructions.patient_id_from or self._described_source(page)
        documented = [scope for scope in authorizations.scopes if scope in tables_of(page).scopes]
        self.scopes = documented or list(run.target.documentation.scopes) or list(authorizations.scopes)
        self.asks_offline = "offline_access" in self.scopes
        if run.target.scopes.refresh_requires_offline_access and not self.asks_offline:
            self.scopes.append("offline_access")
        self.client: Client | None = None
        self.endpoint: TokenEndpoint | None = None
        self.answer: TokenAnswer | None = None

    def steps(self) -> Iterator[Step]:
        """The result of each step, up to the first that does not work."""
        for walk in (self._register, self._authorize, self._exchange, self._call, self._refresh):
            step = walk()
            yield step
            if step.problem:
                return

    def _register(self) -> Step:
        given = self.authorizations.run.target.clients["main"]
        published = self.authorizations.discovery.registration_endpoint
        url = urljoin(published or self.run.target.deployment.fhir_base, self.instructions.register or published)
        if not (published or self.instructions.register):
            self.client = self.authorizations.client()
            return Step("register", departures=("apps are registered outside the API; the given client was used",))
        answer = register(self.run.transport, url, registration_metadata(given, self.scopes))
        try:
            self.client = replace(registered(given, answer), key="quickstart")
        except Undecided as refused:
            return Step("register", problem=refused.reason, exchange=answer.exchange.number)
        return Step("register", exchange=answer.exchange.number)

    def _authorize(self) -> Step:
        assert self.client is not None
        published = self.authorizations.discovery.authorization_endpoint
        request = authorization_request(
            urljoin(published, self.instructions.authorize),
            self.client,
            self.scopes,
            self.run.target.deployment.fhir_base,
        )
        outcome = self.authorizations.launch(request, reason="documented quickstart")
        silent = [name for name in ("aud", "state", "nonce") if not re.search(rf"\b{name}\b", self.page)]
        departures = (_UNMENTIONED.format(", ".join(silent)),) if silent else ()
        if outcome.code is None:
            return Step("authorize with PKCE", problem=outcome.error or outcome.message, departures=departures)
        self.code = outcome.code
        return Step("authorize with PKCE", departures=departures)

    def _exchange(self) -> Step:
        assert self.client is not None
        published = self.authorizations.discovery.token_endpoint
        documented = self.instructions.token or self.documentation.token_path
        address = urljoin(published, documented)
        self.endpoint = TokenEndpoint(self.run.transport, address, self.client)
        self.answer = self.endpoint.exchange(self.code)
        number = self.answer.exchange.number
        departures = (
            (f"the documented address {documented} is not the published token endpoint",)
            if address != published
            else ()
        )
        if not self.answer.granted:
            status = self.answer.status or self.answer.exchange.fault
            return Step("exchange the code", f"{status} {self.answer.error}".strip(), departures, number)
        return Step("exchange the code", departures=departures, exchange=number)

    def _call(self) -> Step:
        assert self.answer is not None
        token = self.answer.access_token
        client = FhirClient(self.run.transport, self.run.target.deployment.fhir_base, lambda: token)
        documented, standard = self._documented_patient(), self.answer.text("patient")
        departures: tuple[str, ...] = ()
        if self.patient_id_from.startswith("id_token"):
            source = self.patient_id_from
            departures = (
                f"the documentation takes the patient id from {source}, SMART from patient in the token response",
            )
        patient = documented or standard
        read = client.read("Patient", patient, purpose="first call of the quickstart")
        if read.status != 200:
            return Step("call the API", f"reading the Patient returned HTTP {read.status}", departures, read.number)
        found = self._search(client, patient)
        if found.status != 200:
            return Step(
                "call the API", f"searching ExplanationOfBenefit returned HTTP {found.status}", departures, found.number
            )
        return Step("call the API", departures=departures, exchange=found.number)

    def _search(self, client: FhirClient, patient: str) -> Exchange:
        return client.search("ExplanationOfBenefit", {"patient": patient}, purpose="first search of the quickstart")

    def _described_source(self, page: Page) -> str:
        """Where the target says the documentation takes the patient id from; a page that was read speaks for itself."""
        return "" if page.text else self.documentation.patient_id_from

    def _documented_patient(self) -> str:
        assert self.answer is not None
        token = read_id_token(self.answer.id_token) if self.answer.id_token else None
        if self.patient_id_from == "id_token.sub":
            return token.text("sub") if token else ""
        if self.patient_id_from == "id_token.fhirUser":
            user = parse_fhir_user(token.text("fhirUser")) if token else None
            return user.id if user else ""
        return self.answer.text("patient")

    def _refresh(self) -> Step:
        assert self.answer is not None
        assert self.endpoint is not None
        if not self.answer.refresh_token:
            return Step("refresh", problem="no refresh token was issued", exchange=self.answer.exchange.number)
        departures = () if self.asks_offline else (_OFFLINE["offline_access" in self.scopes],)
        refreshed = self.endpoint.refresh(self.answer.refresh_token)
        problem = "" if refreshed.granted else f"HTTP {refreshed.status} {refreshed.error}".strip()
        return Step("refresh", problem, departures, refreshed.exchange.number)
