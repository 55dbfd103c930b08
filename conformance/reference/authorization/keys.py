"""Signing keys: RS256 for id_tokens (OpenID Connect Core 10.1), with room for rotation.

The newest key signs; older ones stay published so that tokens signed before a rotation still verify.
"""

from __future__ import annotations

import threading
from typing import Any

from joserfc import jwt
from joserfc.jwk import RSAKey


class SigningKeys:
    """A set of RSA keys; the first is made in the background, so that starting does not wait for it."""

    def __init__(self) -> None:
        self._keys: list[RSAKey] = []
        self._maker = threading.Thread(target=self.rotate, daemon=True)
        self._maker.start()

    def rotate(self) -> None:
        """Make a new signing key and keep publishing the ones before it."""
        key = RSAKey.generate_key(2048, private=True, auto_kid=True)
        self._keys.insert(0, key)

    def all(self) -> list[RSAKey]:
        """Every published key, the signing one first."""
        self._maker.join()
        return self._keys

    def published(self) -> dict[str, Any]:
        """The key set document: public members only (RFC 7517)."""
        return {
            "keys": [{**key.as_dict(private=False), "use": "sig", "alg": "RS256"} for key in self.all()],
        }

    def sign(self, claims: dict[str, Any]) -> str:
        """A compact JWS over the claims."""
        key = self.all()[0]
        return jwt.encode({"alg": "RS256", "kid": key.kid, "typ": "JWT"}, claims, key, algorithms=["RS256"])
