"""What each ending of a check becomes."""

from types import SimpleNamespace

import pytest

from conformance.engine.outcome import outcome_for_pytest, result_of
from conformance.errors import HarnessError, LoginRefused, NonConformance, NotApplicable, Undecided
from conformance.findings import Finding
from conformance.redaction import Redactor
from conformance.verdict.acceptance import Acceptance

SECRET = "s3cr3t-value-nobody-may-see"
ROW = "PA-TOK-001"


def run(effective="gate"):
    redactor = Redactor()
    redactor.register(SECRET, "client secret")
    return SimpleNamespace(redactor=redactor, effective={ROW: effective}, acceptance=Acceptance())


def raised(problem):
    with pytest.raises(type(problem)) as caught:
        raise problem
    return caught.value


@pytest.mark.parametrize(
    ("problem", "outcome"),
    [
        (None, "judged"),
        (NonConformance([Finding("r", "m")]), "judged"),
        (Undecided("no data"), "undecided"),
        (LoginRefused("wrong password"), "undecided"),
        (NotApplicable("not offered"), "not-applicable"),
        (HarnessError("no browser"), "error"),
        (KeyError("patient"), "error"),
        (pytest.skip.Exception("skipped by hand"), "undecided"),
    ],
)
def test_outcomes(problem, outcome):
    result = result_of("check", (ROW,), raised(problem) if problem else None)
    assert result.outcome == outcome
    assert result.outcome == "judged" or result.reason


def test_the_row_that_blocked_a_check_is_kept():
    assert result_of("check", (ROW,), Undecided("no code", blocked_by="PA-AUTH-001")).blocked_by == "PA-AUTH-001"
    assert result_of("check", (ROW,), Undecided("no data")).blocked_by == ""


def test_an_assertion_of_the_check_is_a_violation_and_one_of_a_library_is_not():
    def test_something():
        assert SECRET == "", "told"

    def library():
        raise AssertionError("broken inside")

    for function, outcome, rules in ((test_something, "judged", ["assertion"]), (library, "error", [])):
        with pytest.raises(AssertionError) as caught:
            function()
        result = result_of("check", (ROW,), caught.value)
        assert (result.outcome, [finding.rule for finding in result.findings]) == (outcome, rules)


@pytest.mark.parametrize(
    ("problem", "effective", "kind", "prefix"),
    [
        (NonConformance([Finding("r", f"found {SECRET}")]), "gate", NonConformance, "error r"),
        (NonConformance([Finding("r", f"found {SECRET}")]), "advisory", pytest.skip.Exception, "ADVISORY: "),
        (NonConformance([Finding("r", "m", severity="warning")]), "gate", pytest.skip.Exception, "ADVISORY: "),
        (Undecided(f"no {SECRET}"), "gate", pytest.skip.Exception, "UNDECIDED: "),
        (NotApplicable("not offered"), "gate", pytest.skip.Exception, "NOT APPLICABLE: "),
        (ValueError(f"bad {SECRET}"), "gate", HarnessError, "ValueError"),
    ],
)
def test_what_pytest_sees_is_redacted_and_of_the_right_kind(problem, effective, kind, prefix):
    shown = outcome_for_pytest(result_of("check", (ROW,), raised(problem)), run(effective))
    assert isinstance(shown, kind)
    assert str(shown).startswith(prefix)
    assert SECRET not in str(shown)
    assert not isinstance(shown, AssertionError) or kind is NonConformance
