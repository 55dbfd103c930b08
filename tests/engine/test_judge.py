"""How the findings of a check become its outcome."""

from types import SimpleNamespace

import pytest

from conformance.engine.judge import judge
from conformance.engine.run import RUN
from conformance.errors import NonConformance, Undecided
from conformance.findings import Finding

BROKEN, DOUBT = Finding("x", "it is broken"), Finding("x", "it is odd", "warning")


@pytest.fixture
def judging():
    request = SimpleNamespace(config=SimpleNamespace(stash={RUN: SimpleNamespace(shown={})}))
    return judge.__wrapped__(SimpleNamespace(config=request.config, node=SimpleNamespace(stash={})))


def open_after(*findings):
    yield from findings
    raise Undecided("nothing was answered")


@pytest.mark.parametrize(
    ("groups", "outcome"),
    [
        (lambda: [[], []], None),
        (lambda: [[DOUBT]], NonConformance),
        (lambda: [open_after()], Undecided),
        (lambda: [open_after(DOUBT)], Undecided),
        (lambda: [open_after(BROKEN)], NonConformance),
        (lambda: [[BROKEN], open_after()], NonConformance),
        (lambda: [open_after(), [BROKEN]], NonConformance),
    ],
)
def test_a_violation_outranks_what_is_undecided(judging, groups, outcome):
    if outcome is None:
        judging(*groups())
        return
    with pytest.raises(outcome):
        judging(*groups())
