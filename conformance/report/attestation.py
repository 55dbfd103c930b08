"""What no test from outside can see, stated by people: a file beside the verdict, and never part of it."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import yaml

from conformance.report.reading import deployment_name
from conformance.report.wording import counted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from conformance.report.reading import Document
    from conformance.requirements import Requirement

FILE = "attestation.yaml"
_STATED = ("holds", "evidence", "by", "on")
_HEAD = """\
# What no test from outside can see. A person who knows states it here; nothing in this file changes the verdict.
# For each requirement: holds (true or false), evidence (where it can be seen), by (name and role), on (YYYY-MM-DD).
"""


@dataclass(frozen=True, slots=True)
class Stated:
    """How much of an attestation is filled in, and what is wrong with it."""

    sentence: str
    problems: tuple[str, ...] = ()


def template(document: Document, rows: Iterable[Requirement], digest: str) -> str:
    """The file to fill in, bound to the run by the SHA-256 of its ``conformance.json``."""
    content = {
        "deployment": deployment_name(document),
        "run": document["run"]["id"],
        "conformance_json_sha256": digest,
        "statements": [_blank(row) for row in rows],
    }
    return _HEAD + yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=110)


def _blank(row: Requirement) -> dict[str, Any]:
    asked = {"requirement": row.id, "title": row.title, "source": row.source, "to_examine": row.how_to_test}
    return asked | dict.fromkeys(_STATED)


def examine(path: Path, digest: str, asked: Sequence[str] | None) -> Stated:
    """What the attestation in a bundle states; it may be filled in or taken away after the run.

    ``asked`` are the rows that it has to speak of, each once; None when they are not known.
    """
    if not path.exists():
        return Stated("attestation: none")
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        statements = content["statements"]
        made = [each for each in statements if each.get("holds") is not None]
    except (OSError, ValueError, KeyError, TypeError, AttributeError, yaml.YAMLError):
        return Stated("attestation: cannot be read", (f"{path.name} is not an attestation",))
    problems = [problem for statement in made for problem in _gaps(statement)]
    problems += _strays(statements, asked) if asked is not None else ()
    if content.get("conformance_json_sha256") != digest:
        problems.insert(0, f"{path.name} belongs to another run")
    held = sum(each["holds"] is True for each in made)
    sentence = f"attestation: {counted(len(made), 'statement')} of {len(statements)} made, {held} that it holds"
    return Stated(sentence, tuple(problems))


def _strays(statements: Iterable[Mapping[str, Any]], asked: Sequence[str]) -> Iterator[str]:
    told = Counter(str(each.get("requirement")) for each in statements)
    for row in asked:
        if told[row] != 1:
            yield f"{FILE}: {row} {'was taken out' if not told[row] else 'is there more than once'}"
    yield from (f"{FILE}: {row} is not for a person to state" for row in told if row not in asked)


def _gaps(statement: Mapping[str, Any]) -> Iterator[str]:
    name = f"{FILE}: {statement.get('requirement', 'a statement')}"
    if not isinstance(statement["holds"], bool):
        yield f"{name}: holds is neither true nor false"
    for key in ("evidence", "by"):
        if not statement.get(key):
            yield f"{name}: {key} is missing"
    try:
        dt.date.fromisoformat(str(statement.get("on")))
    except ValueError:
        yield f"{name}: on is not a date"
