"""What a run learns of a member reaches no output: every format, fed as a run feeds it, holds none of the values.

The values stand wherever evidence may hold them: in a body, a URL, what a check found, a sentence of a check, a reason.
"""

from __future__ import annotations

import base64
import datetime as dt
import json
from types import SimpleNamespace
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from conformance.findings import Finding
from conformance.redaction import Redactor
from conformance.report import allure, comparison, github, junit, summary
from conformance.report.reproduction import reproduction
from conformance.report.terminal import Terminal
from conformance.requirements import load_catalogue
from conformance.transport.exchange import Exchange
from conformance.transport.record import redacted
from conformance.verdict import CheckResult, RunFacts, build_document, decide, judge_rows
from conformance.verdict.comparison import compare
from conformance.verdict.waivers import Waiver, Waivers

CATALOGUE = load_catalogue()
GATE = {row.id: "gate" for row in CATALOGUE}
FAILS, ADVISES, UNDECIDED, WAIVED, ERRS = "PA-REST-001", "PA-REST-002", "PA-REST-003", "PA-REST-004", "PA-REST-005"

words = st.from_regex(r"[QZJ][a-zäñ]{4,10}[qzj]", fullmatch=True)
numbers = st.from_regex(r"[1-9]{4}7[1-9]{5}", fullmatch=True)
SETTINGS = settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))

# What of a member may never be seen, by kind.
KINDS = ("family name", "given name", "street", "city", "identifier", "telephone", "e-mail", "birth date", "free text")


@st.composite
def members(draw):
    """The value of each kind."""
    family = draw(words)
    day = draw(st.dates(dt.date(1900, 1, 1), dt.date(2015, 1, 1)))
    values = (family, draw(words), f"{draw(words)} Lane", draw(words), draw(numbers), draw(numbers))
    return dict(zip(KINDS, (*values, f"{draw(words)}@mail.example", day.isoformat(), draw(words)), strict=True))


def patient(of):
    return {
        "resourceType": "Patient",
        "id": "p-1",
        "name": [{"family": of["family name"], "given": [of["given name"]]}],
        "address": [{"line": [of["street"]], "city": of["city"]}],
        "identifier": [{"system": "http://payer.example/id", "value": of["identifier"]}],
        "telecom": [{"system": "phone", "value": of["telephone"]}, {"system": "email", "value": of["e-mail"]}],
        "birthDate": of["birth date"],
        "text": {"status": "generated", "div": f"<div>{of['free text']}</div>"},
        "photo": [{"data": base64.b64encode(of["free text"].encode() * 4).decode()}],
        "extension": [{"url": "http://x.example/note", "valueString": of["free text"]}],
    }


PATHS = {
    "family name": "Patient.name[0].family",
    "given name": "Patient.name[0].given[0]",
    "street": "Patient.address[0].line[0]",
    "city": "Patient.address[0].city",
    "identifier": "Patient.identifier[0].value",
    "telephone": "Patient.telecom[0].value",
    "e-mail": "Patient.telecom[1].value",
    "birth date": "Patient.birthDate",
    "free text": "Patient.extension[0].valueString",
}


def everything_written(of, policy):
    """Every text that a run leaves, by format."""
    redactor = Redactor(policy)
    resource = patient(of)
    redactor.learn(resource)
    search = f"https://x.example/fhir/Patient?name={quote(of['family name'])}&birthdate={of['birth date']}"
    body = json.dumps({"resourceType": "Bundle", "entry": [{"resource": resource}]}).encode()
    json_type = {"content-type": "application/fhir+json"}
    record = redacted(Exchange(1, "GET", search, {}, b"", 200, json_type, body, 3.0), redactor)
    findings = tuple(
        Finding("a.rule", f"{kind} is wrong", path=PATHS[kind], found=value, resource="Patient/p-1", exchange=1)
        for kind, value in of.items()
    )
    said = Finding("b.rule", f"the page greets {of['given name']} {of['family name']}", severity="warning")
    reason = f"nothing was found for {of['identifier']} born {of['birth date']}"
    results = [
        CheckResult("t.py::test_a", (FAILS, WAIVED), "judged", findings=findings, exchanges=(1,)),
        CheckResult("t.py::test_b", (ADVISES,), "judged", findings=(said,)),
        CheckResult("t.py::test_c", (UNDECIDED,), "undecided", reason=reason),
        CheckResult("t.py::test_d", (ERRS,), "error", reason=reason),
    ]
    document = documented(results, redactor)
    return {**reports(document, record), "allure": in_allure(results[0], record, redactor)}


def documented(results, redactor):
    today = dt.date(2026, 11, 23)
    waivers = Waivers((Waiver("known", "us", today, row=WAIVED),), today)
    selected = frozenset(CATALOGUE.rows)
    rows = judge_rows(CATALOGUE, results, effective=GATE, selected=selected, accepted=waivers.covering)
    facts = RunFacts(
        id="r",
        tool={"version": "1"},
        started="2026-11-23T00:00:00+00:00",
        finished="2026-11-23T00:01:00+00:00",
        duration_s=60.0,
        date=today.isoformat(),
        today=today.isoformat(),
        selection={},
        target={"deployment": {"name": "Payer", "fhir_base": "https://x.example/fhir"}},
        waivers=waivers.account(rows, whole=True),
    )
    return build_document(rows, decide(rows), facts, redactor=redactor)


def reports(document, record):
    kept = {**document, "requirements": [row for row in document["requirements"] if row["status"] != "untested"]}
    before = {**kept, "requirements": []}
    compared = compare(before, kept)
    exchanges = {1: dict(record)}
    stream = SimpleNamespace(text="", encoding="utf-8", flush=lambda: None)
    stream.write = lambda text: setattr(stream, "text", stream.text + text)
    Terminal(stream).finished(kept)
    return {
        "conformance.json": json.dumps(kept, ensure_ascii=False),
        "exchanges.jsonl": json.dumps(dict(record), ensure_ascii=False),
        "summary": summary.render(kept, exchanges),
        "junit": junit.render(kept),
        "terminal": stream.text,
        "step summary": github.step_summary(kept),
        "annotations": "\n".join(github.workflow_commands(kept)),
        "comparison": comparison.as_text(compared) + comparison.as_markdown(compared) + comparison.as_page(compared),
    }


def in_allure(result, record, redactor):
    from conformance.verdict.document import group_findings
    from conformance.verdict.document import redacted as shown

    findings = group_findings([shown(finding, redactor) for finding in result.findings])
    texts = [allure.finding_text(finding) for finding in findings]
    return "\n".join([*texts, allure.text_of(reproduction(dict(record), resource="Patient/p-1", path="Patient.name"))])


@pytest.mark.parametrize("policy", ["masked", "none"])
@SETTINGS
@given(of=members())
def test_no_value_of_a_member_survives_in_any_output(policy, of):
    assume(len({value.lower() for value in of.values()}) == len(KINDS))

    written = everything_written(of, policy)

    seen = [(name, kind) for name, text in written.items() for kind, value in of.items() if value in text]
    assert seen == []


def test_the_test_would_see_a_value_that_survives():
    of = dict(
        zip(
            KINDS,
            (
                "Qabcdz",
                "Zabcdq",
                "Jabcdz Lane",
                "Qefghz",
                "123475678",
                "987675432",
                "a@mail.example",
                "1950-01-01",
                "Zefghq",
            ),
            strict=True,
        )
    )
    written = everything_written(of, "full")
    for name in ("conformance.json", "exchanges.jsonl", "summary", "junit", "terminal", "allure"):
        assert any(value in written[name] for value in of.values()), name
