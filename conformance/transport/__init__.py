"""Everything that goes over the network: requests, their record, trust, politeness.

``Transport`` sends and records; ``Exchange`` is what came of a request, unredacted and in memory only;
``Transport.redacted`` is how it leaves.
"""

from __future__ import annotations

from conformance.transport.client import Transport
from conformance.transport.exchange import Exchange, Fault
from conformance.transport.origin import Origin, join, origin, same_origin
from conformance.transport.politeness import Politeness, RequestBudgetSpent
from conformance.transport.record import RedactedExchange
from conformance.transport.registry import download_package
from conformance.transport.settings import transport_for
from conformance.transport.terminology import TerminologyService
from conformance.transport.tls import Handshake, TlsSettings, handshake

__all__ = [
    "Exchange",
    "Fault",
    "Handshake",
    "Origin",
    "Politeness",
    "RedactedExchange",
    "RequestBudgetSpent",
    "TerminologyService",
    "TlsSettings",
    "Transport",
    "download_package",
    "handshake",
    "join",
    "origin",
    "same_origin",
    "transport_for",
]
