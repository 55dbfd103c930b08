"""Faults of the REST interface: reads, headers, errors, formats, access without a good token."""

from __future__ import annotations

from email.utils import formatdate

from conformance.reference.faults import rest_deviations as broken
from conformance.reference.faults import rest_reading, rest_versions
from conformance.reference.faults.deviations import always, edited, served, stored, with_headers, without
from conformance.reference.faults.fault import Fault
from conformance.reference.fhir import access, answer, capability, errors, read, search, server

FAULTS = (
    Fault(
        "PA-REST-001.bundle-of-one",
        "read.resourceType",
        "A read answers a searchset Bundle of one.",
        {answer.document: broken.bundle_of_one},
        collateral="whatever reads a resource gets a Bundle",
    ),
    Fault(
        "PA-REST-001.search-shows-less",
        "read.differs",
        "Searches leave an element out that a read has, and do not say so.",
        {search.entry: edited(broken.without_last_line)},
    ),
    Fault(
        "PA-REST-002.plain-json",
        "http.content-type",
        "FHIR responses are labelled application/json.",
        {answer.document: with_headers(Content_Type="application/json")},
    ),
    Fault(
        "PA-REST-002.html-errors",
        "http.content-type",
        "Errors are labelled text/html.",
        {answer.refusal: with_headers(Content_Type="text/html; charset=utf-8")},
    ),
    Fault(
        "PA-REST-002.another-charset",
        "http.charset",
        "FHIR responses name another character set than UTF-8.",
        {answer.document: with_headers(Content_Type="application/fhir+json; charset=iso-8859-1")},
    ),
    Fault(
        "PA-REST-002.no-charset",
        "http.charset.absent",
        "FHIR responses name no character set.",
        {answer.document: with_headers(Content_Type="application/fhir+json")},
        warning=True,
    ),
    Fault(
        "PA-REST-002.latin-1",
        "http.encoding",
        "Names with accents are sent in ISO 8859-1.",
        {answer.document: edited(broken.latin_1)},
        collateral="nothing that reads text as UTF-8 can read the answers",
    ),
    Fault(
        "PA-REST-003.json-refused",
        "negotiation.refused",
        "Accept: application/json is answered 406.",
        {answer.negotiate: broken.fhir_json_only},
        warning=True,
    ),
    Fault(
        "PA-REST-003.plain-text",
        "negotiation.not-json",
        "FHIR responses are labelled text/plain.",
        {answer.document: with_headers(Content_Type="text/plain; charset=utf-8")},
    ),
    Fault(
        "PA-REST-004.plain-text",
        "format.not-json",
        "FHIR responses are labelled text/plain whatever _format says.",
        {answer.document: with_headers(Content_Type="text/plain; charset=utf-8")},
    ),
    Fault(
        "PA-REST-005.crash",
        "xml.crash",
        "Asking for XML makes the server fail.",
        {answer.negotiate: broken.no_writer},
    ),
    Fault(
        "PA-REST-003.crash",
        "negotiation.unsupported",
        "A media type that is not offered makes the server fail.",
        {answer.negotiate: broken.no_writer},
    ),
    Fault(
        "PA-REST-004.format-ignored",
        "format.refused",
        "_format is not looked at, only Accept is.",
        {answer.negotiate: broken.format_ignored},
    ),
    Fault(
        "PA-REST-005.xml-declared",
        "xml.declared",
        "metadata lists XML, and asking for it fails.",
        {capability.capability_statement: edited(lambda statement: statement | {"format": ["json", "xml"]})},
    ),
    Fault(
        "PA-REST-006.random-etag",
        "http.etag",
        "ETag has nothing to do with the version.",
        {answer.version_headers: edited(lambda headers: headers | {"ETag": '"5d41402abc4b2a76"'})},
    ),
    Fault(
        "PA-REST-006.modified-now",
        "http.last-modified",
        "Last-Modified is the time of the request.",
        {answer.version_headers: edited(lambda headers: headers | {"Last-Modified": formatdate(usegmt=True)})},
    ),
    Fault(
        "PA-REST-007.always-unchanged",
        "http.conditional.stale",
        "Any If-None-Match is answered 304.",
        {read.unchanged: lambda original, call, record: "if-none-match" in call.headers or original(call, record)},
    ),
    Fault(
        "PA-REST-007.precondition-failed",
        "http.conditional.refused",
        "A copy that is out of date is answered 412.",
        {read.unchanged: broken.precondition_failed},
    ),
    *rest_versions.FAULTS,
    Fault(
        "PA-REST-009.empty-200",
        "read.unknown-id",
        "An unknown id is answered 200 with an empty body.",
        {server.instance: broken.empty_for_unknown},
    ),
    Fault(
        "PA-REST-009.crash",
        "read.unknown-id",
        "An unknown id makes the server fail.",
        {read.visible: broken.unknown_id_fails},
    ),
    Fault(
        "PA-REST-011.router-fails",
        "type.unknown",
        "A type that does not exist makes the server fail.",
        {server.dispatch: broken.router_fails},
    ),
    Fault(
        "PA-REST-011.stack-trace",
        "answer.stack-trace",
        "A type that does not exist is refused with a stack trace.",
        {server.dispatch: broken.shows_its_stack},
    ),
    Fault(
        "PA-REST-011.any-case",
        "type.lower-case",
        "Type names in lower case lead to the same resources.",
        {server.dispatch: broken.any_case},
        warning=True,
    ),
    Fault(
        "PA-REST-012.no-challenge",
        "http.challenge",
        "A request without a token is refused without saying how to authenticate.",
        {access.challenge: always("")},
    ),
    Fault(
        "PA-REST-012.shows-a-patient",
        "access.leak",
        "The refusal of a request without a token holds a Patient.",
        {answer.refusal: broken.shows_a_patient},
    ),
    Fault(
        "PA-REST-012.everything-open",
        "access.open",
        "$everything answers without a token.",
        {access.authenticate: broken.open_where(lambda path: path[-1:] == ("$everything",))},
    ),
    Fault(
        "PA-REST-012.histories-open",
        "access.open",
        "Histories and versions answer without a token.",
        {access.authenticate: broken.open_where(lambda path: "_history" in path)},
    ),
    Fault(
        "PA-REST-012.posted-searches-open",
        "access.open",
        "A search sent as a form answers without a token.",
        {access.authenticate: broken.open_where(lambda path: path[-1:] == ("_search",))},
    ),
    Fault(
        "PA-REST-013.odd-scheme-fails",
        "access.status",
        "An Authorization header of another kind makes the server fail.",
        {access.bearer: broken.odd_scheme_fails},
    ),
    Fault(
        "PA-REST-013.any-token",
        "access.open",
        "Any bearer token will do.",
        {access.authenticate: broken.any_token},
        collateral="every token opens the record of the newest grant",
    ),
    Fault(
        "PA-REST-013.scheme-in-one-case",
        "access.scheme-case",
        "Only Bearer with a capital letter is understood.",
        {access.bearer: broken.exactly_bearer},
        warning=True,
    ),
    Fault(
        "PA-REST-014.own-error-format",
        "outcome.not-an-outcome",
        'Errors are {"message": …}.',
        {errors.outcome: lambda original, call, severity, code, text: {"message": text}},  # noqa: ARG005
        target={"strict.PA-REST-014": "gate"},
    ),
    Fault(
        "PA-REST-014.without-issue",
        "cardinality.min",
        "OperationOutcomes have no issue.",
        {errors.outcome: without("issue")},
    ),
    Fault(
        "PA-REST-014.own-codes",
        "binding.required",
        "Issues carry codes of the server's own.",
        {
            errors.outcome: edited(
                lambda outcome: outcome | {"issue": [issue | {"code": "E-4711"} for issue in outcome["issue"]]}
            )
        },
    ),
    Fault(
        "PA-REST-015.long-ids-reach-the-database",
        "id.crash",
        "A long id yields 500 with a statement of the database.",
        {server.instance: broken.long_ids_reach_the_database},
    ),
    Fault(
        "PA-REST-015.long-ids-are-forbidden",
        "id.status",
        "An id that is too long is answered 403.",
        {server.instance: broken.long_ids_are_forbidden},
        warning=True,
    ),
    Fault(
        "PA-REST-015.climbs",
        "id.accepted",
        "Encoded slashes and dots in an id lead to other addresses.",
        {server.dispatch: broken.climbs},
    ),
    Fault(
        "PA-REST-016.quantity-is-text",
        "type",
        "Numbers of laboratory values are sent as text.",
        records=stored("Observation", broken.quantity_as_text, lambda resource: "valueQuantity" in resource),
    ),
    Fault(
        "PA-REST-016.empty-arrays",
        "empty",
        "Elements without a value are sent as empty arrays.",
        {answer.outgoing: served("Coverage", lambda resource: resource | {"contract": []})},
    ),
    Fault(
        "PA-REST-016.nulls",
        "null",
        "Elements without a value are sent as null.",
        {answer.outgoing: served("Immunization", lambda resource: resource | {"lotNumber": None})},
    ),
    Fault(
        "PA-REST-016.own-property",
        "unknown-property",
        "Resources hold a property that FHIR does not have.",
        {answer.outgoing: served("Condition", lambda resource: resource | {"sourceSystem": "ledger"})},
    ),
    Fault(
        "PA-REST-016.own-status",
        "binding.required",
        "A status is not from the required set.",
        {answer.outgoing: served("Procedure", lambda resource: resource | {"status": "done"})},
    ),
    Fault(
        "PA-REST-017.no-offset",
        "format:dateTime",
        "Times have no offset.",
        {answer.outgoing: served("Observation", lambda resource: resource | {"effectiveDateTime": "2024-03-01T10:00"})},
    ),
    Fault(
        "PA-REST-017.no-such-day",
        "format:date",
        "Dates name a day that does not exist.",
        {answer.outgoing: served("Patient", lambda resource: resource | {"birthDate": "1968-02-30"})},
    ),
    Fault(
        "PA-REST-018.ends-before-it-starts",
        "invariant:per-1",
        "Periods of coverage end before they start.",
        {answer.outgoing: served("Coverage", broken.backwards, lambda resource: "period" in resource)},
    ),
    Fault(
        "PA-REST-018.contained-for-nobody",
        "invariant:dom-3",
        "Contained resources are referred to by nobody.",
        {
            answer.outgoing: served(
                "Procedure",
                lambda resource: resource | {"contained": [{"resourceType": "Location", "id": "room", "name": "2"}]},
            )
        },
    ),
    Fault(
        "PA-REST-019.organizations-gone",
        "reference.dangling",
        "Claims point to organizations that answer 404.",
        {read.visible: broken.gone("Organization")},
        target={"strict.PA-REST-019": "gate"},
    ),
    Fault(
        "PA-REST-019.another-practitioner",
        "reference.another",
        "References to practitioners lead to other practitioners.",
        {read.visible: broken.another},
    ),
    Fault(
        "PA-REST-020.script-in-narrative",
        "narrative",
        "A narrative holds a script.",
        {answer.outgoing: broken.narrative("x<script>alert(1)</script>")},
    ),
    Fault(
        "PA-REST-020.unescaped",
        "narrative.xml",
        "Markup in a narrative is not escaped.",
        {answer.outgoing: broken.narrative("systolic < 120 & diastolic < 80")},
    ),
    Fault(
        "PA-REST-020.says-nothing",
        "narrative.empty",
        "Narratives hold nothing to read.",
        {answer.outgoing: broken.narrative(" ")},
    ),
    *rest_reading.FAULTS,
)
