"""A login line by line, for ``conformance login --explain`` and for reports; nothing secret in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.login.outcome import AuthorizationOutcome, Hop, Visit
    from conformance.login.page_evidence import PageEvidence


def login_trail(outcome: AuthorizationOutcome, *, explain: bool = False) -> list[str]:
    """What happened, in order.

    ``explain`` adds every answer, what else matched, and why the other screens did not fit.
    """
    lines = [f"{number}. {line}" for number, visit in enumerate(outcome.trail, 1) for line in _visit(visit, explain)]
    if explain:
        lines += ["Answers of the server:", *(f"   {_hop(hop)}" for hop in outcome.history)]
    lines.append(_ending(outcome))
    if outcome.kind == "redirect":
        return lines
    if outcome.near:
        lines += ["Why no screen was worked through:", *(f"   {name}: {reason}" for name, reason in outcome.near)]
    if outcome.page:
        lines += ["The page that was showing:", *(f"   {line}" for line in page_lines(outcome.page))]
    return lines


def _visit(visit: Visit, explain: bool) -> Iterator[str]:
    did = "; ".join(visit.did) or "nothing"
    note = f" (stopped: {visit.note})" if visit.note else ""
    also = f" [also matched: {', '.join(visit.also_matched)}]" if explain and visit.also_matched else ""
    yield f"{visit.screen} at {visit.url}: {did}{note}{also}"


def _hop(hop: Hop) -> str:
    return f"{hop.status} {hop.method} {hop.url}{f' -> {hop.location}' if hop.location else ''}"


def _ending(outcome: AuthorizationOutcome) -> str:
    took = f" after {outcome.elapsed_s:.1f} s"
    if outcome.redirect:
        what = (
            f"error {outcome.error}"
            if outcome.error
            else "a code"
            if outcome.redirect.get("code")
            else "neither code nor error"
        )
        return f"Redirected to {outcome.redirect.uri} with {what}{took}."
    return f"Ended as {outcome.kind}{took}: {outcome.message}"


def page_lines(page: PageEvidence) -> list[str]:
    """What a page showed, one kind of thing a line; empty kinds are left out."""
    parts = {
        "address": page.url,
        "title": page.title,
        "headings": " | ".join(page.headings),
        "alerts": " | ".join(page.alerts),
        "fields": ", ".join(page.fields),
        "buttons and links": " | ".join(page.buttons),
        "frames": ", ".join(page.frames),
        "still waiting for": ", ".join(page.waiting_for),
        "not shown": page.withheld,
    }
    return [f"{name}: {value}" for name, value in parts.items() if value]
