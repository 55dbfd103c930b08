"""What an authorization yields and every FHIR call needs: tokens, the patient in context, the granted scopes."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from conformance.errors import Undecided
from conformance.oauth.id_token import FHIR_ID, IdToken, read_id_token

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from conformance.oauth.scopes import ScopeSet
    from conformance.oauth.token_endpoint import TokenAnswer, TokenEndpoint

PatientSource = Literal["patient", "fhirUser", "sub", "configured"]
SOURCES: tuple[PatientSource, ...] = ("patient", "fhirUser", "configured", "sub")
MARGIN = 60.0  # seconds before expiry at which a token is renewed, less for short-lived ones


@dataclass(frozen=True, slots=True)
class PatientContext:
    """The patient's logical id, where it was taken from, and what every source said (each is judged on its own)."""

    id: str = ""
    source: PatientSource | Literal[""] = ""
    said: dict[PatientSource, str] = field(default_factory=dict)


def patient_context(
    answer: TokenAnswer | None, id_token: IdToken | None, configured: str = "", order: Sequence[PatientSource] = SOURCES
) -> PatientContext:
    """The patient by the first source in ``order`` that names one.

    ``patient`` of the token response is the standard (SMART App Launch 2.2.0 "Launch context arrives with your
    access_token"). Real servers also name it in ``fhirUser`` (when that is a Patient) or in ``sub``; ``sub`` is an
    opaque user id elsewhere, so by default it only counts when nothing else is known.
    """
    user = id_token.fhir_user if id_token else None
    subject = id_token.text("sub") if id_token else ""
    said: dict[PatientSource, str] = {
        "patient": answer.text("patient").rpartition("/")[2] if answer else "",
        "fhirUser": user.id if user and user.type == "Patient" else "",
        "sub": subject.removeprefix("Patient/") if FHIR_ID.fullmatch(subject.removeprefix("Patient/")) else "",
        "configured": configured,
    }
    named = {source: id_ for source, id_ in said.items() if id_}
    for source in order:
        if source in named:
            return PatientContext(named[source], source, named)
    return PatientContext(said=named)


class Session:
    """The tokens of one authorization, kept alive; may be used from several threads.

    A refresh replaces the tokens for every user at once, since some servers revoke the old access token with it.
    ``reauthorize`` gives a new token response when the refresh token no longer works; both are counted (``refreshes``,
    ``renewals``). ``alive`` tells whether the access token still works, as far as anybody knows.
    """

    def __init__(
        self,
        answer: TokenAnswer,
        *,
        endpoint: TokenEndpoint | None = None,
        member: str = "",
        configured_patient: str = "",
        patient_order: Sequence[PatientSource] = SOURCES,
        reauthorize: Callable[[], TokenAnswer] | None = None,
        alive: Callable[[Session], bool] = lambda session: True,  # noqa: ARG005
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.first = answer
        self.member = member
        self.endpoint = endpoint
        self.id_token: IdToken | None = read_id_token(answer.id_token) if answer.id_token else None
        self.patient = patient_context(answer, self.id_token, configured_patient, patient_order)
        self.refreshes = 0
        self.renewals = 0
        self._reauthorize = reauthorize
        self._alive = alive
        self._clock = clock
        self._lock = threading.RLock()
        self._adopt(answer)

    def __repr__(self) -> str:
        return f"Session({self.member}, Patient/{self.patient.id} by {self.patient.source or 'nobody'}, {self.scopes})"

    @property
    def answer(self) -> TokenAnswer:
        """The newest token response."""
        return self._answer

    @property
    def access_token(self) -> str:
        """The newest access token, however old."""
        return self._answer.access_token

    @property
    def refresh_token(self) -> str:
        """The newest refresh token, ``""`` when there is none."""
        return self._refresh_token

    @property
    def scopes(self) -> ScopeSet:
        """What is granted now."""
        return self._scopes

    @property
    def expires_in(self) -> float | None:
        """Seconds the access token is still good for by the server's own word; ``None`` when it said nothing usable."""
        return None if self._expires_at is None else self._expires_at - self._clock()

    def bearer(self) -> str:
        """An access token to send now, renewed if it is about to expire or known to be dead.

        Raises :class:`Undecided` when it has expired and can be renewed by no means.
        """
        with self._lock:
            left = self.expires_in
            if left is None or left > self._margin:
                if not self._alive(self) and self.renew():
                    self._alive(
                        self
                    )  # so that a server which refuses every token is distinguished from one that ended ours
                return self.access_token
            if not (self._refreshed() or self._reauthorized()) and left <= 0:
                raise Undecided(
                    f"the access token of member {self.member} has expired and could not be renewed "
                    f"({'the refresh was refused' if self._refresh_token else 'no refresh token was issued'})"
                )
            return self.access_token

    def refresh(self) -> TokenAnswer:
        """Refresh now and use what comes of it, if anything does.

        Raises :class:`Undecided` without a refresh token.
        """
        with self._lock:
            if not self.endpoint or not self._refresh_token:
                raise Undecided(f"no refresh token was issued to member {self.member}")
            answer = self.endpoint.refresh(self._refresh_token)
            if answer.granted:
                self.refreshes += 1
                self._adopt(answer)
            return answer

    def renew(self) -> bool:
        """Get new tokens because the present ones were seen to be dead; false when that is impossible."""
        with self._lock:
            return self._refreshed() or self._reauthorized()

    @property
    def _margin(self) -> float:
        return min(MARGIN, (self._answer.lifetime or 0) / 4)

    def _refreshed(self) -> bool:
        return bool(self.endpoint and self._refresh_token) and self.refresh().granted

    def _reauthorized(self) -> bool:
        if self._reauthorize is None:
            return False
        answer = self._reauthorize()
        if answer.granted:
            self.renewals += 1
            self._adopt(answer)
        return answer.granted

    def _adopt(self, answer: TokenAnswer) -> None:
        """A refresh may leave out the refresh token and the scope; both then stay (RFC 6749 sections 5.1 and 6)."""
        self._answer = answer
        self._refresh_token: str = answer.refresh_token or getattr(self, "_refresh_token", "")
        self._scopes: ScopeSet = answer.scopes if answer.scopes.raw or not hasattr(self, "_scopes") else self._scopes
        self._expires_at = None if answer.lifetime is None else self._clock() + answer.lifetime
