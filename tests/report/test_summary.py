"""The summary page: what it says, that nothing can be smuggled into it, and that it stays small."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any

import pytest

from conformance.report.summary import render

HOSTILE = '</pre></details></style><script>alert("x")</script><img src=x onerror=alert(1)>\x1b[2J\u202e&amp;\x00\ud800'


class Elements(HTMLParser):
    """Counts elements and collects what a page could load or run."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.names: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]


def hostile(value: Any, *, keep: frozenset[str] = frozenset({"id", "area", "status", "effective", "outcome"})) -> Any:
    """``value`` with every text replaced, but for the words that the document's schema fixes."""
    if isinstance(value, dict):
        return {key: part if key in keep else hostile(part) for key, part in value.items()}
    if isinstance(value, list):
        return [hostile(part) for part in value]
    return HOSTILE if isinstance(value, str) else value


def text_of(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", re.sub(r"<style>.*?</style>", "", page, flags=re.DOTALL)))


def test_the_verdict_is_said_in_one_sentence_with_its_exit_code(document: Any, exchanges: Any) -> None:
    text = text_of(render(document, exchanges))

    assert "Not conformant" in text
    assert "3 gate requirements are violated, in Token, Search and Profile." in text
    assert "Exit code 1 : at least one gate requirement is violated." in text


def test_a_failing_row_says_rule_place_number_expected_and_found(document: Any, exchanges: Any) -> None:
    page = render(document, exchanges)
    card = text_of(page[page.index('<article id="PA-PROF-014"') :].partition("</article>")[0])

    for part in (
        "binding.required 1,998 times",
        "ExplanationOfBenefit/claim-0000 at ExplanationOfBenefit.item[0].adjudication[1].category",
        "a code of http://hl7.org/fhir/us/carin-bb/ValueSet/C4BBAdjudication",
        "PAID-TO-CHEMIST",
        "and 1,993 more places",
        "Judged on all of 2,213 cases.",
        "Bearer $TOKEN",
    ):
        assert part in card


def test_failing_rows_come_before_everything_else(document: Any) -> None:
    page = render(document)

    order = [page.index(f'id="{name}"') for name in ("status-fail", "status-error", "status-undecided", "areas", "run")]
    assert order == sorted(order)


def test_every_row_of_the_catalogue_is_on_the_page(document: Any) -> None:
    page = render(document)

    assert [row["id"] for row in document["requirements"] if row["id"] not in page] == []


def test_ids_are_unique_and_links_inside_the_page_lead_somewhere(document: Any, exchanges: Any) -> None:
    found = Elements(render(document, exchanges)).attributes
    ids = [value for _, name, value in found if name == "id"]
    links = {value[1:] for _, name, value in found if name == "href" and value.startswith("#")}

    assert len(ids) == len(set(ids))
    assert links <= set(ids)


@pytest.mark.parametrize("code", range(7))
def test_each_exit_code_makes_a_page_of_its_own(sample: Any, code: int) -> None:
    document = sample.document({}, exit_code=code, explanation="the reason of the run")

    assert f"Exit code {code}" in text_of(render(document))


def test_an_exchange_is_shown_once_in_a_row_and_named_after_that(sample: Any) -> None:
    twice = [sample.finding(f"rule.{name}", "wrong", exchange=17) for name in "ab"]
    document = sample.document({"PA-TOK-006": {"status": "fail", "findings": twice}})

    page = render(document, {17: sample.exchange(17, body="only-once")})

    assert page.count("only-once") == 1
    assert 'href="#PA-TOK-006-exchange-17"' in page


def test_a_finding_whose_exchange_was_not_kept_still_names_it(document: Any) -> None:
    assert "Seen in exchange 17 of exchanges.jsonl." in render(document, {})


def test_what_a_hostile_deployment_controls_stays_text(document: Any, exchanges: Any) -> None:
    clean = Elements(render(document, exchanges))
    page = render(hostile(document), {number: hostile(record) for number, record in exchanges.items()})
    found = Elements(page)

    page.encode("utf-8")
    assert "script" not in found.names
    assert "img" not in found.names
    assert found.names.count("style") == clean.names.count("style") == 1
    assert not [name for _, name, _ in found.attributes if name.startswith("on")]
    assert "\x1b" not in page


def test_a_link_that_is_no_web_address_is_left_out(document: Any) -> None:
    row = next(row for row in document["requirements"] if row["status"] == "fail")
    row["links"] = [{"label": "click", "url": "javascript:alert(1)"}, {"label": "RFC", "url": "https://rfc.example/1"}]

    page = render(document)

    assert "javascript:" not in page
    assert "https://rfc.example/1" in page


def test_the_page_loads_nothing_and_says_so_in_its_policy(document: Any, exchanges: Any) -> None:
    found = Elements(render(document, exchanges)).attributes
    policy = next(value for _, name, value in found if name == "content" and "default-src" in value)

    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert not [(tag, name) for tag, name, _ in found if name in {"src", "srcset", "style"} or tag == "link"]


def test_two_thousand_failing_resources_stay_small(sample: Any) -> None:
    findings = [
        sample.finding(
            f"rule-{n}",
            "wrong " * 100,
            count=2000,
            resource=f"Claim/{n}",
            expected="e" * 900,
            found="f" * 900,
            exchange=n,
        )
        for n in range(1, 2001)
    ]
    rows = [row["id"] for row in sample.document({})["requirements"][:40]]
    document = sample.document({row: {"status": "fail", "findings": findings} for row in rows})

    page = render(document, {n: sample.exchange(n, body="b" * 20_000) for n in range(1, 2001)})

    assert len(page) < 15_000_000 / 4
    assert "1,980 more kinds of finding" in page


def test_a_reason_that_names_another_row_links_to_it(sample: Any) -> None:
    failed = {"status": "fail", "findings": [sample.finding("login.failed", "no code came back")]}
    held = {"status": "undecided", "reason": "the login failed, see PA-AUTH-001 and PA-DISC-001"}
    rows = [row["id"] for row in sample.document({})["requirements"] if row["area"] == "isolation"]

    page = render(sample.document({"PA-AUTH-001": failed, **dict.fromkeys(rows, held)}))

    assert 'The login failed, see <a href="#PA-AUTH-001">PA-AUTH-001</a> and PA-DISC-001.' in page
    assert re.search(r"<summary>15 requirements, (all|\d+) of them gating</summary>", page)


def test_versions_are_told_with_standing_and_date(document: Any) -> None:
    text = text_of(render(document))

    assert "us-core 6.1.0 official 2023-06-30" in text
    assert "carin-bb 2.1.0 official not stated" in text


def test_every_failing_row_is_one_sentence_with_its_rule_and_how_often(document: Any) -> None:
    text = text_of(render(document))

    assert (
        "PA-PROF-014 Pharmacy EOB: The code is not in the value set that this element is bound to "
        "( binding.required at ExplanationOfBenefit.item[0].adjudication[1].category , 1,998 places)."
    ) in text


def test_what_the_run_noted_stands_with_the_run_not_before_what_fails(sample: Any) -> None:
    page = render(sample.document(notes=["the shared session was renewed once"]))

    assert page.index("The shared session was renewed once.") > page.index('id="run"')


def test_an_advisory_of_a_gating_row_does_not_look_like_a_failure(sample: Any) -> None:
    found = [sample.finding("r", "a recommendation is not followed", severity="warning")]
    row = {"status": "advisory", "effective": "gate", "findings": found}

    text = text_of(render(sample.document({"PA-DOC-004": row})))

    assert "gates the run, this part of it does not" in text
    assert "1 requirement." in text


def test_curl_lines_say_where_their_token_comes_from(document: Any, exchanges: Any) -> None:
    page = render(document, exchanges)

    assert '<h4>Repeat it · <a href="#token">where $TOKEN comes from</a></h4>' in page
    assert "conformance login TARGET --token-file token" in page[page.index('id="token"') :]


def test_long_tables_are_folded(document: Any) -> None:
    document["not_checked"] = {f"urn:system:{number}": number for number in range(400)}

    page = render(document)

    assert "<summary>Show 390 more</summary>" in page
    assert "90 more lines in conformance.json." in page


def test_parts_without_content_are_left_out(conformant_document: Any) -> None:
    for key in ("must_support", "waivers", "latency", "guides", "login_log"):
        conformant_document[key] = []
    conformant_document["not_checked"] = {}

    page = render(conformant_document)

    for heading in ("Waivers", "Must support", "Latency", "Not checked", "Implementation guides"):
        assert f"<h3>{heading}</h3>" not in page
    assert 'id="status-fail"' not in page


def test_must_support_is_told_by_profile_the_unseen_first(document: Any) -> None:
    page = render(document)

    assert "<summary>us-core-patient: 1 of 2 elements seen in 2 resources</summary>" in page
    told = page.partition("us-core-patient: 1 of 2")[2]
    assert told.index("Patient.telecom.system") < told.index("Patient.name.family") < told.index("Patient/1")
