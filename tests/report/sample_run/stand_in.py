"""Does what the plugin does for Allure, with two made-up exchanges and no deployment."""

from __future__ import annotations

import json

import pytest

from conformance.errors import NonConformance
from conformance.report import allure
from conformance.requirements import load_catalogue
from conformance.verdict import CheckResult


class KeepsEverything:
    """A redactor for a sample that has nothing to hide."""

    def text(self, text):
        return text

    def sentence(self, text):
        return text

    def found(self, path, found):
        return found


PATIENT = {
    "resourceType": "Patient",
    "id": "a",
    "gender": "woman",
    "name": [{"family": "Doe<script>alert(1)</script>"}],
}


def record(number, purpose):
    return {
        "number": number,
        "purpose": purpose,
        "method": "GET",
        "url": "https://api.example/fhir/Patient/a",
        "request": {"headers": {"authorization": "Bearer $TOKEN"}, "body": ""},
        "status": 200,
        "headers": {"content-type": "application/fhir+json"},
        "body": json.dumps(PATIENT),
        "elapsed_ms": 41.5,
        "fault": "",
        "detail": "",
        "redirects": [],
        "curl": 'curl -sS -i https://api.example/fhir/Patient/a -H "Authorization: Bearer $TOKEN"',
    }


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    if call.when == "call" or (call.when == "setup" and call.excinfo):
        problem = getattr(call.excinfo, "value", None)
        rows = tuple(row for marker in item.iter_markers("verifies") for row in marker.args)
        findings = problem.findings if isinstance(problem, NonConformance) else ()
        result = CheckResult(item.nodeid, rows, "judged", findings=findings, description=item.function.__doc__ or "")
        allure.describe([load_catalogue().get(row) for row in rows], result)
        allure.attach(result, [record(17, "read a member"), record(18, "canary")], KeepsEverything())
    return report


def pytest_configure(config):
    config.addinivalue_line("markers", "verifies(*rows): the requirements a check verifies")
