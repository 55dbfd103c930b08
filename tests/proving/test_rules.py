"""Which finding rules there are, and which faults lead to them."""

import json
from types import SimpleNamespace

import pytest
from click.testing import CliRunner

from conformance.cli import commands
from conformance.proving.rule_names import names_in, rule_names
from conformance.proving.rule_table import WITHOUT_FAULT, coverage, lines_of_rules, unproved
from conformance.reference.faults import every
from conformance.requirements.coverage import suites_folder

HELPER = """
def _finding(rule, message, *, path=""):
    return Finding(rule, message, path=path)
"""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('Finding("a.one", "m")', {"a.one"}),
        ('Finding(rule="a.one", message="m")', {"a.one"}),
        ('Finding("a.one" if odd else "a.two", "m")', {"a.one", "a.two"}),
        (HELPER + '_finding("a.one", "m")\n_finding(rule="a.two", message="m")', {"a.one", "a.two"}),
        ('def f(kind="one"):\n    Finding(f"a.{kind}", "m")\nf("two")', {"a.one", "a.two"}),
        ('def f(*, rule):\n    Finding(rule, "m")\nf(rule="a.one")', {"a.one"}),
        (
            'T = (("one", 1), ("two", 2))\ndef f():\n    for k, _ in T:\n        Finding(f"a.{k}", "m")',
            {"a.one", "a.two"},
        ),
        ('T = {1: "one"}\ndef f(n):\n    Finding(f"a.{T[n]}", "m")', {"a.one"}),
        ('def g():\n    yield "a.one", "m"\ndef f():\n    for r, m in g():\n        Finding(r, m)', {"a.one"}),
        ('def f(answer):\n    Finding(f"http.{answer.fault}", "m")', {"http.*"}),
        ("def f(finding):\n    Finding(finding.rule, 'm')", set()),
    ],
)
def test_a_rule_is_followed_to_where_it_is_written(text, expected):
    assert names_in([text]) == expected


def test_a_rule_is_followed_to_callers_in_other_modules_but_not_to_functions_of_the_same_name():
    judge = 'def refused(rule):\n    Finding(rule, "m")'
    suite = 'from conformance.areas.isolation.rules import disclosure as isolation\nisolation.refused(rule="isolation.read")'
    other = 'def refused(rule):\n    return rule\nrefused("no finding")'
    assert names_in([judge, suite, other]) == {"isolation.read"}


def test_the_rules_of_this_package_are_found():
    found = rule_names(suites_folder())
    assert {"token.cache-control", "http.*", "id_token.nonce"} <= found | {"isolation.read.status"}
    assert len(found) > 300
    assert not [name for name in found if " " in name]


def test_a_rule_has_the_faults_that_declare_it_or_what_it_is_a_kind_of():
    faults = [SimpleNamespace(id="F.1", rule="search.and"), SimpleNamespace(id="F.2", rule="invariant:dom-3")]
    found = dict(coverage({"search.and.lost", "http.*", "b"}, faults))
    assert found == {"b": (), "http.*": (), "invariant:dom-3": ("F.2",), "search.and.lost": ("F.1",)}
    assert list(lines_of_rules(coverage({"b"}, [], ["b"]))) == [
        "b: NO FAULT",
        "1 of 1 finding rules have no seeded fault, 0 of them for a reason",
    ]
    assert next(lines_of_rules(coverage({"assertion"}, []))) == f"assertion: no fault: {WITHOUT_FAULT['assertion']}"


def test_every_fault_is_listed_with_some_rule():
    listed = {fault for _, faults in coverage(rule_names(suites_folder()), list(every().values())) for fault in faults}
    assert listed == set(every())


def test_every_rule_has_a_fault_or_a_reason_why_none_can_be():
    rules = coverage(rule_names(suites_folder()), list(every().values()))

    assert unproved(rules) == []
    assert set(WITHOUT_FAULT) == {rule for rule, faults in rules if not faults}


def test_the_command_lists_rules_as_json_and_as_text():
    told = CliRunner().invoke(
        commands, ["prove", "--rules", "--format", "json", "token.refresh"], standalone_mode=False
    )
    rules = json.loads(told.stdout)["rules"]
    assert rules
    assert all(one["rule"].startswith("token.refresh") for one in rules)
    text = CliRunner().invoke(commands, ["prove", "--rules", "token.refresh"], standalone_mode=False)
    assert len(text.stdout.splitlines()) == len(rules) + 1
