"""What answers on each port: TLS with our certificate, or, for faults of transport, something that should not.

A listener that answers plain HTTP on its TLS port looks at the first byte of a connection and passes it on to one of
two hidden ports.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
import warnings
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from conformance.reference.certificates import Authority
    from conformance.reference.faults.fault import Listener

ORIGINS = ("fhir", "authorization", "attachments")
TLS_HANDSHAKE = b"\x16"


@dataclass(frozen=True, slots=True)
class Port:
    """A port and the origin it answers for; ``context`` is ``None`` for plain HTTP."""

    origin: str
    socket: socket.socket
    context: ssl.SSLContext | None

    @property
    def number(self) -> int:
        """The port number."""
        return int(self.socket.getsockname()[1])


@dataclass(frozen=True, slots=True)
class Sniffed:
    """A public socket whose connections go to one hidden port if they begin with TLS and to another if not."""

    socket: socket.socket
    tls: int
    plain: int


def bound(host: str, port: int) -> socket.socket:
    """A socket on an address; port 0 lets the system choose."""
    # asyncio sends at once (TCP_NODELAY) only where the socket names its protocol; otherwise each answer waits 40 ms
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    each = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    each.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    each.bind((host, port))
    return each


def listening(
    host: str, first: int, authority: Authority, folder: Path, kinds: Mapping[str, Listener]
) -> tuple[list[Port], list[Sniffed], dict[str, int]]:
    """All ports, those with two faces, and the public port number of each origin."""
    good = authority.server_context(folder, host)
    ports: list[Port] = []
    sniffed: list[Sniffed] = []
    public: dict[str, int] = {}
    for number, origin in enumerate(ORIGINS):
        outer = bound(host, first + number if first else 0)
        public[origin] = outer.getsockname()[1]
        kind = kinds.get(origin)
        if kind == "plain-http":
            hidden = [Port(origin, bound(host, 0), good), Port(origin, bound(host, 0), None)]
            ports += hidden
            sniffed.append(Sniffed(outer, hidden[0].number, hidden[1].number))
        else:
            ports.append(Port(origin, outer, deviating(authority, folder, host, kind) if kind else good))
    return ports, sniffed, public


def deviating(authority: Authority, folder: Path, host: str, kind: Listener) -> ssl.SSLContext:
    """A TLS context with a fault."""
    if kind == "expired":
        return authority.server_context(folder, host, days=-1)
    if kind == "wrong-host":
        return authority.server_context(folder, "payer.invalid", loopback_names=False)
    context = authority.server_context(folder, host)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = ssl.TLSVersion.TLSv1
        if kind == "only-old-tls":
            context.maximum_version = ssl.TLSVersion.TLSv1_1
    context.set_ciphers("ALL:@SECLEVEL=0")
    return context


async def sniff(host: str, port: Sniffed) -> asyncio.Server:
    """Answer on a socket with two faces."""

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            first = await reader.read(1)
            to_reader, to_writer = await asyncio.open_connection(
                host, port.tls if first == TLS_HANDSHAKE else port.plain
            )
            to_writer.write(first)
            await asyncio.gather(_pump(reader, to_writer), _pump(to_reader, writer))
        writer.close()

    return await asyncio.start_server(connected, sock=port.socket)


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
        writer.close()
