"""Time-based one-time passwords (RFC 6238), as an authenticator app makes them.

Not a library's, because the newest one refuses the 80-bit secrets that test members usually have.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import time
from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING

from conformance.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable

ALGORITHMS = ("sha1", "sha256", "sha512")
MIN_SECONDS_LEFT, MIN_SHARE_LEFT = 3.0, 0.2  # of a time step: what filling in, sending and checking a code may take


@dataclass(frozen=True, slots=True)
class TotpSettings:
    """How a server reckons its codes; the defaults are everybody's.

    ``raw`` secrets are bytes as text, others base32.
    """

    digits: int = 6
    period: int = 30
    algorithm: str = "sha1"
    raw: bool = False


def hotp(key: bytes, counter: int, digits: int = 6, algorithm: str = "sha1") -> str:
    """The code for a counter (RFC 4226 section 5.3)."""
    digest = hmac.new(key, counter.to_bytes(8, "big"), algorithm).digest()
    offset = digest[-1] & 0x0F
    number = int.from_bytes(digest[offset : offset + 4], "big") & 0x7FFFFFFF
    return str(number % 10**digits).zfill(digits)


def secret_bytes(secret: str, *, raw: bool = False) -> bytes:
    """The key of a shared secret; base32 may have spaces, dashes, lower case and no padding.

    :class:`ConfigError` if bad.
    """
    if raw:
        return secret.encode()
    text = secret.replace(" ", "").replace("-", "").rstrip("=").upper()
    try:
        return base64.b32decode(text + "=" * (-len(text) % 8))
    except binascii.Error:
        raise ConfigError(
            "a totp_secret is not base32; set `raw: true` in its totp action if it is plain text"
        ) from None


@dataclass(slots=True)
class TotpCodes:
    """Gives codes for the whole run and never the same time step of a secret twice: servers refuse replays."""

    now: Callable[[], float] = time.time
    _used: dict[tuple[str, int], int] = field(default_factory=dict, repr=False)
    _lock: Lock = field(default_factory=Lock, repr=False)

    def wait(self, secret: str, settings: TotpSettings) -> float:
        """Seconds until a code may be taken: 0, or up to the step after the last one used."""
        moment = self.now()
        step = int(moment // settings.period)
        ends = (step + 1) * settings.period
        first_free = self._used.get((secret, settings.period), -1) + 1
        if first_free > step:
            return first_free * settings.period - moment
        enough = max(MIN_SECONDS_LEFT, settings.period * MIN_SHARE_LEFT)
        return ends - moment if ends - moment < enough else 0.0

    def take(self, secret: str, settings: TotpSettings) -> str:
        """The code of this moment, marking its time step used; wait first (see :meth:`wait`)."""
        key = secret_bytes(secret, raw=settings.raw)
        with self._lock:
            step = int(self.now() // settings.period)
            self._used[secret, settings.period] = step
        return hotp(key, step, settings.digits, settings.algorithm)
