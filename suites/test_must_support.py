"""Must-support and missing data: what the payer maintains is served, what it does not have is not made up."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conformance.areas.must_support.probes import validated
from conformance.areas.must_support.rules import coverage as must_support
from conformance.areas.must_support.rules import missing_data
from conformance.areas.shared.promises import served

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from conformance.areas.must_support.probes.surveys import Surveys
    from conformance.areas.must_support.rules.missing_data import Withheld
    from conformance.areas.shared.fixtures.validation import Validation
    from conformance.areas.shared.promises import Promises
    from conformance.engine.judge import Judge


@pytest.mark.verifies("PA-MS-001")
def test_each_group_of_alternatives_is_shown(surveys: Surveys, judge: Judge) -> None:
    """Some resource has one of each group of alternatives, such as onset or asserted date."""
    found = surveys.choices()

    judge(must_support.choices_met(found, surveys.manifest), of=found)


@pytest.mark.verifies("PA-MS-002")
def test_absent_data_is_omitted_not_faked(gathered: dict[str, dict[str, Any]], judge: Judge) -> None:
    """No placeholder words, dates, numbers or empty concepts replace missing data."""
    judge(missing_data.nothing_faked(gathered.values()), of=gathered)


@pytest.mark.verifies("PA-MS-003")
def test_absent_mandatory_data_is_marked_as_absent(
    promises: Promises,
    gathered: dict[str, dict[str, Any]],
    validate: Validation,
    profile_of: Callable[[dict[str, Any]], str],
    judge: Judge,
) -> None:
    """Resources without a mandatory value have the data-absent-reason extension or a code for unknown."""
    lacking = promises.marked("data-absent")

    judge(
        missing_data.absence_said(lacking),
        missing_data.absence_well_formed(gathered.values()),
        missing_data.mandatory_there(validated.mandatory(validate, profile_of, gathered.values(), lacking)),
        of=lacking,
    )


@pytest.mark.verifies("PA-MS-004")
def test_resources_of_unknown_status_are_not_served(
    withheld: list[Withheld], gathered: dict[str, dict[str, Any]], validate: Validation, judge: Judge
) -> None:
    """A resource of unknown status gives 404 and is left out of searches with a warning; no status is invented."""
    judge(
        missing_data.not_served(withheld),
        missing_data.left_out(withheld),
        missing_data.statuses_known(validated.statuses(validate, gathered.values())),
        of=withheld,
    )


@pytest.mark.verifies("PA-MS-005")
def test_a_masked_diagnosis_is_marked_as_masked(promises: Promises, judge: Judge) -> None:
    """A masked diagnosis is coded as masked or with another reason."""
    masked = served(promises.marked("masked-diagnosis"))

    judge(missing_data.masking_said(masked), of=masked)


@pytest.mark.verifies("PA-MS-006")
def test_the_elements_of_carin_are_seen(surveys: Surveys, judge: Judge) -> None:
    """Some resource has each must-support element of Patient, Coverage and the claims that the payer maintains."""
    found = surveys.carin()

    judge(must_support.unseen(found.lines), judged=found.judged)


@pytest.mark.verifies("PA-MS-007")
def test_the_elements_of_clinical_resources_are_seen(surveys: Surveys, judge: Judge) -> None:
    """Some resource has each must-support element, choice type and reference target that the payer maintains."""
    found = surveys.clinical()

    judge(must_support.unseen(found.lines), judged=found.judged)


@pytest.mark.verifies("PA-MS-008")
def test_the_elements_of_prior_authorizations_are_seen(surveys: Surveys, judge: Judge) -> None:
    """Some authorization has each must-support element of the PDex profile that the payer maintains."""
    found = surveys.authorizations()

    judge(must_support.unseen(found.lines), judged=found.judged)
