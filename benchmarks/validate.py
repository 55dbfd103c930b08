"""How fast resources are validated, beside what merely parsing them costs.

    FHIR_PACKAGES=… python benchmarks/validate.py [--json FILE] [--rounds N]

The timed function is the one ``conformance validate`` runs for each document: from bytes, with the text's own faults,
all profiles, invariants, bindings and messages; one thread. Every round changes ids, dates, amounts and texts, so that
no memo can answer. Parsers run interleaved with it on the same bytes; the best round of each counts.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import resource
import sys
import tarfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from conformance.validator.reading import Document
from conformance.validator.records import judge
from conformance.validator.run import Job, validator_for

if TYPE_CHECKING:
    from collections.abc import Callable

CORPORA = {
    "us-core-6.1.0": ("hl7.fhir.us.core-6.1.0.tgz", ()),
    "carin-bb-2.0.0": ("hl7.fhir.us.carin-bb-2.0.0.tgz", ("carin-bb@2.0.0",)),
    "carin-bb-2.1.0": ("hl7.fhir.us.carin-bb-2.1.0.tgz", ()),
}
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
        return f"{int(match[1]) - number % 9}-{match[2]}{day}{match[4] or ''}"
    return f"{value} {number}" if key in TEXTS else value


def as_text(one: dict[str, Any]) -> bytes:
    """The resource as the packages write it."""
    return json.dumps(one, indent=2, ensure_ascii=False).encode()


def seconds(action: Callable[[bytes], Any], texts: list[bytes]) -> float:
    """The time ``action`` takes for all texts."""
    started = time.perf_counter()
    for text in texts:
        action(text)
    return time.perf_counter() - started


def measured(corpus: str, rounds: int) -> list[dict[str, Any]]:
    """Resources per second of each candidate on one corpus."""
    package, guides = CORPORA[corpus]
    resources = examples(package)
    started = time.perf_counter()
    job = Job(guides, (), "json")
    validator = validator_for(job)
    judge(validator, Document("first", as_text(resources[0]), 0), ())
    start_up = time.perf_counter() - started
    candidates: dict[str, Callable[[bytes], Any]] = {
        "orjson": orjson.loads,
        "json": json.loads,
        "conformance": lambda text: judge(validator, Document("", text, 0), ()),
    }
    best = dict.fromkeys(candidates, float("inf"))
    for number in range(1, rounds + 1):
        texts = [as_text(perturbed(one, number)) for one in resources]
        for name, action in candidates.items():
            taken = seconds(action, texts)
            if number > 1:
                best[name] = min(best[name], taken)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    row = {"corpus": corpus, "unit": "resources/s", "peak_mb": round(peak)}
    found = [{"name": name, **row, "value": round(len(resources) / taken)} for name, taken in best.items()]
    first = {"name": "conformance", "corpus": corpus, "unit": "s to first verdict", "value": round(start_up, 3)}
    return [*found, first]


def main() -> None:
    """Measure every corpus and print or write the document."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", dest="file")
    parser.add_argument("--rounds", type=int, default=12)
    options = parser.parse_args()
    if not os.environ.get("FHIR_PACKAGES"):
        sys.exit("FHIR_PACKAGES must name the folder of the FHIR packages")
    results = [row for corpus in CORPORA for row in measured(corpus, options.rounds)]
    rates = {(row["name"], row["corpus"]): row["value"] for row in results if row["unit"] == "resources/s"}
    document = {
        "machine": {"python": platform.python_version(), "cores": os.cpu_count(), "system": platform.platform()},
        "calibration": {corpus: {name: rates[(name, corpus)] for name in ("orjson", "json")} for corpus in CORPORA},
        "results": results,
        "ratios": {
            f"{corpus}: json / conformance": round(rates[("json", corpus)] / rates[("conformance", corpus)], 1)
            for corpus in CORPORA
        },
    }
    text = json.dumps(document, indent=1)
    if options.file:
        Path(options.file).write_text(text + "\n", encoding="utf-8")
    for row in results:
        print(f"{row['corpus']:16} {row['name']:12} {row['value']:>10} {row['unit']}")


if __name__ == "__main__":
    main()
