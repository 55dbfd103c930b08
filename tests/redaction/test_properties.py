"""No secret and no member value survives, in any form, in any output; masking keeps the structure of JSON."""

from __future__ import annotations

import base64
import html
import json
import re
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from conformance.redaction import Redactor
from conformance.redaction.member_data import shape
from conformance.redaction.secrets import is_ordinary

SETTINGS = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
MARKS = "\u2039\u203a\u2022"

secrets = st.text(
    st.characters(min_codepoint=32, max_codepoint=0x2000, exclude_categories=["Cs", "Cc", "Zl", "Zp", "Zs"])
    | st.just(" "),
    min_size=4,
    max_size=60,
).filter(lambda text: text == text.strip() and not set(text) & set(MARKS))
around = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=12)

FORMS = {
    "plain": lambda s: s,
    "url": lambda s: quote(s, safe=""),
    "path": quote,
    "form": quote_plus,
    "json": lambda s: json.dumps(s)[1:-1],
    "json-unicode": lambda s: json.dumps(s, ensure_ascii=False)[1:-1],
    "json-slashes": lambda s: json.dumps(s)[1:-1].replace("/", "\\/"),
    "html": html.escape,
    "entities": lambda s: "".join(f"&#x{ord(c):x};" for c in s),
    "base64": lambda s: base64.b64encode(s.encode()).decode(),
    "base64url": lambda s: base64.urlsafe_b64encode(s.encode()).decode().rstrip("="),
    "basic": lambda s: base64.b64encode(f"app:{s}".encode()).decode(),
    "basic-encoded": lambda s: base64.b64encode(f"app:{quote_plus(s)}".encode()).decode(),
    "claim": lambda s: base64.urlsafe_b64encode(json.dumps({"jti": s}).encode()).decode(),
}
OUTER = {"plain", "url", "json", "html"}


@pytest.mark.parametrize("outer", sorted(OUTER))
@pytest.mark.parametrize("form", FORMS)
@SETTINGS
@given(secret=secrets, surroundings=st.tuples(around, around))
def test_no_secret_survives_in_text(form, outer, secret, surroundings, scanner):
    before, after = surroundings
    redactor = Redactor()
    redactor.register(secret, "label")
    assume(not scanner.leaks_in(before + "|" + after, [secret]))

    text = redactor.text(f"{before}|{FORMS[outer](FORMS[form](secret))}|{after}")

    assert scanner.leaks_in(text, [secret]) == []


def twice(secret):
    """The secret after itself; one that may be an ordinary word is looked for as a word of its own."""
    return f"{secret} {secret}" if is_ordinary(secret) else secret + secret


OUTPUTS = {
    "url": lambda r, s: r.url(f"https://payer.example/a?x={quote(s, safe='')}&state={quote_plus(s)}#{quote(s)}"),
    "header": lambda r, s: str(r.headers({"X-Any": s, "Location": f"/a?b={quote(s)}"})),
    "json": lambda r, s: r.body(json.dumps({"any": [s, {"b": twice(s)}]}).encode(), "application/json"),
    "fhir": lambda r, s: r.body(json.dumps({"resourceType": "Basic", "id": s}).encode(), "application/fhir+json"),
    "cut": lambda r, s: r.body(json.dumps({"resourceType": "Basic", "id": s}).encode()[:-2], "application/fhir+json"),
    "resource": lambda r, s: json.dumps(r.resource({"resourceType": "Basic", "id": s, "x": {s: 1}})),
    "xml": lambda r, s: r.body(f'<Basic><id value="{html.escape(s)}"/></Basic>'.encode(), "application/fhir+xml"),
    "html": lambda r, s: r.body(f"<html><p title='x'>{html.escape(s)}</p></html>".encode(), "text/html"),
    "form": lambda r, s: r.body(f"state={quote_plus(s)}".encode(), "application/x-www-form-urlencoded"),
    "plain": lambda r, s: r.body(s.encode(), "text/plain"),
    "found": lambda r, s: r.found("Observation.code.coding[0].code", s),
    "found-header": lambda r, s: r.found("cache-control", s),
}


