"""A transport as a target describes it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.transport.client import Transport
from conformance.transport.tls import TlsSettings

if TYPE_CHECKING:
    from conformance.redaction import Redactor


def transport_for(target: Any, redactor: Redactor) -> Transport:
    """The transport for a target: anything with ``tls``, ``proxy``, ``headers`` and ``politeness`` .

    ``politeness`` has ``concurrency``, ``rate``, ``max_requests``, ``timeout`` (seconds) and ``max_body`` (bytes).
    Raises ``ConfigError`` when a certificate file cannot be used.
    """
    tls, polite = target.tls, target.politeness
    return Transport(
        redactor=redactor,
        tls=TlsSettings(ca_file=str(tls.ca_file), client_cert=str(tls.client_cert), client_key=str(tls.client_key)),
        proxy=target.proxy,
        headers_by_host=target.headers,
        timeout=float(polite.timeout),
        max_body=int(polite.max_body),
        concurrency=polite.concurrency,
        rate=float(polite.rate),
        max_requests=polite.max_requests,
    )
