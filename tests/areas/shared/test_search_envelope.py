"""The Bundle around the matches: good ones give nothing, each way to break one gives its rule."""

import copy
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.areas.search.rules import links
from conformance.areas.shared import search_envelope as envelope
from conformance.areas.shared import searches
from conformance.areas.shared.evidence import SearchEvidence
from conformance.errors import Undecided
from conformance.findings import Finding

BASE = "https://payer.example/fhir"
CLAIM = {"resourceType": "ExplanationOfBenefit", "id": "c1", "insurer": {"reference": "Organization/o1"}}
PAYER = {"resourceType": "Organization", "id": "o1"}
OUTCOME = {"resourceType": "OperationOutcome", "issue": []}


def entry(resource, mode="match"):
    name = f"{resource['resourceType']}/{resource.get('id', '')}"
    return {"fullUrl": f"{BASE}/{name}", "resource": resource, "search": {"mode": mode}}


def bundle(*entries, total=1, query="?patient=p1", **links_of):
    own = {"self": f"{BASE}/ExplanationOfBenefit{query}", **links_of}
    found = {"resourceType": "Bundle", "type": "searchset", "total": total}
    found["link"] = [{"relation": relation, "url": url} for relation, url in own.items() if url]
    return found | ({"entry": list(entries)} if entries else {})


@pytest.fixture
def search(answer):
    def made(*bundles, asked=(("patient", "p1"),), status=200):
        pages = [[each["resource"] for each in page.get("entry", [])] for page in bundles]
        matches = [[each for each in page if each["resourceType"] == "ExplanationOfBenefit"] for page in pages]
        first = answer(status, bundles[0])
        return SearchEvidence("a search", first, matches, (), (), "ExplanationOfBenefit", asked, bundles)

    return made


@pytest.mark.parametrize(
    ("query", "rules"),
    [
        ("?patient=p1", []),
        ("?patient=Patient/p1", []),
        ("?_count=20&patient=p1", []),
        ("", ["search.self.lost"]),
        ("?patient=p2", ["search.self.lost"]),
        ("?patient=p1&status=active", ["(search.self.extra)"]),
    ],
)
def test_the_self_link_is_the_search(search, rules_of, query, rules):
    assert rules_of(envelope.self_links([search(bundle(entry(CLAIM), query=query))])) == rules


def test_a_self_link_is_there_and_a_get(search, rules_of):
    posted = bundle(self=f"{BASE}/ExplanationOfBenefit/_search?patient=p1")
    assert rules_of(envelope.self_links([search(posted)])) == ["(search.self.not-a-get)"]
    other = bundle(self=f"{BASE}/Coverage?patient=p1")
    assert rules_of(envelope.self_links([search(other)])) == ["search.self.not-a-get"]
    later = [bundle(entry(CLAIM)), bundle(entry({**CLAIM, "id": "c2"}), self="")]
    assert rules_of(envelope.self_links([search(*later)])) == ["(search.self.later-page)"]
    assert rules_of(envelope.self_links([search(bundle(self=""))])) == ["search.self.missing"]
    stated = search(bundle(query="?patient=p1&foo=bar"))
    assert rules_of(envelope.ignored_is_not_stated(stated, "foo")) == ["(search.self.ignored)"]
    assert rules_of(envelope.ignored_is_not_stated(search(bundle()), "foo")) == []


def test_a_total_counts_matches_of_all_pages(search, rules_of):
    second = {**CLAIM, "id": "c2"}
    good = [bundle(entry(CLAIM), entry(PAYER, "include"), total=2, next="x"), bundle(entry(second), total=2)]
    assert rules_of(envelope.totals([search(*good)])) == []
    for wrong in (1, 3, 0):
        pages = [{**page, "total": wrong} for page in good]
        assert rules_of(envelope.totals([search(*pages)])) == ["search.total"]
    assert envelope.with_total([search({"link": []})]) == []
    changing = replace(search(good[0], {**good[1], "total": 3}), anomalies=[Finding("paging.total-changed", "x")])
    assert rules_of(envelope.totals([changing])) == ["search.total"]
    unread = replace(search(*good), anomalies=[Finding("paging.refused", "x")])
    assert rules_of(envelope.totals([replace(unread, bundles=[{**page, "total": 9} for page in good])])) == []


