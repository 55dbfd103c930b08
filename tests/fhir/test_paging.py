"""Paging ends, keeps the token at home, and notes what was odd."""

from __future__ import annotations

import itertools

import pytest


def bundle(*ids, next_link=None, total=None, **more):
    found = {
        "resourceType": "Bundle",
        "type": "searchset",
        "link": [{"relation": "next", "url": next_link}] if next_link else [],
        "entry": [{"resource": {"resourceType": "Condition", "id": own}, "search": {"mode": "match"}} for own in ids],
        **more,
    }
    return found if total is None else {**found, "total": total}


@pytest.fixture
def paged(serve, client, as_json):
    """Serves the pages of a search as /Condition, /2, /3 and so on."""

    def start(*pages, limit=50):
        def answer(asked):
            number = 1 if asked.path.startswith("/Condition") else int(asked.path.strip("/"))
            page = pages[min(number, len(pages)) - 1]
            return page if isinstance(page, tuple) else as_json(page)

        server = serve(answer)
        fhir = client(server.url)
        return server, fhir.pages(fhir.search("Condition"), limit=limit)

    return start


def rules(pages):
    return [finding.rule for finding in pages.findings]


def test_pages_are_followed_to_the_end(paged):
    server, pages = paged(bundle("1", "2", next_link="/2", total=3), bundle("3", total=3))

    found = list(pages)

    assert [[resource["id"] for resource in page.matches] for page in found] == [["1", "2"], ["3"]]
    assert [page.number for page in found] == [1, 2]
    assert (pages.complete, pages.findings) == (True, [])
    assert found[1].exchange.endpoint == "search Condition (next page)"
    assert server.asked[1].headers["authorization"] == "Bearer t0ken"


def test_resources_are_collected_once(paged):
    _, pages = paged(bundle("1", "2", next_link="/2"), bundle("2", "3"))

    assert [resource["id"] for resource in pages.resources()] == ["1", "2", "3"]
    assert rules(pages) == ["paging.duplicate"]
    assert pages.findings[0].resource == "Condition/2"


def test_included_resources_may_repeat(paged):
    patient = {"resource": {"resourceType": "Patient", "id": "p"}, "search": {"mode": "include"}}
    first, second = bundle("1", next_link="/2"), bundle("2")
    first["entry"].append(patient)
    second["entry"].append(patient)

    _, pages = paged(first, second)

    assert len(pages.resources()) == 3
    assert pages.findings == []


@pytest.mark.parametrize(
    ("pages", "rule", "asked"),
    [
        ((bundle("1", next_link="/2"), bundle("2", next_link="/Condition")), "paging.loop", 2),
        ((bundle("1", next_link="/Condition"),), "paging.loop", 1),
        ((bundle("1", next_link="/2"), bundle("1", next_link="/3")), "paging.repeated-page", 2),
        ((bundle("1", next_link="/2"), bundle("2", next_link="http://elsewhere.example/3")), "paging.foreign-host", 2),
        ((bundle("1", next_link="//elsewhere.example/3"),), "paging.foreign-host", 1),
        ((bundle("1", next_link="https://127.0.0.1:1/3"),), "paging.scheme-changed", 1),
        ((bundle("1", next_link="javascript:alert(1)"),), "paging.unusable-link", 1),
        ((bundle("1", next_link="http://[::bad"),), "paging.unusable-link", 1),
        ((bundle("1", next_link="/2"), (500, {}, b"")), "paging.refused", 2),
        ((bundle("1", next_link="/2"), (200, {"Content-Type": "text/html"}, b"<html>")), "paging.not-a-bundle", 2),
        ((bundle("1", next_link="/2"), {"resourceType": "OperationOutcome"}), "paging.not-a-bundle", 2),
        ((bundle("1", next_link="/2"), (200, {}, b"[" * 100_000)), "paging.not-a-bundle", 2),
        (((401, {}, b""),), "paging.refused", 1),
    ],
)
def test_what_is_odd_ends_it_and_is_noted(pages, rule, asked, paged):
    server, found = paged(*pages)

    read = list(found)

    assert rules(found) == [rule]
    assert found.findings[0].exchange == read[-1].exchange.number
    assert found.findings[0].message
    assert len(server.asked) == asked
    assert not found.complete


def test_a_total_that_changes_is_noted_and_paging_goes_on(paged):
    _, pages = paged(bundle("1", next_link="/2", total=3), bundle("2", next_link="/3", total=2), bundle("3", total=3))

    assert len(list(pages)) == 3
    assert rules(pages) == ["paging.total-changed"]
    assert (pages.findings[0].expected, pages.findings[0].found) == ("3", "2")
    assert pages.complete


def test_pages_without_end_are_left_at_the_limit(serve, client, as_json):
    numbers = itertools.count(1)

    def answer(asked):
        number = next(numbers)
        return as_json(bundle(str(number), next_link=f"/{number + 1}"))

    server = serve(answer)
    fhir = client(server.url)
    pages = fhir.pages(fhir.search("Condition"), limit=4)

    assert len(list(pages)) == 4
    assert [(finding.rule, finding.severity) for finding in pages.findings] == [("paging.limit", "information")]
    assert not pages.complete


def test_a_relative_link_is_taken_from_where_the_page_came_from(serve, client, as_json):
    def answer(asked):
        if asked.path == "/fhir/Condition":
            return 302, {"Location": "/moved/Condition"}, b""
        return as_json(bundle("2") if "page" in asked.path else bundle("1", next_link="?page=2"))

    server = serve(answer)
    fhir = client(server.url + "/fhir")

    assert len(list(fhir.pages(fhir.search("Condition")))) == 2
    assert server.asked[-1].path == "/moved/Condition?page=2"
