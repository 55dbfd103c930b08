"""Listings of a member's records: what is asked twice, and what comes twice."""

import json

import pytest

from conformance.collection import Collection, Gatherer
from conformance.fhir.paging import Pages
from conformance.transport import Exchange

BASE = "https://api.example/fhir"


class Client:
    """Answers each search with the next of some Bundles."""

    def __init__(self, *bundles):
        self.bundles = list(bundles)

    def bearer(self):
        return "t0ken"

    def search(self, type_name, parameters, *, purpose):
        del parameters, purpose
        body = json.dumps(self.bundles.pop(0)).encode()
        return Exchange(1, "GET", f"{BASE}/{type_name}", {}, b"", 200, {}, body, 1.0)

    def pages(self, first, *, limit):
        return Pages(first, lambda address: first, limit=limit)


def bundle(*resources):
    return {"resourceType": "Bundle", "type": "searchset", "entry": [{"resource": each} for each in resources]}


def claim(**more):
    return {"resourceType": "ExplanationOfBenefit", "id": "1", "item": [{"sequence": 1}], **more}


@pytest.mark.parametrize(
    ("second", "shared"),
    [
        (claim(), True),
        (claim(status="active"), False),
        (claim(item=[{"sequence": 1.0}]), False),
        (claim(item=[{"sequence": True}]), False),
        (claim(id="2"), False),
    ],
)
def test_what_comes_twice_is_kept_once_and_what_differs_is_kept(second, shared):
    gatherer = Gatherer(Client(bundle(claim()), bundle(second)))

    [first] = gatherer.search("ExplanationOfBenefit", {"patient": "1"}).matches
    listing = gatherer.search("ExplanationOfBenefit", {"_id": "1"})

    assert (listing.matches[0] is first) is shared
    assert listing.pages[0].bundle["entry"][0]["resource"] is listing.matches[0]
    assert json.dumps(listing.matches[0]) == json.dumps(second)


def test_whoever_learns_of_a_resource_hears_which_exchange_brought_it():
    heard = []
    gatherer = Gatherer(Client(bundle(claim())), learn=lambda resource, exchange: heard.append((resource, exchange)))

    gatherer.search("ExplanationOfBenefit", {"patient": "1"})

    assert heard == [(claim(), 1)]


@pytest.mark.parametrize(
    ("held", "said"),
    [
        ({}, "member a: 0 resources of 0 types by 0 answers in 0.0 s; 0 references followed"),
        ({"Patient/1": None}, "member a: 1 resource of 1 type by 0 answers in 0.0 s; 0 references followed"),
    ],
)
def test_the_account_of_a_collection_counts_in_words(held, said):
    assert Collection("a", "1", held, ()).account == said
