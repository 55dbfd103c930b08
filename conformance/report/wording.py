"""The words every format shares: what statuses, exit codes and areas are called, and the sentences about them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from conformance.errors import ExitCode
from conformance.report.printable import one_line

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class StatusWords:
    """How a status is shown: a symbol, the same in ASCII, a word, and what it means."""

    symbol: str
    ascii: str
    word: str
    meaning: str


STATUS_WORDS: dict[str, StatusWords] = {
    "pass": StatusWords("✓", "+", "pass", "judged, and no violation was found"),
    "fail": StatusWords("✕", "x", "fail", "a gate requirement is violated"),
    "advisory": StatusWords("!", "!", "advisory", "a recommendation, or a row that does not gate here, is violated"),
    "undecided": StatusWords("?", "?", "undecided", "the deployment offered nothing to judge it on"),
    "waived": StatusWords("≈", "~", "waived", "violated, and covered by a waiver in force"),
    "not-applicable": StatusWords(
        "\u2013", "-", "not applicable", "the target does not offer it, or its condition is not met"
    ),
    "untested": StatusWords("○", "o", "untested", "no check ran for it"),
    "error": StatusWords("⚠", "E", "error", "the harness could not do its own work"),
}

# Worst first: the order in which a reader acts on them.
BY_URGENCY = ("fail", "error", "undecided", "advisory", "waived", "untested", "not-applicable", "pass")

AREA_TITLES: dict[str, str] = {
    "discovery": "Discovery",
    "authorization": "Authorization",
    "token": "Token",
    "identity": "Identity",
    "scopes": "Scopes",
    "isolation": "Isolation",
    "rest": "REST",
    "search": "Search",
    "everything": "$everything",
    "profile": "Profile",
    "data-content": "Data content",
    "must-support": "Must support",
    "security-transport": "Transport security",
    "documentation": "Documentation",
    "operations": "Operations",
}

EXIT_MEANINGS: dict[int, str] = {
    ExitCode.CONFORMANT: "every gate requirement that was judged holds",
    ExitCode.NON_CONFORMANT: "at least one gate requirement is violated",
    ExitCode.INTERRUPTED: "the run was interrupted; what was judged until then is shown",
    ExitCode.HARNESS_ERROR: "the harness could not judge a gate requirement; this is not held against the deployment",
    ExitCode.CONFIGURATION: "the target file, an option or a login is wrong; nothing is said about the deployment",
    ExitCode.INCOMPLETE: "nothing judged is violated, but gate requirements stayed undecided or untested",
    ExitCode.UNREACHABLE: "the deployment gave no HTTP answer at all",
}

_HEADLINES: dict[int, str] = {
    ExitCode.CONFORMANT: "Conformant",
    ExitCode.NON_CONFORMANT: "Not conformant",
    ExitCode.INTERRUPTED: "Interrupted",
    ExitCode.HARNESS_ERROR: "Harness error",
    ExitCode.CONFIGURATION: "Configuration error",
    ExitCode.INCOMPLETE: "Incomplete",
    ExitCode.UNREACHABLE: "Target unreachable",
}

_EXIT_STATUS: dict[int, str] = {
    ExitCode.CONFORMANT: "pass",
    ExitCode.NON_CONFORMANT: "fail",
    ExitCode.INTERRUPTED: "untested",
    ExitCode.HARNESS_ERROR: "error",
    ExitCode.CONFIGURATION: "error",
    ExitCode.INCOMPLETE: "undecided",
    ExitCode.UNREACHABLE: "error",
}


def status_words(status: str) -> StatusWords:
    """The words of ``status``; an unknown one is shown as it is, never as a pass."""
    return STATUS_WORDS.get(status, StatusWords("·", ".", one_line(status, 40) or "no status", "unknown status"))


def area_title(area: str) -> str:
    """The area as a heading."""
    return AREA_TITLES.get(area, one_line(area, 60))


def headline(run: Mapping[str, Any]) -> str:
    """The verdict in one or a few words, from the document's ``run``."""
    if run.get("verdict") == "conformant in the selection":
        return "Conformant in the selection"
    code = run.get("exit_code")
    return _HEADLINES.get(code, "No verdict") if isinstance(code, int) else "No verdict"


def verdict_status(run: Mapping[str, Any]) -> str:
    """The status whose symbol and colour stand for the whole run."""
    code = run.get("exit_code")
    return _EXIT_STATUS.get(code, "error") if isinstance(code, int) else "error"


def exit_meaning(run: Mapping[str, Any]) -> str:
    """What the exit code means, as a clause."""
    if run.get("over_waivers"):
        return "no gate requirement is violated, but a waiver has expired, is no longer needed or covers nothing"
    return EXIT_MEANINGS.get(run.get("exit_code", -1), "this exit code has no meaning; please report it")


def selection_words(run: Mapping[str, Any]) -> str:
    """What was asked for (``area search; requirement PA-TOK``), empty for a whole run."""
    selection = run.get("selection") or {}
    parts = [
        f"{key} {', '.join(one_line(value, 60) for value in values)}" for key, values in selection.items() if values
    ]
    return "; ".join(parts)


def counted(number: int, singular: str, plural: str = "") -> str:
    """``1 row``, ``2 rows``, ``1,998 resources``."""
    return f"{number:,} {singular if number == 1 else plural or singular + 's'}"


def listed(words: list[str]) -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}" if words else ""


def sentence(text: str) -> str:
    """``text`` as a sentence: a capital first unless an address is, one full stop (or what else ends it) last."""
    text = text.strip()
    first = text[:1] if text.startswith(("http://", "https://")) else text[:1].upper()
    return f"{first}{text[1:]}{'' if text.endswith(('.', '…', '?', '!')) else '.'}"
