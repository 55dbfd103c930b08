"""How fast resources are validated, beside what merely parsing them costs.

    FHIR_PACKAGES=… python benchmarks/validate.py [--json FILE] [--rounds N] [--sample N] [--corpus NAME]

The timed function is the one ``conformance validate`` runs for each document: from bytes, with the text's own faults,
all profiles, invariants, bindings and messages; one thread. Every round changes ids, dates, amounts and texts, so that
no memo can answer. Parsers run interleaved with it on the same bytes; the best pass of each counts. Other validators
are slow: they and ours are timed in turn, in fewer rounds or on a sample of the same documents, and ratios to them are
of these rounds. They are fhir.resources, pyrofile-validator (extra ``bench``) and the HL7 Java validator (built by
``make oracle``; without it, or with WITHOUT_JAVA set, left out); both validators have R4's definitions beside the
guide's, as ours has. Rates are by the clock; those by CPU time beside them, for a busy machine.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import sys
import tarfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson
from peers import candidates
from peers.cold import Process, best_of, own_peak

from conformance.validator.job import Job, validator_for
from conformance.validator.reading import Document
from conformance.validator.records import judge

if TYPE_CHECKING:
    from collections.abc import Callable

CORE = "hl7.fhir.r4.core-4.0.1.tgz"
CORPORA = {
    "us-core-6.1.0": ("hl7.fhir.us.core-6.1.0.tgz", (), "current"),
    "carin-bb-2.0.0": ("hl7.fhir.us.carin-bb-2.0.0.tgz", ("carin-bb@2.0.0",), "earlier"),
    "carin-bb-2.1.0": ("hl7.fhir.us.carin-bb-2.1.0.tgz", (), "current"),
}
JAVA = "HL7 Java validator, warm"
RATE, SAMPLED = "resources/s", "resources/s beside validators"
TEXTS = frozenset({"display", "text", "family", "given", "city", "line", "title", "description", "comment"})
DATE = re.compile(r"([12][0-9]{3})-([0-9]{2})(-[0-9]{2})?(T.*)?").fullmatch


def examples(package: str) -> list[dict[str, Any]]:
    """The example resources of a package in ``$FHIR_PACKAGES``."""
    found = []
    with tarfile.open(Path(os.environ["FHIR_PACKAGES"]) / package) as archive:
        for member in archive:
            if "/example/" in member.name and member.name.endswith(".json") and "/." not in member.name:
                stream = archive.extractfile(member)
                found.append(json.loads(stream.read()) if stream is not None else {})
    return [one for one in found if "resourceType" in one]


def perturbed(value: Any, number: int, key: str = "") -> Any:
    """The same resource as another member's: other ids, dates, amounts and texts, as valid as before."""
    if isinstance(value, dict):
        found = {name: perturbed(part, number, name) for name, part in value.items()}
        if key == "" and value.get("resourceType") != "Bundle" and len(value.get("id", "")) < 56:
            found["id"] = f"{value.get('id', 'none')}-{number}"
        if ("currency" in value or "unit" in value) and isinstance(value.get("value"), int | float):
            found["value"] = value["value"] + number / 100
        return found
    if isinstance(value, list):
        return [perturbed(part, number, key) for part in value]
    if isinstance(value, str):
        return _other_text(value, number, key)
    return value


def _other_text(value: str, number: int, key: str) -> str:
    if key == "div":
        return re.sub(r"</div>\s*$", f" {number}</div>", value)
    match = DATE(value)
    if match:
        day = "-28" if match[3] in {"-29", "-30", "-31"} else match[3] or ""
        return f"{int(match[1]) - number % 89}-{match[2]}{day}{match[4] or ''}"
    return f"{value} {number}" if key in TEXTS else value


def as_text(one: dict[str, Any]) -> bytes:
    """The resource as the packages write it."""
    return json.dumps(one, indent=2, ensure_ascii=False).encode()


class Taken(NamedTuple):
    """Seconds by the clock and of this process' CPU."""

    clock: float
    cpu: float


PASSES, ITS_TIME = 8, 0.1
NOTHING_YET = Taken(float("inf"), float("inf"))


def seconds(action: Callable[[bytes], Any], texts: list[bytes]) -> Taken:
    """The time ``action`` takes for all texts."""
    started, worked = time.perf_counter(), time.process_time()
    for text in texts:
        action(text)
    return Taken(time.perf_counter() - started, time.process_time() - worked)


def ours(guides: tuple[str, ...]) -> Callable[[bytes], Any]:
    """What ``conformance validate`` does with each document."""
    validator = validator_for(Job(guides, (), "json"))
    return lambda text: judge(validator, Document("", text, 0), ())


def best_rounds(
    actions: dict[str, Callable[[bytes], Any]], resources: list[dict[str, Any]], rounds: int
) -> dict[str, Taken]:
    """The best pass of each candidate, in turn on the same texts; the first round warms up and does not count.

    In a round, a candidate goes through ever other texts until it has had its time, so that the quick ones, too, are
    seen after what the slow ones left in the processor's caches.
    """
    best = dict.fromkeys(actions, NOTHING_YET)
    for number in range(rounds + 1):
        passes = [[as_text(perturbed(one, number * PASSES + n + 1)) for one in resources] for n in range(PASSES)]
        for name, action in actions.items():
            spent = 0.0
            for texts in passes:
                taken = seconds(action, texts)
                spent += taken.clock
                if number > 0:
                    best[name] = Taken(*map(min, best[name], taken))
                if spent > ITS_TIME:
                    break
    return best


