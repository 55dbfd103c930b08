"""Trust: which authorities we believe, which certificate we show, and which TLS versions a host speaks."""

from __future__ import annotations

import socket
import ssl
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from conformance.errors import ConfigError
from conformance.transport.faults import tls_sentence

if TYPE_CHECKING:
    from collections.abc import Callable

VERSIONS = {
    "1.0": ssl.TLSVersion.TLSv1,
    "1.1": ssl.TLSVersion.TLSv1_1,
    "1.2": ssl.TLSVersion.TLSv1_2,
    "1.3": ssl.TLSVersion.TLSv1_3,
}


@dataclass(frozen=True, slots=True)
class TlsSettings:
    """Paths of PEM files; empty means the usual authorities, and no client certificate."""

    ca_file: str = ""
    client_cert: str = ""
    client_key: str = ""

    @property
    def curl_options(self) -> list[str]:
        """The same for curl; files by their names alone, for a report does not show how folders are named."""
        named = {"--cacert": self.ca_file, "--cert": self.client_cert, "--key": self.client_key}
        return [word for option, path in named.items() if path for word in (option, Path(path).name)]


@dataclass(frozen=True, slots=True)
class Handshake:
    """What came of offering one TLS version: ``accepted``, or None when no connection could be made at all."""

    version: str
    accepted: bool | None
    cipher: str = ""
    detail: str = ""


def context(settings: TlsSettings | None = None) -> ssl.SSLContext:
    """A verifying context: the system's and Mozilla's authorities, the private one and the client certificate if named.

    Raises ``ConfigError`` naming the key of the target when a file cannot be used.
    """
    import certifi  # noqa: PLC0415

    settings = settings or TlsSettings()
    made = ssl.create_default_context()
    # newer Pythons refuse authorities without every RFC 5280 extension, which many private ones are
    made.verify_flags &= ~ssl.VERIFY_X509_STRICT
    made.load_verify_locations(cafile=certifi.where())
    if settings.ca_file:
        _load("tls.ca_file", settings.ca_file, lambda: made.load_verify_locations(cafile=settings.ca_file))
    if settings.client_cert:
        key = settings.client_key or None
        _load("tls.client_cert", settings.client_cert, lambda: made.load_cert_chain(settings.client_cert, key, ""))
    return made


def _load(key: str, path: str, load: Callable[[], None]) -> None:
    if not Path(path).is_file():
        raise ConfigError(f"{key}: there is no file {path}")
    try:
        load()
    except (ssl.SSLError, OSError) as error:
        raise ConfigError(f"{key}: {path} cannot be used as PEM ({getattr(error, 'reason', '') or error})") from None


def handshake(host: str, port: int, version: str, *, timeout: float = 10.0) -> Handshake:
    """Offer a host exactly one TLS version (``1.0`` … ``1.3``), whatever its certificate.

    Old versions are offered with every cipher OpenSSL has left, so that a refusal is the server's and not ours.
    """
    offered = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    offered.check_hostname = False
    offered.verify_mode = ssl.CERT_NONE
    offered.set_ciphers("ALL:@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        offered.minimum_version = offered.maximum_version = VERSIONS[version]
    try:
        connection = socket.create_connection((host, port), timeout)
    except OSError as error:
        return Handshake(version, None, detail=f"{host}:{port} cannot be reached ({type(error).__name__})")
    try:
        with connection, offered.wrap_socket(connection, server_hostname=host) as secured:
            cipher = secured.cipher()
            return Handshake(version, accepted=True, cipher=cipher[0] if cipher else "")
    except ssl.SSLError as error:
        return Handshake(version, accepted=False, detail=tls_sentence(error))
    except OSError as error:
        return Handshake(version, accepted=False, detail=f"the server ended the handshake ({type(error).__name__})")
