"""What a check says it judged is what its rules were given, so that "n of n judged" never counts what was skipped."""

import ast
from pathlib import Path

import pytest

SUITES = sorted((Path(__file__).parents[1] / "suites").glob("test_*.py"))


def judgements(tree):
    """Each check's name and its ``judge`` calls that count with ``of=``."""
    for check in ast.walk(tree):
        if isinstance(check, ast.FunctionDef) and check.name.startswith("test_"):
            for call in ast.walk(check):
                if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "judge":
                    counted = next((word.value for word in call.keywords if word.arg == "of"), None)
                    if counted is not None:
                        yield check, call, counted


def named(node):
    return {ast.unparse(each) for each in ast.walk(node) if isinstance(each, ast.Name | ast.Attribute)}


def feeding(check, names):
    """The names, and those that the check computes from them."""
    known = set(names)
    for line in ast.walk(check):
        if (
            isinstance(line, ast.Assign | ast.For)
            and named(line.value if isinstance(line, ast.Assign) else line.iter) & known
        ):
            targets = line.targets if isinstance(line, ast.Assign) else [line.target]
            known |= {name for target in targets for name in named(target)}
    return known


@pytest.mark.parametrize("suite", SUITES, ids=lambda path: path.stem)
def test_what_is_counted_was_given_to_a_rule(suite):
    strangers = [
        f"{check.name} counts {ast.unparse(counted)}"
        for check, call, counted in judgements(ast.parse(suite.read_text(encoding="utf-8")))
        if not feeding(check, named(counted)) & {name for rule in call.args for name in named(rule)}
    ]
    assert strangers == []
