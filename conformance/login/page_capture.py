"""Taking evidence of a page without taking what it must not hold: entries, secrets, and the member's own data.

Every call to the browser is guarded: after a redirect to an address where nothing listens, any of them may fail.
"""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from conformance.login.outcome import without_query
from conformance.login.page_evidence import Form, PageEvidence
from conformance.login.page_masking import mask_unknown_names

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

TEXT_LIMIT = 2_000
LIST_LIMIT = 30
FRAME_LIMIT = 6
CALL_SECONDS = 5.0  # for one question to a page; a slow machine takes seconds to read a page it has
PICTURE_SECONDS = 10.0  # for its picture
SILENT = "the page did not answer"
TYPED = (
    "input:not([type=hidden], [type=submit], [type=button], [type=checkbox], [type=radio]), textarea, select, "
    "[contenteditable='true'], [role=textbox], [role=combobox]"
)
ENTRY_FIELDS = f"{TYPED}, input[type=checkbox], input[type=radio]"

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
OWN_TEXTS = (
    "elements => elements.slice(0, 3000).map((e, i) => [i, e.closest('button, label, option, [role=button]') ? '' : "
    "Array.from(e.childNodes).filter(n => n.nodeType === 3).map(n => n.data).join(' ').trim()]).filter(pair => pair[1])"
)
FORMS = (
    "forms => forms.slice(0, 10).map(f => [(f.getAttribute('method') || 'get').toLowerCase(), "
    "new URL(f.getAttribute('action') || '', document.baseURI).href, "
    "Array.from(f.elements).filter(e => e.type === 'hidden' && e.name).map(e => e.name)])"
)


@dataclass(slots=True)
class PageCapture:
    """How evidence is taken.

    ``trouble`` are the errors of a busy or vanished page, ``redact`` takes out what is secret. ``policy`` is how much
    of a member's data may be shown (``full``, ``masked``, ``none``), ``personal`` whether the page may already know who
    is there; ``familiar`` are harmless words, ``private`` texts that no screenshot may show.
    """

    trouble: tuple[type[Exception], ...]
    redact: Callable[[str], str]
    policy: str = "masked"
    familiar: frozenset[str] = frozenset()
    private: Sequence[str] = ()
    personal: bool = False
    _covers: bool = field(init=False, default=False)

    async def capture(
        self, page: Any, *, waiting_for: Sequence[str] = (), shows_members: bool = False, silent: bool = False
    ) -> PageEvidence:
        """The page as it is now; what cannot be had is empty.

        A page that lists members (``shows_members``) is neither photographed nor quoted; ``silent`` takes no picture.
        """
        self._covers = self.personal and self.policy != "full"
        title = await self._try(page.title(), None)
        if title is None:
            return PageEvidence(without_query(page.url), waiting_for=tuple(waiting_for), withheld=SILENT)
        frames = list(page.frames)[:FRAME_LIMIT]
        verbatim, fields, forms = await asyncio.gather(
            self._text(frames), self._every(frames, ENTRY_FIELDS, FIELDS), self._forms(frames)
        )
        seen = PageEvidence(
            url=without_query(page.url),
            fields=fields,
            forms=forms,
            frames=tuple(filter(None, (without_query(frame.url) for frame in frames[1:]))),
            waiting_for=tuple(waiting_for),
            verbatim=verbatim,
            withheld=self._withheld(shows_members),
        )
        if seen.withheld:
            return seen
        headings, alerts, buttons = await asyncio.gather(
            self._every(frames, HEADINGS, TEXTS),
            self._every(frames, ALERTS, TEXTS),
            self._every(frames, BUTTONS, LABELS),
        )
        return replace(
            seen,
            title=self._shown(title),
            headings=tuple(map(self._shown, headings)),
            alerts=tuple(map(self._shown, alerts)),
            buttons=tuple(map(self.redact, buttons)),
            text=self._shown(verbatim)[:TEXT_LIMIT],
            screenshot=b"" if silent else await self._screenshot(page, frames),
        )

    def _withheld(self, shows_members: bool) -> str:
        if shows_members and self.policy != "full":
            return "the page lists members"
        return "evidence.member_data is none" if self._covers and self.policy == "none" else ""

    def _shown(self, text: str) -> str:
        return mask_unknown_names(self.redact(text), self.familiar) if self._covers else self.redact(text)

    async def _try(self, call: Awaitable[Any], default: Any, limit: float = CALL_SECONDS) -> Any:
        try:
            return await asyncio.wait_for(call, limit)
        except self.trouble:
            return default

    async def _every(self, frames: Sequence[Any], css: str, script: str) -> tuple[str, ...]:
        found: list[str] = []
        for frame in frames:
            found += await self._try(frame.locator(css).filter(visible=True).evaluate_all(script), [])
        texts = (re.sub(r"\s+", " ", each).strip() for each in found)
        return tuple(dict.fromkeys(filter(None, texts)))[:LIST_LIMIT]

    async def _forms(self, frames: Sequence[Any]) -> tuple[Form, ...]:
        found: list[Any] = []
        for frame in frames:
            found += await self._try(frame.locator("form").evaluate_all(FORMS), [])
        return tuple(Form(method, without_query(action), tuple(hidden)) for method, action, hidden in found)

    async def _text(self, frames: Sequence[Any]) -> str:
        texts = [await self._try(frame.locator("body").inner_text(timeout=CALL_SECONDS * 1000), "") for frame in frames]
        return "\n".join(filter(None, (text.strip() for text in texts)))

    async def _screenshot(self, page: Any, frames: Sequence[Any]) -> bytes:
        """A PNG with everything covered that a person may have typed, or that may tell who they are."""
        covered = [frame.locator(TYPED) for frame in frames]
        covered += [frame.get_by_text(text) for frame in frames for text in self.private]
        covered += [each for frame in frames for each in await self._revealing(frame)]
        limit = PICTURE_SECONDS * 1000
        taken = page.screenshot(mask=covered, mask_color="#5a5a5a", animations="disabled", timeout=limit)
        image: bytes = await self._try(taken, b"", PICTURE_SECONDS)
        return image

    async def _revealing(self, frame: Any) -> list[Any]:
        """The elements whose own text would not be shown as it is."""
        elements = frame.locator("body *")
        texts = await self._try(elements.evaluate_all(OWN_TEXTS), [])
        return [elements.nth(index) for index, text in texts if self._shown(text) != text]
