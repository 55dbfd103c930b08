"""Authorization requests that are wrong in one way each, sent by a browser, their codes exchanged if any come.

What is wrong is data (:data:`WRONG`); whether it is refused, ``shared.refusals`` judges. Each request is sent
once in a run, whichever checks ask about it.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from conformance.areas.shared.refusals import Attempt
from conformance.errors import Undecided
from conformance.login.outcome import judgeable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from conformance.areas.shared.authorizations import Authorizations
    from conformance.login.outcome import AuthorizationOutcome
    from conformance.oauth.request import AuthorizationRequest

UNKNOWN_SCOPE = "patient/NotAResource.read"
ELSEWHERE = "https://elsewhere.example"
COUNTERFEIT = f"{ELSEWHERE}/fhir"
TURNED_AWAY = {"error-page", "refused"}
TOO_MANY = 429
WRONG_ONCE_REDIRECTED = {"client_id"}  # themes whose rule asks for no exchange


@dataclass(frozen=True, slots=True)
class Wrong:
    """What is wrong in words that follow "a request", and the change that makes it so.

    ``sends_verifier`` says whether a code that comes of it is exchanged with the verifier or without one,
    ``client`` which client of the target sends it.
    """

    what: str
    change: Callable[[AuthorizationRequest], AuthorizationRequest]
    sends_verifier: bool = True
    client: str = "main"


def _literal(method: str | None) -> Callable[[AuthorizationRequest], AuthorizationRequest]:
    """The verifier itself as the challenge, by a method that is not S256, or by none."""

    def change(request: AuthorizationRequest) -> AuthorizationRequest:
        literal = request.with_(code_challenge=request.pkce.verifier)
        return literal.with_(code_challenge_method=method) if method else literal.without("code_challenge_method")

    return change


def _address(change: Callable[[str], str]) -> Callable[[AuthorizationRequest], AuthorizationRequest]:
    return lambda request: request.with_(redirect_uri=change(request.redirect_uri))


def _part(**parts: Callable[[str], str]) -> Callable[[AuthorizationRequest], AuthorizationRequest]:
    """The redirect_uri with parts changed: ``scheme``, ``netloc``, ``path``, ``query``."""

    def change(uri: str) -> str:
        split = urlsplit(uri)
        return split._replace(**{name: edit(getattr(split, name)) for name, edit in parts.items()}).geturl()

    return _address(change)


def _elsewhere(request: AuthorizationRequest) -> AuthorizationRequest:
    return request.with_(redirect_uri=f"{ELSEWHERE}/callback")


def _another_address(request: AuthorizationRequest) -> AuthorizationRequest:
    others = [uri for uri in request.registered if uri != request.redirect_uri]
    return request.repeated("redirect_uri", others[0] if others else f"{request.redirect_uri}/other")


def _patient_scope(request: AuthorizationRequest) -> str:
    """The patient scopes of a request and nothing else."""
    return " ".join(word for word in request.value("scope").split() if word.startswith("patient/"))


WRONG: Mapping[str, tuple[Wrong, ...]] = {
    "challenge": (
        Wrong(
            "without code_challenge and its method",
            lambda request: request.without("code_challenge", "code_challenge_method"),
            sends_verifier=False,
        ),
        Wrong("without code_challenge", lambda request: request.without("code_challenge")),
        Wrong("with an empty code_challenge", lambda request: request.with_(code_challenge=""), sends_verifier=False),
    ),
    "method": (
        Wrong("with code_challenge_method=plain", _literal("plain")),
        Wrong("without code_challenge_method, which then means plain", _literal(None)),
        Wrong("with code_challenge_method=S512", _literal("S512")),
        Wrong("with code_challenge_method=s256", _literal("s256")),
    ),
    "redirect_uri": (
        Wrong("whose redirect_uri has a longer path", _part(path=lambda path: f"{path.rstrip('/')}/more")),
        Wrong("whose redirect_uri only begins with a registered one", _address(lambda uri: f"{uri}.elsewhere.example")),
        Wrong("whose redirect_uri has a query", _part(query=lambda query: f"{query}&next=1".lstrip("&"))),
        Wrong("whose redirect_uri has another host", _part(netloc=lambda _: "elsewhere.example")),
        Wrong("whose redirect_uri has a longer host", _part(netloc=lambda host: f"{host}.elsewhere.example")),
        Wrong(
            "whose redirect_uri has another scheme",
            _part(scheme=lambda scheme: "https" if scheme == "http" else "http"),
        ),
        Wrong("whose redirect_uri has an upper-case path", _part(path=lambda path: path.upper() or "/A")),
        Wrong(
            "whose redirect_uri hides another host behind user information",
            _part(netloc=lambda host: f"{host}@elsewhere.example"),
        ),
        Wrong(
            "whose redirect_uri has another host and that lacks code_challenge",
            lambda request: _elsewhere(request).without("code_challenge", "code_challenge_method"),
        ),
        Wrong(
            "whose redirect_uri has another host and whose aud is a counterfeit server",
            lambda request: _elsewhere(request).with_(aud=COUNTERFEIT),
        ),
        Wrong(
            "with a second redirect_uri that is not registered",
            lambda request: request.repeated("redirect_uri", f"{ELSEWHERE}/callback"),
        ),
    ),
    "client_id": (
        Wrong("of an unknown client", lambda request: request.with_(client_id=f"unknown-{secrets.token_hex(8)}")),
        Wrong("with an empty client_id", lambda request: request.with_(client_id="")),
        Wrong("without client_id", lambda request: request.without("client_id")),
    ),
    "response_type": (
        Wrong("without response_type", lambda request: request.without("response_type")),
        Wrong("with a made-up response_type", lambda request: request.with_(response_type="made_up")),
    ),
    "other-response-type": (
        Wrong("with response_type=token", lambda request: request.with_(response_type="token")),
        Wrong("with response_type=id_token token", lambda request: request.with_(response_type="id_token token")),
    ),
    "public-challenge": (
        Wrong(
            "of the public client without code_challenge and its method",
            lambda request: request.without("code_challenge", "code_challenge_method"),
            sends_verifier=False,
            client="public",
        ),
    ),
    "malformed": (Wrong("without response_type", lambda request: request.without("response_type")),),
    "aud": (
        Wrong("without aud", lambda request: request.without("aud")),
        Wrong("with the aud of a counterfeit server", lambda request: request.with_(aud=COUNTERFEIT)),
    ),
    "aud-slash": (Wrong("whose aud ends with a slash", lambda request: request.with_(aud=f"{request.value('aud')}/")),),
    "repetition": (
        Wrong("with scope twice", lambda request: request.repeated("scope", _patient_scope(request))),
        Wrong("with two registered redirect_uris", _another_address),
    ),
    "scope": (
        Wrong(
            f"for {UNKNOWN_SCOPE} beside scopes that exist",
            lambda request: request.with_(scope=f"{request.value('scope')} {UNKNOWN_SCOPE}"),
        ),
    ),
    "no-launch-scope": (
        Wrong(
            "for patient/Patient.read without launch/patient",
            lambda request: request.with_(scope="patient/Patient.read"),
        ),
    ),
}


class WrongRequests:
    """Sends the requests of a theme of :data:`WRONG` and keeps what came of each."""

    def __init__(self, authorizations: Authorizations) -> None:
        self._authorizations = authorizations
        self._sent: dict[str, tuple[Attempt, AuthorizationOutcome]] = {}

    def attempts(self, theme: str) -> list[Attempt]:
        """What came of every request of a theme.

        Raises :class:`Undecided` when one ended in a way that says neither grant nor refusal, unless another one
        of the theme was served.
        """
        tried = [self._tried(wrong) for wrong in WRONG[theme]]
        attempts = [attempt for attempt, _ in tried]
        if not any(attempt.usable or attempt.went_to for attempt in attempts):
            for wrong, (attempt, outcome) in zip(WRONG[theme], tried, strict=True):
                _require_decided(wrong, outcome)
                if theme not in WRONG_ONCE_REDIRECTED:
                    _require_answered(attempt)
        return attempts

    def outcomes(self, *themes: str) -> Iterator[AuthorizationOutcome]:
        """What the browser saw of the requests of some themes."""
        for theme in themes:
            yield from (self._tried(wrong)[1] for wrong in WRONG[theme])

    def _tried(self, wrong: Wrong) -> tuple[Attempt, AuthorizationOutcome]:
        if wrong.what not in self._sent:
            scopes = self._authorizations.smaller("Patient")
            request = wrong.change(self._authorizations.request(scopes=scopes, client=wrong.client))
            outcome = self._authorizations.attempt(
                request, reason=f"must be refused: a request {wrong.what}", expect_error_page=True
            )
            self._sent[wrong.what] = (self._followed(wrong, outcome), outcome)
        return self._sent[wrong.what]

    def _followed(self, wrong: Wrong, outcome: AuthorizationOutcome) -> Attempt:
        """The attempt, its code exchanged at the address the browser was sent to."""
        sent = tuple(value for name, value in outcome.request.parameters if name == "redirect_uri")
        attempt = Attempt(wrong.what, outcome, None, sent, outcome.request.registered)
        code = outcome.code
        if code is None or outcome.redirect is None:
            return attempt
        there = attempt.went_to or next((uri for uri in sent if uri == outcome.redirect.uri), code.redirect_uri)
        verifier = "" if wrong.sends_verifier else None
        answer = self._authorizations.endpoint(wrong.client).exchange(
            replace(code, redirect_uri=there), verifier=verifier, redirect_uri=there
        )
        return replace(attempt, reply=answer)


def _require_decided(wrong: Wrong, outcome: AuthorizationOutcome) -> None:
    if outcome.last_status == TOO_MANY and outcome.kind != "redirect":
        raise Undecided(f"the authorization endpoint answered 429 to a request {wrong.what}: run again, slower")
    if outcome.kind in TURNED_AWAY or outcome.kind == "redirect":
        return
    if outcome.kind not in {"no-screen", "timeout", "unreachable"}:
        judgeable(outcome)
    raise Undecided(
        f"what the browser showed for a request {wrong.what} is neither a refusal nor a grant ({outcome.message}); "
        "describe that page as a login screen with `expect: error_page`"
    )


def _require_answered(attempt: Attempt) -> None:
    """A code whose exchange the server breaks down over may be as good as any; only a refusal says that it is not."""
    status = attempt.reply.status if attempt.reply is not None else None
    if status is not None and (status in {0, TOO_MANY} or status >= 500):
        how = f"answered with HTTP {status}" if status else "not answered"
        raise Undecided(
            f"a request {attempt.what} gave a code whose exchange was {how}: neither a refusal nor a grant, run again"
        )
