"""REST: what is refused, and how."""

import pytest

from conformance.areas.rest.rules import access as rest_access
from conformance.areas.rest.rules import refusals as rest_refusals
from conformance.areas.shared import internals


@pytest.mark.verifies("PA-REST-009")
def test_unknown_ids_are_not_found(unknown_ids, judge):
    """A random well-formed id of each type gives 404, or 403 by policy, with an OperationOutcome."""
    judge(rest_refusals.unknown_ids_not_found(unknown_ids), of=unknown_ids)


@pytest.mark.verifies("PA-REST-010")
def test_deleted_resources_are_gone(deleted_resources, judge):
    """A deleted resource gives 410, or 404 where deletions are not tracked, and no search finds it."""
    judge(rest_refusals.deleted_are_gone(deleted_resources), of=deleted_resources)


@pytest.mark.verifies("PA-REST-011")
def test_unknown_types_are_not_found(unknown_types, lower_case_paths, judge):
    """A type that does not exist gives 404, a lower-case type name is none, and neither makes the server fail."""
    judge(
        rest_refusals.unknown_types_not_found(unknown_types),
        rest_refusals.no_alias(lower_case_paths),
        internals.shows_no_insides([*unknown_types, *lower_case_paths]),
    )


@pytest.mark.verifies("PA-REST-012")
def test_nothing_is_answered_without_a_token(asked_without_token, private_data, judge):
    """Every described way to the member's data refuses a request without a token, with a challenge and no data."""
    judge(
        rest_access.refused_without_token(asked_without_token, private=private_data),
        of=asked_without_token,
    )


@pytest.mark.verifies("PA-REST-013")
def test_nothing_is_answered_with_an_unknown_token(asked_with_unknown_token, private_data, judge):
    """Every described way to the member's data refuses a token that nobody issued, and says invalid_token."""
    judge(
        rest_access.refused_with_bad_token(asked_with_unknown_token, private=private_data),
        rest_access.names_invalid_token(asked_with_unknown_token),
        of=asked_with_unknown_token,
    )


@pytest.mark.verifies("PA-REST-013")
def test_malformed_credentials_are_refused(asked_with_malformed_credentials, private_data, judge):
    """An empty bearer, another scheme and a spoilt token are refused with 401."""
    judge(
        rest_access.refused_with_bad_token(asked_with_malformed_credentials, private=private_data),
        internals.shows_no_insides(asked_with_malformed_credentials),
    )


@pytest.mark.verifies("PA-REST-013")
def test_the_scheme_is_accepted_in_lower_case(asked_with_lower_case_scheme, judge):
    """A valid token is accepted behind bearer in lower case."""
    judge(rest_access.scheme_in_any_case(asked_with_lower_case_scheme))


@pytest.mark.verifies("PA-REST-014")
def test_errors_carry_a_valid_outcome(refusals, validate_outcomes, judge):
    """The body of every 400, 403, 404 and 406 is a valid OperationOutcome."""
    owing = rest_refusals.owing_outcome(refusals)

    judge(rest_refusals.are_outcomes(owing), validate_outcomes(owing), judged=(len(owing), len(refusals)))


@pytest.mark.verifies("PA-REST-015")
def test_malformed_ids_are_refused(malformed_ids, judge):
    """Ids that cannot be ids give 400 or 404 and show nothing of the server's insides."""
    judge(
        rest_refusals.malformed_ids_refused(malformed_ids),
        internals.shows_no_insides(malformed_ids),
        of=malformed_ids,
    )
