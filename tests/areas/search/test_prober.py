"""Searches in the forms that US Core requires: a server that answers only these is asked in these."""

from types import SimpleNamespace

import pytest

from conformance.areas.search.probes import envelopes, forms
from conformance.areas.search.probes.prober import Prober
from conformance.areas.search.rules import filters, plans
from conformance.areas.shared.fixtures.search import by_patient, together
from conformance.areas.shared.search_oracle import holds
from conformance.collection import Listing, ListingPage
from conformance.errors import Undecided

OUTCOME = {"resourceType": "OperationOutcome"}


def observation(number, category, code="8480-6"):
    coding = {"system": "http://loinc.org", "code": code}
    return {
        "resourceType": "Observation",
        "id": str(number),
        "status": "final",
        "code": {"coding": [coding]},
        "category": [{"coding": [{"code": category}]}],
        "effectiveDateTime": f"2024-03-0{number}T12:00:00Z",
    }


RECORD = [observation(1, "laboratory"), observation(2, "laboratory"), observation(3, "vital-signs", "8867-4")]


class Server:
    """Answers searches of Observation that name one of ``needed``, and each of ``always``; all others get 400.

    Parameters that are ``ignored`` change nothing.
    """

    def __init__(self, answer, *needed, always=(), ignored=()):
        self.answer, self.needed, self.always, self.ignored = answer, needed, always, ignored
        self.asked = []

    def search(self, type_name, parameters):
        self.asked.append(parameters)
        allowed = (not self.needed or set(self.needed) & set(parameters)) and set(self.always) <= set(parameters)
        sent = tuple(sorted(parameters.items()))
        if not allowed:
            return Listing("search", type_name, type_name, sent, self.answer(400, OUTCOME), (), (), complete=False)
        asked = [pair for pair in sent if pair[0] not in {"patient", "_id", *self.ignored}]
        found = tuple(each for each in RECORD if holds(each, tuple(asked)) is True)
        bundle = {"resourceType": "Bundle", "type": "searchset"}
        page = ListingPage(1, 200, found, (), (), bundle=bundle)
        return Listing("search", type_name, type_name, sent, self.answer(200, bundle), (page,), (), complete=True)

    def parallel(self, calls):
        return [call() for call in calls]


@pytest.fixture
def prober(answer):
    def made(*needed, **differently):
        server = Server(answer, *needed, **differently)
        deployment = SimpleNamespace(fhir_base="https://payer.example/fhir")
        run = SimpleNamespace(target=SimpleNamespace(offers=lambda name: None, deployment=deployment))
        session = SimpleNamespace(patient=SimpleNamespace(id="p"))
        return Prober(run, server, session, lambda name: together(by_patient(server, name, "p")))

    return made


def test_the_patient_alone_is_enough_where_the_server_answers_it(prober):
    assert len(prober().parts("Observation")) == 1
    assert prober().beside("Observation") == (("patient", "p"),)


def test_combinations_find_the_whole_where_the_server_needs_them(prober):
    needy = prober("category", "code")
    assert [part.first.status for part in needy.parts("Observation")] == [200] * 8
    assert sorted(needy.by_patient("Observation").ids) == ["Observation/1", "Observation/2", "Observation/3"]
    assert needy.beside("Observation") == (("patient", "p"), ("category", "laboratory"))
    assert needy.beside("Observation", "code") == (("patient", "p"),)


def test_filters_that_are_no_combination_divide_what_one_finds(prober):
    for needed in ((), ("category", "code")):
        found = prober(*needed).filtered("Observation", plans.dates("date"))
        assert found
        assert list(filters.exactly(found, rule="x")) == []
        codes = prober(*needed).filtered("Observation", plans.each_token("code"))
        assert {len(each.whole) for each in codes} == {3}
        assert list(filters.exactly(codes, rule="x")) == []


def test_a_server_may_require_a_status(prober):
    strict = prober("category", "code", always=("status",))
    assert sorted(strict.by_patient("Observation").ids) == ["Observation/1", "Observation/2", "Observation/3"]
    assert [name for name, _ in strict.beside("Observation")] == ["patient", "category", "status"]
    assert [name for name, _ in strict.beside("Observation", "code")] == ["patient", "status"]


def test_where_no_form_is_answered_the_required_one_is_shown(prober):
    (part,) = prober("nothing").parts("Observation")
    assert part.first.status == 400
    assert dict(part.asked) == {"patient": "p", "category": "laboratory"}
    (part,) = prober("nothing").parts("Procedure")
    assert dict(part.asked) == {"patient": "p"}


def test_an_answer_of_another_search_is_named(prober, answer):
    found = prober().filtered("Observation", plans.each_token("code", most=2))
    wrong, right = found[0], found[1]
    again = wrong.search
    stale = filters.Filtered(wrong.asked, right.search, wrong.whole, again)
    messages = [finding.message for finding in filters.exactly([stale, right], rule="x")]
    assert any("no-cache it finds 2" in each and "that of exchange" in each for each in messages)
    assert not any("no-cache" in each.message for each in filters.exactly([right], rule="x"))


@pytest.mark.parametrize(("ignored", "names"), [((), ["code"]), (("code",), [])])
def test_only_a_parameter_that_works_is_searched_without_a_match(prober, ignored, names, monkeypatch):
    monkeypatch.setattr(Prober, "_again", lambda _, each: each)

    searches = envelopes.unmatched(prober(ignored=ignored), ["Observation"])

    assert [name for each in searches for name, _ in each.asked if name != "patient"] == names


def test_an_impossible_value_proves_nothing_of_a_parameter_that_is_ignored(prober):
    with pytest.raises(Undecided, match="no search by a date"):
        forms.impossible(prober(ignored=("date",)), ["Observation"])
