"""A whole sample run: the document every format is made from, and the redacted exchanges beside it."""

from __future__ import annotations

import copy
import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from conformance.requirements import load_catalogue
from conformance.verdict import STATUSES
from tests.pace import patience

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

FACTS = Path(__file__).parent / "sample_document.yaml"
BASE = "https://api.example/fhir"


def finding(rule: str, message: str, **changes: Any) -> dict[str, Any]:
    """One grouped finding with every field of the document's schema."""
    found: dict[str, Any] = {
        "rule": rule,
        "severity": "error",
        "count": 1,
        "path": "",
        "resource": "",
        "profile": "",
        "message": message,
        "expected": "",
        "found": "",
        "exchange": 0,
        "examples": [],
    }
    found.update(changes)
    if not found["examples"]:
        first = {key: found[key] for key in ("resource", "path", "message", "found", "exchange")}
        found["examples"] = [first]
    return found


def _binding() -> dict[str, Any]:
    places = [(f"ExplanationOfBenefit/claim-{n:04d}", n % 4, n) for n in range(5)]
    return finding(
        "binding.required",
        "The code is not in the value set that this element is bound to.",
        count=1998,
        path="ExplanationOfBenefit.item[0].adjudication[1].category",
        resource="ExplanationOfBenefit/claim-0000",
        profile="http://hl7.org/fhir/us/carin-bb/StructureDefinition/C4BB-ExplanationOfBenefit-Pharmacy|2.1.0",
        expected="a code of http://hl7.org/fhir/us/carin-bb/ValueSet/C4BBAdjudication",
        found="PAID-TO-CHEMIST in http://payer.example/adjudication",
        exchange=42,
        examples=[
            {
                "resource": resource,
                "path": f"ExplanationOfBenefit.item[{item}].adjudication[1].category",
                "message": "The code is not in the value set that this element is bound to.",
                "found": "PAID-TO-CHEMIST in http://payer.example/adjudication",
                "exchange": 42 + n,
            }
            for resource, item, n in places
        ],
    )


# What happens to some rows of the catalogue; the others pass. Values replace fields of the row.
OUTCOMES: dict[str, dict[str, Any]] = {
    "PA-TOK-006": {
        "status": "fail",
        "findings": [
            finding(
                "token.pkce.verifier-accepted",
                "A code was exchanged with a verifier that does not match its challenge.",
                path="code_verifier",
                expected="400 with error invalid_grant",
                found="200 with an access token",
                exchange=17,
            )
        ],
    },
    "PA-SRCH-007": {
        "status": "fail",
        "judged": {"n": 50, "of": 2213},
        "findings": [
            finding(
                "search.paging.repeated",
                "A resource of the first page comes back on the second.",
                count=20,
                resource="ExplanationOfBenefit/claim-0001",
                path="Bundle.entry[0]",
                expected="each resource on one page only",
                found="20 of 20 entries were on the page before",
                exchange=42,
            ),
            finding(
                "search.paging.total-differs",
                "Bundle.total changes from page to page.",
                severity="warning",
                path="Bundle.total",
                expected="2213",
                found="2193",
                exchange=43,
            ),
        ],
    },
    "PA-PROF-014": {"status": "fail", "judged": {"n": 2213, "of": 2213}, "findings": [_binding()]},
    "PA-DISC-010": {
        "status": "advisory",
        "findings": [
            finding(
                "discovery.scopes.not-listed",
                "The server grants a scope it does not list.",
                severity="warning",
                path="scopes_supported",
                expected="patient/Device.rs among the scopes",
                found="21 scopes without it",
                exchange=3,
            )
        ],
    },
    "PA-ISO-011": {
        "status": "undecided",
        "reason": "no representative is described; add members.representative with dependents to the target",
    },
    "PA-REST-010": {"status": "undecided", "reason": "no deleted resource is known; set ids.deleted in the target"},
    "PA-TOK-020": {
        "status": "waived",
        "reason": "waived until 2027-02-28 by identity team: the vendor's fix ships in January",
        "findings": [finding("token.refresh.not-rotated", "The refresh token stays the same.", exchange=17)],
    },
    "PA-REST-004": {"status": "error", "reason": "HarnessError: the validator has no table for Parameters"},
    "PA-SCOP-020": {"status": "not-applicable", "reason": "scopes.syntax is v1; the row speaks of v2 scopes"},
    "PA-DOC-001": {"status": "untested", "reason": "needs material from the payer; no HTTP call shows it"},
    "PA-OPS-001": {"status": "untested", "reason": "no check yet"},
}

