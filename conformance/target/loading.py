"""From a target file to a :class:`Target`, or to everything that is wrong with it at once."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from conformance.target.building import build, converted
from conformance.target.document import Layer, merge, read_layer
from conformance.target.login_rules import LOGIN_RULES
from conformance.target.manifest import read_manifest
from conformance.target.overrides import lay_over, override
from conformance.target.problems import KeyPath, Problem, SourceLocation, TargetProblems, did_you_mean
from conformance.target.rules import RULES, section, text
from conformance.target.schema import target_schema, violations, walk
from conformance.target.secrets import Vault, literal_secrets, resolve, secret_values

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection, Iterator, Sequence

    from conformance.target.model import Target

_HINT = re.compile(r'did you mean "(.+)"')


def load_target(
    path: str | os.PathLike[str],
    *,
    sets: Sequence[str] = (),
    environ: Mapping[str, str] = os.environ,
    known_rows: Collection[str] | Mapping[str, str] = (),
    today: dt.date | None = None,
) -> Target:
    """The target in the file at ``path`` with ``sets`` (``"politeness.sample=10"``) laid over it.

    ``known_rows`` are the requirement ids that ``strict``, ``expect`` and ``undecided`` may name, with their
    dispositions if it is a mapping; empty means any id. ``today`` is the run date when the target states none. Raises
    :class:`TargetProblems`, a :class:`ConfigError`, with every problem: place, key, what is wrong and the nearest right
    key; it never holds a secret.
    """
    layer = _layers(Path(path))
    _lay_sets_over(layer, sets)
    layer.data = {key: value for key, value in layer.data.items() if not key.startswith("x-")}
    data, vault = resolve(layer, environ)
    problems = _Problems(layer, vault)
    problems.add_all(violations(data, target_schema()))
    problems.add_all(_row_ids(data, known_rows))
    problems.add_all(_literals(data, vault))
    for rule in (*RULES, *LOGIN_RULES):
        problems.add_all(rule(data))
    problems.add_all(_files(data, layer))
    manifest, faults = _manifest(data, layer) if ("fixtures",) not in problems.places else ({}, [])
    if problems.found or faults:
        raise TargetProblems([*problems.in_order(), *faults])
    return build(
        converted(data, layer),
        secrets=secret_values(data, vault),
        manifest=manifest,
        source=str(path),
        today=today,
    )


class _Problems:
    """Problems in order of discovery, the first of each key path only."""

    def __init__(self, layer: Layer, vault: Vault) -> None:
        self._layer = layer
        self.places = set(vault.broken)
        self.found = [*layer.problems, *vault.problems]

    def in_order(self) -> list[Problem]:
        """By source, as each first came up, and by line; a key that is only misspelt is not missing as well."""
        meant = {
            (*problem.path[:-1], hint[1])
            for problem in self.found
            if problem.text.startswith("unknown key") and (hint := _HINT.search(problem.text))
        }
        told = [each for each in self.found if each.path not in meant or not each.text.startswith("is missing")]
        sources = list(dict.fromkeys(problem.place.source for problem in told))
        return sorted(told, key=lambda problem: (sources.index(problem.place.source), problem.place.line))

    def add_all(self, broken: Iterator[tuple[KeyPath, str]] | Any) -> None:
        for path, sentence in broken:
            if path not in self.places:
                self.places.add(path)
                self.found.append(Problem(self._layer.place(path), path, sentence))


def _layers(path: Path) -> Layer:
    """The file over every file it extends; raises :class:`TargetProblems` for a circle or an unreadable file."""
    chain: list[Layer] = []
    seen: list[Path] = []
    shown, file = str(path), path
    while True:
        try:
            layer = read_layer(file, shown)
        except TargetProblems as problem:
            if not chain:
                raise
            named = Problem(chain[-1].place(("extends",)), ("extends",), str(problem))
            raise TargetProblems([named]) from None
        seen.append(file.resolve())
        chain.append(layer)
        base = layer.data.pop("extends", None)
        if base is None:
            break
        at = layer.place(("extends",))
        if not isinstance(base, str) or not base:
            raise TargetProblems([Problem(at, ("extends",), "expected the name of a target file")])
        file = file.parent / Path(base).expanduser()
        shown = os.path.normpath(Path(shown).parent / base)
        if file.resolve() in seen:
            raise TargetProblems([Problem(at, ("extends",), f"leads in a circle back to {shown}")])
    merged = chain[-1]
    for layer in reversed(chain[:-1]):
        merged = merge(merged, layer)
    return merge(Layer({}, {(): SourceLocation(str(path), 1, path.parent)}), merged)


def _lay_sets_over(layer: Layer, sets: Sequence[str]) -> None:
    for number, each in enumerate(sets, 1):
        try:
            path, value, place = override(each, number)
            lay_over(layer, path, value, place)
        except TargetProblems as refused:
            layer.problems.extend(refused.problems)


def _row_ids(data: dict[str, Any], known: Collection[str] | Mapping[str, str]) -> Iterator[tuple[KeyPath, str]]:
    for keys in (("expect",), ("strict",), ("undecided", "allow")):
        for row in section(data, *keys):
            if known and row not in known:
                yield (*keys, row), f"is not a requirement{did_you_mean(row, known)}"
    dispositions = known if isinstance(known, Mapping) else {}
    for row, wish in section(data, "strict").items():
        if dispositions.get(row) == "gate" and wish in {"advisory", "off"}:
            yield ("strict", row), "is a gate requirement, which only a waiver can soften"


def _literals(data: dict[str, Any], vault: Vault) -> Iterator[tuple[KeyPath, str]]:
    if text(section(data, "deployment"), "environment") not in {"staging", "production"}:
        return
    for path in literal_secrets(data, vault):
        whose = [path[1]] if path[0] in {"clients", "members"} and path[1] != "main" else []
        name = "_".join(str(word).upper().replace("-", "_") for word in ("PA", path[-1], *whose))
        yield (
            path,
            f"a secret may stand in a target only with environment: lab; write ${{env:{name}}} or ${{file:PATH}}",
        )


def _files(data: dict[str, Any], layer: Layer) -> Iterator[tuple[KeyPath, str]]:
    for path, value, node in walk(data):
        if node.get("format") == "path" and isinstance(value, str) and value:
            file = layer.place(path).folder / Path(value).expanduser()
            if not file.is_file():
                yield (
                    path,
                    f"{'is a folder, not a file' if file.is_dir() else 'names a file that does not exist'}: {value}",
                )


def _manifest(data: dict[str, Any], layer: Layer) -> tuple[dict[str, Any], list[Problem]]:
    name = data.get("fixtures")
    if not isinstance(name, str) or not name:
        return {}, []
    place = layer.place(("fixtures",))
    return read_manifest(place.folder / Path(name).expanduser(), str(Path(place.source).parent / name))
