"""Bundles are read whatever they hold."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.fhir import bundle, capability, reference

BUNDLE = {
    "resourceType": "Bundle",
    "total": 2,
    "link": [{"relation": "self", "url": "a"}, {"relation": "next", "url": "b"}, {"relation": "next", "url": "c"}, 1],
    "entry": [
        {"resource": {"resourceType": "Claim", "id": "1"}, "search": {"mode": "match"}},
        {"resource": {"resourceType": "Patient", "id": "2"}, "search": {"mode": "include"}},
        {"resource": {"resourceType": "OperationOutcome"}, "search": {"mode": "outcome"}},
        {"resource": {"resourceType": "OperationOutcome", "id": "x"}},
        {"resource": {"resourceType": "Claim", "id": "3"}, "search": "odd"},
        {"resource": None},
        None,
    ],
}


def test_what_a_bundle_holds():
    assert [bundle.identity(found) for found in bundle.matches(BUNDLE)] == ["Claim/1", "Claim/3"]
    assert [bundle.identity(found) for found in bundle.includes(BUNDLE)] == ["Patient/2"]
    assert [bundle.identity(found) for found in bundle.outcomes(BUNDLE)] == ["", "OperationOutcome/x"]
    assert len(bundle.resources(BUNDLE)) == 5
    assert bundle.links(BUNDLE) == {"self": "a", "next": "b"}
    assert (bundle.total(BUNDLE), bundle.total({"total": "2"}), bundle.total({"total": True})) == (2, None, None)


NAMES = """entry link resource search mode relation url total rest resourceType type id interaction code searchParam
name operation definition security service coding extension profile supportedProfile reference valueUri"""
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.sampled_from(["server", "match", "next", "Patient", ""]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES.split()), inner, max_size=4),
    max_leaves=20,
)
READERS = [
    *(bundle.entries, bundle.matches, bundle.includes, bundle.outcomes, bundle.links, bundle.total, bundle.identity),
    *(capability.server, capability.resource_types, capability.interactions, capability.operations, capability.formats),
    *(capability.guides, capability.oauth_uris),
    *(
        lambda value: capability.search_parameters(value, "Patient"),
        lambda value: capability.profiles(value, "Patient"),
    ),
    lambda value: list(reference.references(value)),
]


@settings(max_examples=150, deadline=None)
@given(value=anything)
def test_nothing_malformed_is_an_exception(value):
    for read in READERS:
        read(value)
