"""Text inside Markdown that cannot become markup."""

from __future__ import annotations

import re

from conformance.report.printable import one_line

_MARKDOWN = re.compile(r"([\\`*_{}\[\]()#+!|~$@:-])")


def escaped(value: object, limit: int = 400) -> str:
    """Plain text inside Markdown: no markup, no HTML, no mention, no link comes out of it."""
    safe = one_line(value, limit).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _MARKDOWN.sub(r"\\\1", safe)
