from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.areas.rest.rules import reads as rest
from conformance.areas.rest.rules import references
from conformance.areas.rest.rules import resources as rest_resources
from conformance.areas.shared.evidence import Read
from conformance.areas.shared.rest_evidence import Conditional, Copies, Target, VersionReads
from conformance.findings import Finding

FHIR = {"content-type": "application/fhir+json; charset=utf-8"}
OUTCOME = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "not-found"}]}
PATIENT = {
    "resourceType": "Patient",
    "id": "1",
    "meta": {"versionId": "3", "lastUpdated": "2026-03-01T10:00:00.250-05:00"},
    "name": [{"use": "official", "family": "Álvarez"}],
}
STAMP = "Sun, 01 Mar 2026 15:00:00 GMT"


@pytest.mark.parametrize(
    ("header", "raw", "expected"),
    [
        ("application/fhir+json; charset=utf-8", b"{}", []),
        ('Application/FHIR+JSON;Charset="UTF-8"', b"{}", []),
        ("application/fhir+json", b"{}", ["(http.charset.absent)"]),
        ("application/fhir+json; charset=iso-8859-1", b"{}", ["http.charset"]),
        ("application/json; charset=utf-8", b"{}", ["http.content-type"]),
        ("text/html; charset=utf-8", b"<p>", ["http.content-type"]),
        ("application/fhir+json; charset=utf-8", "Á".encode("latin-1"), ["http.encoding"]),
        ("application/fhir+json; charset=utf-8", "Ã¡".encode(), ["(http.encoding.twice)"]),
        ("", b"", []),
    ],
)
def test_fhir_json_in_utf_8(asked, rules_of, header, raw, expected):
    assert rules_of(rest.is_fhir_json([asked(headers={"content-type": header}, raw=raw)])) == expected


def test_no_answer_is_no_fhir_json(asked, rules_of):
    assert rules_of(rest.is_fhir_json([asked(0, fault="time-out")])) == ["http.no-answer"]


@pytest.mark.parametrize(
    ("status", "header", "content", "expected"),
    [
        (200, "application/fhir+json", PATIENT, []),
        (200, "application/json", PATIENT, []),
        (200, "text/html", PATIENT, ["n.not-json"]),
        (200, "application/json", {}, ["n.not-json"]),
        (406, "application/fhir+json", OUTCOME, ["n.refused"]),
    ],
)
def test_json_is_answered(asked, rules_of, status, header, content, expected):  # noqa: PLR0917
    found = rest.answers_json([asked(status, headers={"content-type": header}, content=content)], rule="n")

    assert rules_of(found) == expected


@pytest.mark.parametrize(
    ("status", "expected"),
    [(406, []), (200, ["(negotiation.unsupported)"]), (500, ["negotiation.unsupported"]), (0, ["http.no-answer"])],
)
def test_an_unknown_media_type(asked, rules_of, status, expected):
    assert rules_of(rest.refuses_unsupported([asked(status, fault="" if status else "broken")])) == expected


@pytest.mark.parametrize(
    ("declared", "status", "header", "expected"),
    [
        (True, 200, "application/fhir+xml", []),
        (True, 200, "application/fhir+json", ["xml.declared"]),
        (True, 406, "application/fhir+json", ["xml.declared"]),
        (False, 406, "application/fhir+json", []),
        (False, 500, "text/html", ["xml.crash"]),
    ],
)
def test_xml(asked, rules_of, declared, status, header, expected):  # noqa: PLR0917
    shown = asked(status, headers={"content-type": header}, raw=b'<Patient xmlns="http://hl7.org/fhir"/>')

    assert rules_of(rest.xml_as_declared(shown, declared=declared)) == expected


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"etag": 'W/"3"', "last-modified": STAMP}, []),
        ({"etag": '"3"', "last-modified": STAMP}, ["http.etag.strong"]),
        ({"etag": 'W/"4"', "last-modified": STAMP}, ["http.etag.other"]),
        ({"last-modified": STAMP}, ["http.etag.missing"]),
        ({"etag": 'W/"3"'}, ["http.last-modified.missing"]),
        ({"etag": 'W/"3"', "last-modified": "Sun, 01 Mar 2026 15:00:01 GMT"}, []),
        ({"etag": 'W/"3"', "last-modified": "Sun, 01 Mar 2026 15:00:02 GMT"}, ["http.last-modified.other"]),
        ({"etag": 'W/"3"', "last-modified": "yesterday"}, ["http.last-modified.other"]),
    ],
)
def test_version_headers(answer, rules_of, headers, expected):
    read = Read("Patient", "1", answer(200, PATIENT, headers=FHIR | headers))

    assert rest.has_version_data(read)
    assert rules_of(rest.version_headers([read])) == expected


