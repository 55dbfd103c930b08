"""Where a request goes: scheme, host and port, read by the same parser that sends it."""

from __future__ import annotations

from typing import NamedTuple

_PORTS = {"http": 80, "https": 443}


class Origin(NamedTuple):
    """Scheme, host (lower case, IDNA) and port (the scheme's own if none is written), RFC 6454."""

    scheme: str
    host: str
    port: int

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}" + ("" if _PORTS.get(self.scheme) == self.port else f":{self.port}")


def origin(url: str) -> Origin | None:
    """The origin of an absolute http or https address; None for anything else, which so equals no origin."""
    import httpx  # noqa: PLC0415

    try:
        parsed = httpx.URL(url)
    except (httpx.InvalidURL, ValueError, TypeError):
        return None
    if parsed.scheme not in _PORTS or not parsed.host:
        return None
    return Origin(parsed.scheme, parsed.host.lower(), parsed.port or _PORTS[parsed.scheme])


def origin_of(url: str) -> str:
    """The origin as text, ``""`` where there is none."""
    return str(origin(url) or "")


def same_origin(one: str, other: str) -> bool:
    """Whether two addresses have the same origin; two addresses without one do not."""
    first = origin(one)
    return first is not None and first == origin(other)


def join(base: str, reference: str) -> str:
    """A reference (a Location header, a page link) made absolute; empty when it is no address at all."""
    import httpx  # noqa: PLC0415

    try:
        return str(httpx.URL(base).join(reference))
    except (httpx.InvalidURL, ValueError, TypeError):
        return ""
