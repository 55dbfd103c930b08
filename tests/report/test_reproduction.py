"""An exchange as a reader sees it: the request, the answer, and the offending element marked."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.report.allure import text_of
from conformance.report.reproduction import excerpt, parsed, reproduction

PATIENT = {
    "resourceType": "Patient",
    "id": "a",
    "name": [{"family": "Doe", "given": ["J", "Q"]}],
    "deceasedBoolean": False,
    "contact": [{"telecom": [{"system": "phone"}]}],
}
BUNDLE = {
    "resourceType": "Bundle",
    "entry": [{"resource": {"resourceType": "Patient", "id": "b"}}, {"resource": PATIENT}],
}


@pytest.mark.parametrize(
    ("path", "marked"),
    [
        ("Patient.name[0].family", '"family": "Doe"'),
        ("Patient.name[0].given[1]", '"Q"'),
        ("name[0].family", '"family": "Doe"'),
        ("Patient.deceased", '"deceasedBoolean": false'),
        ("Patient.deceased[x]", '"deceasedBoolean": false'),
        ("Patient.contact[0].telecom[0].value", "{\n"),
        ("Patient.name[7].family", '"name": [\n'),
    ],
)
@pytest.mark.parametrize("document", [PATIENT, BUNDLE], ids=["resource", "bundle"])
def test_the_offending_element_or_the_last_that_exists_is_marked(document: Any, path: str, marked: str) -> None:
    found = excerpt(json.dumps(document), resource="Patient/a", path=path)

    assert found.marked.startswith(marked)


@pytest.mark.parametrize("path", ["", "Patient.birthDate", "Content-Type", "extension('x')"])
def test_without_such_an_element_the_beginning_is_shown(path: str) -> None:
    found = excerpt(json.dumps(PATIENT), resource="Patient/a", path=path)

    assert not found.marked
    assert found.text.startswith('{\n  "resourceType": "Patient"')


@pytest.mark.parametrize("path", ["Patient.birthDate", "page[1]", "Bundle.entry", ""])
def test_what_an_entry_lacks_is_shown_at_that_entry(path: str) -> None:
    found = excerpt(json.dumps(BUNDLE), resource="Patient/a", path=path)

    assert found.marked == '"id": "a"'
    assert '"deceasedBoolean": false' in found.after


def test_a_resource_that_is_not_there_is_not_mistaken_for_another() -> None:
    assert not excerpt(json.dumps(BUNDLE), resource="Patient/c", path="Patient.id").marked


def test_an_excerpt_around_an_element_deep_in_a_large_bundle_is_small() -> None:
    entries = [{"resource": {**PATIENT, "id": str(number)}} for number in range(500)]
    body = json.dumps({"resourceType": "Bundle", "entry": entries})

    found = excerpt(body, resource="Patient/250", path="Patient.name[0].family")

    assert found.marked == '"family": "Doe"'
    assert '"id": "250"' in found.before
    assert len(found.text) < 1500


@pytest.mark.parametrize("tail", ["\n… (20 characters more)", "\n… (the beginning of 302,552 bytes)"])
def test_a_body_that_was_cut_off_is_read_as_far_as_it_goes(tail: str) -> None:
    body = json.dumps(BUNDLE)[:-40] + tail

    assert excerpt(body, resource="Patient/a", path="Patient.name[0].family").marked == '"family": "Doe"'


@given(st.integers(0, 400))
def test_a_cut_never_raises_anything_but_value_error(length: int) -> None:
    body = json.dumps(BUNDLE)[:length]

    try:
        parsed(body)
    except ValueError:
        assert excerpt(body).text == body


@pytest.mark.parametrize(
    "body", ["<html>gateway time-out</html>", "[" * 100_000, '{"a": "\\', "", "}{", '"' + "\\" * 9]
)
def test_what_is_not_json_is_shown_as_it_is(body: str) -> None:
    assert excerpt(body).text[:20] == body[:20]


def test_the_text_holds_the_request_the_answer_and_the_command(sample: Any) -> None:
    record = sample.exchange(
        7, method="POST", status=302, request={"headers": {"accept": "a/b"}, "body": "x=1"}, redirects=["https://b/c"]
    )

    text = reproduction(record).text

    assert text.startswith("Exchange 7: POST https://api.example/fhir/metadata → 302")
    for part in (
        "curl -H",
        "accept: a/b\n\nx=1",
        "302 after 312 ms",
        "redirected by way of https://b/c",
        "x-request-id: 6f1d",
    ):
        assert part in text


def test_a_page_link_says_that_it_may_have_ended(sample: Any) -> None:
    following = reproduction(sample.exchange(7, endpoint="search Coverage (next page)"))

    assert following.hint.startswith("A page link")
    assert following.hint in text_of(following)
    assert not reproduction(sample.exchange(7, endpoint="search Coverage")).hint


def test_a_request_without_answer_says_why(sample: Any) -> None:
    record = sample.exchange(8, status=0, fault="time-out", detail="nothing within 30 s", headers={}, elapsed_ms=0)

    assert "no answer, time-out\nnothing within 30 s" in reproduction(record).response


def test_a_record_with_nothing_in_it_is_no_trouble() -> None:
    assert reproduction({}).heading == "Exchange ?:   → no answer"