@pytest.mark.parametrize("output", OUTPUTS)
@pytest.mark.parametrize("policy", ["full", "masked", "none"])
@SETTINGS
@given(secret=secrets)
def test_no_secret_survives_in_any_output(output, policy, secret, scanner):
    redactor = Redactor(policy)
    bare = OUTPUTS[output](redactor, "Q")
    assume(secret not in bare)
    redactor.register(secret, "label")

    assert scanner.leaks_in(OUTPUTS[output](redactor, secret), [secret]) == []


values = st.from_regex(r"[QZJ][a-zäñ]{2,8}[qzj]", fullmatch=True)
digits = st.from_regex(r"[1-9]{4}7[1-9]{4}", fullmatch=True)


@st.composite
def people(draw):
    """A Patient in which every value is its own, and the list of those values."""
    name, given_name, city, line = (draw(values) for _ in range(4))
    number, phone = draw(digits), draw(digits)
    born = draw(st.dates()).isoformat()
    note = " ".join(draw(st.lists(values, min_size=1, max_size=4)))
    patient = {
        "resourceType": "Patient",
        "id": "p-1",
        "meta": {"lastUpdated": "2026-01-02T03:04:05Z"},
        "text": {
            "status": "generated",
            "div": f'<div xmlns="http://www.w3.org/1999/xhtml"><b title="{name}">{note}</b></div>',
        },
        "name": [{"use": "official", "family": name, "given": [given_name], "text": f"{given_name} {name}"}],
        "birthDate": born,
        "address": [{"use": "home", "line": [line], "city": city, "postalCode": number}],
        "telecom": [{"system": "phone", "value": phone}, {"system": "email", "value": f"{name}@example.org"}],
        "identifier": [{"system": "http://payer.example/id", "value": number}],
        "contact": [{"name": {"family": name}, "telecom": [{"value": phone}]}],
        "photo": [{"contentType": "image/png", "data": base64.b64encode(note.encode() * 9).decode(), "title": note}],
        "generalPractitioner": [{"reference": "Practitioner/1", "display": note}],
        "extension": [{"url": "http://x.example/note", "valueString": note}],
    }
    return patient, [name, given_name, city, line, number, phone, born, note]


MEMBER_OUTPUTS = {
    "body": lambda r, p: r.body(json.dumps(p).encode(), "application/fhir+json"),
    "bundle": lambda r, p: r.body(
        json.dumps({"resourceType": "Bundle", "entry": [{"resource": p}]}).encode(), "application/json"
    ),
    "ndjson": lambda r, p: r.body(f"{json.dumps(p)}\n{json.dumps(p)}\n".encode(), "application/fhir+ndjson"),
    "contained": lambda r, p: json.dumps(
        r.resource({"resourceType": "Coverage", "contained": [p]}), ensure_ascii=False
    ),
    "cut": lambda r, p: r.body(json.dumps(p, ensure_ascii=False).encode()[:-5], "application/fhir+json"),
    "elements": lambda r, p: json.dumps([r.found(f"Patient.{name}", json.dumps(value)) for name, value in p.items()]),
    "leaves": lambda r, p: json.dumps(
        [
            r.found("Patient.name[0].family", p["name"][0]["family"]),
            r.found("Patient.name.where(use = 'official').given[0]", p["name"][0]["given"][0]),
            r.found("Patient.birthDate", p["birthDate"]),
            r.found("Bundle.entry[3].resource.identifier[0].value", p["identifier"][0]["value"]),
            r.found("Patient.extension[0].value", p["extension"][0]["valueString"]),
            r.found("Patient.generalPractitioner[0].display", p["generalPractitioner"][0]["display"]),
            r.found("identifier", p["identifier"][0]["value"]),
        ]
    ),
    "search": lambda r, p: r.url(
        f"https://payer.example/fhir/Patient?name={quote(p['name'][0]['family'])}&birthdate=ge{p['birthDate']}"
        f"&identifier=http://payer.example/id%7C{p['identifier'][0]['value']}&address-city:exact={p['address'][0]['city']}"
    ),
    "chain": lambda r, p: r.url(f"Observation?patient.family={p['name'][0]['family']}&subject:Patient.name=x"),
    "xml": lambda r, p: r.body(
        f'<Patient><name><family value="{p["name"][0]["family"]}"/></name>'
        f'<birthDate value="{p["birthDate"]}"/><text><div>{p["address"][0]["city"]}</div></text></Patient>'.encode(),
        "application/fhir+xml",
    ),
}


