"""Faults put into the official examples are found, and harmless changes are not held against them.

Each operator breaks (or does not break) a rule that a definition of the packages states; generating mutants and
deciding what is a fault uses no code of the harness.
"""

from __future__ import annotations

import pytest
from mutants.catalogue import EQUIVALENTS, FAULTS

pytestmark = pytest.mark.packages

WANTED = 0.99
CHANGES_PER_BASE = 15


def by_name(operators):
    return [pytest.param(operator, id=operator.name) for operator in operators]


def test_operators_have_names_of_their_own():
    names = [operator.name for operator in (*FAULTS, *EQUIVALENTS)]

    assert sorted(names) == sorted(set(names))


def test_examples_to_mutate_are_clean(proof):
    assert len(proof.dirty) < len(proof.bases) / 50


def test_prepared_bases_are_clean(proof):
    found = [finding for base in proof.prepared for finding in proof.judge(base, base.resource)]

    assert [str(finding) for finding in found if finding.severity == "error"] == []


@pytest.mark.parametrize("operator", by_name(FAULTS))
def test_faults_of_each_kind_are_found(proof, operator):
    score = proof.score(operator)

    assert score.made > 0, "nothing to mutate: the operator proves nothing"
    assert score.killed > 0, "no mutant of this operator is found"
    assert score.crashes == []


@pytest.mark.parametrize("operator", by_name(EQUIVALENTS))
def test_harmless_changes_raise_no_error(proof, operator):
    score = proof.score(operator)

    assert score.made > 0
    assert score.crashes == []
    assert score.killed == 0, [str(finding) for _, found in score.strangers for finding in found]


def test_nothing_that_may_stand_somewhere_is_met_with_an_exception(proof):
    assert proof.troubles(CHANGES_PER_BASE) == set()


def test_nearly_all_mutants_are_killed(proof):
    scores = [proof.score(operator) for operator in FAULTS]
    made, killed = sum(score.made for score in scores), sum(score.killed for score in scores)

    assert killed >= WANTED * made


def test_mutants_are_killed_by_the_rule_they_break_at_its_place(proof):
    scores = [proof.score(operator) for operator in FAULTS]
    killed, named = sum(score.killed for score in scores), sum(score.named for score in scores)

    assert named >= WANTED * killed
