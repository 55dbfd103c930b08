"""The developer documentation as somebody without an account gets it, and what the deployment declares beside it."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from conformance.areas.documentation.rules.page import Page, read_page
from conformance.areas.documentation.rules.statements import Reality, Tables, endpoint, tables_of
from conformance.errors import Undecided
from conformance.fhir import capability as capabilities

if TYPE_CHECKING:
    from conformance.engine.run import Run
    from conformance.oauth.discovery import Discovery
    from conformance.transport import Exchange

_MIN_LENGTH = 200


class Published:
    """The documentation page of the target, requested once without cookie, token or account."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self.described = run.target.documentation

    @cached_property
    def answer(self) -> Exchange:
        """The answer to the request for the page; undecided where the target names none."""
        if not self.described.url:
            raise Undecided("add the address of the public developer documentation as documentation.url")
        return self._run.transport.request(
            "GET", self.described.url, headers={"Accept": "text/html,*/*"}, purpose="documentation without an account"
        )

    @cached_property
    def page(self) -> Page:
        """What the page shows; undecided where only a script would show it."""
        page = read_page(self.answer)
        if self.answer.status == 200 and page.scripted and len(page.text) < _MIN_LENGTH and not page.fields:
            raise Undecided(
                "the documentation shows nothing without running its scripts; "
                "name a page that can be read without them as documentation.url"
            )
        return page

    @property
    def tables(self) -> Tables:
        """The tables of the page; each that it does not have, as the target gives it."""
        listed = tables_of(self.page) if self.described.url else Tables()
        found = Tables(
            listed.scopes or frozenset(self.described.scopes),
            listed.endpoints or frozenset(map(endpoint, self.described.endpoints)),
            listed.profiles or tuple(self.described.profiles.items()),
        )
        if not found.size:
            raise Undecided(
                "no table of scopes, endpoints or profiles was found; "
                "add documentation.scopes, documentation.endpoints and documentation.profiles"
            )
        return found


def declared(discovery: Discovery, capability_statement: dict[str, Any]) -> Reality:
    """Scopes, types, operations and profiles as the deployment itself declares them."""
    types = capabilities.resource_types(capability_statement)
    return Reality(
        scopes=discovery.scopes_supported,
        operations={name: set(capabilities.operations(capability_statement, name)) for name in types},
        profiles={name: capabilities.profiles(capability_statement, name) for name in types},
    )
