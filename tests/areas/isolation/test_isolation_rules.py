"""Isolation: what of another member an answer shows, in whatever form it is said."""

from __future__ import annotations

import json
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.areas.isolation.rules.disclosure import (
    Probe,
    SearchProbe,
    all_of_context,
    counts_nothing,
    pages_are_bound,
    refusals,
    refused,
    shows,
    stays_in_context,
)
from conformance.areas.isolation.rules.sessions import HeaderHintProbe, hints_are_ignored
from conformance.areas.shared.other_member import OtherMember, other_member_from, people_searches
from conformance.errors import Undecided

OURS, THEIRS = "ours-1", "theirs-2"
BASE = "https://payer.example/fhir"
STRANGER = OtherMember(THEIRS, frozenset({f"Patient/{THEIRS}", "Coverage/c2"}), {"Quillfeather": "family name"})


def coverage(patient: str, own: str = "c9", base: str = "") -> dict:
    return {"resourceType": "Coverage", "id": own, "beneficiary": {"reference": f"{base}Patient/{patient}"}}


def bundle(*resources: dict) -> dict:
    return {
        "resourceType": "Bundle",
        "type": "searchset",
        "entry": [{"fullUrl": f"{BASE}/{each['resourceType']}/{each['id']}", "resource": each} for each in resources],
    }


def outcome(text: str) -> dict:
    return {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "x", "diagnostics": text}]}


def rules(findings) -> list[tuple[str, str]]:
    return [(finding.rule, finding.severity) for finding in findings]