@pytest.mark.parametrize("output", MEMBER_OUTPUTS)
@pytest.mark.parametrize("policy", ["masked", "none"])
@SETTINGS
@given(person=people())
def test_no_member_value_survives(output, policy, person):
    patient, known = person

    shown = MEMBER_OUTPUTS[output](Redactor(policy), patient)

    assert [value for value in known if value in shown] == []


LEARNT = {
    "diagnostics": lambda r, v: r.body(
        json.dumps({"resourceType": "OperationOutcome", "issue": [{"diagnostics": f"no {v} here"}]}).encode(),
        "application/fhir+json",
    ),
    "error": lambda r, v: r.body(json.dumps({"error_description": f"for {v}"}).encode(), "application/json"),
    "page": lambda r, v: r.body(f"<html><body>Welcome {v}!</body></html>".encode(), "text/html"),
    "text": lambda r, v: r.text(f"AssertionError: {v.upper()}"),
    "found": lambda r, v: r.found("token.error", f"unknown {v}"),
}


@pytest.mark.parametrize("output", LEARNT)
@SETTINGS
@given(person=people())
def test_values_of_members_seen_are_masked_in_free_text(output, person):
    patient, _ = person
    redactor = Redactor()
    redactor.learn({"resourceType": "Bundle", "entry": [{"resource": patient}]})

    for value in (patient["name"][0]["family"], patient["birthDate"], patient["identifier"][0]["value"]):
        assert value.lower() not in LEARNT[output](redactor, value).lower()


KEYS = """name family given text div identifier value system use address line city telecom birthDate note display
reference extension url valueString valueDecimal period code resourceType id contact photo data contained"""
keys = st.sampled_from(KEYS.split())
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=4),
    max_leaves=12,
)


def outline(value):
    """Keys, lengths and types, without values."""
    if isinstance(value, dict):
        return {key: outline(item) for key, item in value.items()}
    return [outline(item) for item in value] if isinstance(value, list) else type(value)


@pytest.mark.parametrize("policy", ["full", "masked", "none"])
@SETTINGS
@given(value=json_values)
def test_masking_keeps_the_structure_of_json(policy, value):
    redactor = Redactor(policy)
    redactor.register("abcdefgh", "label")

    assert outline(redactor.resource({"resourceType": "Basic", "x": value})) == {
        "resourceType": str,
        "x": outline(value),
    }
    text = redactor.body(json.dumps({"resourceType": "Basic", "x": value}).encode(), "application/fhir+json")
    assert outline(json.loads(text)) == {"resourceType": str, "x": outline(value)}


@SETTINGS
@given(value=json_values)
def test_full_keeps_what_is_no_secret(value):
    assert Redactor("full").resource(value) == value


@SETTINGS
@given(text=st.text())
def test_a_shape_tells_no_letter_and_no_digit(text):
    assert len(shape(text)) == len(text)
    assert not re.search(r"[^\W_xX]", shape(text))


@SETTINGS
@given(
    text=st.text(max_size=200), kind=st.sampled_from(["application/json", "text/html", "text/xml", "text/plain", ""])
)
def test_anything_can_be_masked(text, kind):
    for policy in ("full", "masked", "none"):
        redactor = Redactor(policy)
        assert isinstance(redactor.body(text.encode(errors="replace"), kind), str)
        assert isinstance(redactor.text(text), str)
        assert isinstance(redactor.url(text), str)
        assert isinstance(redactor.found(text, text), str)
