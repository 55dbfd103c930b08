"""What a page looked like, for people who have to find out why a login stopped; field values are never read.

Every call to the browser is guarded: after a redirect to an address where nobody listens, any of them may fail.
"""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from conformance.smart.outcome import without_query

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

TEXT_LIMIT = 2_000
LIST_LIMIT = 30
FRAME_LIMIT = 6
CALL_SECONDS = 2.0  # for one question to a page
SILENT = "the page did not answer"
ENTRY_FIELDS = "input:not([type=hidden]), textarea, select, [contenteditable='true'], [role=textbox], [role=combobox]"

HEADINGS = "h1, h2, h3, legend, [role=heading]"
ALERTS = "[role=alert], [aria-live=assertive], .error, .alert, .alert-danger"
BUTTONS = "button, input[type=submit], input[type=button], [role=button], a[href]"
TEXTS = (
    f"elements => elements.slice(0, {LIST_LIMIT}).map(e => (e.innerText || e.getAttribute('aria-label') || '').trim())"
)
LABELS = (
    f"elements => elements.slice(0, {LIST_LIMIT}).map(e => "
    "((e.tagName === 'INPUT' ? e.getAttribute('value') : e.innerText) || e.getAttribute('aria-label') || e.id || '')"
    ".trim())"
)
FIELDS = (
    f"elements => elements.slice(0, {LIST_LIMIT}).map(e => e.tagName.toLowerCase() + "
    "(e.tagName === 'INPUT' ? '[type=' + (e.getAttribute('type') || 'text') + ']' : '') + "
    "(e.getAttribute('name') ? '[name=' + e.getAttribute('name') + ']' : '') + (e.id ? '#' + e.id : '') + "
    "(e.disabled ? ' (disabled)' : ''))"
)
FORMS = (
    "forms => forms.slice(0, 10).map(f => [(f.getAttribute('method') || 'get').toLowerCase(), "
    "new URL(f.getAttribute('action') || '', document.baseURI).href, "
    "Array.from(f.elements).filter(e => e.type === 'hidden' && e.name).map(e => e.name)])"
)


@dataclass(frozen=True, slots=True)
class Form:
    """A form of a page: where it posts to, and the names of its hidden fields."""

    method: str
    action: str
    hidden: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PageEvidence:
    """A page as it was shown; texts are redacted, addresses without query.

    ``screenshot`` is a PNG with all entry fields covered, empty when none could be taken or ``withheld`` says why there
    is none. ``waiting_for`` are hosts that had not answered.
    """

    url: str
    title: str = ""
    headings: tuple[str, ...] = ()
    alerts: tuple[str, ...] = ()
    buttons: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    forms: tuple[Form, ...] = ()
    frames: tuple[str, ...] = ()
    text: str = ""
    waiting_for: tuple[str, ...] = ()
    withheld: str = ""
    screenshot: bytes = field(default=b"", repr=False)

    @property
    def asks_for_password(self) -> bool:
        """Whether a password field is visible."""
        return any("[type=password]" in each for each in self.fields)

    @property
    def words(self) -> str:
        """All the text there is, for searching."""
        return "\n".join((self.title, *self.headings, *self.alerts, self.text))


@dataclass(frozen=True, slots=True)
class Camera:
    """How evidence is taken: what to expect of the page, the redaction, and texts that no screenshot may show."""

    trouble: tuple[type[Exception], ...]
    redact: Callable[[str], str]
    private: Sequence[str] = ()

    async def capture(
        self, page: Any, *, waiting_for: Sequence[str] = (), shows_members: bool = False, silent: bool = False
    ) -> PageEvidence:
        """The page as it is now; what cannot be had is empty.

        A page that lists members (``shows_members``) is neither photographed nor quoted; ``silent`` takes no picture.
        """
        title = await self._try(page.title(), None)
        if title is None:
            return PageEvidence(without_query(page.url), waiting_for=tuple(waiting_for), withheld=SILENT)
        frames = list(page.frames)[:FRAME_LIMIT]
        seen = PageEvidence(
            url=without_query(page.url),
            title=self.redact(title),
            headings=await self._every(frames, HEADINGS, TEXTS),
            alerts=await self._every(frames, ALERTS, TEXTS),
            fields=await self._every(frames, ENTRY_FIELDS, FIELDS),
            forms=await self._forms(frames),
            frames=tuple(filter(None, (without_query(frame.url) for frame in frames[1:]))),
            waiting_for=tuple(waiting_for),
            withheld="the page lists members" if shows_members else "",
        )
        if shows_members:
            return seen
        return replace(
            seen,
            buttons=await self._every(frames, BUTTONS, LABELS),
            text=await self._text(frames),
            screenshot=b"" if silent else await self._screenshot(page, frames),
        )

    async def _try(self, call: Awaitable[Any], default: Any) -> Any:
        try:
            return await asyncio.wait_for(call, CALL_SECONDS)
        except self.trouble:
            return default

    async def _every(self, frames: Sequence[Any], css: str, script: str) -> tuple[str, ...]:
        found: list[str] = []
        for frame in frames:
            elements = frame.locator(css).filter(visible=True)
            found += await self._try(elements.evaluate_all(script), [])
        texts = (re.sub(r"\s+", " ", self.redact(each)).strip() for each in found)
        return tuple(dict.fromkeys(filter(None, texts)))[:LIST_LIMIT]

    async def _forms(self, frames: Sequence[Any]) -> tuple[Form, ...]:
        found: list[Any] = []
        for frame in frames:
            found += await self._try(frame.locator("form").evaluate_all(FORMS), [])
        return tuple(Form(method, without_query(action), tuple(hidden)) for method, action, hidden in found)

    async def _text(self, frames: Sequence[Any]) -> str:
        texts = [await self._try(frame.locator("body").inner_text(timeout=500), "") for frame in frames]
        return self.redact("\n".join(filter(None, (text.strip() for text in texts))))[:TEXT_LIMIT]

    async def _screenshot(self, page: Any, frames: Sequence[Any]) -> bytes:
        """A PNG with everything a person may have typed, or that identifies them, covered."""
        covered = [frame.locator(ENTRY_FIELDS) for frame in frames]
        covered += [frame.get_by_text(text) for frame in frames for text in self.private]
        limit = CALL_SECONDS * 1000
        taken = page.screenshot(mask=covered, mask_color="#5a5a5a", animations="disabled", timeout=limit)
        image: bytes = await self._try(taken, b"")
        return image
