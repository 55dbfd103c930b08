"""Authorizations of a check's own, to be spent, refreshed or ruined without harm to the shared session."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from conformance.errors import Undecided
from conformance.fhir import FhirClient

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conformance.areas.shared.authorizations import Authorizations
    from conformance.oauth.request import Code
    from conformance.oauth.token_endpoint import TokenAnswer, TokenEndpoint
    from conformance.transport import Exchange


class OwnAuthorization:
    """Fresh grants of member a; the browser's login is reused, so none of them costs a password."""

    def __init__(self, authorizations: Authorizations, fhir_base: str) -> None:
        self.authorizations = authorizations
        self._base = fhir_base

    def endpoint(self, client: str = "main") -> TokenEndpoint:
        """The token endpoint as a client uses it."""
        return self.authorizations.endpoint(client)

    def code(
        self, *, scopes: Sequence[str] | None = None, client: str = "main", member: str = "a", reason: str = ""
    ) -> Code:
        """A code that is not exchanged yet; raises :class:`Undecided` when the launch gives none."""
        request = self.authorizations.request(scopes=scopes, client=client)
        reason = reason or "a grant for one check to spend"
        return self.authorizations.code_of(self.authorizations.launch(request, reason=reason, member=member))

    def grant(
        self, *, scopes: Sequence[str] | None = None, client: str = "main", member: str = "a", reason: str = ""
    ) -> TokenAnswer:
        """A token response of its own; raises :class:`Undecided` when the exchange gives none."""
        code = self.code(scopes=scopes, client=client, member=member, reason=reason)
        answer = self.endpoint(client).exchange(code)
        if not answer.granted:
            raise Undecided("the exchange gave no token response, see PA-TOK-001", blocked_by="PA-TOK-001")
        return answer

    def refreshable(
        self, *, scopes: Sequence[str] | None = None, client: str = "main", member: str = "a", reason: str = ""
    ) -> TokenAnswer:
        """A token response with a refresh token; raises :class:`Undecided` when none was issued."""
        answer = self.grant(scopes=scopes, client=client, member=member, reason=reason)
        if not answer.refresh_token:
            raise Undecided("no refresh token was issued, see PA-TOK-016", blocked_by="PA-TOK-016")
        return answer

    def limited(self) -> tuple[str, ...]:
        """Scopes that leave something out: Patient and Coverage, with refresh where the target wants it."""
        return self.authorizations.smaller("Patient", "Coverage", offline=True)

    def fhir(self, answer: TokenAnswer) -> FhirClient:
        """The FHIR API with the access token of ``answer``."""
        return FhirClient(self.authorizations.run.transport, self._base, lambda: answer.access_token)

    def patient(self, answer: TokenAnswer, member: str = "a") -> str:
        """The patient in context of ``answer``; raises :class:`Undecided` when nothing names one."""
        patient = self.authorizations.session(answer, member=member).patient.id
        if not patient:
            raise Undecided("no source names the patient in context, see PA-TOK-014", blocked_by="PA-TOK-014")
        return patient

    def read_patient_with(self, answer: TokenAnswer, *, patient: str = "", purpose: str = "") -> Exchange:
        """Read a patient, by default that of the grant, with the access token of ``answer``."""
        client = self.fhir(answer)
        return client.read("Patient", patient or self.patient(answer), purpose=purpose or "read with this token")

    def age(self, kind: Literal["code", "token", "refresh_token"], value: str, seconds: float) -> None:
        """Have the lab age what was issued; raises :class:`Undecided` without a lab or when it refuses."""
        url = self.authorizations.run.target.lab.age_grant
        if not url:
            raise Undecided("add lab.age_grant to the target: an address that ages a code or token")
        answer = self.authorizations.run.transport.request(
            "POST", url, json={kind: value, "seconds": seconds}, purpose=f"age a {kind}", endpoint="lab"
        )
        if not 200 <= answer.status < 300:
            said = answer.fault or f"HTTP {answer.status}"
            raise Undecided(f"lab.age_grant did not age the {kind} ({said})")


class TokenSupply:
    """Access tokens of member a that a check may use up: each a refresh of one grant, or a grant of its own."""

    def __init__(self, own: OwnAuthorization) -> None:
        self._own = own
        self._refresh_token = ""

    def token(self) -> TokenAnswer:
        """A token response that no other check uses; its refresh token must not be used."""
        answer = self._own.endpoint().refresh(self._refresh_token) if self._refresh_token else None
        if answer is None or not answer.granted:
            answer = self._own.grant(reason="access tokens for checks to use up")
        self._refresh_token = answer.refresh_token or self._refresh_token
        return answer

    def given_up(self) -> str:
        """The newest refresh token, for the caller to do with as it likes; empty when there is none."""
        refresh_token, self._refresh_token = self._refresh_token, ""
        return refresh_token
