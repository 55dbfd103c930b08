"""A sweep gathers what the grant opens, follows what is referred to, and says of everything else why not."""

from __future__ import annotations

import json
from urllib.parse import urlencode

from conformance.collection import Gatherer
from conformance.collection.sweeping import Plan, sweep
from conformance.fhir.paging import Pages
from conformance.transport import Exchange

BASE = "https://api.example/fhir"


def coverage(number: int, payor: str = "Organization/o1") -> dict:
    return {"resourceType": "Coverage", "id": f"c{number}", "payor": [{"reference": payor}]}


class Api:
    """A FHIR API in memory: Bundles by relative URL, resources by ``Type/id``; all else answers 404."""

    def __init__(self, bundles: dict, resources: dict | None = None) -> None:
        self.base = BASE
        self.bundles = bundles
        self.resources = resources or {}
        self.asked: list[str] = []

    def bearer(self):
        return "t0ken"

    def search(self, type_name, parameters, *, purpose):
        del purpose
        return self._answer(f"{type_name}?{urlencode(parameters)}")

    def operation(self, path, parameters, *, purpose):
        del parameters, purpose
        return self._answer(path)

    def read(self, type_name, resource_id, *, purpose):
        del purpose
        return self._answer(f"{type_name}/{resource_id}")

    def pages(self, first, *, limit):
        return Pages(first, lambda address: self._answer(address.removeprefix(f"{BASE}/")), limit=limit)

    def _answer(self, path):
        self.asked.append(path)
        content = self.bundles.get(path) or self.resources.get(path)
        body = json.dumps(content or {"resourceType": "OperationOutcome"}).encode()
        return Exchange(len(self.asked), "GET", f"{BASE}/{path}", {}, b"", 200 if content else 404, {}, body, 1.0)


def bundle(*resources: dict, then: str = "", **more) -> dict:
    links = [{"relation": "next", "url": f"{BASE}/{then}"}] if then else []
    entries = [{"resource": each, "search": {"mode": "match"}} for each in resources]
    return {"resourceType": "Bundle", "type": "searchset", "entry": entries, "link": links, **more}


def swept(api: Api, *, opened=lambda _: True, most: int | None = 50):
    plan = Plan("a", "p", {"Coverage": {"patient": "p"}}, opened, most=most, seed="s", everything=False)
    return sweep(Gatherer(api, concurrency=1), plan)


FIRST = "Coverage?patient=p"
ORGANIZATION = {"Organization/o1": {"resourceType": "Organization", "id": "o1"}}


def test_pages_are_read_to_the_end_and_references_followed_once():
    api = Api({FIRST: bundle(coverage(1), then="page-2"), "page-2": bundle(coverage(2))}, ORGANIZATION)

    found = swept(api)

    assert set(found.resources) == {"Coverage/c1", "Coverage/c2", "Organization/o1"}
    assert api.asked.count("Organization/o1") == 1
    assert {each.outcome for each in found.references} == {"read"}
    assert found.complete


def test_a_loop_of_pages_ends_and_is_said():
    found = swept(Api({FIRST: bundle(coverage(1), then="page-2"), "page-2": bundle(coverage(2), then="page-2")}))

    assert len([name for name in found.resources if name.startswith("Coverage/")]) == 2
    assert "already read" in found.unfinished[0].reason


def test_what_is_not_followed_says_why():
    foreign = coverage(1, "https://elsewhere.example/fhir/Organization/o1")
    closed = coverage(2, "Practitioner/x")
    refused = coverage(3, "Organization/gone")
    api = Api({FIRST: bundle(foreign, closed, refused)})

    found = swept(api, opened=lambda name: name != "Practitioner")

    outcomes = {each.source: each.outcome for each in found.references}
    assert outcomes == {"Coverage/c1": "foreign", "Coverage/c2": "closed", "Coverage/c3": "refused"}
    assert api.asked == [FIRST, "Organization/gone"]


def test_politeness_leaves_some_out_and_says_which():
    pointing = [coverage(number, f"Organization/o{number}") for number in range(30)]
    organizations = {f"Organization/o{n}": {"resourceType": "Organization", "id": f"o{n}"} for n in range(30)}

    polite = swept(Api({FIRST: bundle(*pointing)}, organizations), most=10)
    exhaustive = swept(Api({FIRST: bundle(*pointing)}, organizations), most=None)

    outcomes = [each.outcome for each in polite.references]
    assert 10 <= outcomes.count("read") < 30
    assert outcomes.count("read") + outcomes.count("not-sampled") == 30
    assert {each.outcome for each in exhaustive.references} == {"read"}
