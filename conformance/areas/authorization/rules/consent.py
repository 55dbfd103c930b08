"""The approval page: it names the app and the data, and what the member deselects is not granted.

42 CFR 422.119(a) (approval of the enrollee); SMART App Launch 2.2.0 "Scopes"; RFC 6749 section 3.3.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from conformance.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from conformance.areas.shared.documents import Answer

# Words by which a page may speak of a kind of data; any of them will do.
WORDS: Mapping[str, tuple[str, ...]] = {
    "Patient": ("name", "demographic", "address", "personal", "about you", "profile", "patient"),
    "Coverage": ("coverage", "insurance", "health plan", "benefits", "eligibility"),
    "ExplanationOfBenefit": ("claim", "explanation of benefit", "explanationofbenefit", "eob"),
    "Condition": ("condition", "problem", "diagnos"),
    "MedicationRequest": ("medication", "prescription", "medicine", "drug"),
    "Observation": ("observation", "lab", "test result", "vital"),
    "DocumentReference": ("document", "note"),
    "AllergyIntolerance": ("allerg",),
    "Immunization": ("immuni", "vaccin"),
    "Procedure": ("procedure",),
}
EVERYTHING = re.compile(
    r"\b(all|any|everything|entire|whole|complete|full)\b.{0,40}\b(data|records?|information|history)\b"
    r"|everything in your",
    re.IGNORECASE | re.DOTALL,
)
REFUSING = re.compile(
    r"deny|denied|declin|cancel|reject|refuse|disagree|not allow|don.t allow|no,? thanks|\bno\b", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Approval:
    """The approval page: its ``words`` and ``buttons``, or that none came.

    ``can_deny`` says that a control to refuse is there, whatever its name.
    """

    shown: bool
    words: str = ""
    buttons: tuple[str, ...] = ()
    can_deny: bool = False


def names_app_and_data(approval: Approval, *, app: str, types: Iterable[str]) -> Iterator[Finding]:
    """PA-AUTH-015: there is an approval page with the app's name, each kind of data asked for, and a way to refuse."""
    if not approval.shown:
        yield _finding("skipped", "no approval page preceded the code", "an approval page", "a redirect after login")
        return
    words = approval.words.casefold()
    if app and " ".join(app.casefold().split()) not in " ".join(words.split()):
        yield _finding("app", "the approval page does not name the app", app, "")
    for name in () if EVERYTHING.search(words) else types:
        if not any(word in words for word in WORDS.get(name, (name.casefold(),))):
            yield _finding("data", f"the approval page does not mention {name}", name, "")
    if not approval.can_deny and not any(REFUSING.search(button) for button in approval.buttons):
        yield _finding("deny", "the approval page has no control to refuse", "deny", ", ".join(approval.buttons))


@dataclass(frozen=True, slots=True)
class Deselection:
    """A scope the member deselected: whether the grant has it all the same, and what the API answered for its data."""

    scope: str
    granted: str
    still_granted: bool
    answer: Answer | None = None


def deselected(choice: Deselection) -> Iterator[Finding]:
    """PA-AUTH-016: what was deselected is not in the granted scope, and the API refuses it with 403."""
    if choice.still_granted:
        yield _finding("still-granted", f"{choice.scope} was deselected, but granted", "not granted", choice.granted)
    answer = choice.answer
    if answer is not None and 200 <= answer.status < 300:
        yield _finding("still-open", f"{choice.scope} was deselected, but the API serves it", "HTTP 403", "", answer)
    elif answer is not None and answer.status != 403:
        found = f"HTTP {answer.status}"
        message = f"the API did not answer 403 for the deselected {choice.scope}"
        yield _finding("status", message, "HTTP 403", found, answer, warning=True)


def _finding(
    kind: str, message: str, expected: str, found: str, answer: Answer | None = None, *, warning: bool = False
) -> Finding:
    return Finding(
        f"authorize.approval.{kind}",
        message,
        severity="warning" if warning else "error",
        path="approval page",
        expected=expected,
        found=found,
        exchange=answer.number if answer is not None else 0,
    )
