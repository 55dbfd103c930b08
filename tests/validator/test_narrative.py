"""The narrative's XHTML."""

from __future__ import annotations

import pytest

from conformance.validator.narrative import faults, is_fine
from conformance.validator.xhtml import looked_at

XHTML = 'xmlns="http://www.w3.org/1999/xhtml"'


def div(content):
    return f"<div {XHTML}>{content}</div>"


FINE = [
    div("text"),
    div("<p>a<br/>b</p><table class='t'><tr><td colspan=\"2\">x &amp; y &#160;</td></tr></table>"),
    div('<a href="Patient-1.html" title="a &gt; b">link</a><img src="#pic" alt="x"/>'),
    div('<a name="x"> </a><span id="one">t</span>'),
    f"<div\n {XHTML} lang='en' xml:lang='en'>\n <b>t</b>\n</div>",
    div('<img src="data:image/png;base64,AAAA"/>'),
    div("<!-- a comment -->text"),
]
FAULTY = [
    ("", "narrative.xml"),
    ("text", "narrative.xml"),
    (div("<p>open"), "narrative.xml"),
    (div("a & b"), "narrative.xml"),
    (div("&nbsp;"), "narrative.xml"),
    (div("\x01"), "narrative.xml"),
    (div("\ud800"), "narrative.xml"),
    ("<div>text</div>", "narrative.div"),
    (f"<p {XHTML}>text</p>", "narrative.div"),
    (div(""), "narrative.empty"),
    (div(" <b> \n</b>"), "narrative.empty"),
    (div("<script>x</script>"), "narrative.element"),
    (div("<style>x</style>t"), "narrative.element"),
    (div("<iframe/>t"), "narrative.element"),
    (div("<form><input/></form>t"), "narrative.element"),
    (div('<p xmlns="urn:other">t</p>'), "narrative.element"),
    (f"<!DOCTYPE div>{div('t')}", "narrative.element"),
    (div("<?php x ?>t"), "narrative.element"),
    (div('<p onclick="x()">t</p>'), "narrative.attribute"),
    (div('<a href="javascript:x()">t</a>'), "narrative.active"),
    (div('<a href="&#106;avascript:x()">t</a>'), "narrative.active"),
    (div('<a href=" JavaScript:x()">t</a>'), "narrative.active"),
]


@pytest.mark.parametrize("text", FINE)
def test_allowed_formatting_passes(text):
    assert is_fine(text)
    assert faults(text) == []


@pytest.mark.parametrize(("text", "rule"), FAULTY)
def test_what_is_not_allowed_is_named(text, rule):
    assert looked_at(text).verdict is not True
    assert not is_fine(text)
    assert rule in {found[0] for found in faults(text)}


def test_ids_in_the_narrative_share_the_ids_of_the_resource(judged, rules):
    text = {"status": "generated", "div": div('<p id="a">t</p>')}
    resource = {"resourceType": "Patient", "name": [{"id": "a", "text": "x"}], "text": text}

    assert rules(judged(resource)) == {("id.duplicate", "Patient.text.div")}


def test_a_narrative_is_text(judged, rules):
    found = judged({"resourceType": "Patient", "text": {"status": "generated", "div": 7}})

    assert rules(found) == {("type", "Patient.text.div")}


@pytest.mark.parametrize("markup", ["<del>x</del>", "<ins>x</ins>", "<figure><figcaption>x</figcaption></figure>"])
def test_insertions_and_what_html_4_does_not_have_are_excluded(markup):
    assert {rule for rule, _, _ in faults(f'<div xmlns="http://www.w3.org/1999/xhtml">{markup}</div>')} == {
        "narrative.element"
    }
