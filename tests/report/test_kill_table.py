"""The kill table as a page."""

import pytest

from conformance.report.kill_table import as_page


def fault(name, *, killed, collateral=()):
    return {
        "fault": name,
        "requirement": name.partition(".")[0],
        "rule": "a.rule",
        "description": "breaks <b>something</b>",
        "clean_status": "pass",
        "faulty_status": "fail" if killed else "pass",
        "checks": [],
        "collateral": list(collateral),
        "killed": killed,
    }


@pytest.fixture
def proof():
    return {
        "clean": "conformant",
        "faults": [fault("PA-TOK-001.a", killed=True, collateral=["PA-TOK-009"]), fault("PA-TOK-002.b", killed=False)],
        "untested": [{"requirement": "PA-OPS-001", "reason": "nothing shows it"}],
    }


def test_survivors_come_first_and_everything_is_told(proof):
    text = as_page(proof)
    assert (
        text.index("Survived (1)") < text.index("PA-TOK-002.b") < text.index("Killed (1)") < text.index("PA-TOK-001.a")
    )
    for said in ("1 of 2 seeded faults killed", "is conformant", "also changed: PA-TOK-009", "nothing shows it"):
        assert said in text
    assert "<b>something" not in text


def test_a_proof_without_survivors_has_no_such_section(proof):
    proof["faults"] = proof["faults"][:1]
    assert "Survived" not in as_page(proof)


def variation(name, *, holds, rows=()):
    return {
        "variation": name,
        "requirement": name.partition(".")[0],
        "description": "does <i>something</i> else",
        "authority": "RFC 9110 section 8",
        "holds": holds,
        "rows": list(rows),
        "reason": "",
    }


def test_lawful_variations_stand_beside_the_faults(proof):
    changed = {"id": "PA-REST-013", "status": "fail", "said": "403 <b>found</b>"}
    proof["lawful"] = [
        variation("PA-REST-001.held", holds=True),
        variation("PA-REST-013.wronged", holds=False, rows=[changed]),
    ]
    proof["stacks"] = [{"name": "stack 1", "variations": ["PA-REST-001.held"], "holds": True, "rows": []}]
    text = as_page(proof)
    assert text.index("Misjudged (1)") < text.index("PA-REST-013.wronged") < text.index("Killed (1)")
    for said in ("1 of 2 lawful variations hold", "RFC 9110 section 8", "403 &lt;b&gt;found", "Together (1)"):
        assert said in text
    assert "<i>something" not in text


def test_lawful_variations_need_no_faults():
    text = as_page({"clean": "conformant", "lawful": [variation("PA-REST-001.held", holds=True)], "stacks": []})
    assert "seeded faults killed" not in text
    assert "PA-REST-001.held" in text


def test_the_page_fits_and_makes_no_request(proof, tmp_path, open_page):
    file = tmp_path / "kills.html"
    file.write_text(as_page(proof), encoding="utf-8")
    for width, scheme in ((1280, "light"), (400, "dark")):
        opened = open_page(file, width=width, scheme=scheme)
        assert opened.page.evaluate("document.documentElement.scrollWidth") <= width
        assert (opened.outside, opened.said) == ([], [])
