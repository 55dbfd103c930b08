"""The certification bundle: a run folder with everything that a verdict rests on, and a manifest that seals it.

A seal is the SHA-256 of ``manifest.json``. One who keeps it elsewhere can see that nothing was changed since, the
manifest included; without it, :func:`verify` tells only that the files and their manifest belong together.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from dataclasses import dataclass, field
from pathlib import Path, PurePath, PurePosixPath
from typing import TYPE_CHECKING, Any

import conformance
from conformance.errors import ConfigError, ExitCode
from conformance.report import attestation, files
from conformance.report.reading import not_maintained
from conformance.requirements.coverage import suites_folder

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from conformance.report.reading import Document
    from conformance.requirements import Requirement

MANIFEST = "manifest.json"
SCHEMA = "https://conformance.example/schemas/certification-1.json"
_REQUIRED = (files.DOCUMENT, files.SUMMARY, files.JUNIT, "target.json", "versions.json", "waivers.yaml")


@dataclass(frozen=True, slots=True)
class Verified:
    """What :func:`verify` found: sentences about what does not fit, and about the bundle itself."""

    problems: tuple[str, ...]
    said: tuple[str, ...] = field(default=())


def seal(folder: Path, document: Document, *, evidence: Iterable[Requirement], waivers: str) -> str:
    """Turn a finished run folder into a bundle and return its seal.

    ``evidence`` are the rows invisible from outside, for the attestation; ``waivers`` is the text of the waivers
    file, redacted. The raw results of the report are taken out once the report is there.
    """
    if (folder / files.ALLURE).exists():
        shutil.rmtree(folder / files.RESULTS, ignore_errors=True)
    _write_json(folder / "target.json", document["target"])
    _write_json(folder / "versions.json", _versions(document))
    (folder / "waivers.yaml").write_text(waivers or "waivers: []\n", encoding="utf-8")
    (folder / attestation.FILE).write_text(
        attestation.template(document, evidence, digest(folder / files.DOCUMENT)), encoding="utf-8"
    )
    run = document["run"]
    manifest = {
        "schema": SCHEMA,
        **{key: run[key] for key in ("id", "date", "finished", "verdict", "exit_code")},
        "not_maintained": not_maintained(document),
        "apart": [attestation.FILE],
        "files": {name: digest(folder / name) for name in sorted(_names(folder))},
    }
    _write_json(folder / MANIFEST, manifest)
    return digest(folder / MANIFEST)


def _versions(document: Document) -> dict[str, Any]:
    """Versions as numbers and as what they stand for: a clone may call anything by the number of the last release."""
    return {"tool": {**document["tool"], "sha256": tool_digest()}, "guides": document["guides"]}


def tool_digest() -> str:
    """One SHA-256 over the harness and its suites, the same from a clone and from an installed package."""
    roots = {"conformance": Path(conformance.__file__).parent, "suites": suites_folder()}
    content = hashlib.sha256()
    for name, root in roots.items():
        found = {path.relative_to(root): path for path in root.rglob("*") if path.suffix in {".py", ".yaml", ".json"}}
        for place in sorted(found, key=PurePath.as_posix):
            if place.parts[0] != "_data":  # where an installed package has the suites
                content.update(f"{name}/{place.as_posix()} {digest(found[place])}\n".encode())
    return content.hexdigest()


def _write_json(path: Path, value: object) -> None:
    path.write_text(json.dumps(value, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def digest(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _names(folder: Path) -> Iterator[str]:
    """Every file the manifest answers for, as a path with slashes."""
    for path in folder.rglob("*"):
        name = path.relative_to(folder).as_posix()
        if (path.is_file() or path.is_symlink()) and name not in {MANIFEST, attestation.FILE}:
            yield name


def verify(folder: Path, *, expected: str = "") -> Verified:
    """Whether the bundle in ``folder`` is whole and unchanged; ``expected`` is the seal noted when it was made.

    Raises :class:`ConfigError` where there is no bundle at all.
    """
    manifest = _manifest(folder)
    sealed = digest(folder / MANIFEST)
    problems = list(_changed(folder, manifest["files"]))
    if expected and expected.lower() != sealed:
        problems.insert(0, f"the seal is {sealed}, not {expected.lower()}: the manifest was changed")
    if not problems:
        problems += _contradictions(folder, manifest)
    said = [f"verdict: {manifest['verdict']} (run {manifest['id']}, {manifest['date']})", f"seal: {sealed}"]
    stated = attestation.examine(
        folder / attestation.FILE, manifest["files"].get(files.DOCUMENT, ""), _evidence_rows(folder)
    )
    unsealed = () if expected else ("no seal was given (--seal): a changed manifest would not be noticed",)
    left_out = ", ".join(map(str, manifest.get("not_maintained") or ()))
    maintained = [f"the payer states that it does not maintain: {left_out}"] if left_out else []
    return Verified((*problems, *stated.problems), (*said, stated.sentence, *maintained, *unsealed))


def _evidence_rows(folder: Path) -> list[str] | None:
    """The rows an attestation must speak of; None where the document cannot be read, which is a problem by itself."""
    try:
        rows = files.read_document(folder)["requirements"]
        return [row["id"] for row in rows if row["disposition"] == "evidence"]
    except (ConfigError, TypeError, KeyError):
        return None


def _manifest(folder: Path) -> dict[str, Any]:
    try:
        manifest: dict[str, Any] = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except OSError:
        raise ConfigError(f"{folder} is no certification bundle: there is no {MANIFEST} in it") from None
    except ValueError:
        raise ConfigError(f"{folder / MANIFEST} is not JSON") from None
    known = isinstance(manifest, dict) and manifest.get("schema") == SCHEMA
    if not known or not {"files", "verdict", "id", "date", "exit_code"} <= manifest.keys():
        raise ConfigError(f"{folder / MANIFEST} is not the manifest of a certification bundle")
    if not isinstance(manifest["files"], dict):
        raise ConfigError(f"{folder / MANIFEST} lists no files")
    return manifest


def _changed(folder: Path, listed: Mapping[str, str]) -> Iterator[str]:
    for name in _REQUIRED:
        if name not in listed:
            yield f"{name} is not in the manifest"
    for name, noted in listed.items():
        path = folder / name
        if PurePosixPath(name).is_absolute() or ".." in PurePosixPath(name).parts or path.is_symlink():
            yield f"{name} leads out of the bundle"
        elif not path.is_file():
            yield f"{name} is missing"
        elif digest(path) != noted:
            yield f"{name} was changed"
    for name in sorted(set(_names(folder)) - listed.keys()):
        yield f"{name} was added"


def _contradictions(folder: Path, manifest: Mapping[str, Any]) -> Iterator[str]:
    """What the document, read again, says against the manifest or against itself."""
    try:
        document = files.read_document(folder)
    except ConfigError as problem:
        yield str(problem)
        return
    told = files.schema_problem(document)
    if told:
        yield f"{files.DOCUMENT} does not fit its schema: {told}"
        return
    run = document["run"]
    for key in ("id", "date", "verdict", "exit_code"):
        if run[key] != manifest[key]:
            yield f"the manifest and {files.DOCUMENT} differ in {key}"
    if any(run["selection"].values()):
        yield "only a selection was run"
    short = [row["id"] for row in document["requirements"] if row["effective"] == "gate" and row["status"] in _NOT_HELD]
    if run["exit_code"] == ExitCode.CONFORMANT and short:
        yield f"the verdict is {run['verdict']}, yet gate requirements do not hold: {', '.join(short[:5])}"


_NOT_HELD = {"fail", "error", "undecided", "untested"}
