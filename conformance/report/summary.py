"""One printable page that a quality lead can forward: the verdict, what failed, where, and how to see it again.

The page is self-contained: one file, no script, no font, no picture; its content policy forbids every request.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.report.html import Html, tag
from conformance.report.page import page
from conformance.report.printable import one_line
from conformance.report.reading import (
    counts_of,
    deployment_name,
    deployment_of,
    provisos,
    rows_by_area,
    rows_with,
    run_date,
    verdict_sentence,
)
from conformance.report.summary_rows import all_rows, reasons, row_card, row_index, status_badge
from conformance.report.summary_run import run_sections
from conformance.report.wording import (
    BY_URGENCY,
    STATUS_WORDS,
    area_title,
    counted,
    exit_meaning,
    headline,
    sentence,
    status_words,
    verdict_status,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from conformance.report.reading import Document, Row

_DEPLOYMENT_FACTS = {
    "environment": "{}",
    "data": "{} data",
    "payer_type": "{}",
    "smart_version": "SMART {}",
    "timezone": "{}",
}


def render(
    document: Document, exchanges: Mapping[int, Mapping[str, Any]] | None = None, *, kill_table: str = ""
) -> str:
    """The page for ``document`` as HTML text; ``exchanges`` are redacted records by number (reading.read_exchanges).

    ``kill_table`` is the address of the page that proves the checks, if there is one.
    """
    title = f"{headline(document['run'])}: {deployment_name(document)} · Patient Access API conformance"
    sections = [section for section in _sections(document, exchanges or {}) if section]
    return page(
        title,
        tag("a", "Skip to the findings", href="#findings", class_="skip"),
        _masthead(document),
        tag("main", _verdict(document), _navigation(document), tag("div", sections, id="findings")),
        _footer(document, kill_table),
    )


def _masthead(document: Document) -> Html:
    deployment = deployment_of(document)
    facts = [
        form.format(one_line(deployment[key], 80)) for key, form in _DEPLOYMENT_FACTS.items() if deployment.get(key)
    ]
    facts.append(run_date(document))
    return tag(
        "header",
        tag("p", "Patient Access API conformance", class_="kicker"),
        tag("h1", deployment_name(document)),
        tag("p", tag("code", one_line(deployment.get("fhir_base", ""), 300)), class_="base"),
        tag("p", " · ".join(facts), class_="quiet") if facts else None,
        class_="masthead",
    )


def _verdict(document: Document) -> Html:
    run = document["run"]
    status = verdict_status(run)
    return tag(
        "section",
        tag(
            "div",
            tag("span", status_words(status).symbol, class_="mark", aria_hidden="true"),
            tag(
                "div",
                tag("h2", headline(run)),
                tag("p", sentence(verdict_sentence(document)), class_="lead"),
                tag("p", tag("b", f"Exit code {run.get('exit_code')}"), f": {exit_meaning(run)}.", class_="quiet"),
                tag("ul", [tag("li", sentence(text)) for text in provisos(document)], class_="provisos")
                if provisos(document)
                else None,
            ),
            class_="said",
        ),
        _counts(document),
        class_=f"verdict {status}",
        aria_label="Verdict",
    )


def _counts(document: Document) -> Html:
    tiles = [
        tag(
            "li",
            tag("b", f"{document['counts'].get(status, 0):,}"),
            " ",
            status_badge(status),
            class_=f"tile {status}{'' if document['counts'].get(status, 0) else ' none'}",
            title=status_words(status).meaning,
        )
        for status in BY_URGENCY
    ]
    return tag("ul", tiles, class_="tiles", aria_label="Requirements by status")


def _navigation(document: Document) -> Html:
    present = [status for status in _SECTION_OF if document["counts"].get(status)]
    links = [(f"#status-{status}", _SECTION_OF[status][0], document["counts"][status]) for status in present]
    items = [tag("li", tag("a", text, " ", tag("span", f"{number:,}"), href=href)) for href, text, number in links]
    fixed = [("#areas", "By area"), ("#run", "The run"), ("#all", "All requirements")]
    items += [tag("li", tag("a", text, href=href)) for href, text in fixed]
    return tag("nav", tag("ul", items), aria_label="Sections of this page")


# Status → heading and introduction of its section; "pass" and "not applicable" are in the list of all requirements.
_SECTION_OF: dict[str, tuple[str, str]] = {
    "fail": ("What fails", "Each of these violations alone makes the run fail. Worst first within a requirement."),
    "error": (
        "Harness errors",
        "The harness could not do its work here; nothing is held against the deployment.",
    ),
    "undecided": (
        "Undecided",
        "The deployment offered nothing to judge these on. Each line says what to add, and what it would decide.",
    ),
    "advisory": (
        "Advisory",
        "Recommendations, also within requirements that gate, and requirements that do not gate. None fails a run.",
    ),
    "waived": ("Waived", "Violated, and accepted for now by a waiver with an owner and an expiry date."),
    "untested": ("Untested", "No check ran for these, with the reason."),
}


def _sections(document: Document, exchanges: Mapping[int, Mapping[str, Any]]) -> list[Html | None]:
    return [
        _cards(document, "fail", exchanges),
        _cards(document, "error", exchanges),
        _list(document, "undecided"),
        _areas(document),
        _cards(document, "advisory", exchanges),
        _cards(document, "waived", exchanges),
        _list(document, "untested"),
        *run_sections(document),
        _everything(document),
    ]


def _cards(document: Document, status: str, exchanges: Mapping[int, Mapping[str, Any]]) -> Html | None:
    rows = rows_with(document, status)
    if not rows:
        return None
    index = row_index(rows) if len(rows) > 1 else None
    return _section(status, rows, [index, [row_card(row, exchanges) for row in rows]])


def _list(document: Document, status: str) -> Html | None:
    rows = rows_with(document, status)
    return _section(status, rows, [reasons(rows, _anchored(document))]) if rows else None


def _anchored(document: Document) -> set[str]:
    """The rows that have a place of their own on the page, to be linked to."""
    return {row["id"] for row in document["requirements"] if row["status"] in _SECTION_OF}


def _section(status: str, rows: Sequence[Row], content: list[object]) -> Html:
    title, introduction = _SECTION_OF[status]
    gates = sum(row["effective"] == "gate" for row in rows)
    gating = f", {'all' if gates == len(rows) else gates or 'none'} of them gating" if status != "advisory" else ""
    figure = f"{counted(len(rows), 'requirement')}{gating}"
    return tag(
        "section",
        tag("h2", tag("span", status_words(status).symbol, aria_hidden="true", class_="glyph"), " ", title),
        tag("p", introduction, " ", tag("span", f"{figure}.", class_="figure"), class_="quiet"),
        content,
        id=f"status-{status}",
        class_=f"group {status}",
    )


def _areas(document: Document) -> Html:
    rows = [
        tag(
            "tr",
            tag("th", tag("a", area_title(area), href=f"#area-{area}"), scope="row"),
            tag("td", _bar(rows), class_="bar"),
            tag("td", _tally(rows), class_="tally"),
        )
        for area, rows in rows_by_area(document).items()
    ]
    head = tag("tr", [tag("th", text, scope="col") for text in ("Area", "Share", "Requirements by status")])
    return tag(
        "section",
        tag("h2", "By area"),
        tag("table", tag("thead", head), tag("tbody", rows), class_="areas"),
        id="areas",
        class_="group",
    )


def _bar(rows: Sequence[Row]) -> Html:
    counts, total, offset = counts_of(rows), len(rows), 0.0
    parts = []
    for status in reversed(BY_URGENCY):
        width = 100 * counts[status] / total
        if width:
            parts.append(tag("rect", x=f"{offset:.2f}", y=0, width=f"{width:.2f}", height=10, class_=status))
        offset += width
    label = ", ".join(f"{counts[status]} {status_words(status).word}" for status in BY_URGENCY if counts[status])
    return tag("svg", parts, viewBox="0 0 100 10", preserveAspectRatio="none", role="img", aria_label=label)


def _tally(rows: Sequence[Row]) -> list[Html]:
    counts = counts_of(rows)
    known = [status for status in BY_URGENCY if counts[status]]
    others = [status for status in counts if status not in STATUS_WORDS]
    return [tag("span", status_badge(status, number=counts[status]), " ") for status in (*known, *others)]


def _everything(document: Document) -> Html:
    areas = [
        tag(
            "details",
            tag("summary", tag("b", area_title(area)), " ", tag("span", _tally(rows), class_="tally")),
            all_rows(rows),
            id=f"area-{area}",
        )
        for area, rows in rows_by_area(document).items()
    ]
    return tag("section", tag("h2", "All requirements"), areas, id="all", class_="group")


def _token_help() -> Html:
    return tag(
        "p",
        "The curl lines take an access token from $TOKEN, and files by their names from the folder they are run in. "
        "To get a token: ",
        tag("code", 'conformance login TARGET --token-file token; TOKEN="$(cat token)"'),
        ".",
        id="token",
    )


def _footer(document: Document, kill_table: str) -> Html:
    tool = " ".join(one_line(document["tool"].get(key, ""), 60) for key in ("name", "version")).strip()
    return tag(
        "footer",
        tag("p", f"Written by {tool or 'the conformance harness'}. The same facts for machines: conformance.json."),
        tag("p", "Secrets and member data were taken out before anything was written."),
        _token_help(),
        tag("p", "What each check is proved to find: ", tag("a", "kill table", href=kill_table), ".")
        if kill_table
        else None,
    )
