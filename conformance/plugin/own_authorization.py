"""Authorizations of a check's own, to be spent, refreshed or ruined without harm to the shared session."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from conformance.errors import NotDemonstrated
from conformance.fhir import FhirClient

if TYPE_CHECKING:
    from conformance.plugin.authorizations import Authorizations
    from conformance.smart.outcome import Code
    from conformance.smart.token_endpoint import TokenAnswer
    from conformance.transport import Exchange


class OwnAuthorization:
    """Fresh grants of member a; the browser's login is reused, so none of them costs a password."""

    def __init__(self, authorizations: Authorizations, fhir_base: str) -> None:
        self._authorizations = authorizations
        self._base = fhir_base

    def code(self, *, leaving_out: tuple[str, ...] = ()) -> Code:
        """A code nobody has exchanged yet; raises :class:`NotDemonstrated` when the launch gives none."""
        scopes = [scope for scope in self._authorizations.scopes if scope not in leaving_out]
        request = self._authorizations.request(scopes=scopes)
        outcome = self._authorizations.launch(request, reason="a grant for one check to spend")
        if outcome.code is None:
            raise NotDemonstrated("the launch gave no code, see PA-AUTH-001", blocked_by="PA-AUTH-001")
        return outcome.code

    def exchange_sent_as(self, sent_as: Literal["query", "json"]) -> TokenAnswer:
        """A correct token request, sent in the query of a GET or as a JSON body instead of as a form."""
        code = self.code()
        form = {
            "grant_type": "authorization_code",
            "code": code.value,
            "redirect_uri": code.redirect_uri,
            "code_verifier": code.verifier,
        }
        return self._authorizations.endpoint().raw(form, sent_as=sent_as, purpose=f"exchange a code as {sent_as}")

    def token_answer(self, *, leaving_out: tuple[str, ...] = ()) -> TokenAnswer:
        """A token response of its own."""
        answer = self._authorizations.endpoint().exchange(self.code(leaving_out=leaving_out))
        if not answer.granted:
            raise NotDemonstrated("the exchange gave no token response, see PA-TOK-001", blocked_by="PA-TOK-001")
        return answer

    def refreshed_pair(self) -> tuple[TokenAnswer, TokenAnswer]:
        """A token response and what refreshing it answered; raises :class:`NotDemonstrated` without a refresh token."""
        first = self.token_answer()
        if not first.refresh_token:
            raise NotDemonstrated("no refresh token was issued, see PA-TOK-016", blocked_by="PA-TOK-016")
        return first, self._authorizations.endpoint().refresh(first.refresh_token)

    def refreshed(self) -> TokenAnswer:
        """What refreshing answered."""
        return self.refreshed_pair()[1]

    def read_patient_with(self, answer: TokenAnswer) -> Exchange:
        """Read the patient of the grant with the access token of ``answer``."""
        session = self._authorizations.session(answer)
        client = FhirClient(self._authorizations.run.transport, self._base, lambda: answer.access_token)
        return client.read("Patient", session.patient.id or "unknown", purpose="read with the refreshed token")
