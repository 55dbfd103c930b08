"""Refusals as FHIR says them: an HTTP status and an OperationOutcome (R4 RESTful API, status codes)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.reference.steps import step

if TYPE_CHECKING:
    from conformance.reference.web import Call


class FhirError(Exception):
    """A refusal. ``code`` is from the issue-type value set; ``challenge`` is the WWW-Authenticate header."""

    def __init__(self, status: int, code: str, diagnostics: str, challenge: str = "") -> None:
        super().__init__(diagnostics)
        self.status = status
        self.code = code
        self.diagnostics = diagnostics
        self.challenge = challenge


def not_found() -> FhirError:
    """What an unknown id gets, and somebody else's too: the two must look the same."""
    return FhirError(404, "not-found", "There is no such resource.")


@step
def outcome(call: Call, severity: str, code: str, diagnostics: str) -> dict[str, Any]:  # noqa: ARG001
    """An OperationOutcome with one issue."""
    return {
        "resourceType": "OperationOutcome",
        "issue": [{"severity": severity, "code": code, "diagnostics": diagnostics}],
    }
