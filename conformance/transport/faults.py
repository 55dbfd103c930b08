"""Why there was no usable answer, in a word for the verdict and a sentence for people."""

from __future__ import annotations

import socket
import ssl
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.transport.exchange import Fault
    from conformance.transport.origin import Origin

_CERTIFICATE = {
    9: "the certificate is not valid yet",
    10: "the certificate has expired",
    18: "the certificate is self-signed; name its authority in tls.ca_file if it is to be trusted",
    19: "the certificate chain ends in an authority that is not trusted; name it in tls.ca_file",
    20: "the certificate was issued by an authority that is not trusted; name it in tls.ca_file, "
    "or have the server send its intermediate certificates",
    21: "the certificate cannot be verified: the server does not send its intermediate certificates",
    23: "the certificate has been revoked",
    62: "the certificate was issued for another host name",
    64: "the certificate was issued for another address",
}
"""X509_V_ERR numbers of OpenSSL that deployments run into."""

_TLS = {
    "WRONG_VERSION_NUMBER": "the server does not speak TLS on this port",
    "HTTP_REQUEST": "the server does not speak TLS on this port",
    "UNSUPPORTED_PROTOCOL": "the server offers no TLS version newer than 1.1",
    "TLSV1_ALERT_PROTOCOL_VERSION": "the server refuses every TLS version we offer",
    "TLSV13_ALERT_CERTIFICATE_REQUIRED": "the server asks for a client certificate; name one in tls.client_cert",
    "SSLV3_ALERT_HANDSHAKE_FAILURE": "the server refuses the handshake (it may ask for a client certificate)",
    "UNEXPECTED_EOF_WHILE_READING": "the server closed the connection during the handshake",
    "SSLV3_ALERT_BAD_CERTIFICATE": "the server refuses the client certificate",
    "TLSV1_ALERT_UNKNOWN_CA": "the server does not trust the authority of the client certificate",
}


def classify(error: BaseException, origin: Origin | None, seconds: float) -> tuple[Fault, str]:
    """The fault and its sentence; ``seconds`` is the time-out that was in force."""
    import httpx  # noqa: PLC0415

    place = f"{origin.host}:{origin.port}" if origin else "the address"
    causes = list(_causes(error))
    for cause in causes:
        if isinstance(cause, ssl.SSLError) and not _hung_up_later(error, cause):
            return "tls", f"{place}: {tls_sentence(cause)}"
        if isinstance(cause, socket.gaierror):
            return "dns", f"the host name {origin.host if origin else ''} cannot be resolved"
    if isinstance(error, httpx.TimeoutException):
        return "time-out", f"{place} did not {_AWAITED[type(error)]} within {seconds:g} s"
    if isinstance(error, httpx.ProxyError):
        return "refused", f"the proxy does not let us through to {place}: {_status(error)}"
    if isinstance(error, httpx.ConnectError):
        refused = any(isinstance(cause, ConnectionRefusedError) for cause in causes)
        return "refused", f"{place} {'refuses the connection' if refused else 'cannot be reached'}"
    return "broken", f"{place} broke the connection or did not answer in HTTP ({type(error).__name__})"


def _hung_up_later(error: BaseException, cause: ssl.SSLError) -> bool:
    """Whether the connection ended after the handshake, which is no trouble of TLS."""
    return isinstance(cause, (ssl.SSLEOFError, ssl.SSLZeroReturnError)) and type(error).__name__ != "ConnectError"


def tls_sentence(error: ssl.SSLError) -> str:
    """What is wrong with a handshake, for people."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return _CERTIFICATE.get(error.verify_code, f"the certificate is not accepted: {error.verify_message}")
    return _TLS.get(error.reason or "", f"the TLS handshake failed ({error.reason or type(error).__name__})")


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__


def _status(error: Exception) -> str:
    """The status line a proxy answered a CONNECT with, the only thing such an error's message holds."""
    text = str(error)
    return text if text[:3].isdigit() else type(error).__name__


class _Awaited(dict[type, str]):
    def __missing__(self, kind: type) -> str:
        return {"ConnectTimeout": "accept a connection", "PoolTimeout": "get a turn"}.get(kind.__name__, "answer")


_AWAITED = _Awaited()
