"""Our own examples: the clean ones are clean, and each fault put into one is found, with nothing beside it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

HERE = Path(__file__).parent
BROKEN = yaml.safe_load((HERE / "broken.yaml").read_text(encoding="utf-8"))


def at(resource: Any, place: str) -> tuple[Any, Any]:
    """The holder of a place, and the key or index in it."""
    *way, last = place.split("/")
    for step in way:
        resource = resource[int(step) if isinstance(resource, list) else step]
    return resource, int(last) if isinstance(resource, list) else last


def changed(row: dict[str, Any]) -> dict[str, Any]:
    resource = json.loads((HERE / "resources" / row["of"]).read_text(encoding="utf-8"))
    for place, value in row.get("set", {}).items():
        holder, key = at(resource, place)
        holder[key] = value
    for place, value in row.get("add", {}).items():
        holder, key = at(resource, place)
        holder[key].append(value)
    if "remove" in row:
        holder, key = at(resource, row["remove"])
        del holder[key]
    return resource


def expected(row: dict[str, Any]) -> set[tuple[str, str]]:
    pairs = [(rule, places if isinstance(places, list) else [places]) for rule, places in row["finds"].items()]
    return {(str(rule), place) for rule, places in pairs for place in places if place is not None}


def name_of(row: dict[str, Any]) -> str:
    change = row.get("remove") or "+".join(row.get("set") or row.get("add"))
    return f"{row['of'].removesuffix('.json')}:{change}:{next(iter(row['finds']))}"


@pytest.mark.parametrize("name", sorted(path.name for path in (HERE / "resources").glob("*.json")))
def test_a_clean_example_has_no_error(name, validator, example, rules):
    assert rules(validator.check(example(name))) == set()


@pytest.mark.parametrize("row", BROKEN, ids=name_of)
def test_a_fault_is_found_where_it_is(row, validator, rules):
    found = rules(validator.check(changed(row)))

    wanted = {("null", place) if rule == "None" else (rule, place) for rule, place in expected(row)}
    if "only" in row:
        found = {pair for pair in found if pair[0] == row["only"]}
        wanted = {pair for pair in wanted if pair[0] == row["only"]}
    assert found == wanted