@pytest.mark.parametrize("zone", ["+00:00", "Z", "-05:00", "+05:30"])
def test_the_zone_form_of_the_last_update_changes_nothing(answer, rules_of, zone):
    moment = {"+00:00": "15:00", "Z": "15:00", "-05:00": "10:00", "+05:30": "20:30"}[zone]
    resource = PATIENT | {"meta": {"lastUpdated": f"2026-03-01T{moment}:00{zone}"}}

    assert rules_of(rest.version_headers([Read("Patient", "1", answer(200, resource, {"last-modified": STAMP}))])) == []


@pytest.mark.parametrize(
    ("status", "names", "raw", "expected"),
    [
        (304, "current", b"", []),
        (200, "current", b"{}", []),
        (200, "other", b"{}", []),
        (304, "other", b"", ["http.conditional.stale"]),
        (412, "other", b"", ["http.conditional.refused"]),
        (500, "current", b"", ["http.conditional.refused"]),
    ],
)
def test_conditional_reads(answer, rules_of, status, names, raw, expected):  # noqa: PLR0917
    assert rules_of(rest.conditions_hold([Conditional("If-None-Match", names, answer(status, raw=raw))])) == expected


@pytest.mark.parametrize(
    ("current", "unknown", "declared", "expected"),
    [
        ((200, PATIENT), (404, OUTCOME), True, []),
        ((200, PATIENT), (200, PATIENT), True, ["vread.ignores-version"]),
        ((200, PATIENT), (500, None), True, ["vread.status"]),
        ((200, PATIENT | {"id": "2"}), (404, OUTCOME), True, ["vread.differs"]),
        ((200, PATIENT | {"meta": {"versionId": "2"}}), (404, OUTCOME), True, ["vread.version"]),
        ((404, OUTCOME), (404, OUTCOME), True, ["vread.declared"]),
        ((404, OUTCOME), (404, OUTCOME), False, []),
        ((405, None), (405, None), False, ["vread.refusal"]),
        ((500, None), (404, OUTCOME), False, ["vread.status"]),
    ],
)
def test_version_reads(answer, rules_of, current, unknown, declared, expected):  # noqa: PLR0917
    reads = VersionReads("Patient", "1", "3", answer(200, PATIENT), answer(*current), answer(*unknown), declared)

    assert rules_of(rest.versions_are_kept([reads])) == expected


@pytest.mark.parametrize(
    ("status", "read", "expected"),
    [
        (200, PATIENT, []),
        (200, PATIENT | {"active": True}, ["read.differs"]),
        (200, PATIENT | {"active": True, "meta": {"versionId": "4"}}, []),
        (404, OUTCOME, ["read.status"]),
    ],
)
def test_a_read_is_what_a_search_showed(answer, rules_of, status, read, expected):
    assert rules_of(rest.copies_agree([Copies("Patient/1", PATIENT, 4, answer(status, read))])) == expected


