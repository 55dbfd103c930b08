"""Which scopes a run requests."""

from types import SimpleNamespace

import pytest

from conformance.areas.shared.requested_scopes import promised_scopes, requested_scopes

REQUIRED = ("launch/patient", "patient/Patient.read")


def target(*optional, offline=False, **offered):
    scopes = SimpleNamespace(required=REQUIRED, optional=optional, request_offline_access=offline)
    return SimpleNamespace(scopes=scopes, offers=offered.get)


def test_an_optional_scope_is_promised_unless_its_type_is_not_offered():
    optional = ("patient/Condition.read", "patient/Observation.rs")

    assert promised_scopes(target(*optional)) == (*REQUIRED, *optional)
    assert promised_scopes(target(*optional, Observation=False)) == (*REQUIRED, "patient/Condition.read")


@pytest.mark.parametrize("listed", ["patient/Immunization.read", "patient/Immunization.rs", "patient/*.read"])
def test_a_further_type_is_requested_where_it_is_listed_and_offered(listed):
    discovery = SimpleNamespace(scopes_supported=(listed,))

    assert "patient/Immunization.read" in requested_scopes(target(), discovery)
    assert "patient/Immunization.read" not in requested_scopes(target(Immunization=False), discovery)
    assert requested_scopes(target(), SimpleNamespace(scopes_supported=())) == REQUIRED


def test_offline_access_is_requested_where_the_target_says_so():
    nothing_listed = SimpleNamespace(scopes_supported=())

    assert requested_scopes(target(offline=True), nothing_listed) == (*REQUIRED, "offline_access")
