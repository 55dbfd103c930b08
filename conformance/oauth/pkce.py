"""Proof Key for Code Exchange (RFC 7636) and the other values an authorization request must not be guessable by."""

from __future__ import annotations

import hashlib
import secrets
from base64 import urlsafe_b64encode
from dataclasses import dataclass

PUNCTUATION = "~.-_!*'() &=+/?%25"


def urlsafe(data: bytes) -> str:
    """Base64url without padding (RFC 7636 appendix A)."""
    return urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def s256(verifier: str) -> str:
    """The S256 challenge of a verifier (RFC 7636 section 4.2)."""
    return urlsafe(hashlib.sha256(verifier.encode()).digest())


@dataclass(frozen=True, slots=True)
class Pkce:
    """A verifier and its S256 challenge; the verifier stays out of any representation."""

    verifier: str

    @property
    def challenge(self) -> str:
        """What goes into the authorization request."""
        return s256(self.verifier)

    def __repr__(self) -> str:
        return f"Pkce(challenge={self.challenge!r})"


def new_pkce() -> Pkce:
    """A fresh verifier of 43 characters (32 random bytes, RFC 7636 section 4.1)."""
    return Pkce(urlsafe(secrets.token_bytes(32)))


def new_state(*, punctuation: bool = False) -> str:
    """A random ``state`` of 43 URL-safe characters, with characters that need percent-encoding behind it on request."""
    return urlsafe(secrets.token_bytes(32)) + (PUNCTUATION if punctuation else "")


def new_nonce() -> str:
    """A random OpenID Connect ``nonce`` of 43 characters."""
    return urlsafe(secrets.token_bytes(32))
