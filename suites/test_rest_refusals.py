"""REST: what is refused, and how."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conformance.areas.rest.probes import access, refusals
from conformance.areas.rest.rules import access as rest_access
from conformance.areas.rest.rules import refusals as rest_refusals
from conformance.areas.shared import internals

if TYPE_CHECKING:
    from conformance.areas.rest.probes.refusals import Refused
    from conformance.areas.shared.fixtures.validation import Validation
    from conformance.collection import Collection, Gatherer
    from conformance.engine.judge import Judge
    from conformance.engine.run import Run
    from conformance.fhir import FhirClient
    from conformance.oauth.session import Session


@pytest.mark.verifies("PA-REST-009")
def test_unknown_ids_are_not_found(refused: Refused, judge: Judge) -> None:
    """A random well-formed id of each type gives 404, or 401 or 403 by policy, with an OperationOutcome."""
    judge(rest_refusals.unknown_ids_not_found(refused.unknown_ids), of=refused.unknown_ids)


@pytest.mark.verifies("PA-REST-010")
def test_deleted_resources_are_gone(
    fhir: FhirClient, session: Session, gatherer: Gatherer, run: Run, judge: Judge
) -> None:
    """A deleted resource gives 410, or 404 where deletions are not tracked, and no search finds it."""
    deleted = refusals.deleted_resources(fhir, session, gatherer, run.target.ids.deleted)

    judge(rest_refusals.deleted_are_gone(deleted), of=deleted)


@pytest.mark.verifies("PA-REST-011")
def test_unknown_types_are_not_found(refused: Refused, judge: Judge) -> None:
    """A type that does not exist is refused, preferably with 404, and no type name causes a server error."""
    judge(
        rest_refusals.unknown_types_not_found(refused.unknown_types),
        rest_refusals.no_alias(refused.lower_case_paths),
        internals.shows_no_insides([*refused.unknown_types, *refused.lower_case_paths]),
    )


@pytest.mark.verifies("PA-REST-012")
def test_nothing_is_answered_without_a_token(
    fhir: FhirClient, protected_places: list[access.Protected], collection: Collection, judge: Judge
) -> None:
    """Every described way to the member's data refuses a request without a token, with a challenge and no data."""
    asked = access.asked_without_token(fhir, protected_places)
    decided = rest_access.decided(asked)

    judge(
        rest_access.refused_without_token(decided, private=access.private_data(collection)),
        judged=(len(decided), len(asked)),
    )


@pytest.mark.verifies("PA-REST-013")
def test_nothing_is_answered_with_an_unknown_token(
    fhir: FhirClient, protected_places: list[access.Protected], collection: Collection, judge: Judge
) -> None:
    """Every described way to the member's data refuses a token that the server did not issue, with invalid_token."""
    asked = access.asked_with_unknown_token(fhir, protected_places)
    decided = rest_access.decided(asked)

    judge(
        rest_access.refused_with_bad_token(decided, private=access.private_data(collection)),
        rest_access.names_invalid_token(decided),
        judged=(len(decided), len(asked)),
    )


@pytest.mark.verifies("PA-REST-013")
def test_malformed_credentials_are_refused(
    fhir: FhirClient, session: Session, patient: str, collection: Collection, judge: Judge
) -> None:
    """An empty bearer token, another scheme and an altered token are refused and cause no server error."""
    asked = access.asked_with_malformed_credentials(fhir, session, patient)

    judge(
        rest_access.refused_with_bad_token(rest_access.decided(asked), private=access.private_data(collection)),
        rest_access.malformed_is_refused(asked),
        internals.shows_no_insides(asked),
    )


@pytest.mark.verifies("PA-REST-013")
def test_the_scheme_is_accepted_in_lower_case(fhir: FhirClient, session: Session, patient: str, judge: Judge) -> None:
    """A valid token is accepted when bearer is written in lower case."""
    judge(rest_access.scheme_in_any_case(access.asked_with_lower_case_scheme(fhir, session, patient)))


@pytest.mark.verifies("PA-REST-014")
def test_errors_carry_a_valid_outcome(refused: Refused, validate: Validation, judge: Judge) -> None:
    """The body of every 400, 403, 404 and 406 is a valid OperationOutcome."""
    needing = rest_refusals.needing_outcome(refused.all)

    judge(
        rest_refusals.are_outcomes(needing),
        refusals.validated_outcomes(validate, needing),
        judged=(len(needing), len(refused.all)),
    )


@pytest.mark.verifies("PA-REST-015")
def test_malformed_ids_are_refused(refused: Refused, judge: Judge) -> None:
    """Malformed ids give 400 or 404 and disclose no internals of the server."""
    judge(
        rest_refusals.malformed_ids_refused(refused.malformed_ids),
        internals.shows_no_insides(refused.malformed_ids),
        of=refused.malformed_ids,
    )
