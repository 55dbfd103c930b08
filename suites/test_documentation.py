"""Documentation: what the payer publishes for app developers."""

import pytest

from conformance.rules import quickstart


@pytest.mark.verifies("PA-DOC-004")
def test_the_documented_quickstart_works_as_written(follow_quickstart, judge):
    """Register, authorize with PKCE, exchange, call the API and refresh work with nothing but documented values."""
    steps = follow_quickstart()

    judge(quickstart.works(steps), quickstart.departs_from_standards(steps), judged=(len(steps), 5))
