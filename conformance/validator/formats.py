"""The formats of ``conformance validate``: records become text where they are made, and are written in order."""

from __future__ import annotations

import json
import time
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple, TextIO

from conformance.validator import text_report
from conformance.validator.records import as_json, as_outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from conformance.validator.records import Judged


UNKNOWN = "profile.unknown"


class Result(NamedTuple):
    """What came of a number of documents: the text of each record, and counts.

    ``totals`` counts resources: ``valid``, ``invalid``, and those that claim a profile not at hand (``unjudged``).
    """

    texts: list[str]
    totals: dict[str, int]
    not_checked: dict[str, int]


def result_of(judged: Sequence[Judged], format: str) -> Result:  # noqa: A002 - the option's name
    """The records as text of one format."""
    render = RENDERERS[format]
    texts = [text for one in judged if (text := render(one))]
    totals = Counter("valid" if one.valid else "invalid" for one in judged)
    totals["unjudged"] = sum(any(finding.rule == UNKNOWN for finding in one.findings) for one in judged)
    not_checked: Counter[str] = Counter()
    for one in judged:
        not_checked.update(one.not_checked)
    return Result(texts, dict(totals), dict(not_checked))


def _text(judged: Judged) -> str:
    """The lines about a record; valid lines of a long input are not worth one each."""
    if judged.line and judged.valid and all(one.severity == "information" for one in judged.findings):
        return ""
    return "\n".join(text_report.report(judged))


def _json(judged: Judged) -> str:
    return json.dumps(as_json(judged), ensure_ascii=False)


def _outcome(judged: Judged) -> str:
    return json.dumps(as_outcome(judged), ensure_ascii=False)


RENDERERS: dict[str, Callable[[Judged], str]] = {"text": _text, "json": _json, "operationoutcome": _outcome}


class TextWriter:
    """Paragraphs as they come, a summary at the end."""

    def __init__(self, out: TextIO) -> None:
        self.out = out

    def write(self, result: Result) -> None:
        """Write the records of a result."""
        for text in result.texts:
            self.out.write(f"{text}\n")

    def end(self, lines: Sequence[str]) -> None:
        """Write the summary."""
        self.out.write("\n".join(lines) + "\n")


class JsonWriter:
    """One JSON list, written as its items come."""

    def __init__(self, out: TextIO) -> None:
        self.out = out
        self.separator = "[\n"

    def write(self, result: Result) -> None:
        """Write the records of a result."""
        for text in result.texts:
            self.out.write(f"{self.separator}{text}")
            self.separator = ",\n"

    def end(self, _lines: Sequence[str]) -> None:
        """Close the list."""
        self.out.write("[]\n" if self.separator == "[\n" else "\n]\n")


class OutcomeWriter:
    """One OperationOutcome, or a Bundle of them where there are several."""

    def __init__(self, out: TextIO) -> None:
        self.out = out
        self.first: str | None = None
        self.several = False

    def write(self, result: Result) -> None:
        """Write the records of a result; the first waits until it is known whether it is the only one."""
        for text in result.texts:
            if self.first is None:
                self.first = text
                continue
            if not self.several:
                opening = '{"resourceType": "Bundle", "type": "collection", "entry": [\n'
                self.out.write(f'{opening}{{"resource": {self.first}}}')
                self.several = True
            self.out.write(f',\n{{"resource": {text}}}')

    def end(self, _lines: Sequence[str]) -> None:
        """Close the Bundle, or write the only outcome."""
        if self.several:
            self.out.write("\n]}\n")
        elif self.first is not None:
            self.out.write(f"{self.first}\n")


WRITERS: dict[str, Callable[[TextIO], TextWriter | JsonWriter | OutcomeWriter]] = {
    "text": TextWriter,
    "json": JsonWriter,
    "operationoutcome": OutcomeWriter,
}


class Progress:
    """A count on a terminal once an input takes longer than a moment."""

    def __init__(self, err: TextIO) -> None:
        self.err = err
        self.last = time.monotonic() + 1.0
        self.shown = False

    def show(self, count: int) -> None:
        """Show the count, at most once a second and only to a person."""
        if time.monotonic() < self.last or not self.err.isatty():
            return
        self.last = time.monotonic() + 1.0
        self.shown = True
        self.err.write(f"\r{count} resources judged")
        self.err.flush()

    def end(self) -> None:
        """Leave the line."""
        if self.shown:
            self.err.write("\n")
