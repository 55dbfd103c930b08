"""Partly known code sets: their algebra is Kleene's logic, code by code."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from conformance.guides.codesets import CodeSet, Part, facts, listed, of_facts, undecided

SYSTEMS, CODES = ["one", "two", "three"], ["a", "b", "c"]
TRUTHS = st.sampled_from([True, False, None])
PARTS = st.builds(Part, st.dictionaries(st.sampled_from(CODES), TRUTHS), TRUTHS)
SETS = st.builds(CodeSet, st.dictionaries(st.sampled_from(SYSTEMS), PARTS), TRUTHS)
PLACES = [(system, code) for system in [*SYSTEMS, "elsewhere"] for code in [*CODES, "other"]]


def either(one, two):
    return True if one is True or two is True else None if one is None or two is None else False


def both(one, two):
    return False if one is False or two is False else None if one is None or two is None else True


def without(one, two):
    return both(one, None if two is None else not two)


@given(SETS, SETS)
def test_union_intersection_and_difference_hold_for_every_code(left, right):
    for place in PLACES:
        one, two = left.contains(*place), right.contains(*place)

        assert (left | right).contains(*place) is either(one, two)
        assert (left & right).contains(*place) is both(one, two)
        assert (left - right).contains(*place) is without(one, two)


@given(SETS)
def test_a_table_holds_the_whole_set(codes):
    again = of_facts(facts(codes))

    assert [again.contains(*place) for place in PLACES] == [codes.contains(*place) for place in PLACES]


def test_a_list_says_no_to_everything_else():
    codes = listed("one", ["a"])

    assert codes.contains("one", "a") is True
    assert codes.contains("one", "b") is False
    assert codes.contains("two", "a") is False


def test_an_undecided_system_says_no_to_other_systems():
    codes = undecided("one") | listed("two", ["a"])

    assert codes.contains("one", "a") is None
    assert codes.contains("two", "b") is False
    assert codes.contains("three", "a") is False


def test_a_table_lists_only_what_differs_from_the_rest():
    codes = listed("one", ["a", "b"]) - listed("one", ["b"])

    assert facts(codes) == {"rest": "out", "systems": {"one": {"in": ["a"], "rest": "out"}}}
