"""Search: what comes beside the matches, and which Patient is found."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conformance.areas.search.probes import included, members
from conformance.areas.search.rules import patients
from conformance.areas.shared import search_includes as includes

if TYPE_CHECKING:
    from typing import Any

    from conformance.areas.search.probes.prober import Prober
    from conformance.areas.shared.search_includes import Including
    from conformance.collection import Collection
    from conformance.engine.judge import Judge
    from conformance.engine.run import Run


@pytest.mark.verifies("PA-SRCH-017")
def test_provenance_comes_with_its_targets(
    prober: Prober, answering_types: tuple[str, ...], collection: Collection, judge: Judge
) -> None:
    """_revinclude=Provenance:target keeps the matches and adds every Provenance about one of them."""
    found = included.with_provenance(prober, answering_types, collection)
    answerable = [each for each in found if each.expected_ids]

    judge(includes.provenance_comes(found), judged=(len(answerable), len(found)))


@pytest.mark.verifies("PA-SRCH-027")
def test_claim_includes_bring_every_referenced_resource(single_includes: list[Including], judge: Judge) -> None:
    """Each include of CARIN BB returns every referenced resource that is not contained, once, with mode include."""
    answerable = [each for each in single_includes if each.expected_ids]

    judge(includes.includes_are_complete(single_includes), judged=(len(answerable), len(single_includes)))


@pytest.mark.verifies("PA-SRCH-028")
def test_the_wildcard_include_brings_the_whole_set(
    prober: Prober, single_includes: list[Including], judge: Judge
) -> None:
    """_include=ExplanationOfBenefit:* returns at least what the single includes return together."""
    wildcard = included.wildcard(prober)

    judge(includes.wildcard_is_the_union(wildcard, single_includes), of=wildcard.search.includes)


@pytest.mark.verifies("PA-SRCH-029")
def test_included_content_is_what_a_read_shows(prober: Prober, single_includes: list[Including], judge: Judge) -> None:
    """An included resource has the content of a direct read; payers of included coverages can be included too."""
    compared = included.compared(prober, single_includes)

    judge(
        includes.included_as_read(compared),
        includes.payers_follow(included.payers(prober), prober.base, prober.opens),
        of=compared,
    )


@pytest.mark.verifies("PA-SRCH-032")
def test_patient_searches_find_the_member_alone(
    prober: Prober, patient_of_b: dict[str, Any], patient: str, judge: Judge
) -> None:
    """_id, identifier, name, and birthdate or gender with a name find only the member; other values find no Patient."""
    searches = members.patients(prober, patient_of_b)

    judge(patients.found_exactly(searches, patient), of=searches)


@pytest.mark.verifies("PA-SRCH-038")
def test_docref_finds_the_documents_of_the_member(
    run: Run, prober: Prober, capability_statement: dict[str, Any], patient: str, judge: Judge
) -> None:
    """$docref is declared and returns a searchset of the member's documents."""
    operations = members.document_operations(run, capability_statement)
    known = prober.by_patient("DocumentReference").ids

    judge(
        patients.docref_declared(operations),
        *[patients.documents_of(each, patient, known) for each in members.documents(prober, operations)],
    )
