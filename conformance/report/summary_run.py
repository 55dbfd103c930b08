"""The run on the summary page: guides, logins, timings, latency, and what was left unchecked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.report.html import Html, scrollable, tag
from conformance.report.printable import one_line
from conformance.report.reading import notes, run_date, waiver_subject
from conformance.report.wording import counted, sentence

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from conformance.report.reading import Document

_ROWS_SHOWN = 300
_ROWS_OPEN = 15
_ROWS_OPENED = 10


def run_sections(document: Document) -> list[Html | None]:
    """The sections about the run itself, those with nothing to say left out."""
    tables = [
        _waivers(document),
        _guides(document),
        _must_support(document),
        _not_checked(document),
        _latency(document),
    ]
    parts = [_facts(document), _logins(document), _notes(document), *tables]
    return [tag("section", tag("h2", "The run"), [part for part in parts if part], id="run", class_="group run")]


def _facts(document: Document) -> Html:
    run = document["run"]
    facts = [
        ("Run", run.get("id")),
        ("Date", run_date(document)),
        ("Started", run.get("started")),
        ("Finished", run.get("finished")),
        ("Took", _took(run)),
        ("Requests", f"{document['exchanges']:,}"),
        ("Logins", f"{document['logins']:,}"),
        ("Authorizations", f"{document['authorizations']:,}"),
    ]
    return tag(
        "dl",
        [tag("div", tag("dt", name), tag("dd", one_line(value, 300))) for name, value in facts if value],
        class_="facts",
    )


def _took(run: Mapping[str, Any]) -> str:
    """The time until the verdict and what it went to; writing the reports comes after it."""
    timings = dict(run.get("timings") or {})
    report = timings.pop("report", 0)
    parts = ", ".join(f"{key} {_seconds(value)}" for key, value in timings.items())
    after = f"; the reports {_seconds(report)} more" if report else ""
    return _seconds(run.get("duration_s", 0)) + (f": {parts}" if parts else "") + after


def _seconds(value: float) -> str:
    return f"{value // 60:.0f} min {value % 60:.0f} s" if value >= 90 else f"{value:.1f} s"


def _logins(document: Document) -> Html | None:
    log = document["login_log"]
    if not log:
        return None
    rows = [(entry.get("member", ""), entry.get("reason", ""), entry.get("scopes", "")) for entry in log]
    summary = tag("summary", f"Authorizations one by one ({len(log)})")
    return tag("details", summary, table(("Member", "Why", "Scopes"), rows, folded=False), class_="bulk")


def _notes(document: Document) -> Html | None:
    said = notes(document)
    return _titled("Noted on the way", tag("ul", [tag("li", sentence(note)) for note in said]), when=said)


def _guides(document: Document) -> Html | None:
    rows = [
        (
            *(guide.get(key, "") for key in ("name", "version", "standing")),
            _dated(guide),
            guide.get("sha256", "")[:16],
            guide.get("needed_by") or "the run",
        )
        for guide in document["guides"]
    ]
    head = ("Guide", "Version", "Standing", "Package of", "SHA-256 begins", "Needed by")
    return _titled("Implementation guides", table(head, rows), when=rows)


def _dated(guide: Mapping[str, str]) -> str:
    return guide.get("date") or "not stated"


def _waivers(document: Document) -> Html | None:
    rows = [
        (waiver_subject(each), each["state"], each["covers"], each["reason"], each["owner"], each["expires"])
        for each in document["waivers"]
    ]
    head = ("Waives", "State", "Findings", "Reason", "Owner", "Until")
    return _titled("Waivers", table(head, rows), when=rows)


def _must_support(document: Document) -> Html | None:
    by_profile: dict[str, list[Mapping[str, Any]]] = {}
    for entry in document["must_support"]:
        by_profile.setdefault(entry["profile"], []).append(entry)
    note = tag("p", "In how many resources each element was seen, over all members looked at.", class_="quiet")
    tables = [_profile(profile, entries) for profile, entries in by_profile.items()]
    return _titled("Must support", note, *tables, when=tables)


def _profile(profile: str, entries: Sequence[Mapping[str, Any]]) -> Html:
    """One profile's elements, those that nothing shows first."""
    seen = sum(bool(entry["seen"]) for entry in entries)
    judged = max((entry["of"] for entry in entries), default=0)
    summary = (
        f"{profile.rpartition('/')[2]}: {seen:,} of {counted(len(entries), 'element')} seen in "
        f"{counted(judged, 'resource')}"
    )
    rows = [
        (entry["element"], entry["seen"], entry["of"], entry.get("example", ""), bool(entry.get("promised")))
        for entry in sorted(entries, key=lambda entry: bool(entry["seen"]))
    ]
    head = ("Element", "Seen in", "Of", "Example", "Promised")
    return tag("details", tag("summary", one_line(summary, 200)), table(head, rows, folded=False), class_="bulk")


