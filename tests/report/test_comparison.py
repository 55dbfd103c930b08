"""A comparison in its three forms."""

import copy

import pytest

from conformance.report.comparison import as_markdown, as_page, as_text
from conformance.verdict.comparison import compare


@pytest.fixture
def compared(document, sample):
    after = copy.deepcopy(document)
    rows = {row["id"]: row for row in after["requirements"]}
    rows["PA-TOK-006"] |= {"status": "pass", "findings": []}
    rows["PA-TOK-007"] |= {
        "status": "fail",
        "effective": "gate",
        "findings": [sample.finding("a.rule|`<b>", "m", path="x")],
    }
    after["run"]["id"] = "later"
    return compare(document, after)


@pytest.mark.parametrize("form", [as_text, as_markdown, as_page])
def test_every_form_tells_what_got_worse_and_what_was_mended(compared, form):
    text = form(compared)
    assert text.index("Worse") < text.index("PA-TOK-007") < text.index("Mended") < text.index("PA-TOK-006")
    assert "1 worse and 1 mended; 1 gate requirement newly failing or undecided" in text
    assert "later" in text


def test_nothing_breaks_out_of_the_markup(compared):
    assert "<b>" not in as_page(compared)
    line = next(line for line in as_markdown(compared).splitlines() if "PA-TOK-007" in line)
    assert line.count(" | ") == 3
    assert "<b>" not in line


def test_no_difference_is_said(document):
    assert "differs" in as_text(compare(document, document))


def test_the_page_makes_no_request_and_does_not_overflow(compared, tmp_path, open_page):
    file = tmp_path / "compare.html"
    file.write_text(as_page(compared), encoding="utf-8")
    for width, scheme in ((1280, "light"), (400, "dark")):
        opened = open_page(file, width=width, scheme=scheme)
        assert opened.page.evaluate("document.documentElement.scrollWidth") <= width
        assert (opened.outside, opened.said) == ([], [])
