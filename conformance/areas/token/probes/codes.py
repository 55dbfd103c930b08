"""Wrong exchanges of an authorization code, made with one code where the server allows it.

Each wrong exchange is tried with the same code; if the right exchange still works at the end, the code was alive all
the time and every refusal was for what was wrong. A server that burns a code at the first wrong try (RFC 6749 leaves
that open) gets a fresh code for each.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

from conformance.areas.shared.altered_tokens import made_up
from conformance.areas.shared.refusals import Probe
from conformance.areas.token.probes.client_proofs import wrong_proofs
from conformance.areas.token.rules.replay import Replay
from conformance.errors import Undecided
from conformance.oauth.pkce import new_pkce, s256

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from conformance.areas.shared.authorizations import Authorizations
    from conformance.areas.shared.own_authorization import OwnAuthorization
    from conformance.oauth.request import Code
    from conformance.oauth.token_endpoint import TokenAnswer
    from conformance.transport import Exchange

    Exchanging = Callable[[OwnAuthorization, Code], TokenAnswer]


def _form(code: Code) -> dict[str, str]:
    return {
        "grant_type": "authorization_code",
        "code": code.value,
        "redirect_uri": code.redirect_uri,
        "code_verifier": code.verifier,
    }


def _verified(verifier: Callable[[Code], str | None]) -> Exchanging:
    return lambda own, code: own.endpoint().exchange(code, verifier=verifier(code))


def _another_redirect_uri(own: OwnAuthorization, code: Code) -> str:
    others = [uri for uri in own.authorizations.client().redirect_uris if uri != code.redirect_uri]
    return others[0] if others else f"{code.redirect_uri}/other"


WRONG_EXCHANGES: Mapping[str, Exchanging] = {
    "an exchange in the query of a GET": lambda own, code: own.endpoint().raw(
        _form(code), sent_as="query", purpose="exchange a code in a query"
    ),
    "an exchange without code_verifier": _verified(lambda _: None),
    "an exchange with an empty code_verifier": lambda own, code: own.endpoint().exchange(
        code, parameters={"code_verifier": ""}
    ),
    "an exchange with another code_verifier": _verified(lambda _: new_pkce().verifier),
    "an exchange with the challenge as code_verifier": _verified(lambda code: s256(code.verifier)),
    "an exchange with a longer code_verifier": _verified(lambda code: f"{code.verifier}A"),
    "an exchange with another redirect_uri": lambda own, code: own.endpoint().exchange(
        code, redirect_uri=_another_redirect_uri(own, code)
    ),
    "an exchange without redirect_uri": lambda own, code: own.endpoint().exchange(code, redirect_uri=None),
    "an exchange by another client": lambda own, code: own.endpoint("second").exchange(code),
}
THEMES: Mapping[str, tuple[str, ...]] = {
    "query": ("an exchange in the query of a GET",),
    "no-verifier": ("an exchange without code_verifier", "an exchange with an empty code_verifier"),
    "wrong-verifier": (
        "an exchange with another code_verifier",
        "an exchange with the challenge as code_verifier",
        "an exchange with a longer code_verifier",
    ),
    "redirect_uri": ("an exchange with another redirect_uri", "an exchange without redirect_uri"),
    "client": ("an exchange by another client",),
}


class CodeProbes:
    """The wrong exchanges of a run, each made once, and what became of a code that was used twice."""

    def __init__(self, own: OwnAuthorization) -> None:
        self._own = own
        self._answers: dict[str, TokenAnswer] = {}
        self._codes: dict[str, Code] = {}
        self._spent: tuple[Code, TokenAnswer] | None = None
        self._burns = False
        self._prepared = False

    def probes(self, theme: str) -> list[Probe]:
        """The wrong exchanges of a theme; raises :class:`Undecided` for what the target does not name."""
        if theme == "client":
            self._own.authorizations.client("second")
        self._try_together()
        return [self._probe(what) for what in THEMES[theme]]

    @property
    def authorizations(self) -> Authorizations:
        """What the probes ask for access with."""
        return self._own.authorizations

    @property
    def authentication(self) -> str:
        """How the main client proves who it is."""
        return str(self._own.authorizations.client().authentication)

    @property
    def uses_basic(self) -> bool:
        """Whether the main client authenticates by the Basic scheme."""
        return self.authentication == "client_secret_basic"

    def wrong_proofs(self) -> list[Probe]:
        """Right exchanges with a wrong proof of the client."""
        wrong = wrong_proofs(self.authentication)
        if not wrong:
            raise Undecided("the main client has no secret and no key; give clients.main one")
        self._try_together()
        return [self._probe(what) for what in wrong]

    def every(self) -> list[Probe]:
        """Every wrong exchange that is a token request at all."""
        self._try_together()
        return [self._probe(what) for what in self._possible if what not in THEMES["query"]]

    @cached_property
    def _possible(self) -> Mapping[str, Exchanging]:
        """All that can be tried with the clients of the target."""
        second = "second" in self._own.authorizations.run.target.clients
        wrong = {what: how for what, how in WRONG_EXCHANGES.items() if second or what not in THEMES["client"]}
        return {**wrong_proofs(self.authentication), **wrong}

    def _try_together(self) -> None:
        """Try them one after the other with as few codes as possible, once in the run."""
        waiting = [] if self._prepared else list(self._possible)
        self._prepared = True
        while waiting and not self._burns:
            code = self._own.code()
            tried: dict[str, TokenAnswer] = {}
            while waiting and not any(answer.granted for answer in tried.values()):
                what = waiting.pop(0)
                tried[what] = self._possible[what](self._own, code)
                self._codes[what] = code
            if any(answer.granted for answer in tried.values()):
                self._answers |= tried
                continue
            right = self._own.endpoint().exchange(code)
            self._burns = not right.granted
            self._spent = None if self._burns else (code, right)
            # Of a burnt code only the first refusal is known to be for what was wrong.
            self._answers |= dict(list(tried.items())[:1]) if self._burns else tried

    def _answer(self, what: str) -> TokenAnswer:
        if what not in self._answers:
            code = self._codes[what] = self._own.code()
            self._answers[what] = self._possible[what](self._own, code)
        return self._answers[what]

    def _probe(self, what: str) -> Probe:
        """The wrong exchange and, for one with a wrong verifier, what it did not know."""
        answer = self._answer(what)
        verifier = self._codes[what].verifier if what in THEMES["wrong-verifier"][:1] else ""
        withheld = {"code_verifier": verifier, "code_challenge": s256(verifier)} if verifier else {}
        return Probe(what, answer, withheld)

    @cached_property
    def replay(self) -> Replay:
        """A code exchanged and exchanged again, and whether the first token opens the API before and after."""
        self._try_together()
        code, first = self._spent or self._exchanged()
        before = self._read(first)
        if before.status != 200:
            self.authorizations.run.notes.append(
                f"the token of a code opened nothing before the code was used again (HTTP {before.status}): whether "
                "the replay ends it was not seen"
            )
        again = self._own.endpoint().exchange(code)
        return Replay(Probe("a second exchange of the same code", again), before, self._read(first))

    def made_up(self) -> list[Probe]:
        """Exchanges of codes like an issued one that the server did not issue; the issued one is left alone."""
        code = self._own.code()
        exchange = self._own.endpoint().exchange
        return [
            Probe(f"an exchange of {what}", exchange(replace(code, value=value)))
            for what, value in made_up(code.value, "a code").items()
        ]

    @cached_property
    def race(self) -> list[Probe]:
        """Two right exchanges of one code at the same time."""
        from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415

        code, endpoint = self._own.code(), self._own.endpoint()
        with ThreadPoolExecutor(2) as pool:
            answers = list(pool.map(endpoint.exchange, [code, replace(code)]))
        return [Probe(f"exchange {number} of two at the same time", each) for number, each in enumerate(answers, 1)]

    def _exchanged(self) -> tuple[Code, TokenAnswer]:
        code = self._own.code()
        answer = self._own.endpoint().exchange(code)
        if not answer.granted:
            raise Undecided("the exchange gave no token response, see PA-TOK-001", blocked_by="PA-TOK-001")
        return code, answer

    def _read(self, answer: TokenAnswer) -> Exchange:
        return self._own.read_patient_with(answer, purpose="does the token of a replayed code work")
