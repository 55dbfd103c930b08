"""A fault deviates for everybody: nothing in its code can tell a check of ours from any other client."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from conformance.reference.accounts import people
from conformance.reference.authorization.clients import CALLBACK, OTHER_CALLBACK, given_clients
from conformance.reference.faults import every
from conformance.reference.records import identities

FAULTS = sorted(Path("conformance/reference/faults").glob("*.py"))
ROOMS = ("areas", "engine", "login", "oauth")
CHECKS = sorted(path for room in ROOMS for path in Path("conformance", room).rglob("*.py") if "rules" not in path.parts)

FIXED_ID = re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-", re.IGNORECASE)
WHO_ASKS = re.compile(r"user-?_?agent|sec-ch-|sec-fetch|remote_addr|playwright|headless|httpx", re.IGNORECASE)
INVENTED = re.compile(
    r"not-a-|no-such|nobody|nowhere|elsewhere|attacker|evil|garbage|\.example|conformance|probe|canary"
)


def literals(path: Path) -> Iterator[str]:
    """Every string of a module but its docstrings and the faults' sentences, which end with a full stop."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    holders = (ast.Module, ast.FunctionDef, ast.ClassDef)
    told = {id(node.body[0].value) for node in ast.walk(tree) if isinstance(node, holders) and _documented(node)}
    constants = (node for node in ast.walk(tree) if isinstance(node, ast.Constant) and id(node) not in told)
    texts = (node.value for node in constants if isinstance(node.value, str))
    yield from (text for text in texts if not text.endswith("."))


def _documented(node) -> bool:
    return bool(node.body) and isinstance(node.body[0], ast.Expr) and isinstance(node.body[0].value, ast.Constant)


def names(path: Path) -> set[str]:
    """Every name, attribute and import of a module."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    found = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    found |= {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    imports = (node for node in ast.walk(tree) if isinstance(node, (ast.Import, ast.ImportFrom)))
    return found | {alias.name.rpartition(".")[2] for node in imports for alias in node.names}


def identifying() -> set[str]:
    """What identifies an app, a member or a person of the reference payer."""
    said = {CALLBACK, OTHER_CALLBACK, *(name for name in given_clients() if name != "app")}
    for member in identities.MEMBERS:
        said |= {member.key, member.family, member.number, member.policy, member.id, member.full_name}
    return said | {part for person in people().values() for part in (person.username, person.subject)}


def whole_word(text: str, literal: str) -> bool:
    return re.search(rf"(?<![\w-]){re.escape(text)}(?![\w-])", literal) is not None


@pytest.mark.parametrize("path", FAULTS, ids=lambda path: path.stem)
def test_no_fault_asks_who_is_asking(path):
    assert [literal for literal in literals(path) if WHO_ASKS.search(literal)] == []
    assert {name for name in names(path) if WHO_ASKS.search(name)} == set()


@pytest.mark.parametrize("path", FAULTS, ids=lambda path: path.stem)
def test_no_fault_knows_an_app_a_member_or_an_id(path):
    known = identifying()

    assert "app" not in set(literals(path))
    assert [literal for literal in literals(path) if any(whole_word(text, literal) for text in known)] == []
    assert [literal for literal in literals(path) if FIXED_ID.search(literal)] == []
    assert (
        names(path) & {"record_id", "given_clients", "MEMBERS", *(member.key.upper() for member in identities.MEMBERS)}
        == set()
    )


def test_no_fault_recognises_what_our_probes_send():
    sent = {literal for path in CHECKS for literal in literals(path) if INVENTED.search(literal)}
    deviating = {literal for path in FAULTS for literal in literals(path)} - {fault.rule for fault in every().values()}

    assert len(sent) > 20
    assert sent & deviating == set()


def test_the_words_of_a_probe_are_found_when_there_are_any(tmp_path):
    telling = tmp_path / "telling.py"
    telling.write_text('"""Said."""\nif agent == "HeadlessChrome" or id == "0d3f7a52-6f7b-4c55":\n    pass\n')

    found = list(literals(telling))

    assert [bool(WHO_ASKS.search(each)) for each in found] == [True, False]
    assert [bool(FIXED_ID.search(each)) for each in found] == [False, True]
