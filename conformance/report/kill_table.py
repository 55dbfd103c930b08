"""The kill table as a page: seeded faults and whether they were found, lawful variations and whether they hold."""

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
    """The page for a proof as ``conformance prove --format json`` prints it; survivors come first.

    It has the seeded faults, the lawful variations or both.
    """
    faults = proof.get("faults", [])
    variations = proof.get("lawful", [])
    sections = (
        _section("Survived", [fault for fault in faults if not fault["killed"]], "fail"),
        _lawful("Misjudged", [each for each in variations if not each["holds"]], "fail"),
        _section("Killed", [fault for fault in faults if fault["killed"]], "pass"),
        _lawful("Lawful variations that hold", [each for each in variations if each["holds"]], "pass"),
        _stacks(proof.get("stacks", [])),
        _untested(proof.get("untested", [])),
    )
    return page(
        _TITLE,
        tag(
            "header",
            tag("p", "Patient Access API conformance", class_="kicker"),
            tag("h1", "Kill table"),
            tag("p", "Each fault is seeded alone into the reference payer; a check that misses it proves nothing."),
            tag("p", "Each lawful variation is what some document allows; a check that fails it is wrong."),
            class_="masthead",
        ),
        tag("main", tag("section", tag("p", _sums(proof), class_="lead"), class_="group"), sections),
    )


def _sums(proof: Mapping[str, Any]) -> str:
    faults, variations = proof.get("faults", []), proof.get("lawful", [])
    said = []
    if faults or not variations:
        said.append(f"{sum(each['killed'] for each in faults):,} of {counted(len(faults), 'seeded fault')} killed")
    if variations:
        held = sum(each["holds"] for each in variations)
        said.append(f"{held:,} of {counted(len(variations), 'lawful variation')} hold")
    return f"{'; '.join(said)}; the reference payer without any of them is {proof['clean']}."


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


def _lawful(title: str, variations: Sequence[Mapping[str, Any]], status: str) -> Html | None:
    """Each variation with its authority, and the rows that changed with it."""
    rows = [
        tag(
            "tr",
            tag("td", tag("span", each["variation"], class_="id"), tag("br"), one_line(each["description"], 300)),
            tag("td", one_line(each["authority"], 300)),
            tag("td", [_changed(row) for row in each["rows"]] or "nothing"),
        )
        for each in variations
    ]
    head = tag("tr", [tag("th", text, scope="col") for text in ("Variation", "Allowed by", "What changed")])
    table = tag("table", tag("thead", head), tag("tbody", rows), class_="rows")
    scroller = scrollable("div", table, label=f"Table of lawful variations: {title.lower()}", class_="scroll")
    return tag("section", tag("h2", f"{title} ({len(rows):,})"), scroller, class_=f"group {status}") if rows else None


def _changed(row: Mapping[str, Any]) -> Html:
    said = f" {one_line(row['said'], 200)}" if row.get("said") else ""
    return tag("div", tag("span", row["id"], class_="id"), " ", status_badge(row["status"]), said)


def _stacks(stacks: Sequence[Mapping[str, Any]]) -> Html | None:
    """Deployments with many variations at once, and the rows that none of them names."""
    items = [
        tag(
            "li",
            f"{one_line(each['name'], 80)}: {counted(len(each['variations']), 'variation')} together, ",
            "which hold" if each["holds"] else "which do not hold",
            [_changed(row) for row in each["rows"]],
        )
        for each in stacks
    ]
    return tag("section", tag("h2", f"Together ({len(items):,})"), tag("ul", items), class_="group") if items else None


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
