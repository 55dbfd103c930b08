"""Disagreements of two validators: found, told by rule, accounted for or open."""

from __future__ import annotations

import json
import tarfile

import pytest
from oracle.compare import Ruling, Verdict, agreement, report, rulings
from oracle.corpus import Case
from oracle.packages import make_cache


def verdict(ours=(), theirs=(), *, breaks=""):
    return Verdict(Case("mutants", "x", "current", {}, breaks), frozenset(ours), frozenset(theirs))


RULING = Ruling("ours", "format:", "ours", "The specification says so.", "date")


def test_two_that_both_find_errors_agree_whatever_they_call_them():
    assert verdict(["type"], ["Validation_VAL"]).agrees
    assert verdict().agrees
    assert not verdict(["type"]).agrees


def test_agreement_is_counted_per_corpus_and_per_rule_broken():
    found = agreement([verdict(["a"], ["b"], breaks="r"), verdict(["a"], breaks="r"), verdict()])

    assert found == {"breaks r": (1, 2), "mutants": (2, 3)}


@pytest.mark.parametrize(
    ("one", "unaccounted"),
    [
        (verdict(["format:date"], breaks="date with time"), 0),
        (verdict(["format:date"], breaks="another"), 1),
        (verdict(["type"], breaks="date with time"), 1),
        (verdict(theirs=["format:date"], breaks="date with time"), 1),
    ],
)
def test_a_disagreement_is_open_until_a_ruling_fits_it(one, unaccounted):
    assert report([one], [RULING])[1] == unaccounted


def test_every_ruling_says_who_is_right_and_why():
    for one in rulings():
        assert one.side in {"ours", "theirs"}
        assert one.right in {"ours", "theirs", "both"}
        assert one.rule
        assert len(one.why) > 40


def test_the_package_cache_asks_for_nothing_it_lacks(tmp_path):
    about = {"name": "a", "version": "1.0", "dependencies": {"b": "2.0", "a": "1.0"}}
    (tmp_path / "package.json").write_text(json.dumps(about), encoding="utf-8")
    with tarfile.open(tmp_path / "a-1.0.tgz", "w:gz") as archive:
        archive.add(tmp_path / "package.json", "package/package.json")

    cache = make_cache(tmp_path, tmp_path / "home")

    unpacked = json.loads((cache / "a#1.0" / "package" / "package.json").read_text(encoding="utf-8"))
    assert unpacked["dependencies"] == {"a": "1.0"}
