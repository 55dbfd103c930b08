"""REST: reading resources."""

import pytest

from conformance.rules import searches


@pytest.mark.verifies("PA-REST-001")
def test_a_read_returns_the_resource_the_url_names(read_one_of_each_type, judge):
    """Reading one instance of each deployed type answers 200 and the resource of that type and id."""
    reads = read_one_of_each_type()

    judge(searches.reads_match(reads), judged=(len(reads), len(reads)))
