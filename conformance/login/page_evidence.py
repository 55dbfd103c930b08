"""What a page looked like, for people who have to find out why a login stopped; field values are never read."""

from __future__ import annotations

from dataclasses import dataclass, field


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
    is none. ``waiting_for`` are hosts that had not answered. ``verbatim`` is the visible text as it was, for checks to
    search; it must not be shown.
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
    verbatim: str = field(default="", repr=False)

    @property
    def asks_for_password(self) -> bool:
        """Whether a password field is visible."""
        return any("[type=password]" in each for each in self.fields)

    @property
    def words(self) -> str:
        """All the text there is, for searching; it must not be shown."""
        return "\n".join((self.title, *self.headings, *self.alerts, self.verbatim))
