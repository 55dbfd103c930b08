"""Requests of one member for the records of another; a refusal counts only while the member's own session works."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.areas.isolation.rules.disclosure import Probe, SearchProbe
from conformance.areas.shared.fixtures.collection import revive
from conformance.errors import Undecided
from conformance.fhir import bundle as bundles

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from conformance.areas.isolation.probes.requests import Asked
    from conformance.collection import Gatherer
    from conformance.engine.run import Run
    from conformance.fhir import FhirClient
    from conformance.oauth.session import Session
    from conformance.transport import Exchange

MAX_PAGES = 20
"""Enough to see whether a search discloses another member; a disclosed plan need not be read to its end."""


class AsMemberA:
    """Sends requests as one member, in parallel, and then confirms that the member's own Patient is still readable."""

    def __init__(self, run: Run, session: Session, gatherer: Gatherer) -> None:
        self.client = gatherer.client
        self.context = session.patient.id
        self.run = run
        self._session = session
        self._gatherer = gatherer

    def all(self, calls: Iterable[Callable[[], Exchange]]) -> list[Exchange]:
        """The answers in order; raises :class:`Undecided` for a session that has ended, since it is always refused."""
        listed, token = list(calls), self.client.bearer()
        answers = self._gatherer.parallel(listed)
        if revive(self.run, self._session, self.client):
            return answers if self.client.bearer() == token else self._gatherer.parallel(listed)
        raise Undecided(
            f"member {self._session.member}'s own Patient could not be read beside the probes, so that refusals prove "
            "nothing, see PA-TOK-014",
            blocked_by="PA-TOK-014",
        )

    def reads(self, paths: Sequence[str], *, optional: bool = False) -> list[Probe]:
        """GET of each path below the base."""
        answers = self.all([self._getting(path) for path in paths])
        return [
            Probe(f"GET {_shown(path)} of another member", answer, (path,), optional)
            for path, answer in zip(paths, answers, strict=True)
        ]

    def _getting(self, path: str) -> Callable[[], Exchange]:
        kind = "history" if "/_history" in path else "read"
        return lambda: self.client.get(path, purpose="member b's, as member a", endpoint=f"isolation {kind}")

    def searches(self, asked: Iterable[Asked]) -> list[SearchProbe]:
        """Searches and operations, each followed page by page."""
        listed = list(asked)
        firsts = self.all([self._asking(each) for each in listed])
        return [self._followed(each, first) for each, first in zip(listed, firsts, strict=True)]

    def _asking(self, asked: Asked) -> Callable[[], Exchange]:
        purpose = "member b's, as member a"
        if asked.method == "POST":
            return lambda: self.client.search(
                asked.path, asked.params, method="POST", query=asked.query, purpose=purpose
            )
        return lambda: self.client.get(asked.path, asked.params, purpose=purpose, endpoint="isolation search")

    def _followed(self, asked: Asked, first: Exchange) -> SearchProbe:
        matched, other = [], []
        if first.status == 200:
            for page in self.client.pages(first, limit=MAX_PAGES):
                matched += page.matches
                other += bundles.includes(page.bundle)
        return SearchProbe(asked.what, first, [*matched, *other], len(matched), asked.sent)


def require_session(run: Run, session: Session, fhir: FhirClient) -> FhirClient:
    """The client of a session that works at this moment; raises :class:`Undecided` where it does not."""
    if not revive(run, session, fhir):
        raise Undecided(
            f"member {session.member}'s own Patient cannot be read, see PA-TOK-014", blocked_by="PA-TOK-014"
        )
    return fhir


def _shown(path: str) -> str:
    """A path without the id in it."""
    address, mark, query = path.partition("?")
    segments = [part if place != 1 else "…" for place, part in enumerate(address.split("/"))]
    return "/".join(segments[:3]) + mark + query
