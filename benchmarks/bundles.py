"""What a Bundle costs beside the same claims as NDJSON: 10 to 5,000 entries, valid and with a fault each.

    FHIR_PACKAGES=… python benchmarks/bundles.py [--json FILE] [--sizes N,N,…]

Both ways run what ``conformance validate --format text`` does with a document, in this process, and are measured by CPU
time. The claims are those of the CARIN BB package, each with an id of its own. Memory is this process' peak so far.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from peers.cold import own_peak
from validate import CORPORA, examples

from conformance.validator.formats import result_of
from conformance.validator.job import Job, validator_for
from conformance.validator.reading import Document
from conformance.validator.records import judge

if TYPE_CHECKING:
    from collections.abc import Iterable

    from conformance.validator.validator import Validator

SIZES = "10,100,1000,5000"


def claims(count: int, *, faulty: bool) -> list[dict[str, Any]]:
    """So many claims; a faulty one has a status that there is not."""
    known = [one for one in examples(CORPORA["carin-bb-2.1.0"][0]) if one["resourceType"] == "ExplanationOfBenefit"]
    found = [{**known[number % len(known)], "id": f"claim-{number}"} for number in range(count)]
    return [{**one, "status": "gone"} if faulty else one for one in found]


def bundle(resources: list[dict[str, Any]]) -> dict[str, Any]:
    """A searchset of the resources."""
    base = "https://payer.example/fhir/ExplanationOfBenefit/"
    rows = [{"fullUrl": f"{base}{one['id']}", "resource": one, "search": {"mode": "match"}} for one in resources]
    return {"resourceType": "Bundle", "type": "searchset", "total": len(rows), "entry": rows}


def seconds(validator: Validator, documents: Iterable[Document]) -> float:
    """CPU seconds for judging and reporting the documents."""
    started = time.process_time()
    for document in documents:
        result_of(judge(validator, document, ()), "text")
    return time.process_time() - started


def measured(size: int, validator: Validator, *, faulty: bool) -> dict[str, Any]:
    """One size both ways."""
    resources = claims(size, faulty=faulty)
    texts = [json.dumps(one).encode() for one in resources]
    lines = seconds(validator, (Document("ndjson", text, number) for number, text in enumerate(texts, 1)))
    one = seconds(validator, [Document("bundle", json.dumps(bundle(resources)).encode(), 0)])
    row = {"entries": size, "faulty": faulty, "bundle_ms": one / size * 1000, "ndjson_ms": lines / size * 1000}
    return row | {"ratio": one / lines, "peak_mb": round(own_peak())}


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--json", metavar="FILE", type=Path)
    options.add_argument("--sizes", default=SIZES)
    chosen = options.parse_args()
    validator = validator_for(Job((), (), "text"))
    measured(50, validator, faulty=False)
    measured(50, validator, faulty=True)
    rows = []
    for faulty in (False, True):
        for size in map(int, chosen.sizes.split(",")):
            row = measured(size, validator, faulty=faulty)
            rows.append(row)
            times = f"{row['bundle_ms']:.3f} ms an entry, {row['ndjson_ms']:.3f} as NDJSON, ratio {row['ratio']:.2f}"
            sys.stdout.write(f"{size:6} {'faulty' if faulty else 'valid':6} {times}, {row['peak_mb']} MB\n")
            sys.stdout.flush()
    if chosen.json:
        chosen.json.write_text(json.dumps(rows, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