def test_entries_without_full_url_are_one_finding(search, rules_of):
    bare = [{"resource": {**CLAIM, "id": f"c{each}"}} for each in range(5)]
    assert rules_of(envelope.full_urls([search(bundle(*bare))], BASE)) == ["search.full-url.missing"]


def test_what_cannot_be_followed_is_not_judged(search, rules_of):
    foreign = replace(search(bundle(entry(CLAIM))), anomalies=[Finding("paging.foreign-host", "x")])
    with pytest.raises(Undecided, match="PA-SRCH-008"):
        searches.followed([(foreign, foreign)])
    with pytest.raises(Undecided, match="PA-SRCH-008"):
        list(searches.unless_unfinished(foreign, []))
    refused = replace(foreign, anomalies=[Finding("paging.refused", "x")])
    with pytest.raises(Undecided, match="PA-SRCH-007"):
        list(searches.unless_unfinished(refused, []))
    seen = Finding("search.another-patient", "x")
    assert rules_of(searches.unless_unfinished(refused, [seen])) == ["search.another-patient"]


@given(st.lists(st.integers(0, 6), min_size=1, max_size=8), st.randoms())
@settings(max_examples=60, deadline=None)
def test_the_total_is_judged_alike_for_every_paging_and_order(sizes, random):
    resources = [{"resourceType": "ExplanationOfBenefit", "id": f"c{index}"} for index in range(sum(sizes))]
    random.shuffle(resources)
    pages, rest = [], resources
    for size in sizes:
        pages.append(bundle(*[entry(each) for each in rest[:size]], total=len(resources)))
        rest = rest[size:]
    matches = [[each["resource"] for each in page.get("entry", [])] for page in pages]
    found = SearchEvidence("a search", None, matches, (), (), "ExplanationOfBenefit", (), pages)
    assert list(envelope.totals([found])) == []
    assert list(envelope.full_urls([found], BASE)) == []
    assert list(envelope.modes([found])) == []


@pytest.mark.parametrize(
    ("url", "rules"),
    [
        (f"{BASE}/ExplanationOfBenefit/c1", []),
        ("urn:uuid:6f2a3a5e-5b0e-4f5e-9a52-6c7e0f2f8f11", []),
        (None, ["search.full-url.missing"]),
        ("ExplanationOfBenefit/c1", ["search.full-url.relative"]),
        (f"{BASE}/ExplanationOfBenefit/c1/_history/1", ["search.full-url.versioned"]),
        (f"{BASE}/ExplanationOfBenefit/c2", ["search.full-url.another"]),
        ("http://internal:8080/ExplanationOfBenefit/c1", ["search.full-url.base"]),
    ],
)
def test_a_full_url_names_its_resource(search, rules_of, url, rules):
    made = entry(CLAIM) | {"fullUrl": url}
    if url is None:
        del made["fullUrl"]
    assert rules_of(envelope.full_urls([search(bundle(made))], BASE)) == rules


def test_a_full_url_is_of_one_entry(search, rules_of):
    twice = bundle(entry(CLAIM), entry(CLAIM))
    assert rules_of(envelope.full_urls([search(twice)], BASE)) == ["search.full-url.repeated"]
    notice = {"resource": OUTCOME, "search": {"mode": "outcome"}}
    assert rules_of(envelope.full_urls([search(bundle(entry(CLAIM), notice))], BASE)) == []


ABOUT = {
    "resourceType": "Provenance",
    "id": "v1",
    "target": [{"reference": f"{BASE}/ExplanationOfBenefit/c1/_history/1"}],
}


@pytest.mark.parametrize(
    ("entries", "rules"),
    [
        ([entry(CLAIM), entry(PAYER, "include"), entry(OUTCOME, "outcome")], []),
        ([entry(CLAIM), entry(ABOUT, "include")], []),
        ([entry(CLAIM), entry(PAYER)], ["search.mode.match"]),
        ([entry(CLAIM), entry(OUTCOME, "include")], ["search.mode.outcome"]),
        ([entry(CLAIM), entry(CLAIM | {"id": "c2"}, "outcome")], ["search.mode.outcome"]),
        ([entry(CLAIM), entry({**PAYER, "id": "o2"}, "include")], ["search.mode.unreferenced"]),
        ([entry(CLAIM), {"resource": PAYER}], ["search.mode.missing"]),
    ],
)
def test_entries_say_what_they_are(search, rules_of, entries, rules):
    asked = (("patient", "p1"), ("_include", "ExplanationOfBenefit:insurer"))
    assert rules_of(envelope.modes([search(bundle(*entries), asked=asked)])) == rules