def _not_checked(document: Document) -> Html | None:
    rows = sorted(document["not_checked"].items(), key=lambda item: -item[1])
    note = tag("p", "Codes that no table at hand can decide; they count neither for nor against.", class_="quiet")
    return _titled("Not checked", note, table(("System", "Codes"), rows), when=rows)


def _latency(document: Document) -> Html | None:
    rows = [
        (entry["endpoint"], entry["n"], _ms(entry["p50_ms"]), _ms(entry["p95_ms"]), _ms(entry["max_ms"]))
        for entry in document["latency"]
    ]
    head = ("Endpoint", "Requests", "Median ms", "95th percentile ms", "Slowest ms")
    note = tag("p", "Over the requests that were answered, the slowest endpoint first.", class_="quiet")
    return _titled("Latency", note, table(head, rows), when=rows)


def _ms(value: float) -> str:
    return f"{value:,.0f}" if value >= 10 else f"{value:.1f}"


def _titled(title: str, *content: object, when: object) -> Html | None:
    return tag("div", tag("h3", title), list(content), class_="block") if when else None


def table(head: Sequence[str], rows: Iterable[Sequence[object]], *, folded: bool = True) -> Html:
    """A table that can be scrolled sideways; numbers stand right; the rest of a long one is folded."""
    rows = list(rows)
    if folded and len(rows) > _ROWS_OPEN:
        rest = rows[_ROWS_OPENED:]
        others = tag(
            "details", tag("summary", f"Show {len(rest):,} more"), table(head, rest, folded=False), class_="bulk"
        )
        return tag("div", table(head, rows[:_ROWS_OPENED], folded=False), others)
    body = [tag("tr", [_table_cell(value) for value in row]) for row in rows[:_ROWS_SHOWN]]
    numeric = [_is_number(value) for value in rows[0]] if rows else [False] * len(head)
    columns = tag(
        "tr",
        [
            tag("th", text, scope="col", class_="number" if right else None)
            for text, right in zip(head, numeric, strict=True)
        ],
    )
    more = len(rows) - len(body)
    tail = tag("p", f"{counted(more, 'more line')} in conformance.json.", class_="quiet") if more > 0 else None
    whole = tag("table", tag("thead", columns), tag("tbody", body))
    scroller = scrollable("div", whole, label=f"Table by {head[0].lower()}", class_="scroll")
    return tag("div", scroller, tail)


def _table_cell(value: object) -> Html:
    if isinstance(value, bool):
        return tag("td", "yes" if value else "no")
    if isinstance(value, (int, float)):
        return tag("td", f"{value:,}", class_="number")
    text = one_line("" if value is None else value, 300)
    return tag("td", text, class_="number" if _is_number(value) else None)


def _is_number(value: object) -> bool:
    if isinstance(value, str):
        return value.replace(",", "").replace(".", "", 1).isdigit()
    return isinstance(value, (int, float)) and not isinstance(value, bool)
