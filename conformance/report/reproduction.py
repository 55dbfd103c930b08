"""A recorded exchange, cut to what a reader needs to see and repeat it.

Works on the redacted records of ``exchanges.jsonl``: ``number, purpose, method, url, request {headers, body}, status,
headers, body, elapsed_ms, fault, detail, redirects, curl``.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from conformance.report.printable import one_line, printable, shorten

if TYPE_CHECKING:
    from collections.abc import Mapping

_BODY_LIMIT = 4000
_MARK_LINES = 30
_CONTEXT_LINES = 10
_ENTRY_LINES = 60
_HEADER_LIMIT = 400
_SEGMENT = re.compile(r"^([A-Za-z_][\w-]*)(?:\[(\d+|x)\])?$")
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*(?:"|$)|[{}\[\],]')
_CUT = re.compile(r"\n… \(the beginning of [\d,]+ (?:bytes|characters)\)$")
_PAGE_LINK = (
    "A page link, which may hold only for the session it was given to: otherwise repeat the search of its first page "
    "and follow the next links."
)
_SENTINEL = "offending-element-of-this-finding"


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A piece of a body; ``marked`` is the element a finding speaks of, empty when it could not be located."""

    before: str
    marked: str = ""
    after: str = ""

    @property
    def text(self) -> str:
        """The excerpt without its mark."""
        return self.before + self.marked + self.after


@dataclass(frozen=True, slots=True)
class Reproduction:
    """One exchange as text: heading, request, response head, body, and the command that repeats it.

    ``hint`` says what else it takes, empty where the command is enough.
    """

    number: int
    heading: str
    curl: str
    request: str
    response: str
    body: Excerpt
    hint: str = ""

    @property
    def text(self) -> str:
        """Everything, for formats that hold plain text only."""
        return "\n\n".join(
            part for part in (self.heading, self.curl, self.request, self.response, self.body.text) if part
        )


def reproduction(record: Mapping[str, Any], *, resource: str = "", path: str = "") -> Reproduction:
    """``record`` for a reader; the element at ``path`` of ``resource`` (``Type/id``) is marked in the body."""
    return Reproduction(
        number=int(record.get("number") or 0),
        heading=_heading(record),
        curl=printable(record.get("curl") or ""),
        request=_request(record),
        response=_response(record),
        body=excerpt(str(record.get("body") or ""), resource=resource, path=path),
        hint=_PAGE_LINK if str(record.get("endpoint") or "").endswith("(next page)") else "",
    )


def outcome_of(record: Mapping[str, Any]) -> str:
    """``200`` or why there was no answer (``time-out``)."""
    status, fault = record.get("status") or 0, record.get("fault") or ""
    return ", ".join(part for part in (str(status) if status else "no answer", one_line(fault, 60)) if part)


def _heading(record: Mapping[str, Any]) -> str:
    purpose = f" ({one_line(record['purpose'], 120)})" if record.get("purpose") else ""
    url = one_line(record.get("url", ""), 160)
    return f"Exchange {record.get('number', '?')}: {record.get('method', '')} {url} → {outcome_of(record)}{purpose}"


def _request(record: Mapping[str, Any]) -> str:
    asked = record.get("request") or {}
    line = f"{record.get('method', '')} {one_line(record.get('url', ''), 2000)}"
    head = "\n".join(part for part in (line, _headers(asked.get("headers"))) if part)
    body = shorten(printable(asked.get("body") or ""), _BODY_LIMIT)
    return f"{head}\n\n{body}" if body else head


def _response(record: Mapping[str, Any]) -> str:
    elapsed = f" after {record['elapsed_ms']:,.0f} ms" if record.get("elapsed_ms") else ""
    detail = one_line(record.get("detail") or "", 600)
    redirects = [f"redirected by way of {one_line(url, 300)}" for url in (record.get("redirects") or [])[:10]]
    lines = [f"{outcome_of(record)}{elapsed}", detail, *redirects, _headers(record.get("headers"))]
    return "\n".join(line for line in lines if line)


def _headers(headers: Mapping[str, Any] | None) -> str:
    return "\n".join(
        f"{one_line(name, 80)}: {one_line(value, _HEADER_LIMIT)}" for name, value in (headers or {}).items()
    )


