"""One question asked in several ways: agreeing answers give nothing, each way to differ gives its rule."""

from dataclasses import replace

import pytest

from conformance.areas.search.rules import requests
from conformance.areas.shared.evidence import SearchEvidence
from conformance.errors import Undecided
from conformance.findings import Finding

OUTCOME = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "diagnostics": "status is required"}]}


@pytest.fixture
def search(answer):
    def made(*ids, status=200, body=None, query="", resources=None):
        found = resources or [{"resourceType": "Observation", "id": each, "status": "final"} for each in ids]
        link = [{"relation": "self", "url": f"https://payer.example/fhir/Observation?patient=p1{query}"}]
        bundle = {"resourceType": "Bundle", "type": "searchset", "link": link}
        first = answer(status, bundle if body is None else body)
        return SearchEvidence("a search", first, [found], bundles=(bundle,), type="Observation")

    return made


@pytest.fixture
def refused(search):
    return lambda status=400, body=None: search(status=status, body=OUTCOME if body is None else body)


def test_get_and_post_are_equal(search, refused, rules_of):
    whole = search("1", "2")
    assert rules_of(requests.ways_agree([requests.TwoWays(whole, search("2", "1"))])) == []
    assert rules_of(requests.ways_agree([requests.TwoWays(whole, search("1"))])) == ["search.post.lost"]
    assert rules_of(requests.ways_agree([requests.TwoWays(search("1"), whole)])) == ["search.post.extra"]
    assert rules_of(requests.ways_agree([requests.TwoWays(whole, refused(405))])) == ["http.status"]


def test_the_pages_of_a_posted_search_are_read_with_get(search, refused, rules_of):
    gone = [Finding("paging.refused", "The page was answered with 405 instead of 200.")]
    posted = replace(search("1"), anomalies=gone)
    assert rules_of(requests.ways_agree([requests.TwoWays(search("1", "2"), posted)])) == ["paging.refused"]
    both = requests.TwoWays(replace(search("1", "2"), anomalies=gone), posted)
    assert rules_of(requests.ways_agree([both])) == []
    assert requests.comparable([requests.TwoWays(refused(400), search("1"))]) == []


def test_what_is_unknown_is_ignored_or_refused(search, refused, rules_of):
    def rules(lenient, strict=None):
        asked = requests.UnknownParameter("foo", search("1"), lenient, strict or refused())
        return [each for each in requests.unknown_is_ignored([asked]) if each.severity != "information"]

    assert rules(search("1")) == []
    assert rules(refused(400)) == []
    assert rules_of(rules(search())) == ["search.unknown.lost"]
    assert rules_of(rules(search("1", "2"))) == ["search.unknown.extra"]
    assert rules_of(rules(search("1", query="&foo=bar"))) == ["(search.self.ignored)"]
    assert rules_of(rules(refused(500))) == ["search.unknown.http.status"]
    assert rules_of(rules(search("1"), search("1"))) == ["(search.unknown.strict)"]
    assert rules_of(rules(search("1"), refused(400, {}))) == ["(search.unknown.strict)"]


def test_impossible_values_give_400(search, refused, rules_of):
    assert rules_of(requests.invalid_is_refused([refused()])) == []
    assert rules_of(requests.invalid_is_refused([search("1")])) == ["search.invalid.accepted"]
    assert rules_of(requests.invalid_is_refused([search()])) == ["search.invalid.status"]
    assert rules_of(requests.invalid_is_refused([refused(500)])) == ["search.invalid.status"]
    assert rules_of(requests.invalid_is_refused([refused(422)])) == ["(search.invalid.status)"]
    assert rules_of(requests.invalid_is_refused([refused(400, {})])) == ["search.invalid.outcome"]
    assert rules_of(requests.negative_count_is_refused(refused())) == []
    assert rules_of(requests.negative_count_is_refused(search("1"))) == ["(search.invalid.count)"]


def test_a_modifier_that_does_not_exist_is_refused(search, refused, rules_of):
    assert rules_of(requests.modifiers_are_refused([refused()])) == []
    assert rules_of(requests.modifiers_are_refused([search("1")])) == ["search.modifier.accepted"]
    assert rules_of(requests.modifiers_are_refused([search()])) == ["search.modifier.accepted"]
    assert rules_of(requests.modifiers_are_refused([refused(422)])) == ["(search.modifier.status)"]
    assert rules_of(requests.modifiers_are_refused([refused(500), search()])) == ["search.modifier.accepted"]
    with pytest.raises(Undecided, match="answered HTTP 500"):
        list(requests.modifiers_are_refused([refused(500)]))


def test_every_form_of_a_reference_finds_the_same(search, refused, rules_of):
    whole, nothing = search("1", "2"), search()

    def rules(typed=whole, absolute=whole, strange=()):
        return rules_of(requests.reference_forms_agree([requests.ReferenceForms(whole, typed, absolute, strange)]))

    assert rules(strange=(nothing, refused(403))) == []
    assert rules(typed=nothing) == ["search.reference.lost"]
    assert rules(typed=refused(400)) == ["http.status"]
    assert rules(absolute=nothing) == ["(search.reference.lost)"]
    assert rules(strange=(search("1"),)) == ["search.reference.strange"]
    assert rules(strange=(refused(404),)) == []
    assert rules(strange=(refused(500),)) == ["search.reference.unknown"]


def test_a_status_may_be_demanded_and_hides_nothing(search, refused, rules_of):
    def rules(without, with_all, *, declared=True):
        return rules_of(requests.status_rules([requests.StatusSearches(without, with_all, declared)]))

    whole = search("1", "2")
    assert rules(whole, whole) == []
    assert rules(whole, search("1")) == ["search.status.lost"]
    assert rules(whole, refused(400), declared=False) == []
    assert rules(whole, refused(400)) == ["http.status"]
    assert rules(refused(400), whole) == []
    assert rules(refused(403), whole) == ["search.status.refusal"]
    assert rules(refused(400, {"resourceType": "OperationOutcome"}), whole) == ["search.status.unnamed"]
    assert rules(refused(400), whole, declared=False) == ["search.status.undeclared"]
    assert rules(refused(400), refused(400)) == ["http.status"]


def test_a_missing_status_is_not_asked_for(search, rules_of):
    without = search(resources=[{"resourceType": "Observation", "id": "1"}])
    assert rules_of(requests.status_rules([requests.StatusSearches(without, search(), declared=True)])) == []
