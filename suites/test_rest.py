"""REST: reading resources, in every way that the specification describes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conformance.areas.rest.probes import reads
from conformance.areas.rest.rules import reads as rest
from conformance.areas.rest.rules import references
from conformance.areas.shared import searches

if TYPE_CHECKING:
    from typing import Any

    from conformance.areas.rest.probes.refusals import Refused
    from conformance.areas.shared.evidence import Read
    from conformance.areas.shared.rest_evidence import Asked
    from conformance.collection import Collection, Gatherer
    from conformance.engine.judge import Judge
    from conformance.engine.run import Run
    from conformance.fhir import FhirClient
    from conformance.oauth.session import Session
    from conformance.transport import Exchange


@pytest.mark.verifies("PA-REST-001")
def test_a_read_returns_the_resource_the_url_names(instances: list[Read], judge: Judge) -> None:
    """Reading one instance of each deployed type returns 200 and the resource of that type and id."""
    judge(searches.reads_match(instances), of=instances)


@pytest.mark.verifies("PA-REST-001")
def test_a_read_returns_what_the_search_showed(collection: Collection, gatherer: Gatherer, judge: Judge) -> None:
    """Every resource of the sample, read by its id, equals what the search returned."""
    copies = reads.read_back(collection, gatherer)

    judge(rest.copies_agree(copies), judged=(len(copies), len(collection)))


@pytest.mark.verifies("PA-REST-002")
def test_answers_are_fhir_json_in_utf_8(
    capability_statement_answer: Exchange, health_data_answers: list[Asked], refused: Refused, judge: Judge
) -> None:
    """Every FHIR response, refusals included, is application/fhir+json in UTF-8."""
    asked = reads.of_every_kind(capability_statement_answer, health_data_answers, refused)

    judge(rest.is_fhir_json(asked), of=asked)


@pytest.mark.verifies("PA-REST-003")
def test_the_accept_header_is_honoured(fhir: FhirClient, patient: str, judge: Judge) -> None:
    """FHIR JSON, JSON and */* are answered with JSON; an unknown media type is refused with 406."""
    answered = reads.accepting(fhir, patient, "application/fhir+json", "application/json", "*/*")

    judge(
        rest.answers_json(answered, rule="negotiation"),
        rest.refuses_unsupported(reads.accepting_unknown(fhir, patient)),
    )


@pytest.mark.verifies("PA-REST-004")
def test_format_outweighs_accept(fhir: FhirClient, patient: str, judge: Judge) -> None:
    """When _format requests JSON the answer is JSON, although Accept requests HTML."""
    formats = ("json", "application/json", "application/fhir+json")
    answered = reads.accepting(fhir, patient, "text/html", formats=formats)

    judge(rest.answers_json(answered, rule="format"))


@pytest.mark.verifies("PA-REST-005")
def test_xml_works_where_it_is_declared(
    fhir: FhirClient, patient: str, capability_statement: dict[str, Any], judge: Judge
) -> None:
    """FHIR XML is returned where metadata declares it."""
    declared = reads.declares_xml(capability_statement)
    (answered,) = reads.accepting(fhir, patient, "application/fhir+xml")

    judge(rest.xml_as_declared(answered, declared=declared))


@pytest.mark.verifies("PA-REST-006")
def test_headers_mirror_the_version(instances: list[Read], judge: Judge) -> None:
    """ETag is the weak form of the version id and Last-Modified the time of the last update."""
    versioned = [read for read in instances if rest.has_version_data(read)]

    judge(rest.version_headers(versioned), judged=(len(versioned), len(instances)))


@pytest.mark.verifies("PA-REST-007")
def test_conditional_reads_are_honoured_or_ignored(fhir: FhirClient, instances: list[Read], judge: Judge) -> None:
    """A conditional read gives 304 for the current copy only, or an ordinary 200."""
    found = reads.under_conditions(fhir, instances)

    judge(rest.conditions_hold(found), of=found)


@pytest.mark.verifies("PA-REST-008")
def test_a_version_read_returns_that_version(
    fhir: FhirClient, instances: list[Read], capability_statement: dict[str, Any], judge: Judge
) -> None:
    """The current version can be read by its id, and no other version id gives a resource."""
    found = reads.by_version(fhir, instances, capability_statement)

    judge(rest.versions_are_kept(found), of=found)


@pytest.mark.verifies("PA-REST-019")
def test_references_lead_to_resources(
    collection: Collection, gatherer: Gatherer, session: Session, run: Run, judge: Judge
) -> None:
    """Every reference into this server is answered with the resource of the type and id it names."""
    targets = reads.reference_targets(run, collection, gatherer, session)

    judge(
        references.resolve(targets),
        references.same_content(targets),
        judged=(len(targets), reads.references_found(collection)),
    )
