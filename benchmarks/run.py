"""How long a whole run takes, where its time goes, and what our HTTP layer adds to each request.

    python benchmarks/run.py [--json FILE] [--rounds N] [--requirement PREFIX]... [--claims N]...

``run, N claims`` is ``conformance run`` against the reference payer whose first member has N routine claims (100, 1,000
and 5,000 unless given), from the command to its end, the payer already started; its time is split as in
``conformance.json`` (login holds the browser, report what is written after the last check). CPU seconds
are those of the run without the payer and the browser. ``growth`` is the last run's time over the first's.
``overhead`` sends every FHIR read and search of the first run again, one after the other, with one token: by our
transport (polite, bounded, recorded) and by bare httpx over one connection that is kept alive. Both take the same
answers in turns, so that neither has the quieter machine.
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
CLAIMS = (100, 1_000, 5_000)


def judged(payer: Payer, folder: Path, selection: Sequence[str]) -> tuple[dict[str, Any], dict[str, Any]]:
    """One run: its document, and the seconds from the command to its end, CPU seconds and the most memory in MB."""
    command = [sys.executable, "-m", "conformance", "run", str(payer.target_file), f"--out={folder}"]
    command += ["--allow-untested", "--set=evidence.member_data=full", *selection]
    begun = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    took = time.perf_counter() - begun
    if status:
        raise SystemExit(f"the run ended with {os.waitstatus_to_exitcode(status)}: {' '.join(command)}")
    document: dict[str, Any] = json.loads((folder / "conformance.json").read_text(encoding="utf-8"))
    cost = {"seconds": round(took, 1), "cpu": round(used.ru_utime + used.ru_stime, 1)}
    return document, {**cost, "peak_mb": round(used.ru_maxrss / 1024)}


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


def measured(rounds: int, selection: Sequence[str], claims: Sequence[int]) -> dict[str, Any]:
    """Everything, as it is printed and written."""
    found: dict[str, Any] = {
        "machine": {"python": platform.python_version(), "cores": os.cpu_count(), "load": os.getloadavg()[0]}
    }
    for number in claims:
        with reference_payer(claims=number) as payer, tempfile.TemporaryDirectory() as parent:
            folder = Path(parent, "run")
            document, cost = judged(payer, folder, selection)
            found[f"run, {number:,} claims"] = cost | described(document)
            if number == claims[0] and (addresses := asked(folder, payer.facts["fhir_base"])):
                found["overhead"] = per_request(overhead(payer, addresses, rounds), len(addresses))
    runs = [values for name, values in found.items() if name.startswith("run, ")]
    found["growth"] = {name: round(runs[-1][name] / runs[0][name], 2) for name in ("seconds", "cpu", "peak_mb")}
    return found


def described(document: dict[str, Any]) -> dict[str, Any]:
    """What a run's document says of its time and its requests."""
    run = document["run"]
    return {
        "phases": {name: round(run["timings"][name], 2) for name in PHASES},
        "requests": document["exchanges"],
        "logins": document["logins"],
        "authorizations": document["authorizations"],
        "verdict": run["verdict"],
    }


def per_request(seconds: dict[str, float], requests: int) -> dict[str, float]:
    """What the transport and bare httpx take for a request, in ms, and the difference."""
    each = {name: 1000 * value / requests for name, value in seconds.items()}
    return {
        "requests": requests,
        **{f"{name} ms/request": round(value, 3) for name, value in each.items()},
        "added ms/request": round(each["transport"] - each["httpx"], 3),
    }


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--requirement", action="append", default=[], metavar="PREFIX")
    parser.add_argument("--claims", action="append", type=int, default=[], metavar="N")
    given = parser.parse_args()
    selection = [f"--requirement={prefix}" for prefix in given.requirement]
    found = measured(given.rounds, selection, given.claims or CLAIMS)
    for section, values in found.items():
        print(section)
        for name, value in values.items():
            shown = ", ".join(f"{key} {each}" for key, each in value.items()) if isinstance(value, dict) else value
            print(f"    {name:<24} {shown}")
    if given.json:
        given.json.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