REFUSED = {
    "forbidden": (403, outcome("no"), []),
    "not found": (404, outcome("no"), []),
    "another refusal misleads": (400, outcome("no"), ["warning"]),
    "an error of the server is none": (500, outcome("oops"), ["warning"]),
    "a redirect is none": (302, None, ["warning"]),
    "unauthorized": (401, outcome("no"), []),
    "their resource": (200, coverage(THEIRS), ["error"]),
    "their resource known by its id": (200, {"resourceType": "Coverage", "id": "c2"}, ["error"]),
    "theirs in a Bundle": (200, bundle(coverage(THEIRS)), ["error"]),
    "theirs in a Bundle of a Bundle": (200, bundle(bundle(coverage(THEIRS)) | {"id": "b"}), ["error"]),
    "theirs contained": (200, coverage(OURS) | {"contained": [coverage(THEIRS)]}, ["error"]),
    "an answer that shows nothing": (200, bundle(), ["error"]),
    "a refusal that names them": (403, outcome("Quillfeather is another member"), ["error"]),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_read_of_another_member_is_refused(case, answer):
    status, content, severities = REFUSED[case]
    probe = Probe("reading it", answer(status, content))

    found = rules(refusals([probe], STRANGER, OURS, rule="isolation.read"))

    assert [severity for _, severity in found] == severities


def test_answers_that_neither_show_nor_refuse_prove_nothing(answer):
    broken = [Probe("reading it", answer(status)) for status in (302, 500, 0)]
    with pytest.raises(Undecided):
        list(refused(broken, STRANGER, OURS, rule="isolation.read"))
    shown = Probe("reading it", answer(200, coverage(THEIRS)))
    assert ("isolation.read", "error") in rules(refused([*broken, shown], STRANGER, OURS, rule="isolation.read"))


@pytest.mark.parametrize(
    ("plain", "status", "content", "expected"),
    [
        (403, 400, outcome("no"), []),
        (403, 302, None, []),
        (403, 200, bundle(), [("isolation.hint.changed", "error")]),
        (200, 200, bundle(coverage(OURS)), [("isolation.hint.changed", "warning")]),
        (200, 200, bundle(coverage(THEIRS)), [("isolation.hint", "error")]),
    ],
)
def test_a_hint_opens_nothing(answer, plain, status, content, expected):
    probe = HeaderHintProbe("X-Patient-Id", "GET Coverage", answer(plain, bundle()), answer(status, content))

    assert rules(hints_are_ignored([probe], STRANGER, OURS)) == expected


def test_what_the_request_said_itself_may_be_repeated(answer):
    said = Probe("searching", answer(403, outcome("no access to Quillfeather")), sent=("Quillfeather",))

    assert list(refused([said], STRANGER, OURS, rule="isolation.read")) == []


def test_every_resource_of_a_search_is_of_the_context(answer):
    mixed = SearchProbe("all", answer(200, bundle()), (coverage(OURS), coverage(THEIRS)), 2)

    assert rules(stays_in_context([mixed], STRANGER, OURS, rule="isolation.search")) == [("isolation.search", "error")]
    assert [str(f.message) for f in stays_in_context([mixed], STRANGER, OURS, rule="r") if THEIRS in f.message] == []


def test_a_page_link_is_bound_to_whom_it_was_given(answer):
    def found(status, content, *, optional=True):
        probe = Probe("page", answer(status, content), optional=optional)
        return [severity for _, severity in rules(pages_are_bound([probe], STRANGER, OURS))]

    assert found(200, bundle()) == []
    assert found(200, bundle(), optional=False) == ["warning"]
    assert found(403, outcome("no")) == []
    assert found(200, bundle(coverage(THEIRS))) == ["error"]
    assert found(200, bundle(coverage(OURS))) == ["warning"]


def test_a_total_tells_nothing(answer):
    def found(total, matches=0):
        return list(counts_nothing([SearchProbe("s", answer(200, bundle() | {"total": total}), (), matches)]))

    assert found(0) == []
    assert found(3, matches=3) == []
    assert rules(found(3)) == [("isolation.count", "error")]


def test_everything_gathered_is_of_the_context():
    ownerless = {"resourceType": "Coverage", "id": "c"}
    directory = {"resourceType": "Organization", "id": "o"}

    assert list(all_of_context([(coverage(OURS), 1), (directory, 2)], OURS)) == []
    assert rules(all_of_context([(coverage(THEIRS), 1)], OURS)) == [("isolation.gathered", "error")]
    assert rules(all_of_context([(ownerless, 1)], OURS)) == [("isolation.ownerless", "warning")]


def test_the_marks_of_a_stranger_are_theirs_alone():
    theirs = {"resourceType": "Patient", "id": THEIRS, "name": [{"family": "Quillfeather"}], "birthDate": "1951-11-02"}
    ours = {"resourceType": "Patient", "id": OURS, "name": [{"family": "Ashdown"}], "birthDate": "1951-11-02"}

    other = other_member_from(THEIRS, [theirs], [ours])

    assert "Quillfeather" in other.identifying_values
    assert "1951-11-02" not in other.identifying_values
    assert any("Quillfeather" in value for _, value in people_searches(theirs))


SHAPES = st.sampled_from(["", f"{BASE}/", "https://other.example/r4/"])
MEMBERS = st.dictionaries(
    st.sampled_from(["x-note", "language", "implicitRules", "text2"]), st.text(max_size=5), max_size=3
)


@settings(deadline=None)
@given(SHAPES, MEMBERS, st.randoms(use_true_random=False), st.sampled_from([OURS, THEIRS]), st.integers(0, 3))
def test_the_verdict_does_not_depend_on_how_it_is_written(base, extra, order, whose, beside):
    resource = list((coverage(whose, base=base) | extra).items())
    order.shuffle(resource)
    entries = [dict(resource), *(coverage(OURS, f"n{number}") for number in range(beside))]
    order.shuffle(entries)
    written = json.dumps(bundle(*entries)).encode()

    said = SimpleNamespace(status=200, body=written, number=1, fault="", detail="", headers={})
    said.json = lambda: json.loads(written)

    found = rules(shows(said, STRANGER, OURS, rule="isolation.search", what="it"))

    assert found == ([("isolation.search", "error")] if whose == THEIRS else [])
