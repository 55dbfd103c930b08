"""How many conditions FHIRPath answers in a second, beside fhirpathpy where it is installed.

    FHIR_PACKAGES=… python benchmarks/fhirpath.py [--json FILE] [--rounds N]

Two corpora. ``root-invariants``: the constraints that R4 and the profiles put on whole resources, each on every example
of US Core 6.1.0 and CARIN 2.0.0 (needs ``FHIR_PACKAGES``); ``without questionnaires`` leaves out the two kinds whose
constraints search whole trees. Then single expressions on a small resource of ours, in microseconds. Every candidate
gets the same parsed JSON and compiled expressions; candidates run interleaved, the best round of each counts. ``nodes``
is our own full evaluation, without the short way for common conditions.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import platform
import resource
import tarfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from conformance.guides import Guides
from conformance.validator.fhirpath import Environment, Item, StructureTypes, compile_expression, corrected

if TYPE_CHECKING:
    from collections.abc import Callable

BASE = "http://hl7.org/fhir/StructureDefinition/"
PACKAGES = {"hl7.fhir.us.core-6.1.0.tgz": "6.1.0", "hl7.fhir.us.carin-bb-2.0.0.tgz": "2.0.0"}
SELECTION = {"us-core": "6.1.0", "carin-bb": "2.0.0"}
ELSEWHERE = ("ele-", "txt-", "dom-3")
"""Constraints that are judged in code."""

OBSERVATION: dict[str, Any] = {
    "resourceType": "Observation",
    "status": "final",
    "code": {"coding": [{"system": "http://loinc.org", "code": "85354-9"}]},
    "subject": {"reference": "Patient/1"},
    "effectivePeriod": {"start": "2020-01-01T10:00:00Z", "end": "2020-01-01T11:00:00Z"},
    "valueQuantity": {"value": 1, "unit": "mg", "system": "http://unitsofmeasure.org", "code": "mg"},
    "component": [
        {"code": {"coding": [{"system": "http://loinc.org", "code": "8480-6"}]}, "valueString": "a"},
        {"code": {"coding": [{"system": "http://loinc.org", "code": "8462-4"}]}, "valueString": "b"},
    ],
}
PATIENT: dict[str, Any] = {
    "resourceType": "Patient",
    "name": [{"family": "Doe", "given": ["Ann"]}],
    "contact": [{"name": {"family": "Roe"}}],
}
SHAPES: tuple[tuple[str, str, dict[str, Any]], ...] = (
    (
        "us-core-6",
        "name.all((family.exists() or given.exists()) xor extension.where(url='http://example.org/absent').exists())",
        PATIENT,
    ),
    (
        "us-core-2",
        "(component.empty() and hasMember.empty()) implies (dataAbsentReason.exists() or value.exists())",
        OBSERVATION,
    ),
    ("obs-6", "dataAbsentReason.empty() or value.empty()", OBSERVATION),
    (
        "obs-7",
        "value.empty() or component.code.where(coding.intersect(%resource.code.coding).exists()).empty()",
        OBSERVATION,
    ),
    ("dom-2", "contained.contained.empty()", OBSERVATION),
    ("pat-1", "contact.all(name.exists() or telecom.exists() or address.exists() or organization.exists())", PATIENT),
)

Job = tuple[str, dict[str, Any]]
"""An expression and the resource it is asked of."""


def root_invariants(guides: Guides, folder: Path) -> list[Job]:
    """Every constraint on a whole resource with every example it applies to."""
    jobs: list[Job] = []
    for package in PACKAGES:
        with tarfile.open(folder / package) as archive:
            for member in archive:
                if "/example/" not in member.name or not member.name.endswith(".json") or "/." in member.name:
                    continue
                stream = archive.extractfile(member)
                example = json.loads(stream.read()) if stream is not None else {}
                if "resourceType" in example:
                    jobs += [(text, example) for text in sorted(_constraints(guides, example))]
    return jobs


def _constraints(guides: Guides, example: dict[str, Any]) -> set[str]:
    texts: set[str] = set()
    for url in (BASE + example["resourceType"], *example.get("meta", {}).get("profile", ())):
        table = guides.structure(url) or {"elements": ({},)}
        for constraint in table["elements"][0].get("constraint", ()):
            if "expression" in constraint and not constraint["key"].startswith(ELSEWHERE):
                texts.add(corrected(constraint["key"], constraint["expression"]).expression)
    return texts


def candidates(
    types: StructureTypes, jobs: list[Job], member_of: Callable[..., Any] | None = None
) -> dict[str, list[Callable[[], Any]]]:
    """The same jobs as calls of each engine, expressions compiled beforehand."""
    found: dict[str, list[Callable[[], Any]]] = {"conformance": [], "nodes": []}
    peer = importlib.util.find_spec("fhirpathpy")
    environments = {id(example): Environment(example, example, member_of=member_of) for _, example in jobs}
    for text, example in jobs:
        kind, environment = example["resourceType"], environments[id(example)]
        expression = compile_expression(text, context_type=kind, model=types)
        node = Item(example, kind)
        found["conformance"].append(_call(expression.boolean, example, environment))
        found["nodes"].append(_call(expression.boolean, node, environment))
    if peer is not None:
        found["fhirpathpy"] = _of_peer(jobs)
    return found


def membership(guides: Guides) -> Callable[[Any, str, str], bool | None]:
    """``memberOf()`` by the guides' own value sets; a concept is in if one of its codings is."""

    def member_of(value: Any, _type: str, url: str) -> bool | None:
        table = guides.value_set(url)
        codings = value.get("coding", [value]) if isinstance(value, dict) else [{"code": value}]
        answers = [table.contains(one.get("system", ""), one.get("code", "")) for one in codings] if table else [None]
        return True if True in answers else None if None in answers else False

    return member_of