def test_modes_are_needed_only_with_includes(search, rules_of):
    bare = bundle({"fullUrl": "x", "resource": CLAIM})
    assert rules_of(envelope.modes([search(bare)])) == []


def test_nothing_found_is_a_success(search, rules_of):
    assert rules_of(envelope.empty_is_success([search(bundle(total=0))])) == []
    assert rules_of(envelope.empty_is_success([search(bundle(total=3))])) == ["search.empty.total"]
    assert rules_of(envelope.empty_is_success([search(bundle(total=0) | {"entry": []})])) == ["search.empty.array"]
    assert rules_of(envelope.empty_is_success([search(bundle(entry(CLAIM)))])) == ["search.empty.matches"]
    assert rules_of(envelope.empty_is_success([search(OUTCOME, status=404)])) == ["http.status"]


def test_only_searchsets_are_judged(search):
    assert len(envelope.answered([search(bundle()), search(OUTCOME, status=500)])) == 1


@pytest.mark.parametrize(
    ("url", "rules"),
    [
        (f"{BASE}/ExplanationOfBenefit?_page=abc", []),
        ("http://payer.example/fhir/ExplanationOfBenefit?_page=abc", ["paging.link.scheme"]),
        ("https://internal:8080/fhir/ExplanationOfBenefit?_page=abc", ["(paging.link.other-host)"]),
        ("https://payer.example/other?_page=abc", []),
        (f"{BASE}?_page=abc&access_token=x", ["paging.link.token"]),
        (f"{BASE}?_page=secret-token-value", ["paging.link.token"]),
        (f"{BASE}?_page=abc&who=Garc%C3%ADa", ["(paging.link.name)"]),
        (f"{BASE}?_page=agarcíab", []),
    ],
)
def test_page_links_are_clean(rules_of, url, rules):
    link = links.PageLink("a search", url, 3)
    found = links.links_are_clean([link], base=BASE, secrets=["secret-token-value", ""], names=["García", "Li"])
    assert rules_of(found) == rules


def test_a_link_to_a_host_that_cannot_be_reached(answer, rules_of):
    link = links.PageLink("a search", "https://internal:8080/fhir?_page=abc", 3, answer(0))
    assert rules_of(links.links_are_clean([link], base=BASE, secrets=[], names=[])) == ["paging.link.host"]
    assert rules_of(links.links_are_closed([link], "p1")) == []


@pytest.mark.parametrize(
    ("closed", "altered", "rules"),
    [
        (401, (404, OUTCOME), []),
        (403, (410, OUTCOME), []),
        (404, (405, {}), []),
        (200, (404, OUTCOME), ["paging.link.open"]),
        (401, (200, {}), []),
        (401, (200, bundle(entry(CLAIM | {"patient": {"reference": "Patient/p1"}}))), ["(paging.link.altered)"]),
        (401, (200, bundle(entry(CLAIM | {"patient": {"reference": "Patient/p2"}}))), ["paging.link.altered"]),
        (401, (500, OUTCOME), []),
    ],
)
def test_page_links_are_closed(answer, rules_of, closed, altered, rules):
    link = links.PageLink("a search", f"{BASE}?_page=abc", 3, answer(closed), answer(*altered))
    assert rules_of(links.links_are_closed([link], "p1")) == rules


@pytest.mark.parametrize(
    "query", ["_offset=2000000", "_format=application/fhir+json", "_count=2", "patient=p1-long-id"]
)
def test_only_an_opaque_page_id_is_altered(query):
    asked = (("patient", "p1-long-id"),)
    assert links.altered(f"{BASE}/Observation?{query}", asked) == ""
    spoilt = links.altered(f"{BASE}/Observation?{query}&_page=abcdef", asked)
    assert "_page=" in spoilt
    assert "_page=abcdef" not in spoilt


def test_names_and_next_links_are_read_tolerantly(search):
    patient = {"name": [{"family": "García", "given": ["Maria", None]}, "x", {"given": "y"}]}
    assert links.member_names([patient]) == ["García", "Maria"]
    broken = copy.deepcopy(bundle(next=f"{BASE}?_page=1")) | {"entry": ["x"]}
    assert [url for _, url in links.next_links([search(bundle(next=f"{BASE}?_page=1"))])] == [f"{BASE}?_page=1"]
    assert envelope.entries_of(broken) == []
