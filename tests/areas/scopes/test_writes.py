"""Attempts to write with read scopes: what refuses, what is undecided, and what becomes of what was created."""

from types import SimpleNamespace

import pytest

from conformance.areas.scopes.probes.known import KnownRecords
from conformance.areas.scopes.probes.writes import write
from conformance.areas.scopes.rules.writes import Write, writes_are_refused
from conformance.errors import Undecided

RULES = {
    **{status: [] for status in (401, 403, 404, 405, 410, 415, 501)},
    **{status: ["(scope.write-status)"] for status in (400, 409, 412, 422)},
    **{status: ["scope.write-accepted"] for status in (200, 201, 202, 204)},
}
OWN = {"resourceType": "Coverage", "id": "own"}


@pytest.mark.parametrize(("status", "rules"), RULES.items(), ids=str)
def test_what_says_that_the_scopes_forbid_a_write(answer, rules_of, status, rules):
    assert rules_of(writes_are_refused([Write("creating a Coverage", answer(status))])) == rules


@pytest.mark.parametrize("status", [0, 302, 429, 500, 503])
def test_an_answer_that_says_nothing_of_the_write_is_undecided(answer, status):
    with pytest.raises(Undecided, match="neither a refusal nor a success"):
        list(writes_are_refused([Write("creating a Coverage", answer(status))]))


class Store:
    """A FHIR server that creates whatever it is sent; it deletes what it created only where ``deletes``."""

    base = "https://payer.example/fhir"

    def __init__(self, answer, *, deletes=True, headers=None, says=None):
        self.answer, self.deletes, self.says = answer, deletes, says
        self.headers = {"location": f"{self.base}/Coverage/new/_history/1"} if headers is None else headers
        self.kept = {"own": OWN}
        self.deleted = []

    def read(self, name, identity, *, purpose):
        found = self.kept.get(identity)
        return self.answer(200, found) if found else self.answer(404)

    def search(self, name, parameters, *, purpose):
        return self.answer(200)

    def pages(self, first):
        return [SimpleNamespace(matches=list(self.kept.values()))]

    def send(self, method, path, *, body, headers, purpose, endpoint):
        identity = path.partition("/")[2]
        if method == "POST":
            self.kept["new"] = body | {"id": "new"}
            return self.answer(201, self.says, headers=self.headers)
        if method == "DELETE":
            self.deleted.append(identity)
            if self.deletes:
                self.kept.pop(identity, None)
                return self.answer(204)
        return self.answer(403)


def tried(store):
    run = SimpleNamespace(target=SimpleNamespace(allows=lambda _: True), notes=[])
    session = SimpleNamespace(scopes=[])
    attempts, compared = write(run, session, store, KnownRecords("p", {"Coverage": ("own",)}))
    return run.notes, compared, attempts


def test_what_the_run_created_is_deleted_and_named(answer):
    store = Store(answer)

    notes, compared, _ = tried(store)

    assert notes == ["the write probe created Coverage/new and deleted it"]
    assert store.deleted == ["new"]
    assert all(each.before == each.after for each in compared)


def test_what_cannot_be_deleted_is_named_and_left_out_of_the_comparison(answer):
    notes, compared, attempts = tried(Store(answer, deletes=False))

    said = "DELETE was answered HTTP 403 and reading it HTTP 200"
    assert notes == [f"the write probe created Coverage/new and did not delete it ({said}); remove it by hand"]
    assert all(each.before == each.after for each in compared)
    assert [each.answer.status for each in attempts] == [201, 403, 403, 403, 403]


ELSEWHERE = {
    "another service": {"location": "https://other.example/fhir/Coverage/new"},
    "another type": {"location": "https://payer.example/fhir/Patient/new"},
    "the member's own record": {"location": "https://payer.example/fhir/Coverage/own"},
    "no address": {},
}


@pytest.mark.parametrize("headers", ELSEWHERE.values(), ids=ELSEWHERE)
def test_only_what_the_run_created_is_deleted(answer, headers):
    store = Store(answer, headers=headers)

    notes, *_ = tried(store)

    said = "was accepted, but the answer does not name what was created; remove it by hand"
    assert notes == [f"the write probe's POST of a Coverage {said}"]
    assert store.deleted == []


def test_the_id_in_the_body_serves_where_location_is_missing(answer):
    store = Store(answer, headers={}, says={"resourceType": "Coverage", "id": "new"})

    tried(store)

    assert store.deleted == ["new"]
