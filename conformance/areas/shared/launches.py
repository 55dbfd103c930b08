"""What rules read of an authorization that was tried in a browser."""

from __future__ import annotations

from typing import Any, Protocol


class Launch(Protocol):
    """The part of an authorization outcome that rules read."""

    @property
    def kind(self) -> str:
        """How it ended: ``redirect``, ``error-page``, ``timeout``, …."""

    @property
    def message(self) -> str:
        """One sentence that says how it ended."""

    @property
    def request(self) -> Any:
        """The authorization request."""

    @property
    def redirect(self) -> Any:
        """The redirect to the app, or ``None``."""

    @property
    def error(self) -> str:
        """The ``error`` of the redirect."""

    @property
    def said(self) -> str:
        """The ``error`` of the redirect with its description."""

    @property
    def shows_page(self) -> bool:
        """Whether the last document is a page for a person."""

    @property
    def state_matches(self) -> bool:
        """Whether exactly the ``state`` sent came back."""

    @property
    def last_status(self) -> int:
        """The HTTP status of the last page."""

    @property
    def carries_grant(self) -> bool:
        """Whether the redirect carries a code or a token."""

    @property
    def credentials_submitted(self) -> bool:
        """Whether a password was entered on the way."""

    @property
    def decision(self) -> str:
        """What was pressed on an approval page: ``approve``, ``deny``, or empty when there was none."""
