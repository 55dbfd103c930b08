"""$everything: the whole record of one patient."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conformance.areas.everything.probes import invoking
from conformance.areas.everything.rules import record, times
from conformance.areas.shared import bundles, searches

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from conformance.areas.everything.probes.invoking import Everything
    from conformance.areas.shared.evidence import SearchEvidence
    from conformance.areas.shared.fixtures.validation import Validation
    from conformance.areas.shared.own_authorization import OwnAuthorization
    from conformance.collection import Collection
    from conformance.engine.judge import Judge
    from conformance.fhir import FhirClient
    from conformance.oauth.session import Session


@pytest.mark.verifies("PA-EVRY-001")
def test_everything_answers_a_searchset_with_the_patient(
    everything: Everything, patient: str, validate: Validation, judge: Judge
) -> None:
    """Patient/{id}/$everything returns a searchset with the Patient in context."""
    answer = everything().first

    judge(
        bundles.is_searchset(answer, what="$everything"),
        searches.holds_the_patient(answer, patient),
        validate.bundle(answer),
    )


@pytest.mark.verifies("PA-EVRY-002")
def test_everything_has_all_that_searches_find(
    everything: Everything,
    whole_record: SearchEvidence,
    compartment_types: tuple[str, ...],
    capability_statement: dict[str, Any],
    judge: Judge,
) -> None:
    """Over all pages the operation has all US Core data that searches find by type, with the same content."""
    left_out = invoking.left_out(everything, capability_statement)

    found = invoking.searched(everything, compartment_types)

    judge(
        record.is_complete(whole_record, found, left_out=left_out, all_promised=everything.includes_claims),
        of=found,
    )


@pytest.mark.verifies("PA-EVRY-003")
def test_everything_is_of_the_patient_in_context(whole_record: SearchEvidence, patient: str, judge: Judge) -> None:
    """Every resource that belongs to a patient belongs to the one in context."""
    judge(record.only_of_patient(whole_record, patient), of=whole_record.matches)


@pytest.mark.verifies("PA-EVRY-003")
def test_everything_of_another_member_is_refused(fhir: FhirClient, session_b: Session, judge: Judge) -> None:
    """The operation on the Patient of member b is refused to member a."""
    judge(record.is_refused(invoking.of_another(fhir, session_b)))


@pytest.mark.usefixtures("whole_record")
@pytest.mark.verifies("PA-EVRY-004")
def test_everything_honours_the_granted_scopes(
    everything: Everything, own_authorization: OwnAuthorization, judge: Judge
) -> None:
    """With scopes for Patient and Coverage only, no claims and no clinical records appear."""
    found, opened = invoking.with_few_scopes(everything, own_authorization)

    judge(record.within_scopes(found, opened))


@pytest.mark.verifies("PA-EVRY-005")
def test_start_and_end_filter_by_the_date_of_care(
    everything: Everything, whole_record: SearchEvidence, judge: Judge
) -> None:
    """A window returns the care within it and none outside; a wider one returns at least as much."""
    found = invoking.windows_of_care(everything, whole_record)
    narrow, wide = (search for search, _ in found[:2])

    judge(
        *[times.window_holds(search, whole_record, window) for search, window in found],
        times.grows([narrow, wide, whole_record]),
        of=found,
    )


@pytest.mark.verifies("PA-EVRY-006")
def test_since_filters_by_the_time_of_the_record(
    everything: Everything, whole_record: SearchEvidence, judge: Judge
) -> None:
    """_since returns what was updated later and nothing older; a future time returns nothing."""
    found = invoking.updates_since(everything, whole_record)

    judge(*[times.since_holds(search, whole_record, since) for search, since in found], of=found)


@pytest.mark.verifies("PA-EVRY-007")
def test_type_filters_resource_types(everything: Everything, whole_record: SearchEvidence, judge: Judge) -> None:
    """_type as a list, repeated and alone returns exactly the types named; an unknown type is refused or reported."""
    found = invoking.by_type(everything, whole_record)

    judge(
        *[record.typed(search, types, whole_record, form=form) for form, (search, types) in found.items()],
        record.unknown_type(everything(_type="NoSuchType")),
        of=found,
    )


@pytest.mark.verifies("PA-EVRY-008")
def test_everything_can_be_read_in_pages(everything: Everything, whole_record: SearchEvidence, judge: Judge) -> None:
    """With _count the pages add up to the same set without repetition; without it there is one Bundle."""
    found, count = invoking.in_pages(everything, whole_record)

    judge(record.paged(found, whole_record, count=count), of=found.pages)


@pytest.mark.usefixtures("whole_record")
@pytest.mark.verifies("PA-EVRY-009")
def test_supporting_resources_are_there(everything: Everything, collection: Collection, judge: Judge) -> None:
    """The resources that returned resources refer to are in the Bundle or can be read."""
    dangling, followed = invoking.dangling(everything, collection)

    judge(record.references_resolve(dangling), judged=(followed, followed))


@pytest.mark.verifies("PA-EVRY-010")
def test_everything_is_declared_and_means_what_it_says(
    everything: Everything,
    whole_record: SearchEvidence,
    capability_statement: dict[str, Any],
    search_by_patient: Callable[[str], SearchEvidence],
    judge: Judge,
) -> None:
    """The operation is declared with a definition, and claims are included or not, as that definition says."""
    claims = search_by_patient("ExplanationOfBenefit").matches

    judge(
        record.is_declared(invoking.declared(capability_statement)),
        record.means_what_it_says(whole_record, claims, invoking.meaning(everything, capability_statement)),
        of=claims,
    )


@pytest.mark.usefixtures("whole_record")
@pytest.mark.verifies("PA-EVRY-011")
def test_variants_of_the_operation_behave(everything: Everything, patient: str, judge: Judge) -> None:
    """No variant causes a server error or shows another patient; wrong input should be refused."""
    judge(record.variants_behave(invoking.variants(everything), patient))
