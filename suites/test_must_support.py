"""Must-support and missing data: what the payer keeps is seen, what it does not keep is not faked."""

import pytest

from conformance.areas.must_support.rules import coverage as must_support
from conformance.areas.must_support.rules import missing_data


@pytest.mark.verifies("PA-MS-001")
def test_each_group_of_alternatives_is_shown(with_choices, judge):
    """Of alternatives, as onset or asserted date, one at least is seen somewhere."""
    judge(must_support.choices_met(with_choices), of=with_choices)


@pytest.mark.verifies("PA-MS-002")
def test_absent_data_is_left_out_not_faked(gathered, judge):
    """No filler words, dates, numbers or empty concepts stand for data that is not there."""
    judge(missing_data.nothing_faked(gathered.values()), of=gathered)


@pytest.mark.verifies("PA-MS-003")
def test_absent_mandatory_data_is_said_to_be_absent(promised, gathered, mandatory_findings, judge):
    """Resources without a mandatory value say so by the data-absent-reason extension or a code for unknown."""
    lacking = promised("data-absent")

    judge(
        missing_data.absence_said(lacking),
        missing_data.absence_well_formed(gathered.values()),
        missing_data.mandatory_there(mandatory_findings),
        of=lacking,
    )


@pytest.mark.verifies("PA-MS-004")
def test_resources_of_unknown_status_are_not_served(withheld, each_withheld, status_findings, judge):
    """What has no known status answers 404, is left out of searches with a warning, and no status is invented."""
    judge(
        each_withheld(missing_data.not_served, withheld, "read"),
        each_withheld(missing_data.left_out, withheld, "found", "outcomes"),
        missing_data.statuses_known(status_findings),
        of=withheld,
    )


@pytest.mark.verifies("PA-MS-005")
def test_a_masked_diagnosis_is_said_to_be_masked(promised, promises, judge):
    """A hidden diagnosis is coded as masked or with another reason."""
    masked = promises.served(promised("masked-diagnosis"))

    judge(missing_data.masking_said(masked), of=masked)


@pytest.mark.verifies("PA-MS-006")
def test_the_elements_of_carin_are_seen(carin_survey, judge):
    """Each must-support element of Patient, Coverage and each kind of claim that the payer keeps is seen."""
    judge(must_support.unseen(carin_survey.lines), judged=carin_survey.judged)


@pytest.mark.verifies("PA-MS-007")
def test_the_elements_of_clinical_resources_are_seen(clinical_survey, judge):
    """Each must-support element, choice type and reference target of US Core that the payer keeps is seen."""
    judge(must_support.unseen(clinical_survey.lines), judged=clinical_survey.judged)


@pytest.mark.verifies("PA-MS-008")
def test_the_elements_of_prior_authorizations_are_seen(authorization_survey, judge):
    """Each must-support element of the prior authorization profile that the payer keeps is seen."""
    judge(must_support.unseen(authorization_survey.lines), judged=authorization_survey.judged)
