"""A comparison of two runs as text for a terminal, as Markdown for a pull request, and as a page of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.report.html import Html, scrollable, tag
from conformance.report.markdown import escaped
from conformance.report.page import page
from conformance.report.printable import one_line
from conformance.report.summary_rows import status_badge
from conformance.report.wording import counted, listed, status_words

if TYPE_CHECKING:
    from conformance.verdict.comparison import Change, Comparison, Kind

_HEADINGS: dict[Kind, str] = {"worse": "Worse", "mended": "Mended", "changed": "Changed otherwise"}
_RULES_SHOWN = 8
_RULE_CHANGED = "the requirement itself changed"


def sentence_of(comparison: Comparison) -> str:
    """What happened between the runs, in one sentence."""
    numbers = {kind: len(comparison.of(kind)) for kind in _HEADINGS}
    if not comparison.changes:
        return f"No row of {comparison.rows} differs."
    words = {"worse": "worse", "mended": "mended", "changed": "changed otherwise"}
    said = listed([f"{numbers[kind]} {words[kind]}" for kind in _HEADINGS if numbers[kind]])
    gates = sum(change.regressed for change in comparison.changes)
    changed = sum(bool(change.rule) for change in comparison.changes)
    own = f" In {changed} of them the requirement itself changed between the tools." if changed else ""
    tail = f"{counted(gates, 'gate requirement')} newly failing or undecided" if gates else "no gate newly fails"
    return f"Of {comparison.rows} rows {said}; {tail}.{own}"


def as_text(comparison: Comparison) -> str:
    """Lines for a terminal or a log."""
    lines = [sentence_of(comparison)]
    for kind, heading in _HEADINGS.items():
        changes = comparison.of(kind)
        lines += ["", heading] if changes else []
        for change in changes:
            gates = "" if change.gates else "  (does not gate)"
            lines.append(f"  {change.id}  {change.before} → {change.after}{gates}  {one_line(change.title, 200)}")
            lines += [f"      {sign} {rule}" for sign, rule in _rules(change)]
            lines += [f"      {_RULE_CHANGED}; {one_line(what, 300)}" for what in change.rule]
    if comparison.circumstances:
        lines += ["", "The runs"]
        lines += [f"  {one_line(n)}: {one_line(a, 200)} → {one_line(b, 200)}" for n, a, b in comparison.circumstances]
    return "\n".join(lines)


def _rules(change: Change) -> list[tuple[str, str]]:
    """``+`` for violations that came, ``-`` for those that went."""
    signed = [("+", rule) for rule in change.came] + [("-", rule) for rule in change.went]
    shown = [(sign, one_line(rule, 300)) for sign, rule in signed[:_RULES_SHOWN]]
    more = len(signed) - len(shown)
    return [*shown, *([("…", f"{more} more")] if more else [])]


def as_markdown(comparison: Comparison) -> str:
    """For a pull request or a step summary."""
    lines = ["## Patient Access API conformance: what changed", "", sentence_of(comparison)]
    for kind, heading in _HEADINGS.items():
        changes = comparison.of(kind)
        if changes:
            lines += ["", f"### {heading}", "", "| Requirement | Before | After | Violations |", "|---|---|---|---|"]
            lines += [_markdown_row(change) for change in changes]
    if comparison.circumstances:
        lines += ["", "### The runs", "", "| | Before | After |", "|---|---|---|"]
        lines += [f"| {escaped(n)} | {escaped(a)} | {escaped(b)} |" for n, a, b in comparison.circumstances]
    return "\n".join(lines) + "\n"


def _markdown_row(change: Change) -> str:
    rules = "<br>".join(f"{escaped(sign)} {escaped(rule)}" for sign, rule in _rules(change))
    rules += "".join(f"<br>{_RULE_CHANGED}; {escaped(what)}" for what in change.rule)
    gates = "" if change.gates else " (does not gate)"
    before, after = (f"{status_words(status).symbol} {status}" for status in (change.before, change.after))
    return f"| {change.id} {escaped(change.title)}{gates} | {before} | {after} | {rules} |"


def as_page(comparison: Comparison) -> str:
    """A self-contained page, like the summary."""
    sections = [_section(kind, comparison.of(kind)) for kind in _HEADINGS if comparison.of(kind)]
    lead = tag("section", tag("p", sentence_of(comparison), class_="lead"), class_="group")
    body = (
        tag(
            "header",
            tag("p", "Patient Access API conformance", class_="kicker"),
            tag("h1", "What changed"),
            class_="masthead",
        ),
        tag("main", lead, sections, _circumstances(comparison)),
    )
    return page("What changed · Patient Access API conformance", *body)


def _section(kind: Kind, changes: list[Change]) -> Html:
    rows = [
        tag(
            "tr",
            tag("td", tag("span", change.id, class_="id"), tag("br"), one_line(change.title, 300), _gating(change)),
            tag("td", status_badge(change.before)),
            tag("td", status_badge(change.after)),
            tag(
                "td",
                [tag("p", f"{sign} ", tag("code", rule)) for sign, rule in _rules(change)],
                [tag("p", f"{_RULE_CHANGED}; {one_line(what, 300)}", class_="quiet") for what in change.rule],
            ),
        )
        for change in changes
    ]
    return tag(
        "section",
        tag("h2", _HEADINGS[kind]),
        _table(("Requirement", "Before", "After", "Violations"), rows),
        class_="group",
    )


def _gating(change: Change) -> Html | None:
    return None if change.gates else tag("span", " · does not gate", class_="quiet")


def _circumstances(comparison: Comparison) -> Html | None:
    rows = [tag("tr", [tag("td", one_line(cell, 300)) for cell in each]) for each in comparison.circumstances]
    return (
        tag("section", tag("h2", "The runs"), _table(("What", "Before", "After"), rows), class_="group")
        if rows
        else None
    )


def _table(head: tuple[str, ...], rows: list[Html]) -> Html:
    columns = tag("tr", [tag("th", text, scope="col") for text in head])
    table = tag("table", tag("thead", columns), tag("tbody", rows), class_="rows")
    return scrollable("div", table, label=f"Table by {head[0].lower()}", class_="scroll")
