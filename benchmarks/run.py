"""How long a whole run takes, where its time goes, and what our HTTP layer adds to each request.

    python benchmarks/run.py [--json FILE] [--rounds N] [--requirement PREFIX]...

``run`` is ``conformance run`` against the reference payer, from the command to its end, the payer already started; its
time is split as in ``conformance.json`` (login holds the browser, report what is written after the last check).
``overhead`` sends every FHIR read and search of that run again, one after the other, with one token: by our transport
(polite, bounded, recorded) and by bare httpx over one connection that is kept alive. Both take the same answers in
turns, so that neither has the quieter machine.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import ssl
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
from reference import token

from conformance.proving.payer import Payer, reference_payer
from conformance.redaction import Redactor
from conformance.transport import TlsSettings, Transport

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

PHASES = ("login", "collection", "checks", "report")


def judged(payer: Payer, folder: Path, selection: Sequence[str]) -> tuple[dict[str, Any], float, float]:
    """One run: its document, the seconds from the command to its end, and the most memory in MB."""
    command = [sys.executable, "-m", "conformance", "run", str(payer.target_file), f"--out={folder}"]
    command += ["--allow-untested", "--set=evidence.member_data=full", *selection]
    begun = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    took = time.perf_counter() - begun
    if status:
        raise SystemExit(f"the run ended with {os.waitstatus_to_exitcode(status)}: {' '.join(command)}")
    document: dict[str, Any] = json.loads((folder / "conformance.json").read_text(encoding="utf-8"))
    return document, took, used.ru_maxrss / 1024


def asked(folder: Path, base: str) -> list[str]:
    """The addresses of the FHIR reads and searches that the run had answered with 200, in their order."""
    addresses = []
    for line in (folder / "exchanges.jsonl").read_text(encoding="utf-8").splitlines():
        record = json.loads(line)
        own = record["url"].startswith(f"{base}/") and "‹" not in record["url"]
        if own and record["method"] == "GET" and record["status"] == 200 and not record["redirects"]:
            addresses.append(record["url"])
    return addresses


def overhead(payer: Payer, addresses: Sequence[str], rounds: int) -> dict[str, float]:
    """Seconds for all addresses, by our transport and by bare httpx: the quickest of the rounds."""
    bearer, _ = token(payer.facts)
    headers = {"Accept": "application/fhir+json", "Authorization": f"Bearer {bearer}"}
    ca_file = payer.facts["ca_file"]
    transport = Transport(redactor=Redactor("full"), tls=TlsSettings(ca_file=ca_file))
    with httpx.Client(verify=ssl.create_default_context(cafile=ca_file)) as bare:
        ways: dict[str, Callable[[str], object]] = {
            "transport": lambda address: transport.request("GET", address, headers=headers),
            "httpx": lambda address: bare.get(address, headers=headers),
        }
        for send in ways.values():
            send(addresses[0])
        seconds: dict[str, list[float]] = {name: [] for name in ways}
        for _ in range(rounds):
            for name, send in ways.items():
                begun = time.perf_counter()
                for address in addresses:
                    send(address)
                seconds[name].append(time.perf_counter() - begun)
    transport.close()
    return {name: min(times) for name, times in seconds.items()}


def measured(rounds: int, selection: Sequence[str]) -> dict[str, Any]:
    """Everything, as it is printed and written."""
    with reference_payer() as payer, tempfile.TemporaryDirectory() as parent:
        folder = Path(parent, "run")
        document, took, peak = judged(payer, folder, selection)
        addresses = asked(folder, payer.facts["fhir_base"])
        seconds = overhead(payer, addresses, rounds) if addresses else {}
    run = document["run"]
    per_request = {name: 1000 * value / len(addresses) for name, value in seconds.items()}
    return {
        "machine": {"python": platform.python_version(), "cores": os.cpu_count(), "load": os.getloadavg()[0]},
        "run": {
            "seconds": round(took, 1),
            "phases": {name: round(run["timings"][name], 2) for name in PHASES},
            "requests": document["exchanges"],
            "logins": document["logins"],
            "authorizations": document["authorizations"],
            "verdict": run["verdict"],
            "peak_mb": round(peak),
        },
        "overhead": {
            "requests": len(addresses),
            **{f"{name} ms/request": round(value, 3) for name, value in per_request.items()},
            "added ms/request": round(per_request.get("transport", 0) - per_request.get("httpx", 0), 3),
        },
    }


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--requirement", action="append", default=[], metavar="PREFIX")
    given = parser.parse_args()
    found = measured(given.rounds, [f"--requirement={prefix}" for prefix in given.requirement])
    for section, values in found.items():
        print(section)
        for name, value in values.items():
            shown = ", ".join(f"{key} {each}" for key, each in value.items()) if isinstance(value, dict) else value
            print(f"    {name:<24} {shown}")
    if given.json:
        given.json.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
