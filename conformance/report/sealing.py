"""A rendered report that stays where it is opened: no analytics, no request, by removal and by content policy.

Allure's pages load Google Analytics from every report. The script tags are taken out, and a policy is put in that lets
the page's own scripts run and nothing be fetched, so that a future version cannot bring it back unnoticed.

A style mends what keeps people from reading: on a narrow screen Allure leaves a step's sentence a column of one letter
and cuts titles off; the bars of its tree tell passed from failed by colour alone, and white on its red is too pale. It
leans on Allure's names for these, and does nothing where they are called otherwise.
"""

from __future__ import annotations

import base64
import hashlib
import re

from conformance.errors import HarnessError

_SCRIPT = re.compile(r"<script\b([^>]*)>(.*?)</script\s*>", re.DOTALL | re.IGNORECASE)
_SOURCE = re.compile(r"""\bsrc\s*=\s*["']?([^"'\s>]+)""", re.IGNORECASE)
_ANALYTICS = re.compile(r"googletagmanager|google-analytics|\bgtag\s*\(", re.IGNORECASE)
_HEAD = re.compile(r"<head\b[^>]*>", re.IGNORECASE)

_POLICY = (
    "default-src 'none'; script-src {scripts} data:; style-src 'unsafe-inline' data:; img-src data: blob:; "
    "font-src data:; media-src data: blob:; frame-src data: blob:; connect-src data: blob:; form-action 'none'"
)

_STYLE = """<style>
[class*="tree-status-bar-item"][class*="styles_failed"]::before { content: "✕\\a0"; }
[class*="tree-status-bar-item"][class*="styles_broken"]::before { content: "⚠\\a0"; }
[class*="tree-status-bar-item"][class*="styles_skipped"]::before { content: "–\\a0"; }
[class*="tree-status-bar-item"][class*="styles_passed"]::before { content: "✓\\a0"; }
:is([class*="tree-status-bar-item"][class*="styles_failed"], [class*="styles_counter"][class*="styles_status-failed"]) {
  background-color: #b3261e !important; color: #fff !important;
}
@media (max-width: 600px) {
  :is(div, button):has(> .paragraphs-text-m), div:has(> button > .paragraphs-text-m) { flex-wrap: wrap; }
  :is(div, button) > .paragraphs-text-m { min-width: min(11rem, 100%); }
  div > button:has(> .paragraphs-text-m) { min-width: min(13rem, 100%); }
  [class*="paragraphs-text-m"] { white-space: normal !important; overflow: visible !important; }
  pre, pre *, code { white-space: pre-wrap !important; overflow-wrap: anywhere !important; }
}</style>"""


def seal(page: str) -> str:
    """``page`` without analytics and with a policy that allows only the scripts in it.

    Raises :class:`HarnessError` when the page has no head or loads a script from anywhere else.
    """
    kept = _SCRIPT.sub(lambda match: "" if _reports_home(match) else match[0], page)
    scripts = list(_SCRIPT.finditer(kept))
    foreign = [source[1] for match in scripts if (source := _SOURCE.search(match[1])) and not _is_inline(source[1])]
    if foreign:
        raise HarnessError(f"the rendered report loads a script from elsewhere: {foreign[0][:200]}")
    head = _HEAD.search(kept)
    if head is None:
        raise HarnessError("the rendered report is not an HTML page")
    hashes = " ".join(dict.fromkeys(_digest(match[2]) for match in scripts if not _SOURCE.search(match[1])))
    meta = f'<meta http-equiv="Content-Security-Policy" content="{_POLICY.format(scripts=hashes)}">'
    return f"{kept[: head.end()]}{meta}{_STYLE}{kept[head.end() :]}"


def _reports_home(script: re.Match[str]) -> bool:
    source = _SOURCE.search(script[1])
    if source:
        return not _is_inline(source[1]) and bool(_ANALYTICS.search(source[1]))
    return bool(_ANALYTICS.search(script[2]))


def _is_inline(source: str) -> bool:
    return source.lower().startswith("data:")


def _digest(script: str) -> str:
    """The hash source of an inline script; browsers hash it with line ends as the parser sees them."""
    text = script.replace("\r\n", "\n").replace("\r", "\n")
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
