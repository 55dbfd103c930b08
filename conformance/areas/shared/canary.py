"""Whether a session's token still works, asked only after another authorization or grant.

Some servers keep one grant per member and app: each further authorization, of whichever check, ends the ones before.
The shared session then has to be established again, or every later answer would be judged by a dead token.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.fhir import FhirClient

if TYPE_CHECKING:
    from conformance.engine.run import Run
    from conformance.oauth.session import Session

DEAD_TOKEN = frozenset({401, 403, 404})
"""What a server may answer to a token that no longer works (US Core 6.1.0, Security); of the member's own Patient."""
MAX_DEATHS = 2  # in a row: a new token that is refused as well shows a server that refuses, not a session that died


class Canary:
    """Tells whether a session lives; one read of the Patient in context after each authorization or grant."""

    def __init__(self, run: Run, token_endpoint: str) -> None:
        self._run = run
        self._token_endpoint = token_endpoint
        self._seen = len(run.transport.exchanges)
        self._authorizations = -1  # whatever came between the grant and its first use is not known
        self._deaths = 0

    def __call__(self, session: Session) -> bool:
        """False when the member's own Patient is refused (``DEAD_TOKEN``); alive without a patient to read."""
        if not session.patient.id or self._deaths >= MAX_DEATHS or not self._granted_since():
            return True
        base, token = self._run.target.deployment.fhir_base, session.access_token
        client = FhirClient(self._run.transport, base, lambda: token)
        status = client.read("Patient", session.patient.id, purpose="is the shared session alive").status
        self._deaths = self._deaths + 1 if status in DEAD_TOKEN else 0
        return status not in DEAD_TOKEN

    def _granted_since(self) -> bool:
        exchanges = self._run.transport.exchanges
        since, self._seen = exchanges[self._seen :], len(exchanges)
        before, self._authorizations = self._authorizations, self._run.authorizations
        return before != self._run.authorizations or any(
            exchange.status == 200 and exchange.method == "POST" and exchange.url == self._token_endpoint
            for exchange in since
        )