def _call(function: Callable[..., Any], *arguments: Any) -> Callable[[], Any]:
    return lambda: function(*arguments)


def _of_peer(jobs: list[Job]) -> list[Callable[[], Any]]:
    from fhirpathpy import compile as compile_there  # noqa: PLC0415
    from fhirpathpy.models import models  # noqa: PLC0415

    compiled: dict[str, Callable[..., Any]] = {}
    calls = []
    for text, example in jobs:
        if text not in compiled:
            compiled[text] = compile_there(text, models["r4"])
        calls.append(_forgiving(compiled[text], example))
    return calls


def _forgiving(function: Callable[..., Any], example: dict[str, Any]) -> Callable[[], Any]:
    def call() -> Any:
        try:
            return function(example, {"resource": example, "rootResource": example})
        except Exception:  # noqa: BLE001 (an engine that gives up still used its time)
            return None

    return call


def best_times(calls: dict[str, list[Callable[[], Any]]], rounds: int, repeat: int = 1) -> dict[str, float]:
    """The shortest time of each candidate over all its calls, in seconds; the first round warms up."""
    best = dict.fromkeys(calls, float("inf"))
    for number in range(rounds + 1):
        for name, actions in calls.items():
            started = time.perf_counter()
            for _ in range(repeat):
                for action in actions:
                    action()
            if number:
                best[name] = min(best[name], (time.perf_counter() - started) / repeat)
    return best


def calibration() -> dict[str, float]:
    """What this machine does in a second: empty calls, and parses of one resource."""
    text = json.dumps(OBSERVATION)
    calls = {"empty calls/s": [lambda: None] * 1000, "json.loads/s": [_call(json.loads, text)] * 1000}
    return {name: round(1000 / taken) for name, taken in best_times(calls, 5).items()}


def main() -> None:
    """Measure, print, and write the document when asked to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", dest="file")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    guides = Guides.load(SELECTION)
    types = StructureTypes(guides.structure)
    results: list[dict[str, Any]] = []
    if folder := os.environ.get("FHIR_PACKAGES"):
        jobs = root_invariants(guides, Path(folder))
        corpora = {"root-invariants": jobs, "without questionnaires": [job for job in jobs if not _is_tree(job)]}
        for corpus, part in corpora.items():
            for name, taken in best_times(candidates(types, part, membership(guides)), options.rounds).items():
                results.append(_row(name, corpus, "evaluations/s", round(len(part) / taken)))
    for key, text, example in SHAPES:
        for name, taken in best_times(candidates(types, [(text, example)]), options.rounds, repeat=500).items():
            results.append(_row(name, key, "us/evaluation", round(taken * 1e6, 3)))
    document = {
        "machine": {"python": platform.python_version(), "cores": os.cpu_count(), "system": platform.platform()},
        "calibration": calibration(),
        "results": results,
        "ratios": _ratios(results),
    }
    for row in results:
        print(f"{row['corpus']:24} {row['name']:12} {row['value']:>12} {row['unit']}")
    print(document["calibration"], document["ratios"])
    if options.file:
        Path(options.file).write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")


def _is_tree(job: Job) -> bool:
    return str(job[1]["resourceType"]).startswith("Questionnaire")


def _row(name: str, corpus: str, unit: str, value: float) -> dict[str, Any]:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"name": name, "corpus": corpus, "unit": unit, "value": value, "peak_mb": round(peak)}


def _ratios(results: list[dict[str, Any]]) -> dict[str, float]:
    rates = {row["name"]: row["value"] for row in results if row["corpus"] == "root-invariants"}
    return {f"conformance to {name}": round(rates["conformance"] / rate, 1) for name, rate in rates.items()}


if __name__ == "__main__":
    main()
