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


def readable(token: IdToken) -> IdToken:
    """The token, if its claims can be read; raises :class:`Undecided` otherwise, which PA-IDEN-001 judges."""
    if token.problem:
        raise Undecided(f"the id_token cannot be read ({token.problem}), see PA-IDEN-001", blocked_by="PA-IDEN-001")
    return token


def second_id_token(authorizations: Authorizations) -> IdToken:
    """The id_token of a second, fresh login of member a."""
    request = authorizations.request(scopes=("launch/patient", "openid", "fhirUser", "patient/Patient.read"))
    outcome = authorizations.launch(request, reason="is sub stable over logins", fresh=True)
    return id_token_of(authorizations.exchanged(outcome))


class JudgedIdToken:
    """The id_token of the shared session with what it is judged by; each method yields the findings of a row.

    All but ``signature`` raise :class:`Undecided` for a token whose claims cannot be read.
    """

    def __init__(self, run: Run, authorizations: Authorizations, answer: TokenAnswer, nonce: str) -> None:
        self.token = id_token_of(answer)
        self._run = run
        self._discovery = authorizations.discovery
        self._client_id = authorizations.client().client_id
        self._answer = answer
        self._nonce = nonce

    def __repr__(self) -> str:
        return f"JudgedIdToken({self.token.algorithm})"

    def signature(self) -> Iterator[Finding]:
        """PA-IDEN-001."""
        yield from identity.signature_findings(
            self.token, self._discovery.keys, self._discovery.openid.texts("id_token_signing_alg_values_supported")
        )
        yield from identity.at_hash_findings(self.token, self._answer.access_token)

    def issuer(self) -> Iterator[Finding]:
        """PA-IDEN-002."""
        yield from identity.issuer_findings(
            readable(self.token), self._discovery.smart.text("issuer"), self._discovery.openid.text("issuer")
        )

    def audience(self) -> Iterator[Finding]:
        """PA-IDEN-003."""
        yield from identity.audience_findings(readable(self.token), self._client_id)

    def times(self) -> Iterator[Finding]:
        """PA-IDEN-004: against the time at which the token response was received, not that of the judgement."""
        received = self._answer.exchange.received_at or time.time()
        yield from identity.time_findings(readable(self.token), received, self._run.target.deployment.clock_skew)

    def subject(self, *, again: IdToken, another: IdToken) -> Iterator[Finding]:
        """PA-IDEN-005."""
        yield from identity.subject_findings(readable(self.token))
        yield from identity.subject_identity_findings(self.token, readable(again), readable(another))

    def nonce(self) -> Iterator[Finding]:
        """PA-IDEN-006; a request without openid has no nonce."""
        if not self._nonce:
            raise Undecided("no nonce was sent, since openid is not requested")
        yield from identity.nonce_findings(readable(self.token), self._nonce)

    def fhir_user(self) -> Iterator[Finding]:
        """PA-IDEN-007: for a grant of openid and fhirUser."""
        if self._answer.scopes.raw and "fhirUser" not in self._answer.scopes.names:
            raise Undecided("fhirUser was not granted, see PA-SCOP-010", blocked_by="PA-SCOP-010")
        yield from identity.fhir_user_findings(readable(self.token))
