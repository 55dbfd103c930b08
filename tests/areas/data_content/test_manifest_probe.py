import datetime as dt
from types import SimpleNamespace

import pytest

from conformance.areas.data_content.probes.manifest import promises_of
from conformance.areas.data_content.rules import content as data
from conformance.collection.evidence import Collection, Held, Request, Unfinished
from conformance.errors import NotApplicable, Undecided

EOB = "ExplanationOfBenefit"
CLAIM = {"resourceType": EOB, "id": "1"}


def promises(gathered, *entries, payer="medicare-advantage", on=dt.date(2027, 6, 1), start=""):
    manifest = {"members": {"a": {"resources": {EOB: list(entries)}}}}
    deployment = SimpleNamespace(payer_type=payer, rating_period_start=start, plan_year_start="")
    target = SimpleNamespace(manifest=manifest, deployment=deployment)
    return promises_of(SimpleNamespace(target=target, date=on), {"a": gathered})


def collection(kind="search", held=(CLAIM,), unfinished=()):
    found = {f"{EOB}/{each['id']}": Held(each, [0]) for each in held}
    what = f"{EOB}?patient=…" if kind == "search" else "read ExplanationOfBenefit"
    return Collection("a", "p", found, (Request(kind, what, 1, 200, tuple(found)),), unfinished=unfinished)


PROMISED = {"id": "1", "kind": "oral", "is": ["denied"]}


def test_what_a_search_returns_is_served(rules_of):
    assert rules_of(data.all_served(promises(collection(), PROMISED).claims(), rule="r", what="claim")) == []


def test_a_read_alone_is_not(rules_of):
    found = promises(collection("read"), PROMISED).claims()
    assert rules_of(data.all_served(found, rule="r", what="claim")) == ["r"]


@pytest.mark.parametrize(
    ("gathered", "row"),
    [
        (collection(held=(), unfinished=(Unfinished("search", EOB, f"{EOB}?patient=…: HTTP 500"),)), "PA-SRCH-001"),
        (collection("read", held=()), "PA-SCOP-001"),
    ],
)
def test_a_search_that_cannot_be_read_is_another_row(gathered, row):
    with pytest.raises(Undecided) as undecided:
        promises(gathered, PROMISED).claims()
    assert undecided.value.blocked_by == row


def test_no_authorization_before_the_duty_binds():
    waiting = {"payer": "medicaid-managed-care", "start": "2027-10-01"}
    with pytest.raises(NotApplicable, match="2027-10-01"):
        promises(collection(), PROMISED, **waiting).authorizations()
    with pytest.raises(Undecided):
        promises(collection(), PROMISED).authorizations()
