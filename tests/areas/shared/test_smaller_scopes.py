"""The part of the run's scopes that opens a few types, also where the run asks for a wildcard."""

import pytest

from conformance.areas.shared.authorizations import Authorizations


@pytest.mark.parametrize(
    ("scopes", "types", "offline", "smaller"),
    [
        (
            ["launch/patient", "patient/Patient.read", "patient/Coverage.rs", "patient/Procedure.read"],
            ("Patient", "Coverage"),
            False,
            ("launch/patient", "patient/Patient.read", "patient/Coverage.rs"),
        ),
        (
            ["openid", "offline_access", "patient/Patient.read"],
            ("Patient",),
            True,
            ("openid", "offline_access", "patient/Patient.read"),
        ),
        (["openid", "offline_access", "patient/Patient.read"], (), False, ("openid",)),
        (
            ["openid", "patient/*.read"],
            ("Patient", "Coverage"),
            False,
            ("openid", "patient/Patient.read", "patient/Coverage.read"),
        ),
        (["patient/*.*", "patient/Patient.*"], ("Patient",), False, ("patient/Patient.*",)),
    ],
)
def test_a_smaller_scope_opens_the_types_named_and_no_other(scopes, types, offline, smaller):
    assert Authorizations(None, None, scopes).smaller(*types, offline=offline) == smaller
