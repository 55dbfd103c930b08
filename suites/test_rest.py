"""REST: reading resources, in every way that the specification describes."""

import pytest

from conformance.areas.rest.rules import reads as rest
from conformance.areas.rest.rules import references
from conformance.areas.shared import searches


@pytest.mark.verifies("PA-REST-001")
def test_a_read_returns_the_resource_the_url_names(read_one_of_each_type, judge):
    """Reading one instance of each deployed type answers 200 and the resource of that type and id."""
    reads = read_one_of_each_type()

    judge(searches.reads_match(reads), of=reads)


@pytest.mark.verifies("PA-REST-001")
def test_a_read_returns_what_the_search_showed(read_back, collection, judge):
    """Every resource of the sample, read by its id, is what the search showed of it."""
    judge(rest.copies_agree(read_back), judged=(len(read_back), len(collection)))


@pytest.mark.verifies("PA-REST-002")
def test_answers_are_fhir_json_in_utf_8(fhir_answers, judge):
    """Every FHIR response, refusals included, is application/fhir+json in UTF-8."""
    judge(rest.is_fhir_json(fhir_answers), of=fhir_answers)


@pytest.mark.verifies("PA-REST-003")
def test_the_accept_header_is_honoured(read_accepting, read_as_unsupported_type, judge):
    """FHIR JSON, JSON and anything are answered in JSON; what nobody offers is refused with 406."""
    answered = read_accepting("application/fhir+json", "application/json", "*/*")

    judge(
        rest.answers_json(answered, rule="negotiation"),
        rest.refuses_unsupported(read_as_unsupported_type),
    )


@pytest.mark.verifies("PA-REST-004")
def test_format_outweighs_accept(read_accepting, judge):
    """With _format asking for JSON the answer is JSON, although Accept asks for HTML."""
    answered = read_accepting("text/html", formats=("json", "application/json", "application/fhir+json"))

    judge(rest.answers_json(answered, rule="format"))


@pytest.mark.verifies("PA-REST-005")
def test_xml_works_where_it_is_declared(read_as_xml, xml_is_declared, judge):
    """FHIR XML is answered where metadata declares it."""
    judge(rest.xml_as_declared(read_as_xml, declared=xml_is_declared))


@pytest.mark.verifies("PA-REST-006")
def test_headers_mirror_the_version(instances, judge):
    """ETag is the weak form of the version id and Last-Modified the time of the last update."""
    reads = [read for read in instances if rest.has_version_data(read)]

    judge(rest.version_headers(reads), judged=(len(reads), len(instances)))


@pytest.mark.verifies("PA-REST-007")
def test_conditional_reads_are_honoured_or_ignored(conditional_reads, judge):
    """A conditional read gives 304 for the current copy only, or an ordinary 200."""
    judge(rest.conditions_hold(conditional_reads), of=conditional_reads)


@pytest.mark.verifies("PA-REST-008")
def test_a_version_read_returns_that_version(version_reads, judge):
    """The current version can be read by its id, and no other version id gives a resource."""
    judge(rest.versions_are_kept(version_reads), of=version_reads)


@pytest.mark.verifies("PA-REST-019")
def test_references_lead_to_resources(reference_targets, references_found, judge):
    """Every reference into this server is answered with the resource of the type and id it names."""
    judge(
        references.resolve(reference_targets),
        references.same_content(reference_targets),
        judged=(len(reference_targets), references_found),
    )
