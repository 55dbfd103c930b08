"""Requirements on the summary page: a card for each that needs action, a line for each that does not."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from conformance.report.html import Html, join, scrollable, tag
from conformance.report.printable import one_line
from conformance.report.reading import by_reason, in_resources, place_of, row_sentence
from conformance.report.reproduction import Reproduction, reproduction
from conformance.report.wording import area_title, counted, sentence, status_words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from conformance.report.reading import Finding, Row

_FINDINGS_SHOWN = 20
_EXCHANGES_SHOWN = 5
_LISTED_OPENLY = 6
_ROW_ID = re.compile(r"(PA-[A-Z]+-\d{3})")


def status_badge(status: str, *, number: int | None = None) -> Html:
    """Symbol and word, with a count before it where there is one."""
    words = status_words(status)
    return tag(
        "span",
        tag("span", words.symbol, aria_hidden="true", class_="glyph"),
        f"\N{NO-BREAK SPACE}{number:,}" if number is not None else "",
        f"\N{NO-BREAK SPACE}{words.word}",
        class_=f"badge {status}" if status.replace("-", "").isalpha() else "badge",
    )


def row_index(rows: Sequence[Row]) -> Html:
    """The rows in one sentence each: where to jump, what should hold, what is wrong, by which rule, and how often."""
    lines = [
        tag(
            "li",
            tag("a", row["id"], href=f"#{row['id']}", class_="id"),
            tag("b", f" {one_line(row['title'], 300)}: "),
            _wrong(row),
        )
        for row in rows
    ]
    return tag("ul", lines, class_="index")


def _wrong(row: Row) -> list[object]:
    rules = list(dict.fromkeys(finding["rule"] for finding in row["findings"]))
    if not rules:
        return [sentence(row_sentence(row))]
    total = sum(finding["count"] for finding in row["findings"])
    said = one_line(row["findings"][0]["message"], 300).rstrip(".")
    named = [*rules[:3], *([f"and {len(rules) - 3} more"] if len(rules) > 3 else [])]
    place = _element(row["findings"][0])
    where = (" at ", tag("code", place)) if place else None
    return [said, " (", tag("code", ", ".join(named)), where, f", {counted(total, 'place')}{in_resources(row)})."]


def _element(finding: Finding) -> str:
    """The path of a finding where it is an element of its resource, not a page or a header."""
    kind = finding["resource"].partition("/")[0]
    return one_line(finding["path"], 200) if kind and finding["path"].startswith(f"{kind}.") else ""


def row_card(row: Row, exchanges: Mapping[int, Mapping[str, Any]]) -> Html:
    """One requirement with its findings, where they are, and how to see them again."""
    shown: set[int] = set()
    alone = len(row["findings"]) == 1
    findings = [
        _finding(finding, row["id"], exchanges, shown, said=alone) for finding in row["findings"][:_FINDINGS_SHOWN]
    ]
    rest = len(row["findings"]) - len(findings)
    return tag(
        "article",
        tag(
            "p",
            status_badge(row["status"]),
            " ",
            tag("a", row["id"], href=f"#{row['id']}", class_="id"),
            tag("span", f" {area_title(row['area'])} · {row['strength']} · {_counts_as(row)}", class_="quiet"),
            class_="line",
        ),
        tag("h3", one_line(row["title"], 300)),
        tag("p", sentence(row_sentence(row)), class_="sentence"),
        tag("p", f"Judged {_judged(row)}.", class_="quiet") if _judged(row) else None,
        tag("ol", findings, class_="findings") if findings else None,
        tag("p", f"{counted(rest, 'more kind')} of finding: see conformance.json.", class_="quiet") if rest else None,
        _about(row),
        id=row["id"],
        class_=f"card {row['status']}",
    )


def _counts_as(row: Row) -> str:
    if row["status"] == "advisory" and row["effective"] == "gate":
        return "gates the run, this part of it does not"
    words = {"gate": "gates the run", "advisory": "does not gate", "off": "switched off"}
    return words.get(row["effective"], one_line(row["effective"], 40))


def _judged(row: Row) -> str:
    judged = row.get("judged") or {}
    n, of = judged.get("n", 0), judged.get("of", 0)
    if not of:
        return ""
    return f"on all of {counted(of, 'case')}" if n == of else f"on a sample of {n:,} of {counted(of, 'case')}"


def _finding(
    finding: Finding, row_id: str, exchanges: Mapping[int, Mapping[str, Any]], shown: set[int], *, said: bool
) -> Html:
    facts = [
        ("Where", place_of(finding), "code"),
        ("Profile", one_line(finding["profile"], 300), "code"),
        ("Expected", one_line(finding["expected"], 600), "span"),
        ("Found", one_line(finding["found"], 600), "span"),
    ]
    many = finding["count"] > 1
    return tag(
        "li",
        tag(
            "p",
            tag("code", finding["rule"], class_="rule"),
            tag("b", f" {finding['count']:,} times") if many else None,
            tag("span", f" {finding['severity']}", class_="quiet") if finding["severity"] != "error" else None,
        ),
        tag("p", one_line(finding["message"], 600)) if not said else None,
        tag("dl", [(tag("dt", name), tag("dd", tag(kind, text))) for name, text, kind in facts if text]),
        _examples(finding) if many else None,
        _reproduce(finding, row_id, exchanges, shown),
    )


def _examples(finding: Finding) -> Html | None:
    others = [example for example in finding["examples"][:5] if place_of(example) != place_of(finding)]
    if not others:
        return None
    items = [
        tag(
            "li",
            tag("code", place_of(example)),
            f": {one_line(example['found'], 200)}" if example.get("found") else "",
        )
        for example in others
    ]
    more = finding["count"] - len(others) - 1
    tail = tag("p", f"and {counted(more, 'more place')}", class_="quiet") if more > 0 else None
    return tag("details", tag("summary", "Also at"), tag("ul", items), tail)


def _reproduce(
    finding: Finding, row_id: str, exchanges: Mapping[int, Mapping[str, Any]], shown: set[int]
) -> Html | None:
    number = finding["exchange"]
    record = exchanges.get(number)
    if not number or record is None:
        return tag("p", f"Seen in exchange {number} of exchanges.jsonl.", class_="quiet") if number else None
    anchor = f"{row_id}-exchange-{number}"
    if number in shown:
        return tag("p", "Reproduce with ", tag("a", f"exchange {number}", href=f"#{anchor}"), " above.", class_="quiet")
    if len(shown) >= _EXCHANGES_SHOWN:
        return tag("p", f"Seen in exchange {number} of exchanges.jsonl.", class_="quiet")
    shown.add(number)
    return _exchange(reproduction(record, resource=finding["resource"], path=finding["path"]), anchor)


def _exchange(seen: Reproduction, anchor: str) -> Html:
    body = join(seen.body.before, _marked(seen.body.marked), seen.body.after)
    parts = [("Repeat it", seen.curl, "curl"), ("Request", seen.request, ""), ("Response", seen.response, "")]
    hint = tag("a", "where $TOKEN comes from", href="#token") if "$TOKEN" in seen.curl else None
    blocks = [
        (
            tag("h4", name, (" · ", hint) if kind and hint else None),
            scrollable("pre", join(text), label=name, class_=kind),
            tag("p", seen.hint, class_="quiet") if kind and seen.hint else None,
        )
        for name, text, kind in parts
        if text
    ]
    return tag(
        "details",
        tag("summary", tag("b", "Reproduce"), f" · {seen.heading}"),
        tag("div", blocks, scrollable("pre", body, label="Response body") if body else None, id=anchor),
        class_="reproduce",
    )


def _marked(text: str) -> list[object]:
    """Each line marked without its indentation."""
    parts: list[object] = []
    for line in text.splitlines(keepends=True):
        bare = line.strip()
        start = line.index(bare)
        parts += [line[:start], tag("mark", bare), line[start + len(bare) :]]
    return parts


def _about(row: Row) -> Html:
    links = [
        (tag("a", link["label"], href=link["url"], rel="noreferrer"), " ")
        for link in row.get("links") or ()
        if str(link["url"]).startswith(("https://", "http://"))
    ]
    checks = [
        tag("li", tag("code", one_line(check["id"], 200)), f" {check['outcome']}, {check['duration_s']:.1f} s")
        for check in row["checks"]
    ]
    unread = "" if row.get("verified", True) else "The cited text was not read when this row was written: confirm it."
    facts: list[tuple[str, object]] = [
        ("The check says", one_line(row.get("description", ""), 800)),
        ("Source", join(one_line(row["source"], 400), tag("br"), links) if links else one_line(row["source"], 400)),
        ("Applies to", one_line(row.get("applies_to", ""), 300)),
        ("How it is tested", one_line(row.get("how_to_test", ""), 800)),
        ("Checks", tag("ul", checks) if checks else ""),
        ("Note", unread),
    ]
    rows = [(tag("dt", name), tag("dd", value)) for name, value in facts if value]
    return tag("details", tag("summary", "The requirement and its source"), tag("dl", rows))


def reasons(rows: Sequence[Row], anchored: set[str]) -> Html:
    """Rows that were not judged, under the reason they share; what holds back most of them first.

    A reason that names one of the rows ``anchored`` on the page links to it.
    """
    held_back = [tag("li", _reason(_linked(sentence(reason), anchored), held)) for reason, held in by_reason(rows)]
    return tag("ul", held_back, class_="reasons")


def _linked(text: str, anchored: set[str]) -> list[object]:
    parts = _ROW_ID.split(text)
    return [tag("a", part, href=f"#{part}") if part in anchored else part for part in parts]


def _reason(reason: list[object], rows: Sequence[Row]) -> Html:
    listing = tag(
        "ul",
        [
            tag(
                "li",
                tag("span", row["id"], class_="id"),
                f" {one_line(row['title'], 300)}",
                tag("span", " · gates", class_="quiet") if row["effective"] == "gate" else None,
                id=row["id"],
            )
            for row in rows
        ],
        class_="held",
    )
    if len(rows) <= _LISTED_OPENLY:
        return join(tag("p", tag("b", reason)), listing)
    gates = sum(row["effective"] == "gate" for row in rows)
    number = f"{counted(len(rows), 'requirement')}, {'all' if gates == len(rows) else gates or 'none'} of them gating"
    return join(tag("p", tag("b", reason)), tag("details", tag("summary", number), listing))


def all_rows(rows: Sequence[Row]) -> Html:
    """Every row of an area as a table: what should hold, its status, and what there is to say."""
    body = [
        tag(
            "tr",
            tag("td", tag("span", row["id"], class_="id"), tag("br"), one_line(row["title"], 300)),
            tag("td", status_badge(row["status"])),
            tag("td", one_line(row.get("reason") or (row_sentence(row) if row["findings"] else ""), 600)),
        )
        for row in rows
    ]
    head = tag("tr", [tag("th", text, scope="col") for text in ("Requirement", "Status", "Remark")])
    return tag("table", tag("thead", head), tag("tbody", body), class_="rows")
