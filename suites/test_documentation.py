"""Documentation: what the payer publishes for app developers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conformance.areas.documentation.probes import page
from conformance.areas.documentation.probes.quickstart import follow
from conformance.areas.documentation.rules import quickstart
from conformance.areas.documentation.rules import statements as documentation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    from conformance.areas.documentation.probes.page import Published
    from conformance.areas.shared.authorizations import Authorizations
    from conformance.collection import Collection
    from conformance.engine.judge import Judge
    from conformance.engine.run import Run
    from conformance.oauth.discovery import Discovery


@pytest.mark.verifies("PA-DOC-001")
def test_the_documentation_is_public(published: Published, judge: Judge) -> None:
    """The documentation is served without login, account or e-mail address."""
    judge(documentation.is_public(published.answer, published.page))


@pytest.mark.verifies("PA-DOC-004")
def test_the_documented_quickstart_works_as_written(
    run: Run, authorizations: Authorizations, published: Published, judge: Judge
) -> None:
    """Register, authorize with PKCE, exchange the code, call the API and refresh work with documented values alone."""
    steps = follow(run, authorizations, published)

    judge(quickstart.works(steps), quickstart.departs_from_standards(steps), judged=(len(steps), 5))


@pytest.mark.verifies("PA-DOC-005")
def test_documented_tables_match_reality(
    published: Published,
    discovery: Discovery,
    capability_statement: dict[str, Any],
    scope_is_listed: Callable[[str, Iterable[str]], bool],
    judge: Judge,
) -> None:
    """Documented scopes, endpoints and profiles are those that the deployment declares, and vice versa."""
    tables, reality = published.tables, page.declared(discovery, capability_statement)

    judge(
        documentation.scopes_agree(tables.scopes, reality.scopes, implied=scope_is_listed),
        documentation.endpoints_agree(tables.endpoints, reality),
        documentation.profiles_agree(tables.profiles, reality),
        judged=(tables.size,) * 2,
    )


@pytest.mark.verifies("PA-DOC-005")
def test_links_between_patients_are_described(published: Published, collection: Collection, judge: Judge) -> None:
    """Where Patients are linked, the documentation describes what that means."""
    judge(documentation.describes_links(published.page.text, collection.of("Patient")))
