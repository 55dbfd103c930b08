"""$everything: the whole record of one patient."""

import pytest

from conformance.areas.everything.rules import record as everything
from conformance.areas.everything.rules import times
from conformance.areas.shared import bundles, searches


@pytest.mark.verifies("PA-EVRY-001")
def test_everything_answers_a_searchset_with_the_patient(patient_everything, patient, validate, judge):
    """Patient/{id}/$everything answers a searchset with exactly one Patient: the one in context."""
    judge(
        bundles.is_searchset(patient_everything, what="$everything"),
        searches.holds_exactly_one_patient(patient_everything, patient),
        validate.bundle(patient_everything),
    )


@pytest.mark.verifies("PA-EVRY-002")
def test_everything_has_all_that_searches_find(whole_record, searches_of_record, left_out_by_definition, judge):
    """Over all pages the operation has everything that searches find by type, with the same content."""
    judge(
        everything.is_complete(whole_record, searches_of_record, left_out=left_out_by_definition),
        of=searches_of_record,
    )


@pytest.mark.verifies("PA-EVRY-003")
def test_everything_is_of_the_patient_in_context(whole_record, patient, judge):
    """Every resource that belongs to a patient belongs to the one in context."""
    judge(everything.only_of_patient(whole_record, patient), of=whole_record.matches)


@pytest.mark.verifies("PA-EVRY-003")
def test_everything_of_another_member_is_refused(everything_of_b, judge):
    """The operation on member b gives member a 403 or 404."""
    judge(everything.is_refused(everything_of_b))


@pytest.mark.verifies("PA-EVRY-004")
def test_everything_honours_the_granted_scopes(narrow_record, judge):
    """With scopes for Patient and Coverage only, no claims and no clinical records appear."""
    found, opened = narrow_record

    judge(everything.within_scopes(found, opened))


@pytest.mark.verifies("PA-EVRY-005")
def test_start_and_end_filter_by_the_date_of_care(windows_of_care, whole_record, judge):
    """A window brings the care within it and none outside; a wider one brings more, never less."""
    narrow, wide = (search for search, _ in windows_of_care[:2])

    judge(
        *[times.window_holds(search, whole_record, window) for search, window in windows_of_care],
        times.grows([narrow, wide, whole_record]),
        of=windows_of_care,
    )


@pytest.mark.verifies("PA-EVRY-006")
def test_since_filters_by_the_time_of_the_record(updates_since, whole_record, judge):
    """_since brings what was updated later and nothing older; of the future there is nothing."""
    judge(
        *[times.since_holds(search, whole_record, since) for search, since in updates_since],
        of=updates_since,
    )


@pytest.mark.verifies("PA-EVRY-007")
def test_type_filters_resource_types(everything_by_type, whole_record, invoke_everything, judge):
    """_type as a list, repeated and alone brings exactly the types named; an unknown type is refused or told."""
    judge(
        *[
            everything.typed(search, types, whole_record, form=form)
            for form, (search, types) in everything_by_type.items()
        ],
        everything.unknown_type(invoke_everything(_type="NoSuchType")),
        of=everything_by_type,
    )


@pytest.mark.verifies("PA-EVRY-008")
def test_everything_can_be_read_in_pages(everything_in_pages, whole_record, judge):
    """With _count the pages add up to the same set without repetition; without it there is one Bundle."""
    found, count = everything_in_pages

    judge(everything.paged(found, whole_record, count=count), of=found.pages)


@pytest.mark.verifies("PA-EVRY-009")
def test_supporting_resources_are_there(dangling_in_everything, judge):
    """What the returned resources refer to is in the Bundle or can be read."""
    dangling, followed = dangling_in_everything

    judge(everything.references_resolve(dangling), judged=(followed, followed))


@pytest.mark.verifies("PA-EVRY-010")
def test_everything_is_declared_and_means_what_it_says(
    whole_record, everything_operations, everything_meaning, search_by_patient, judge
):
    """The operation is declared with a definition, and claims are there or not as the definition has it."""
    claims = search_by_patient("ExplanationOfBenefit").matches

    judge(
        everything.is_declared(everything_operations),
        everything.means_what_it_says(whole_record, claims, everything_meaning),
        of=claims,
    )


@pytest.mark.verifies("PA-EVRY-011")
def test_variants_of_the_operation_behave(everything_variants, patient, judge):
    """A bad start and an unknown patient are refused, POST finds what GET finds, the type has no other patient."""
    judge(everything.variants_behave(everything_variants, patient))
