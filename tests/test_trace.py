"""From a requirement's id, a reader can guess where its row, check, rule and fault are (ARCHITECTURE.md)."""

import ast
import sys
from functools import cache
from pathlib import Path

import pytest

from conformance.reference import faults
from conformance.requirements import coverage, load_catalogue

ROOT = Path(__file__).parents[1]
sys.path.append(str(ROOT / "benchmarks"))  # the reader of checks, fixtures and what they name

from hops import Definition, Tree  # noqa: E402

PREFIXES = {
    "DISC": "discovery",
    "AUTH": "authorization",
    "TOK": "token",
    "IDEN": "identity",
    "SCOP": "scopes",
    "ISO": "isolation",
    "REST": "rest",
    "SRCH": "search",
    "EVRY": "everything",
    "PROF": "profile",
    "DATA": "data_content",
    "MS": "must_support",
    "SEC": "security_transport",
    "DOC": "documentation",
    "OPS": "operations",
}
ELSEWHERE: dict[str, str] = {}
"""Checked rows of which something is not where the id says, and why."""
MIN_SHARE = 0.95
AREAS = "conformance.areas."

CATALOGUE = load_catalogue()
CHECKS = {row: checks for row, checks in coverage.by_requirement(CATALOGUE, coverage.checks()).items() if checks}


def area(row):
    return PREFIXES[row.split("-")[1]]


def belongs(stem, place):
    """Whether a module is named after an area: ``token``, ``token_use``."""
    return stem == place or stem.startswith(f"{place}_")


@cache
def tree():
    return Tree(ROOT)


@cache
def places_of_faults():
    """The modules in which each row's faults are written, read from their ids."""
    found = {}
    for path in Path(faults.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if (
                isinstance(node, ast.Call)
                and ast.unparse(node.func) == "Fault"
                and isinstance(node.args[0], ast.Constant)
            ):
                found.setdefault(node.args[0].value.partition(".")[0], set()).add(path.stem)
    return found


def judges(check):
    """The modules of areas that a check names; where it names none, those it reaches through fixtures of its area."""
    start = Definition(f"suites.{check.path.stem}", check.id.partition("::")[2])
    named = {place.module for place in tree().used_by(start) if place.module.startswith(AREAS)}
    waiting = [] if named else [place for name in tree().requested(start) for place in tree().fixtures[name]]
    reached = set()
    while waiting:
        place = waiting.pop()
        if place not in reached:
            reached.add(place)
            waiting += tree().used_by(place) if "fixtures" in place.module.split(".")[-1] else []
    return named or {place.module for place in reached if place.module.startswith(AREAS)}


def where(row):
    """What is not where the id of a row says."""
    place = area(row)
    if CATALOGUE.get(row).area.replace("-", "_") != place:
        yield f"the row is in areas/{CATALOGUE.get(row).area}/requirements.yaml"
    for check in CHECKS[row]:
        if not belongs(check.path.stem, f"test_{place}"):
            yield f"the check {check.id} is not in suites/test_{place}*.py"
        elsewhere = {
            module for module in judges(check) if not module.startswith((f"{AREAS}{place}.", f"{AREAS}shared."))
        }
        if elsewhere or not judges(check):
            yield f"{check.id} is judged by {', '.join(sorted(elsewhere)) or 'no module of an area'}"
    for stem in sorted(places_of_faults().get(row, {"no module"})):
        if not belongs(stem, place):
            yield f"a fault is in {stem}"


@pytest.mark.parametrize("row", sorted(CHECKS))
def test_everything_of_a_row_is_where_its_id_says(row):
    assert bool(found := list(where(row))) is (row in ELSEWHERE), found


def test_few_rows_are_listed():
    assert len(ELSEWHERE) <= (1 - MIN_SHARE) * len(CHECKS)


def test_every_area_has_its_folder():
    for place in PREFIXES.values():
        assert (ROOT / "conformance" / "areas" / place / "requirements.yaml").is_file()
        assert (ROOT / "conformance" / "areas" / place / "rules").is_dir()


def test_a_fixture_name_has_one_definition():
    assert not {name: places for name, places in tree().fixtures.items() if len(places) > 1}


def test_no_file_is_longer_than_400_lines():
    files = [path for room in ("conformance", "suites") for path in (ROOT / room).rglob("*.py")]
    lengths = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in files if "_data" not in path.parts}
    assert not {str(path.relative_to(ROOT)): length for path, length in lengths.items() if length > 400}
