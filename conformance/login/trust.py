"""Which certificates of a private CA the browser may accept.

Chromium cannot be given a CA file. It can accept chains that contain one of a list of public keys
(``--ignore-certificate-errors-spki-list``). A key gets onto that list only from the leaf certificate of a connection
that was verified, host name included, against the configured CA; a server that passes must hold that very private key.
Chromium then accepts the key for any host name, so there is a second lock: nothing is typed into a page of a host that
presents a listed key without having been verified itself (:meth:`Trust.doubt`). Hosts with public certificates, and all
hosts when no CA file is configured, are Chromium's own business.

With a client certificate Playwright switches Chromium's verification off, for every host. Then no host is left to
Chromium: each must be verified by us, against the public authorities and the CA file, before anything is loaded.
"""

from __future__ import annotations

import base64
import hashlib
import http.client
import ssl
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from conformance.transport import tls
from conformance.transport.origin import origin_of

if TYPE_CHECKING:
    from collections.abc import Iterable

HANDSHAKE_SECONDS = 10.0


@dataclass(slots=True)
class Trust:
    """The keys of verified hosts. ``ca_file``, ``client_cert`` and ``client_key`` are paths, ``""`` for none."""

    ca_file: str = ""
    client_cert: str = ""
    client_key: str = ""
    proxy: str = ""
    keys: dict[str, str] = field(default_factory=dict)
    _failed: dict[str, str] = field(default_factory=dict)
    _sound: dict[str, bool] = field(default_factory=dict)

    def learn(self, origins: Iterable[str]) -> bool:
        """Verify hosts against the CA file; true when a key was learnt that the browser has not been started with."""
        before = set(self.keys.values())
        for origin in dict.fromkeys(origins):
            self._verify(origin)
        return set(self.keys.values()) != before

    def arguments(self) -> list[str]:
        """What Chromium must be started with."""
        return (
            [f"--ignore-certificate-errors-spki-list={','.join(sorted(set(self.keys.values())))}"] if self.keys else []
        )

    @property
    def alone(self) -> bool:
        """Whether Chromium verifies nothing, so that everything depends on us."""
        return bool(self.client_cert)

    def doubt(self, url: str) -> str:
        """Why nothing may be typed into a page at this address, ``""`` if it may."""
        origin = origin_of(url)
        if not origin.startswith("https:") or self._verify(origin):
            return ""
        if self.alone:
            return "" if self._public(origin) else self._told(origin)
        if not self.keys:
            return ""
        try:
            key = spki(self._certificate(origin, _unverified()))
        except (OSError, ValueError):
            key = ""
        # A host the CA file does not vouch for passes on Chromium's own verdict alone, never through a listed key.
        return self._told(origin) if key in self.keys.values() else ""

    def _told(self, origin: str) -> str:
        return f"{origin} could not be verified ({self._failed.get(origin, 'unknown')})"

    def _verify(self, origin: str) -> bool:
        """Whether the CA file vouches for the host; its key is kept if so."""
        if not self.ca_file or not origin.startswith("https:"):
            return False
        if origin not in self.keys and origin not in self._failed:
            try:
                private = ssl.create_default_context(cafile=self.ca_file)
                private.verify_flags &= ~ssl.VERIFY_X509_STRICT  # as the transport does
                self.keys[origin] = spki(self._certificate(origin, private))
            except ssl.SSLCertVerificationError as problem:
                self._failed[origin] = problem.verify_message
            except (OSError, http.client.HTTPException, ValueError) as problem:
                self._failed[origin] = type(problem).__name__
        return origin in self.keys

    def _public(self, origin: str) -> bool:
        """Whether the host proves itself with the same trust the transport has."""
        if origin not in self._sound:
            try:
                self._sound[origin] = bool(self._certificate(origin, tls.context()))
            except (OSError, http.client.HTTPException, ValueError):
                self._sound[origin] = False
        return self._sound[origin]

    def _certificate(self, origin: str, context: ssl.SSLContext) -> bytes:
        """The leaf certificate (DER) that the host presents in a handshake of our own."""
        if self.client_cert:
            context.load_cert_chain(self.client_cert, self.client_key or None)
        connection = self._connection(origin, context)
        try:
            connection.connect()
            certificate = connection.sock.getpeercert(binary_form=True)
        finally:
            connection.close()
        if not certificate:
            raise ValueError("no certificate")
        return bytes(certificate)

    def _connection(self, origin: str, context: ssl.SSLContext) -> http.client.HTTPSConnection:
        parts = urlsplit(origin)
        host, port = parts.hostname or "", parts.port or 443
        if not self.proxy:
            return http.client.HTTPSConnection(host, port, context=context, timeout=HANDSHAKE_SECONDS)
        via = urlsplit(self.proxy)
        connection = http.client.HTTPSConnection(
            via.hostname or "", via.port or 8080, context=context, timeout=HANDSHAKE_SECONDS
        )
        login = f"{unquote(via.username or '')}:{unquote(via.password or '')}"
        headers = {"Proxy-Authorization": f"Basic {base64.b64encode(login.encode()).decode()}"} if via.username else {}
        connection.set_tunnel(host, port, headers)
        return connection


def _unverified() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def spki(certificate: bytes) -> str:
    """The SHA-256 of a DER certificate's public key, base64, as Chromium's list wants it."""
    from cryptography import x509  # noqa: PLC0415
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat  # noqa: PLC0415

    key = x509.load_der_x509_certificate(certificate).public_key()
    return base64.b64encode(
        hashlib.sha256(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).digest()
    ).decode()