_EFFECTIVE = {"gate": "gate", "configurable": "advisory", "advisory": "advisory", "evidence": "off"}


def build_document(outcomes: dict[str, dict[str, Any]] | None = None, **run: Any) -> dict[str, Any]:
    """The document of a run in which ``outcomes`` happened and every other row passed."""
    outcomes = OUTCOMES if outcomes is None else outcomes
    rows = [_row(row, outcomes.get(row.id, {})) for row in load_catalogue()]
    counts = Counter(row["status"] for row in rows)
    failed = any(row["status"] == "fail" for row in rows)
    verdict = {
        "verdict": "non-conformant" if failed else "conformant",
        "explanation": "3 gate requirements are violated: …" if failed else "no gate requirement is violated",
        "exit_code": 1 if failed else 0,
    }
    document = yaml.safe_load(FACTS.read_text(encoding="utf-8"))
    document["run"] |= verdict | run
    return document | {"counts": {status: counts[status] for status in STATUSES}, "requirements": rows}


def _row(row: Any, outcome: dict[str, Any]) -> dict[str, Any]:
    status = outcome.get("status", "untested" if row.disposition == "evidence" else "pass")
    effective = "gate" if status in {"fail", "waived"} else _EFFECTIVE[row.disposition]
    name = row.title.lower().replace(" ", "_").replace("-", "_")[:60]
    check = {
        "id": f"suites/test_{row.area.replace('-', '_')}.py::test_{name}",
        "outcome": status,
        "duration_s": 0.412,
        "reason": outcome.get("reason", ""),
        "exchanges": sorted({found["exchange"] for found in outcome.get("findings", ())} - {0}),
    }
    fields: dict[str, Any] = {
        "id": row.id,
        "title": row.title,
        "area": row.area,
        "strength": row.strength,
        "disposition": row.disposition,
        "effective": effective,
        "source": row.source,
        "links": [{"label": label, "url": url} for label, url in row.links],
        "applies_to": row.applies_to,
        "how_to_test": row.how_to_test,
        "verified": row.verified,
        "description": f"{row.title}.",
        "status": status,
        "reason": "needs material from the payer; no HTTP call shows it" if status == "untested" else "",
        "blocked_by": [],
        "judged": {"n": 0, "of": 0},
        "checks": [] if status == "untested" else [check],
        "findings": [],
    }
    return copy.deepcopy(fields | outcome)


def build_exchanges() -> dict[int, dict[str, Any]]:
    """Redacted records for the exchanges that the sample's findings name."""
    claims = [
        {
            "fullUrl": f"{BASE}/ExplanationOfBenefit/claim-{n:04d}",
            "resource": {
                "resourceType": "ExplanationOfBenefit",
                "id": f"claim-{n:04d}",
                "status": "active",
                "item": [{"sequence": 1, "adjudication": [{"category": {"text": "submitted"}}, _adjudication()]}],
            },
            "search": {"mode": "match"},
        }
        for n in range(3)
    ]
    bundle = {"resourceType": "Bundle", "type": "searchset", "total": 2213, "entry": claims}
    search = f"{BASE}/ExplanationOfBenefit?patient=member-a&_count=20"
    records = {number: exchange(number, url=search, body=json.dumps(bundle)) for number in range(42, 47)}
    records[17] = exchange(
        17,
        method="POST",
        url="https://auth.example/oauth2/token",
        purpose="token exchange with a wrong verifier",
        request={
            "headers": {"content-type": "application/x-www-form-urlencoded", "authorization": "‹client secret›"},
            "body": "grant_type=authorization_code&code=‹code›&code_verifier=‹verifier›",
        },
        body=json.dumps({"access_token": "‹access token›", "token_type": "Bearer", "expires_in": 3600}),
        curl="curl -X POST https://auth.example/oauth2/token -d grant_type=authorization_code -d code=$CODE",
    )
    records[3] = exchange(3, url=f"{BASE}/.well-known/smart-configuration", body='{"scopes_supported": ["openid"]}')
    return records


def _adjudication() -> dict[str, Any]:
    coding = {"system": "http://payer.example/adjudication", "code": "PAID-TO-CHEMIST"}
    return {"category": {"coding": [coding]}, "amount": {"value": 12.5, "currency": "USD"}}


