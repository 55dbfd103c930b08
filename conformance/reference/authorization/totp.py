"""One-time codes as authenticator apps make them: RFC 6238 with SHA-1, six digits, thirty seconds."""

from __future__ import annotations

import base64
import hmac
import struct

PERIOD = 30


def code_at(secret: str, now: float) -> str:
    """The code that a base32 secret gives at a moment (seconds since the epoch)."""
    key = base64.b32decode(secret + "=" * (-len(secret) % 8), casefold=True)
    digest = hmac.new(key, struct.pack(">Q", int(now) // PERIOD), "sha1").digest()
    offset = digest[-1] & 15
    number = struct.unpack(">I", digest[offset : offset + 4])[0] & 0x7FFFFFFF
    return f"{number % 1_000_000:06d}"


def matches(secret: str, typed: str, now: float) -> bool:
    """Whether the typed code is that of this step or a neighbouring one."""
    return any(hmac.compare_digest(typed.encode(), code_at(secret, now + drift).encode()) for drift in (-30, 0, 30))
