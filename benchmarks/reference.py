"""How fast the reference payer starts and answers, and whether searches stay quick over 200,000 resources.

    python benchmarks/reference.py [--json FILE] [--seconds N] [--resources N]

``start`` is a process from nothing to its first answer, with and without built records. ``reads`` and ``searches`` are
requests a second over HTTPS with a token, from 8 connections of one client process; wrk is used where it is installed.
The payer is one thread, so this is what one core does. ``search`` times whole searches inside the process (SQL, Bundle,
JSON) in a store of many members. ``calibration`` says what the machine does: empty loops, and requests for metadata.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import hashlib
import json
import os
import platform
import re
import resource
import shutil
import sqlite3
import ssl
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
from starlette.datastructures import Headers

from conformance.reference.authorization import grants
from conformance.reference.deployments import Deployments
from conformance.reference.fhir import server
from conformance.reference.fhir.store import Store, built
from conformance.reference.records.stories import large
from conformance.reference.tenant import Origins
from conformance.reference.web import Call, pairs

if TYPE_CHECKING:
    from collections.abc import Iterator

BASE_DATE = date(2026, 11, 23)
CONNECTIONS = 8
SEARCHES = (
    "ExplanationOfBenefit?patient={patient}&_count=10",
    "ExplanationOfBenefit?patient={patient}&type=pharmacy&service-date=ge2024-01-01&service-date=lt2024-07-01",
    "ExplanationOfBenefit?identifier=HX26-0002207-1",
    "ExplanationOfBenefit?_lastUpdated=ge2026-09-01&_count=10",
    "Observation?patient={patient}&category=laboratory",
    "Observation?patient={patient}&code=http://loinc.org|4548-4&date=ge2026-01-01",
    "Condition?patient={patient}&category=problem-list-item&_revinclude=Provenance:target",
    "Patient?family=alvarez&birthdate=1968-04-17",
    "Organization?name=harbor",
)


@contextmanager
def running(cache: Path) -> Iterator[tuple[dict[str, Any], float]]:
    """A payer with its ready facts and the seconds it took to answer."""
    with tempfile.TemporaryDirectory() as folder:
        ready = Path(folder, "ready.json")
        command = [sys.executable, "-m", "conformance.reference", "--port=0", f"--ready-file={ready}"]
        begun = time.perf_counter()
        process = subprocess.Popen(
            [*command, f"--base-date={BASE_DATE}", "--stop-with-parent"],
            stdin=subprocess.PIPE,
            env={**os.environ, "XDG_CACHE_HOME": str(cache)},
        )
        while not ready.exists():
            time.sleep(0.002)
        try:
            yield json.loads(ready.read_text()), time.perf_counter() - begun
        finally:
            process.terminate()
            process.wait()


def token(ready: dict[str, Any]) -> tuple[str, str]:
    """An access token for member a, and her patient id: through the pages, as an app gets it."""
    member, client = ready["members"]["a"], ready["clients"]["main"]
    verifier = "v" * 64
    digest = hashlib.sha256(verifier.encode()).digest()
    request = {
        "response_type": "code",
        "client_id": client["client_id"],
        "redirect_uri": client["redirect_uris"][0],
        "scope": "launch/patient patient/*.read",
        "aud": ready["fhir_base"],
        "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
        "code_challenge_method": "S256",
    }
    with httpx.Client(verify=ssl.create_default_context(cafile=ready["ca_file"])) as browser:
        answer = browser.get(f"{ready['issuer']}/oauth2/authorize?{urlencode(request)}")
        while not (location := answer.headers.get("location", "")).startswith("https://app.example"):
            if location:
                answer = browser.get(location)
                continue
            fields: dict[str, Any] = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]+)"', answer.text))
            fields |= {"username": member["username"], "password": member["password"], "decision": "approve"}
            fields["scope"] = re.findall(r'name="scope" value="([^"]+)"', answer.text)
            answer = browser.post(str(answer.url), data=fields)
        code = parse_qs(urlsplit(location).query)["code"][0]
        form = {"grant_type": "authorization_code", "code": code, "code_verifier": verifier}
        form["redirect_uri"] = client["redirect_uris"][0]
        auth = (client["client_id"], client["client_secret"])
        document = browser.post(f"{ready['issuer']}/oauth2/token", data=form, auth=auth).json()
    return document["access_token"], document["patient"]


def rate(ready: dict[str, Any], path: str, bearer: str, seconds: float) -> float:
    """Requests a second for one path."""
    url = f"{ready['fhir_base']}/{path}"
    if wrk := shutil.which("wrk"):
        command = [wrk, "-t1", f"-c{CONNECTIONS}", f"-d{int(seconds)}s", "-H", f"Authorization: Bearer {bearer}", url]
        said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        return float(re.search(r"Requests/sec:\s+([\d.]+)", said)[1])  # type: ignore[index]
    return asyncio.run(_rate(url, ready["ca_file"], bearer, seconds))


async def _rate(url: str, ca_file: str, bearer: str, seconds: float) -> float:
    parts = urlsplit(url)
    context = ssl.create_default_context(cafile=ca_file)
    target = f"{parts.path}?{parts.query}" if parts.query else parts.path
    request = f"GET {target} HTTP/1.1\r\nHost: {parts.netloc}\r\nAuthorization: Bearer {bearer}\r\n\r\n".encode()
    done = 0
    end = time.perf_counter() + seconds

    async def one() -> None:
        nonlocal done
        reader, writer = await asyncio.open_connection(parts.hostname, parts.port, ssl=context)
        while time.perf_counter() < end:
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            if not head.startswith(b"HTTP/1.1 200"):
                raise RuntimeError(head[:80])
            length = re.search(rb"content-length: (\d+)", head, re.IGNORECASE)
            await reader.readexactly(int(length[1]))  # type: ignore[index]
            done += 1
        writer.close()

    begun = time.perf_counter()
    await asyncio.gather(*(one() for _ in range(CONNECTIONS)))
    return done / (time.perf_counter() - begun)


def many(size: int) -> Store:
    """A store of at least this many resources: Maria's 5,000 claims, and as many members like her as it takes."""
    connection = built(sqlite3.connect(":memory:"), large(BASE_DATE).entries)
    (count,) = connection.execute("SELECT count(*) FROM resource").fetchone()
    for copy in range(1, size // count + 1):
        mark, shift = f"-{copy}", copy * 1_000_000
        connection.execute(
            "INSERT INTO resource SELECT pk + ?, type, id || ?, CASE patient WHEN '' THEN '' ELSE patient || ? END,"
            " updated, version, state, body FROM resource WHERE pk < 1000000",
            (shift, mark, mark),
        )
        for table, columns in (
            ("token", "parameter, system, code, text"),
            ("date", "parameter, low, high"),
            ("string", "parameter, normal, exact"),
        ):
            copied = f"INSERT INTO {table} SELECT pk + ?, {columns} FROM {table} WHERE pk < 1000000"
            connection.execute(copied, (shift,))
        connection.execute(
            "INSERT INTO reference SELECT pk + ?, parameter, type, id || ? FROM reference WHERE pk < 1000000",
            (shift, mark),
        )
    connection.execute("ANALYZE")
    return Store(connection)


def searching(size: int) -> list[dict[str, Any]]:
    """Each search in milliseconds, in a store of this many resources."""
    tenant = Deployments(Origins("https://a", "https://b", "https://c"), BASE_DATE).clean
    tenant.store = many(size)
    person = tenant.people["maria.alvarez"]
    grant = grants.Grant(tenant.state.clients["app"], person, person.own, ("patient/*.read",), "", 0)
    bearer = grants.issue_access_token(tenant, grant, grant.scope).value
    (stored,) = tenant.store.rows("SELECT count(*) FROM resource")[0]
    results = []
    for search in SEARCHES:
        path, _, query = search.format(patient=person.own).partition("?")
        headers = Headers({"authorization": f"Bearer {bearer}"})
        call = Call(tenant, "GET", ("fhir", path), pairs(query.encode()), headers, b"", "127.0.0.1", "")
        times = []
        for _ in range(30):
            begun = time.perf_counter()
            answer = server.handle(call)
            times.append((time.perf_counter() - begun) * 1000)
            assert answer.status_code == 200, bytes(answer.body)
        result = {"name": "conformance", "corpus": f"search {search.replace('{patient}', 'P')}", "unit": "ms"}
        results.append(result | {"value": round(statistics.median(times), 2), "p95": round(sorted(times)[28], 2)})
    return [{**result, "resources": stored} for result in results]


def measured(seconds: float, size: int) -> list[dict[str, Any]]:
    """Everything."""

    def result(corpus: str, unit: str, value: float) -> dict[str, Any]:
        return {"name": "conformance", "corpus": corpus, "unit": unit, "value": round(value, 3), "peak_mb": peak()}

    results = []
    with tempfile.TemporaryDirectory() as folder:
        cache = Path(folder)
        with running(cache) as (_, took):
            results.append(result("start, records not built yet", "s", took))
        starts = []
        for _ in range(3):
            with running(cache) as (_, took):
                starts.append(took)
        results.append(result("start", "s", min(starts)))
        with running(cache) as (ready, _):
            bearer, patient = token(ready)
            for name, path in (
                ("metadata", "metadata"),
                ("reads", f"Patient/{patient}"),
                ("searches", f"Observation?patient={patient}&category=laboratory"),
                ("searches of 36 claims", f"ExplanationOfBenefit?patient={patient}"),
            ):
                results.append(result(name, "requests/s", rate(ready, path, bearer, seconds)))
    return results + [{**each, "peak_mb": peak()} for each in searching(size)]


def peak() -> float:
    """The most memory this process and its children had, in MB."""
    kinds = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return round(max(resource.getrusage(kind).ru_maxrss for kind in kinds) / 1024, 1)


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--seconds", type=float, default=4)
    parser.add_argument("--resources", type=int, default=200_000)
    given = parser.parse_args()
    begun = time.perf_counter()
    calls = 0
    while time.perf_counter() - begun < 0.2:
        calls += 1
    results = measured(given.seconds, given.resources)
    values = {each["corpus"]: each["value"] for each in results}
    document = {
        "machine": {"python": platform.python_version(), "cores": os.cpu_count(), "system": platform.platform()},
        "calibration": {"empty loops/s": calls * 5, "metadata requests/s": values["metadata"]},
        "results": results,
        "ratios": {"reads to metadata": round(values["reads"] / values["metadata"], 2)},
    }
    for each in results:
        p95 = f"  (p95 {each['p95']})" if "p95" in each else ""
        print(f"{each['value']:>10} {each['unit']:<11} {each['corpus']}{p95}")
    if given.json:
        given.json.write_text(json.dumps(document, indent=2) + "\n")


if __name__ == "__main__":
    main()
