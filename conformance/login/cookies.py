"""Cookies that no browser keeps, seen from their Set-Cookie headers (RFC 6265bis sections 4.1.3 and 5.7)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable


class Answered(Protocol):
    """An answer of a navigation: ``cookies`` are its Set-Cookie headers without their values."""

    @property
    def cookies(self) -> tuple[str, ...]:
        """What was set."""


def rejected_cookies(hops: Iterable[Answered]) -> dict[str, str]:
    """The cookies that a browser has to ignore, by name, each with the reason; ``hops`` are the answers of a login."""
    found: dict[str, str] = {}
    for hop in hops:
        for line in hop.cookies:
            name, _, attributes = line.partition("=")
            reason = _why_rejected(name, attributes)
            if reason:
                found.setdefault(name, reason)
    return found


def _why_rejected(name: str, attributes: str) -> str:
    parts = [part.strip().partition("=") for part in attributes.split(";")]
    said = {key.strip().lower(): value.strip() for key, _, value in parts}
    secure = "secure" in said
    if name.startswith("__Host-") and not (secure and said.get("path") == "/" and not said.get("domain")):
        return "__Host- needs Secure, Path=/ and no Domain"
    if name.startswith("__Secure-") and not secure:
        return "__Secure- needs Secure"
    if said.get("samesite", "").lower() == "none" and not secure:
        return "SameSite=None needs Secure"
    return ""