def rates(corpus: str, best: dict[str, Taken], count: int, unit: str) -> list[dict[str, Any]]:
    """The results of some candidates."""
    return [
        {
            "name": name,
            "corpus": corpus,
            "unit": unit,
            "value": round(count / taken.clock, 1),
            "by_cpu": round(count / taken.cpu, 1) if name != JAVA else None,
            "peak_mb": round(own_peak()),
        }
        for name, taken in best.items()
    ]


def measured(corpus: str, rounds: int, sample: int) -> list[dict[str, Any]]:
    """Every candidate on one corpus, and a cold process of ours."""
    package, guides, realm = CORPORA[corpus]
    resources = examples(package)
    judged = ours(guides)
    quick = {"orjson": orjson.loads, "json": json.loads, "conformance": judged}
    found = rates(corpus, best_rounds(quick, resources, rounds), len(resources), RATE)
    found.append(of_process("s of a cold process", corpus, best_of([as_text(resources[0])], guides)))
    found.append(of_process("s of a process for all", corpus, best_of(list(map(as_text, resources)), guides, times=2)))
    return [*found, *against_peers(corpus, judged, resources[:: max(1, len(resources) // sample)], realm)]


def of_process(unit: str, corpus: str, taken: Process) -> dict[str, Any]:
    """The result of processes of ours started for the purpose, with the memory of such a process alone."""
    peak = round(taken.peak_mb)
    return {"name": "conformance", "corpus": corpus, "unit": unit, "value": round(taken.seconds, 3), "peak_mb": peak}


def against_peers(
    corpus: str, judged: Callable[[bytes], Any], resources: list[dict[str, Any]], realm: str
) -> list[dict[str, Any]]:
    """The other validators and ours in turn on a sample."""
    packages = [Path(os.environ["FHIR_PACKAGES"]) / name for name in (CORE, CORPORA[corpus][0])]
    java = candidates.java(realm)
    peers = {
        "conformance": judged,
        "fhir.resources": candidates.fhir_resources(packages),
        "pyrofile-validator": candidates.pyrofile(packages),
        JAVA: java,
    }
    present = {name: action for name, action in peers.items() if action is not None}
    found = rates(corpus, best_rounds(present, resources, 2), len(resources), SAMPLED)
    if java is not None:
        start_up = {"name": JAVA, "corpus": corpus, "unit": "s to be ready", "value": round(java.start_up, 1)}
        found.append({**start_up, "peak_mb": None})
        java.close()
    return found


def ratios(results: list[dict[str, Any]]) -> dict[str, float]:
    """Ours against each peer on the same documents, and as a part of what ``json.loads`` reaches."""
    known = {(row["name"], row["corpus"], row["unit"]): row["value"] for row in results}
    found = {}
    for (name, corpus, unit), value in known.items():
        own = known.get(("conformance", corpus, unit))
        if own is None or name == "conformance" or unit not in {RATE, SAMPLED}:
            continue
        found[f"{corpus}: conformance / {name}"] = round(own / value, 4)
    return found


def main() -> None:
    """Measure every corpus and print or write the document."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", dest="file")
    parser.add_argument("--rounds", type=int, default=12)
    parser.add_argument("--sample", type=int, default=1000, help="at most so many documents for the slow peers")
    parser.add_argument("--corpus", choices=CORPORA, action="append", help="only these")
    options = parser.parse_args()
    if not os.environ.get("FHIR_PACKAGES"):
        sys.exit("FHIR_PACKAGES must name the folder of the FHIR packages")
    corpora = options.corpus or list(CORPORA)
    results = [row for corpus in corpora for row in measured(corpus, options.rounds, options.sample)]
    plain = {(row["name"], row["corpus"]): row["value"] for row in results if row["unit"] == RATE}
    machine = {"python": platform.python_version(), "cores": os.cpu_count(), "system": platform.platform()}
    document = {
        "machine": {**machine, "load": os.getloadavg()[0]},
        "calibration": {corpus: {name: plain[(name, corpus)] for name in ("orjson", "json")} for corpus in corpora},
        "results": results,
        "ratios": ratios(results),
    }
    if options.file:
        Path(options.file).write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    show(document)


def show(document: dict[str, Any]) -> None:
    """Print the document for people."""
    print(*(f"{key}: {value}" for key, value in document["machine"].items()), sep="  ")
    for row in document["results"]:
        by_cpu = f"{row['by_cpu']:>10} by CPU" if row.get("by_cpu") else ""
        peak = f"{row['peak_mb']:>5} MB" if row["peak_mb"] else ""
        print(f"{row['corpus']:16} {row['name']:20} {row['value']:>10} {row['unit']:30} {by_cpu:17} {peak}")
    for name, value in document["ratios"].items():
        print(f"{name:50} {value}")


if __name__ == "__main__":
    main()