def exchange(number: int, **changes: Any) -> dict[str, Any]:
    """One redacted record of ``exchanges.jsonl``."""
    url = changes.get("url", f"{BASE}/metadata")
    return {
        "number": number,
        "purpose": "",
        "method": "GET",
        "url": url,
        "request": {"headers": {"accept": "application/fhir+json", "authorization": "Bearer $TOKEN"}, "body": ""},
        "status": 200,
        "headers": {"content-type": "application/fhir+json; charset=utf-8", "x-request-id": "6f1d"},
        "body": "",
        "elapsed_ms": 312.4,
        "fault": "",
        "detail": "",
        "redirects": [],
        "curl": f"curl -H 'Accept: application/fhir+json' -H \"Authorization: Bearer $TOKEN\" '{url}'",
    } | changes


@pytest.fixture
def document() -> dict[str, Any]:
    """A run of 250 rows with every status in it."""
    return build_document()


@pytest.fixture
def exchanges() -> dict[int, dict[str, Any]]:
    """The records that the findings of ``document`` refer to."""
    return build_exchanges()


@pytest.fixture
def conformant_document() -> dict[str, Any]:
    """A run in which nothing is violated."""
    return build_document({})


@pytest.fixture
def sample() -> Any:
    """The builders themselves: ``finding``, ``exchange`` and ``document``, for tests that need another sample."""

    class Sample:
        finding = staticmethod(finding)
        exchange = staticmethod(exchange)
        document = staticmethod(build_document)

    return Sample


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """A browser without our login settings; the tests that need one are skipped where none starts.

    One for each module: while Playwright's loop runs in this thread, no other test can start one.
    """
    from playwright.sync_api import Error, sync_playwright

    from conformance.login.browsers import browser_candidates

    with sync_playwright() as playwright:
        for candidate in browser_candidates():
            where = {"executable_path": candidate.path or None, "channel": candidate.channel or None}
            try:
                started = playwright.chromium.launch(timeout=patience(30) * 1000, **where)
            except Error:
                continue
            yield started
            started.close()
            return
        pytest.skip("no browser starts on this machine")


class OpenedPage:
    """A page with everything it asked for and said."""

    def __init__(self, page: Any) -> None:
        self.page = page
        self.requests: list[Any] = []
        self.said: list[str] = []
        page.on("request", self._request)
        page.on("console", lambda message: self.said.append(message.text))
        page.on("pageerror", lambda error: self.said.append(str(error)))
        page.on("dialog", self._dialog)

    def _request(self, request: Any) -> None:
        self.requests.append(request)

    def _dialog(self, dialog: Any) -> None:
        self.said.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    @property
    def outside(self) -> list[str]:
        """Requests that left: for anything but the file and data inside it, unless the page's policy held them."""
        left = [request for request in self.requests if request.failure != "csp"]
        return [request.url for request in left if not request.url.startswith(("file:", "data:", "blob:"))]


@pytest.fixture
def open_page(browser: Any) -> Iterator[Callable[..., OpenedPage]]:
    """Opens a file in a fresh context, recording requests, console and dialogs."""
    contexts = []

    def open_file(path: Path, *, width: int = 1280, scheme: str = "light") -> OpenedPage:
        context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
        contexts.append(context)
        context.set_default_timeout(patience(30) * 1000)
        opened = OpenedPage(context.new_page())
        opened.page.goto(path.as_uri())
        return opened

    yield open_file
    for context in contexts:
        context.close()


@pytest.fixture(scope="session")
def sample_results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Allure results of the suite in ``sample_run``, run by a pytest of its own."""
    here = Path(__file__).parent / "sample_run"
    results = tmp_path_factory.mktemp("sample") / "allure-results"
    options = [f"--rootdir={here}", f"--confcutdir={here}", "--import-mode=importlib", "--tb=short", "-q"]
    plugins = ["-p", "allure_pytest.plugin", "-p", "stand_in", "-p", "no:cacheprovider"]
    environ = {**os.environ, "PYTHONPATH": str(here), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTEST_ADDOPTS": ""}
    command = [sys.executable, "-m", "pytest", "-c", os.devnull, *options, *plugins]
    done = subprocess.run(
        [*command, f"--alluredir={results}", str(here / "checks.py")],
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "2 failed, 2 passed, 1 skipped" in done.stdout, done.stdout + done.stderr
    return results
