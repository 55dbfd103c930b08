"""A self-contained page: one file, no script, no font, no picture; its content policy forbids every request."""

from __future__ import annotations

import base64
import hashlib
from importlib.resources import files

from conformance.report.html import Html, tag


def page(title: str, *body: object) -> str:
    """The whole HTML text of a page in the style of the summary."""
    css = files("conformance.report").joinpath("summary.css").read_text(encoding="utf-8")
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=_policy(css)),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("meta", name="referrer", content="no-referrer"),
        tag("title", title),
        tag("style", Html(css)),
    )
    return f'<!DOCTYPE html>\n<html lang="en">{head}{tag("body", *body)}</html>\n'


def _policy(css: str) -> str:
    digest = base64.b64encode(hashlib.sha256(css.encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
