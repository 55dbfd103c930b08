"""Search: what comes beside the matches, and who is found."""

import pytest

from conformance.areas.search.rules import patients
from conformance.areas.shared import search_includes as includes


@pytest.mark.verifies("PA-SRCH-017")
def test_provenance_comes_with_its_targets(with_provenance, judge):
    """_revinclude=Provenance:target keeps the matches and brings every Provenance about one of them."""
    owed = [each for each in with_provenance if each.owed]

    judge(includes.provenance_comes(with_provenance), judged=(len(owed), len(with_provenance)))


@pytest.mark.verifies("PA-SRCH-027")
def test_claim_includes_bring_every_referenced_resource(single_includes, judge):
    """Each include of CARIN BB brings every referenced resource that is not contained, once, with mode include."""
    owed = [each for each in single_includes if each.owed]

    judge(includes.includes_are_complete(single_includes), judged=(len(owed), len(single_includes)))


@pytest.mark.verifies("PA-SRCH-028")
def test_the_wildcard_include_brings_the_whole_set(wildcard_include, single_includes, judge):
    """_include=ExplanationOfBenefit:* brings at least what the single includes bring together."""
    judge(
        includes.wildcard_is_the_union(wildcard_include, single_includes),
        of=wildcard_include.search.includes,
    )


@pytest.mark.verifies("PA-SRCH-029")
def test_included_content_is_what_a_read_shows(included_and_read, payers_included, fhir_base, grant_opens, judge):
    """An included resource has the content of a direct read; payers of included coverages can be included too."""
    judge(
        includes.included_as_read(included_and_read),
        includes.payers_follow(payers_included, fhir_base, grant_opens),
        of=included_and_read,
    )


@pytest.mark.verifies("PA-SRCH-032")
def test_patient_searches_find_the_member_alone(patient_searches, patient, judge):
    """Id, identifier, name, and birth date or gender with a name find exactly the member; other values nobody."""
    judge(patients.found_exactly(patient_searches, patient), of=patient_searches)


@pytest.mark.verifies("PA-SRCH-038")
def test_docref_finds_the_documents_of_the_member(
    documents_by_operation, document_operations, search_by_patient, patient, judge
):
    """$docref is declared and answers a searchset of the member's documents."""
    known = search_by_patient("DocumentReference").ids

    judge(
        patients.docref_declared(document_operations),
        *[patients.documents_of(each, patient, known) for each in documents_by_operation],
    )
