"""A TLS listener of our own on loopback, to know what this machine can offer before blaming a deployment."""

from __future__ import annotations

import datetime as dt
import socket
import ssl
import tempfile
import threading
import warnings
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from conformance.transport.tls import VERSIONS

if TYPE_CHECKING:
    from collections.abc import Iterator

ACCEPT_SECONDS = 5.0


@contextmanager
def own_listener(version: str) -> Iterator[int]:
    """A listener on loopback that speaks this version of TLS only; gives its port."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_ciphers("ALL:@SECLEVEL=0")
    with tempfile.TemporaryDirectory() as folder:
        context.load_cert_chain(_certificate(Path(folder)))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = context.maximum_version = VERSIONS[version]
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(ACCEPT_SECONDS)
        thread = threading.Thread(target=_serve_once, args=(listener, context), daemon=True)
        thread.start()
        yield int(listener.getsockname()[1])
        thread.join(ACCEPT_SECONDS)


def _serve_once(listener: socket.socket, context: ssl.SSLContext) -> None:
    with suppress(OSError):
        connection, _ = listener.accept()
        connection.settimeout(ACCEPT_SECONDS)
        with connection, context.wrap_socket(connection, server_side=True) as secured:
            secured.recv(1)


def _certificate(folder: Path) -> Path:
    """A certificate and key of a day, for a listener whose certificate is never verified."""
    from cryptography import x509  # noqa: PLC0415
    from cryptography.hazmat.primitives import hashes, serialization  # noqa: PLC0415
    from cryptography.hazmat.primitives.asymmetric import rsa  # noqa: PLC0415
    from cryptography.x509.oid import NameOID  # noqa: PLC0415

    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime.now(dt.UTC)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(x509.random_serial_number())
    builder = builder.not_valid_before(now - dt.timedelta(hours=1)).not_valid_after(now + dt.timedelta(days=1))
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file = folder / "listener.pem"
    file.write_bytes(private + builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
    return file
