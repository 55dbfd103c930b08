"""Every status, area and exit code has its words."""

from __future__ import annotations

import pytest

from conformance.report.wording import (
    AREA_TITLES,
    BY_URGENCY,
    EXIT_MEANINGS,
    STATUS_WORDS,
    counted,
    exit_meaning,
    headline,
    listed,
    sentence,
    status_words,
    verdict_status,
)
from conformance.requirements import AREAS
from conformance.verdict import EXIT_CODES, STATUSES


def test_nothing_is_without_words() -> None:
    assert set(STATUS_WORDS) == set(BY_URGENCY) == set(STATUSES)
    assert tuple(AREA_TITLES) == AREAS
    assert set(EXIT_MEANINGS) == set(EXIT_CODES.values())


def test_symbols_differ_so_that_no_status_is_told_by_colour_alone() -> None:
    for attribute in ("symbol", "ascii", "word"):
        assert len({getattr(words, attribute) for words in STATUS_WORDS.values()}) == len(STATUS_WORDS)


@pytest.mark.parametrize(("verdict", "code"), EXIT_CODES.items())
def test_every_verdict_has_a_headline_and_a_meaning(verdict: str, code: int) -> None:
    run = {"verdict": verdict, "exit_code": code}

    assert headline(run) != "No verdict"
    assert exit_meaning(run)
    assert (verdict_status(run) == "pass") == (code == 0)


@pytest.mark.parametrize("run", [{}, {"exit_code": None}, {"exit_code": 99}, {"exit_code": "0"}])
def test_an_unknown_exit_code_never_reads_as_conformant(run: dict[str, object]) -> None:
    assert headline(run) == "No verdict"
    assert verdict_status(run) == "error"


def test_an_unknown_status_is_shown_as_it_is() -> None:
    assert status_words("novel").word == "novel"


def test_numbers_and_lists_read_as_english() -> None:
    assert [counted(1, "row"), counted(1998, "row"), counted(2, "is", "are")] == ["1 row", "1,998 rows", "2 are"]
    assert [listed([]), listed(["a"]), listed(["a", "b"]), listed(["a", "b", "c"])] == [
        "",
        "a",
        "a and b",
        "a, b and c",
    ]


def test_a_sentence_ends_once() -> None:
    assert [sentence("a"), sentence("b."), sentence("c…"), sentence("why?")] == ["A.", "B.", "C…", "Why?"]
    assert sentence("https://a.example is silent") == "https://a.example is silent."


def test_a_run_that_only_its_waivers_fail_is_not_called_violated() -> None:
    assert "no gate requirement is violated" in exit_meaning({"exit_code": 1, "over_waivers": True})
    assert exit_meaning({"exit_code": 1, "over_waivers": False}) == EXIT_MEANINGS[1]
