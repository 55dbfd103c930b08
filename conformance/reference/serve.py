"""The process: three HTTPS origins on loopback, certificates, ready file, target file, end on a signal.

One uvicorn server listens on three sockets; which origin a request is for follows from the port it arrived on.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import signal
import socket
import sys
import tempfile
import threading
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import uvicorn

from conformance.reference import attachments, target_file
from conformance.reference.accounts import people
from conformance.reference.authorization import server as authorization_server
from conformance.reference.authorization.clients import given_clients
from conformance.reference.authorization.keys import SigningKeys
from conformance.reference.certificates import Authority
from conformance.reference.fhir import server as fhir_server
from conformance.reference.records.cache import open_store
from conformance.reference.tenant import Behaviour, Origins, State, Tenant
from conformance.reference.web import Payer

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterator, Sequence

HANDLERS = (fhir_server.handle, authorization_server.handle, attachments.handle)


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line says. Port 0 lets the system choose; otherwise the two after it are used as well."""

    host: str = "127.0.0.1"
    port: int = 0
    base_date: date = field(default_factory=date.today)
    ready_file: Path | None = None
    target_file: Path | None = None
    faults: tuple[str, ...] = ()
    stop_with_parent: bool = False


class _Server(uvicorn.Server):
    """uvicorn without its signal handling: we end cleanly and keep our own exit code."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            with contextlib.suppress(NotImplementedError, RuntimeError, ValueError):
                loop.add_signal_handler(number, self.stop)
        yield

    def stop(self) -> None:
        """Answer what is open, then end."""
        self.should_exit = True


def run(options: Options) -> None:
    """Serve until told to stop."""
    folder = Path(tempfile.mkdtemp(prefix="reference-payer-"))
    try:
        sockets = _sockets(options)
        authority = Authority()
        context = authority.server_context(folder, options.host)
        ports = [each.getsockname()[1] for each in sockets]
        clean = clean_tenant(options, _origins(options.host, ports))
        payer = Payer({"": clean}, dict(zip(ports, HANDLERS, strict=True)))
        ca_file = (options.target_file.with_suffix(".ca.pem") if options.target_file else folder / "ca.pem").absolute()
        ca_file.write_bytes(authority.pem())
        target = options.target_file or folder / "target.yaml"
        target.write_text(target_file.text(clean, ca_file, options.base_date))
        asyncio.run(_serve(payer, sockets, context, options, announcement(clean, ca_file, target.absolute())))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def clean_tenant(options: Options, origins: Origins) -> Tenant:
    """The clean deployment; with the faults asked for, if any."""
    return Tenant(
        slug="",
        behaviour=Behaviour(),
        origins=origins,
        store=open_store(options.base_date),
        keys=SigningKeys(),
        people=people(),
        state=State(clients=given_clients()),
    )


def announcement(tenant: Tenant, ca_file: Path, target: Path) -> dict[str, Any]:
    """What the ready file says."""
    return {
        "fhir_base": tenant.fhir_base,
        "issuer": tenant.issuer,
        "developer_page": f"{tenant.issuer}/developer",
        "ca_file": str(ca_file),
        "target_file": str(target),
        "members": {
            person.key: {
                "username": person.username,
                "password": person.password,
                "totp_secret": person.totp_secret,
                "patient_id": person.own,
                "choices": list(person.choices),
            }
            for person in tenant.people.values()
        },
        "clients": {
            key: {
                "client_id": client.id,
                "client_secret": client.secret,
                "authentication": client.method,
                "redirect_uris": list(client.redirect_uris),
            }
            for key, client in target_file.named_clients(tenant).items()
        },
    }


async def _serve(
    payer: Payer, sockets: Sequence[socket.socket], context: ssl.SSLContext, options: Options, ready: dict[str, Any]
) -> None:
    config = uvicorn.Config(
        payer, log_level="warning", access_log=False, lifespan="off", server_header=False, date_header=True
    )
    config.load()
    config.ssl = context
    server = _Server(config)
    loop = asyncio.get_running_loop()
    if options.stop_with_parent:
        threading.Thread(target=_wait_for_parent, args=(loop, server), daemon=True).start()
    announcer = asyncio.create_task(_announce(server, options, ready))
    await server.serve(sockets=list(sockets))
    announcer.cancel()


async def _announce(server: uvicorn.Server, options: Options, ready: dict[str, Any]) -> None:
    while not server.started:
        await asyncio.sleep(0.005)
    if options.ready_file is not None:
        beside = options.ready_file.with_name(options.ready_file.name + ".writing")
        beside.touch(mode=0o600)
        beside.write_text(json.dumps(ready, indent=2, ensure_ascii=False) + "\n")
        beside.replace(options.ready_file)
    else:
        print(summary(ready), flush=True)


def summary(ready: dict[str, Any]) -> str:
    """What a person at the terminal wants to know."""
    lines = [
        f"{name:>15}  {ready[name]}" for name in ("fhir_base", "issuer", "developer_page", "ca_file", "target_file")
    ]
    for key, member in ready["members"].items():
        lines.append(f"{key:>15}  {member['username']} / {member['password']}")
    return "\n".join(lines)


def _wait_for_parent(loop: asyncio.AbstractEventLoop, server: _Server) -> None:
    """Read until the pipe from the parent closes."""
    descriptor = sys.stdin.fileno()
    while os.read(descriptor, 1024):
        pass
    loop.call_soon_threadsafe(server.stop)


def _sockets(options: Options) -> list[socket.socket]:
    ports = [0, 0, 0] if options.port == 0 else [options.port, options.port + 1, options.port + 2]
    sockets = []
    for port in ports:
        each = socket.socket(socket.AF_INET6 if ":" in options.host else socket.AF_INET)
        each.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        each.bind((options.host, port))
        sockets.append(each)
    return sockets


def _origins(host: str, ports: list[int]) -> Origins:
    shown = f"[{host}]" if ":" in host else host
    fhir, authorization, attachments_port = (f"https://{shown}:{port}" for port in ports)
    return Origins(fhir, authorization, attachments_port)
