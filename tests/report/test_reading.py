"""The questions that every format asks of the document."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from conformance.report.reading import (
    by_reason,
    deployment_name,
    exchange_numbers,
    is_another_day,
    notes,
    provisos,
    read_exchanges,
    row_sentence,
    rows_by_area,
    rows_with,
    run_date,
    verdict_sentence,
)
from conformance.requirements import AREAS


def test_areas_come_in_the_catalogues_order_and_unknown_ones_last(document: dict[str, Any]) -> None:
    document["requirements"].insert(0, {**document["requirements"][0], "area": "novel"})

    assert tuple(rows_by_area(document)) == (*AREAS, "novel")


def test_rows_that_gate_come_first(document: dict[str, Any]) -> None:
    assert [row["effective"] for row in rows_with(document, "undecided")] == ["gate", "advisory"]


def test_rows_held_back_by_one_reason_stand_together_the_largest_group_first() -> None:
    rows = [{"id": n, "findings": [], "reason": reason, "status": "undecided"} for n, reason in enumerate("abb")]

    assert [(reason, len(held)) for reason, held in by_reason(rows)] == [("b", 2), ("a", 1)]


def test_a_violated_run_names_how_many_and_where(document: dict[str, Any]) -> None:
    assert verdict_sentence(document) == "3 gate requirements are violated, in Token, Search and Profile"


def test_a_conformant_run_counts_what_was_judged(conformant_document: dict[str, Any]) -> None:
    assert verdict_sentence(conformant_document).endswith("gate requirements were judged and hold; none is violated")


def test_any_other_verdict_is_explained_by_the_run_itself(sample: Any) -> None:
    document = sample.document({}, exit_code=6, verdict="target unreachable", explanation="the name does not resolve.")

    assert verdict_sentence(document) == "the name does not resolve"


def test_provisos_name_selection_waivers_and_gaps_and_leave_notes_to_others(sample: Any) -> None:
    selection = {"areas": ["token"], "requirements": []}
    document = sample.document(selection=selection, notes=["the shared session was renewed once"])
    document["shalls_not_gating"] = ["PA-AUTH-008", "PA-SCOP-020"]
    document["target"] = {**document["target"], "offered": {"Condition": False, "Coverage": True, "Procedure": False}}

    assert provisos(document) == [
        "Only a selection was run: areas token",
        "1 gate requirement is waived",
        "1 gate requirement stays undecided",
        "1 gate requirement was not tested",
        "The payer states that it does not maintain Condition and Procedure (offered: false); nothing was judged there",
        "SHALLs broken that do not gate here: 2 (PA-AUTH-008, PA-SCOP-020)",
        "The waiver of PA-TOK-020 (identity team) covers 1 finding until 2027-02-28",
    ]
    assert notes(document) == ["the shared session was renewed once"]


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ("in force", "covers 1 finding until 2027-02-28"),
        ("not decided", "was not put to the test by this run"),
        ("expired", "expired on 2027-02-28"),
        ("now passing", "is no longer needed: the requirement holds"),
        ("unused", "covers nothing"),
    ],
)
def test_no_waiver_is_silent(sample: Any, state: str, said: str) -> None:
    document = sample.document({})
    document["waivers"][0]["state"] = state

    assert f"The waiver of PA-TOK-020 (identity team) {said}" in provisos(document)


def test_several_rules_are_counted_in_the_rows_sentence(document: dict[str, Any]) -> None:
    rows = {row["id"]: row for row in document["requirements"]}

    assert row_sentence(rows["PA-SRCH-007"]).startswith(
        "2 rules broken at 21 places; first search.paging.repeated: A resource of the first"
    )
    assert row_sentence(rows["PA-PROF-014"]).endswith("that this element is bound to (1,998 times)")
    assert row_sentence(rows["PA-TOK-020"]) == (
        "The refresh token stays the same; waived until 2027-02-28 by identity team: the vendor's fix ships in January"
    )
    assert row_sentence(rows["PA-REST-010"]).startswith("no deleted resource is known")


def test_a_target_that_could_not_be_read_still_has_a_name(document: dict[str, Any]) -> None:
    document["target"] = {}

    assert deployment_name(document) == "Unnamed deployment"


def test_exchanges_of_findings_and_examples_are_wanted(document: dict[str, Any]) -> None:
    assert exchange_numbers(document) == {3, 17, 42, 43, 44, 45, 46}


def test_only_wanted_exchanges_are_read_and_a_torn_line_is_skipped(tmp_path: Path) -> None:
    path = tmp_path / "exchanges.jsonl"
    lines = [json.dumps({"number": number}) for number in range(5)]
    path.write_text("\n".join([*lines, '{"number": 3, "torn', "[]"]), encoding="utf-8")

    assert read_exchanges(path, {1, 3}) == {1: {"number": 1}, 3: {"number": 3}}
    assert read_exchanges(tmp_path / "absent", {1}) == {}


def test_another_day_than_the_day_of_the_run_is_told(document: dict[str, Any]) -> None:
    assert not is_another_day(document)
    assert run_date(document) == document["run"]["date"]

    document["run"]["date"] = "2028-02-29"

    assert run_date(document) == "2028-02-29, run on 2026-11-23"
    assert provisos(document)[0] == "Judged by the rules of another day: 2028-02-29, run on 2026-11-23"


def test_a_row_says_in_how_many_resources_it_is_broken(sample):
    from conformance.report.reading import row_sentence

    findings = [sample.finding("a.one", "first", count=3), sample.finding("a.two", "second")]
    row = {"status": "fail", "reason": "", "findings": findings, "resources": 2}
    assert row_sentence(row) == "2 rules broken at 4 places in 2 resources; first a.one: first"
