"""Documentation: what the payer publishes for app developers."""

import pytest

from conformance.areas.documentation.probes import page
from conformance.areas.documentation.probes.quickstart import follow
from conformance.areas.documentation.rules import quickstart
from conformance.areas.documentation.rules import statements as documentation


@pytest.mark.verifies("PA-DOC-001")
def test_the_documentation_is_public(published, judge):
    """The documentation is served without login, account or e-mail address."""
    judge(documentation.is_public(published.answer, published.page))


@pytest.mark.verifies("PA-DOC-004")
def test_the_documented_quickstart_works_as_written(run, authorizations, published, judge):
    """Register, authorize with PKCE, exchange the code, call the API and refresh work with documented values alone."""
    steps = follow(run, authorizations, published)

    judge(quickstart.works(steps), quickstart.departs_from_standards(steps), judged=(len(steps), 5))


@pytest.mark.verifies("PA-DOC-005")
def test_documented_tables_match_reality(published, discovery, capability_statement, scope_is_listed, judge):
    """Documented scopes, endpoints and profiles are those that the deployment declares, and the other way round."""
    tables, reality = published.tables, page.declared(discovery, capability_statement)

    judge(
        documentation.scopes_agree(tables.scopes, reality.scopes, implied=scope_is_listed),
        documentation.endpoints_agree(tables.endpoints, reality),
        documentation.profiles_agree(tables.profiles, reality),
        judged=(tables.size,) * 2,
    )


@pytest.mark.verifies("PA-DOC-005")
def test_links_between_patients_are_described(published, collection, judge):
    """Where Patients are linked, the documentation says what that means."""
    judge(documentation.describes_links(published.page.text, collection.of("Patient")))
