"""Fixtures for what the payer publishes for app developers, and for the versions it claims."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from conformance.areas.documentation.probes.quickstart import Quickstart
from conformance.areas.documentation.rules.page import Page, read_page
from conformance.areas.documentation.rules.statements import Reality, Tables, endpoint, tables_of
from conformance.errors import NotApplicable, Undecided
from conformance.fhir import capability as capabilities

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.areas.documentation.rules.quickstart import Step
    from conformance.areas.shared.authorizations import Authorizations
    from conformance.collection import Collection
    from conformance.engine.run import Run
    from conformance.oauth.discovery import Discovery
    from conformance.transport import Exchange

_MIN_LENGTH = 200


@pytest.fixture(scope="session")
def documentation_answer(run: Run) -> Exchange:
    """The documentation page, asked for without cookie, token or account; undecided where the target names none."""
    url = run.target.documentation.url
    if not url:
        raise Undecided("add the address of the public developer documentation as documentation.url")
    return run.transport.request("GET", url, headers={"Accept": "text/html,*/*"}, purpose="documentation as anybody")


@pytest.fixture(scope="session")
def documentation_page(documentation_answer: Exchange) -> Page:
    """What the page shows; undecided where only a script would show it."""
    page = read_page(documentation_answer)
    if documentation_answer.status == 200 and page.scripted and len(page.text) < _MIN_LENGTH and not page.fields:
        raise Undecided(
            "the documentation shows nothing without running its scripts; "
            "name a page that can be read without them as documentation.url"
        )
    return page


@pytest.fixture(scope="session")
def documented_tables(run: Run, request: pytest.FixtureRequest) -> Tables:
    """The tables of the page; each that it does not have, as the target gives it."""
    documented = run.target.documentation
    listed = Tables()
    if documented.url:
        listed = tables_of(request.getfixturevalue("documentation_page"))
    found = Tables(
        listed.scopes or frozenset(documented.scopes),
        listed.endpoints or frozenset(map(endpoint, documented.endpoints)),
        listed.profiles or tuple(documented.profiles.items()),
    )
    if not found.size:
        raise Undecided(
            "no table of scopes, endpoints or profiles was found; "
            "add documentation.scopes, documentation.endpoints and documentation.profiles"
        )
    return found


@pytest.fixture(scope="session")
def declared_reality(discovery: Discovery, capability_statement: dict[str, Any]) -> Reality:
    """Scopes, types, operations and profiles as the deployment itself declares them."""
    types = capabilities.resource_types(capability_statement)
    return Reality(
        scopes=discovery.scopes_supported,
        operations={name: set(capabilities.operations(capability_statement, name)) for name in types},
        profiles={name: capabilities.profiles(capability_statement, name) for name in types},
    )


@pytest.fixture(scope="session")
def linked_patients(collection: Collection) -> int:
    """How many Patients of the sweep have a link to another."""
    return sum(bool(patient.get("link")) for patient in collection.of("Patient"))


@pytest.fixture
def follow_quickstart(
    run: Run, authorizations: Authorizations, request: pytest.FixtureRequest
) -> Callable[[], list[Step]]:
    """Follows the documented quickstart; not applicable where the target describes no documentation."""

    def follow() -> list[Step]:
        documentation = run.target.documentation
        if not (documentation.url or documentation.preset or documentation.token_path):
            raise NotApplicable("the target describes no documentation; add documentation.url and documentation.preset")
        page = (
            request.getfixturevalue("documentation_answer").body.decode("utf-8", "replace") if documentation.url else ""
        )
        return list(Quickstart(run, authorizations, page).steps())

    return follow