def excerpt(body: str, *, resource: str = "", path: str = "") -> Excerpt:
    """The part of ``body`` around the element at ``path`` of ``resource``, or around as much of the path as exists.

    Where nothing of it exists (an element is missing, the path is about pages), an entry of a Bundle is marked by its
    id; another body is shown from its beginning.
    """
    try:
        document = parsed(body)
    except (ValueError, RecursionError):
        return Excerpt(shorten(printable(body), _BODY_LIMIT))
    holder = _resource_in(document, resource)
    steps = _steps(holder, path)
    if steps:
        return _marked(document, steps, _CONTEXT_LINES)
    if holder is not None and holder is not document:
        return _marked(document, [(holder, "id")], _ENTRY_LINES)
    return Excerpt(shorten(printable(_indented(document)), _BODY_LIMIT))


def parsed(body: str) -> Any:
    """``body`` as JSON; one that was cut off is read as far as it goes. Raises ``ValueError`` when it is not JSON."""
    try:
        return json.loads(body)
    except ValueError:
        return json.loads(_completed(_CUT.sub("", body)))


def _completed(body: str) -> str:
    """A JSON text cut anywhere, ended after its last whole value with the brackets that are still open."""
    open_brackets: list[str] = []
    whole, still_open = 0, ""
    for token in _TOKEN.finditer(body):
        character = token[0]
        if character in "{[":
            open_brackets.append("}" if character == "{" else "]")
            continue
        if character in "}]" and (not open_brackets or open_brackets.pop() != character):
            raise ValueError("not JSON")
        if character in "}],":
            whole = token.end() if character != "," else token.start()
            still_open = "".join(reversed(open_brackets))
    return body[:whole] + still_open


def _resource_in(document: Any, resource: str) -> Any:
    """The resource ``Type/id`` in ``document`` (itself, or in a Bundle's entries); None when it is not there."""
    if not isinstance(document, dict):
        return None
    entries = document.get("entry")
    found = [entry.get("resource") for entry in entries if isinstance(entry, dict)] if isinstance(entries, list) else []
    for candidate in (document, *found):
        if isinstance(candidate, dict) and f"{candidate.get('resourceType')}/{candidate.get('id')}" == resource:
            return candidate
    return None if resource else document


def _steps(holder: Any, path: str) -> list[tuple[Any, str | int]]:
    """The way from ``holder`` along ``path`` as (container, key) pairs, as far as the path exists."""
    if not isinstance(holder, dict):
        return []
    node: Any = holder
    steps: list[tuple[Any, str | int]] = []
    segments = path.split(".")
    for segment in segments[1:] if segments[0] == holder.get("resourceType") else segments:
        match = _SEGMENT.match(segment)
        if not match or not isinstance(node, dict):
            break
        name, index = match.groups()
        key = name if name in node else next((own for own in node if re.fullmatch(f"{name}[A-Z]\\w*", own)), "")
        if not key:
            break
        steps.append((node, key))
        node = node[key]
        if index and index != "x" and isinstance(node, list) and int(index) < len(node):
            steps.append((node, int(index)))
            node = node[int(index)]
    return steps


def _marked(document: Any, steps: list[tuple[Any, str | int]], lines_after: int) -> Excerpt:
    container, key = steps[-1]
    node = container[key]
    container[key] = _SENTINEL  # our own parsed copy, put back below
    whole = _indented(document)
    container[key] = node
    before, _, after = whole.partition(json.dumps(_SENTINEL))
    head, newline, line = before.rpartition("\n")
    indent = line[: len(line) - len(line.lstrip())]
    marked = line.lstrip() + _indented(node).replace("\n", f"\n{indent}")
    return Excerpt(
        printable(_last_lines(head) + newline + indent),
        printable(_first_lines(marked, _MARK_LINES)),
        printable(_first_lines(after, lines_after)),
    )


def _indented(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)


def _first_lines(text: str, limit: int) -> str:
    lines = text.split("\n")
    kept = shorten("\n".join(lines[:limit]), _BODY_LIMIT)
    return kept if len(lines) <= limit else f"{kept}\n… {len(lines) - limit} more lines"


def _last_lines(text: str) -> str:
    lines = text.split("\n")
    kept = [shorten(line, _HEADER_LIMIT) for line in lines[-_CONTEXT_LINES:]]
    left_out = len(lines) - len(kept)
    return "\n".join([f"… {left_out} lines before", *kept] if left_out else kept)
