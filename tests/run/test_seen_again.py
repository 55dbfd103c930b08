"""What a run finds can be seen again: the request, the answer with the element marked, and the line that repeats it."""

import re

import pytest

pytestmark = pytest.mark.browser


def test_a_finding_on_a_record_names_the_answer_that_shows_it(run, payer, changed_target):
    origin = payer.facts["fhir_base"].removesuffix("/fhir")

    def change(target):
        target["deployment"]["fhir_base"] = f"{origin}/t/pa-prof-007.no-insurer/fhir"

    ended = run(changed_target(change), "--requirement=PA-PROF-007", "--allow-untested")

    assert ended.statuses["PA-PROF-007"] == "fail", ended.output
    findings = ended.row("PA-PROF-007")["findings"]
    assert all(finding["exchange"] for finding in findings)
    page = (ended.folder / "summary.html").read_text(encoding="utf-8")
    card = page[page.index('<article id="PA-PROF-007"') :].partition("</article>")[0]
    identity = findings[0]["resource"].partition("/")[2]
    assert f"<mark>&quot;id&quot;: &quot;{identity}&quot;</mark>" in card
    curl = re.search(r'class="curl">(.*?)</pre>', card)[1]
    assert "--cacert target.ca.pem" in curl
    assert "Bearer $TOKEN" in curl
