"""id_tokens of the members, each with what it is judged by."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from conformance.areas.identity.rules import id_token as identity
from conformance.errors import Undecided
from conformance.oauth.id_token import IdToken, read_id_token

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.areas.shared.authorizations import Authorizations
    from conformance.engine.run import Run
    from conformance.findings import Finding
    from conformance.oauth.token_endpoint import TokenAnswer


def id_token_of(answer: TokenAnswer) -> IdToken:
    """The id_token of a token response; raises :class:`Undecided` where it has none."""
    if not answer.id_token:
        raise Undecided("no id_token was issued, see PA-TOK-015", blocked_by="PA-TOK-015")
    return read_id_token(answer.id_token)


def second_id_token(authorizations: Authorizations) -> IdToken:
    """The id_token of a second, fresh login of member a."""
    request = authorizations.request(scopes=("launch/patient", "openid", "fhirUser", "patient/Patient.read"))
    outcome = authorizations.launch(request, reason="is sub stable over logins", fresh=True)
    return id_token_of(authorizations.exchanged(outcome))


class JudgedIdToken:
    """The id_token of the shared session with what it is judged by; each method yields the findings of a row."""

    def __init__(self, run: Run, authorizations: Authorizations, token: IdToken, nonce: str) -> None:
        self.token = token
        self._run = run
        self._discovery = authorizations.discovery
        self._client_id = authorizations.client().client_id
        self._nonce = nonce

    def __repr__(self) -> str:
        return f"JudgedIdToken({self.token.algorithm})"

    def signature(self) -> Iterator[Finding]:
        """PA-IDEN-001."""
        yield from identity.signature_findings(
            self.token, self._discovery.keys, self._discovery.openid.texts("id_token_signing_alg_values_supported")
        )

    def issuer(self) -> Iterator[Finding]:
        """PA-IDEN-002."""
        yield from identity.issuer_findings(
            self.token, self._discovery.smart.text("issuer"), self._discovery.openid.text("issuer")
        )

    def audience(self) -> Iterator[Finding]:
        """PA-IDEN-003."""
        yield from identity.audience_findings(self.token, self._client_id)

    def times(self) -> Iterator[Finding]:
        """PA-IDEN-004."""
        yield from identity.time_findings(self.token, time.time(), self._run.target.deployment.clock_skew)

    def subject(self, *, again: IdToken, another: IdToken) -> Iterator[Finding]:
        """PA-IDEN-005."""
        yield from identity.subject_findings(self.token)
        yield from identity.subject_identity_findings(self.token, again, another)

    def nonce(self) -> Iterator[Finding]:
        """PA-IDEN-006."""
        yield from identity.nonce_findings(self.token, self._nonce)

    def fhir_user(self) -> Iterator[Finding]:
        """PA-IDEN-007."""
        yield from identity.fhir_user_findings(self.token)
