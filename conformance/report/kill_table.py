"""The kill table as a page: every seeded fault of the reference payer, and whether the checks found it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.report.html import Html, scrollable, tag
from conformance.report.page import page
from conformance.report.printable import one_line
from conformance.report.summary_rows import status_badge
from conformance.report.wording import counted

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_TITLE = "Kill table · Patient Access API conformance"


def as_page(proof: Mapping[str, Any]) -> str:
    """The page for a proof as ``conformance prove --format json`` prints it; survivors come first."""
    faults = proof["faults"]
    survivors = [fault for fault in faults if not fault["killed"]]
    killed = len(faults) - len(survivors)
    said = (
        f"{killed:,} of {counted(len(faults), 'seeded fault')} killed; "
        f"the reference payer without a fault is {proof['clean']}."
    )
    sections = (
        _section("Survived", survivors, "fail"),
        _section("Killed", [fault for fault in faults if fault["killed"]], "pass"),
        _untested(proof["untested"]),
    )
    return page(
        _TITLE,
        tag(
            "header",
            tag("p", "Patient Access API conformance", class_="kicker"),
            tag("h1", "Kill table"),
            tag("p", "Each fault is seeded alone into the reference payer; a check that misses it proves nothing."),
            class_="masthead",
        ),
        tag("main", tag("section", tag("p", said, class_="lead"), class_="group"), sections),
    )


def _section(title: str, faults: Sequence[Mapping[str, Any]], status: str) -> Html | None:
    rows = [
        tag(
            "tr",
            tag("td", tag("span", fault["fault"], class_="id"), tag("br"), one_line(fault["description"], 300)),
            tag("td", status_badge(fault["clean_status"]), " → ", status_badge(fault["faulty_status"])),
            tag("td", tag("code", one_line(fault["rule"], 200)), tag("br"), _beside(fault)),
        )
        for fault in faults
    ]
    head = tag("tr", [tag("th", text, scope="col") for text in ("Fault", "Without and with it", "Rule to be found")])
    table = tag("table", tag("thead", head), tag("tbody", rows), class_="rows")
    scroller = scrollable("div", table, label=f"Table of faults: {title.lower()}", class_="scroll")
    return tag("section", tag("h2", f"{title} ({len(faults):,})"), scroller, class_=f"group {status}") if rows else None


def _beside(fault: Mapping[str, Any]) -> Html | None:
    """The rows that changed with the fault although it is not about them."""
    rows = [one_line(row, 40) for row in fault["collateral"]]
    return tag("span", f"also changed: {', '.join(rows)}", class_="quiet") if rows else None


def _untested(rows: Sequence[Mapping[str, Any]]) -> Html | None:
    items = [
        tag("li", tag("span", row["requirement"], class_="id"), f" {one_line(row['reason'], 300)}") for row in rows
    ]
    title = f"Without a seeded fault ({len(rows):,})"
    return tag("section", tag("h2", title), tag("ul", items), class_="group") if rows else None
