"""The same proof without packages: our own clean resources, broken by what the tables of the repository say."""

from __future__ import annotations

import pytest
from mutants.catalogue import EQUIVALENTS, FAULTS

WANTED = 0.99
LEAST_IN_USE = 120
CHANGES_PER_BASE = 120


@pytest.fixture(scope="session")
def scores(own_proof):
    return [own_proof.score(operator) for operator in FAULTS]


def test_our_own_resources_are_clean(own_proof):
    found = [finding for base in own_proof.bases for finding in own_proof.judge(base, base.resource)]

    assert own_proof.dirty == []
    assert [str(finding) for finding in found if finding.severity == "error"] == []


def test_most_operators_find_something_to_break(scores):
    in_use = [score.operator.name for score in scores if score.made]

    assert len(in_use) >= LEAST_IN_USE


def test_the_validator_never_crashes(scores):
    assert [text for score in scores for text in score.crashes] == []


def test_nothing_that_may_stand_somewhere_is_met_with_an_exception(own_proof):
    assert own_proof.troubles(CHANGES_PER_BASE) == set()


def test_no_operator_goes_unnoticed(scores):
    assert [score.operator.name for score in scores if score.made and not score.killed] == []


def test_nearly_all_mutants_are_killed_by_the_rule_they_break(scores):
    made, named = sum(score.made for score in scores), sum(score.named for score in scores)

    assert named >= WANTED * made


@pytest.mark.parametrize("operator", [pytest.param(operator, id=operator.name) for operator in EQUIVALENTS])
def test_harmless_changes_raise_no_error(own_proof, operator):
    score = own_proof.score(operator)

    assert score.killed == 0, [str(finding) for _, found in score.strangers for finding in found]
