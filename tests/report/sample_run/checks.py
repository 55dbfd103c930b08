"""Checks of a sample deployment with one defect."""

import pytest

from conformance.errors import HarnessError, NonConformance
from conformance.findings import Finding


@pytest.mark.verifies("PA-TOK-006")
def test_a_code_is_useless_without_its_verifier():
    """The server refuses a code whose verifier does not match."""


@pytest.mark.verifies("PA-PROF-001", "PA-PROF-026")
@pytest.mark.parametrize("member", ["a", "b {curly} <b>"])
def test_patients_fit_their_profile(member):
    """Each Patient is valid against us-core-patient."""
    if member == "a":
        place = {"resource": "Patient/a", "exchange": 17}
        finding = Finding("binding.required", "The code is not known.", path="Patient.gender", found="woman", **place)
        extra = "an <img src=x onerror=alert(1)> {brace}"
        unknown = Finding("unknown-property", f"There is {extra}.", path="Patient.name[0]", **place)
        raise NonConformance([finding, finding, unknown])


@pytest.mark.verifies("PA-REST-010")
def test_a_deleted_resource_is_gone():
    """A deleted resource is answered with 410."""
    pytest.skip("UNDECIDED: set ids.deleted in the target")


@pytest.mark.verifies("PA-DISC-001")
def test_the_configuration_is_served():
    """The SMART configuration is served."""
    raise HarnessError("the validator has no table for it")