def test_the_address_of_an_attachment_may_be_new_in_every_answer(answer, rules_of):
    def document(url, size=3):
        attachment = {"contentType": "application/pdf", "url": url, "size": size}
        return {"resourceType": "DocumentReference", "id": "d", "content": [{"attachment": attachment}]}

    def copies(read):
        return [Copies("DocumentReference/d", document("https://files.example/1?signed=a"), 4, answer(200, read))]

    assert rules_of(rest.copies_agree(copies(document("https://files.example/1?signed=b")))) == []
    assert rules_of(rest.copies_agree(copies(document("https://files.example/1?signed=b", 4)))) == ["read.differs"]


@given(st.permutations(list(PATIENT)))
def test_the_order_of_members_makes_no_difference(order):
    @dataclass
    class Shuffled:
        number = 1
        status = 200
        fault = ""
        detail = ""

        def json(self):
            return {name: PATIENT[name] for name in order}

    assert list(rest.copies_agree([Copies("Patient/1", PATIENT, 4, Shuffled())])) == []


def target(answer, status=200, resource=PATIENT, **parts):
    return Target(
        "Patient/1", parts.pop("version", ""), [("Coverage/9", "Coverage.payor[0]")], answer(status, resource), **parts
    )


@pytest.mark.parametrize(
    ("status", "resource", "parts", "expected"),
    [
        (200, PATIENT, {}, []),
        (404, OUTCOME, {}, ["reference.dangling"]),
        (403, OUTCOME, {}, ["reference.dangling"]),
        (403, OUTCOME, {"opened": False}, []),
        (500, None, {"opened": False}, ["reference.dangling"]),
        (200, PATIENT | {"id": "12"}, {}, ["reference.another"]),
        (200, PATIENT | {"resourceType": "Person"}, {}, ["reference.another"]),
    ],
)
def test_references(answer, rules_of, status, resource, parts, expected):  # noqa: PLR0917
    assert rules_of(references.resolve([target(answer, status, resource, **parts)])) == expected


@pytest.mark.parametrize(
    ("versioned", "expected"),
    [
        (PATIENT, []),
        (PATIENT | {"active": True}, ["reference.version-differs"]),
        (PATIENT | {"meta": {"versionId": "2"}}, ["reference.version"]),
    ],
)
def test_versioned_references(answer, rules_of, versioned, expected):
    each = target(answer, 200, versioned, version="3", unversioned=answer(200, PATIENT))

    assert rules_of(references.same_content([each])) == expected


@pytest.mark.parametrize(("versioned", "current"), [(404, 200), (403, 200), (200, 404), (404, 404)])
def test_a_version_that_is_refused_is_no_other_version(answer, rules_of, versioned, current):
    shown = {200: PATIENT | {"meta": {"versionId": "3"}}}
    each = target(
        answer, versioned, shown.get(versioned, OUTCOME), version="3", unversioned=answer(current, shown.get(current))
    )

    assert rules_of(references.same_content([each])) == []


@pytest.mark.parametrize(
    ("rule", "kind"),
    [
        ("cardinality.min", "structure"),
        ("unknown-property", "structure"),
        ("binding.required", "structure"),
        ("invariant:ele-1", "structure"),
        ("format:dateTime", "format"),
        ("invariant:per-1", "invariant"),
        ("invariant:txt-2", "narrative"),
        ("narrative.active", "narrative"),
        ("binding.extensible", "elsewhere"),
    ],
)
def test_every_finding_belongs_to_one_row(rule, kind):
    assert rest_resources.kind_of(Finding(rule, "x")) == kind


@given(st.lists(st.sampled_from(["type", "format:id", "invariant:dom-3", "narrative.xml", "binding.extensible"])))
def test_no_finding_is_said_twice_or_lost(rules):
    findings = [Finding(rule, "x") for rule in rules]
    parts = (rest_resources.structure, rest_resources.formats, rest_resources.invariants, rest_resources.narratives)
    told = sorted(finding.rule for part in parts for finding in part(findings))

    assert told == sorted(rule for rule in rules if rule != "binding.extensible")
