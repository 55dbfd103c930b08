"""Documentation: what the payer publishes for app developers."""

import pytest

from conformance.areas.documentation.rules import quickstart
from conformance.areas.documentation.rules import statements as documentation


@pytest.mark.verifies("PA-DOC-001")
def test_the_documentation_is_public(documentation_answer, documentation_page, judge):
    """The documentation is answered to anybody, without login, account or address."""
    judge(documentation.is_public(documentation_answer, documentation_page))


@pytest.mark.verifies("PA-DOC-004")
def test_the_documented_quickstart_works_as_written(follow_quickstart, judge):
    """Register, authorize with PKCE, exchange, call the API and refresh work with nothing but documented values."""
    steps = follow_quickstart()

    judge(quickstart.works(steps), quickstart.departs_from_standards(steps), judged=(len(steps), 5))


@pytest.mark.verifies("PA-DOC-005")
def test_documented_tables_match_reality(documented_tables, declared_reality, scope_is_listed, judge):
    """Documented scopes, endpoints and profiles are those that the deployment declares, and the other way round."""
    judge(
        documentation.scopes_agree(documented_tables.scopes, declared_reality.scopes, implied=scope_is_listed),
        documentation.endpoints_agree(documented_tables.endpoints, declared_reality),
        documentation.profiles_agree(documented_tables.profiles, declared_reality),
        judged=(documented_tables.size,) * 2,
    )


@pytest.mark.verifies("PA-DOC-005")
def test_links_between_patients_are_described(documentation_page, linked_patients, judge):
    """Where Patients are linked, the documentation says what that means."""
    judge(documentation.describes_links(documentation_page.text, linked_patients))
