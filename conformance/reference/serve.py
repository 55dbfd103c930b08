"""The process: three HTTPS origins on loopback, certificates, ready file, target files, end on a signal.

Which origin a request is for follows from the port it arrived on.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import signal
import sys
import tempfile
import threading
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import uvicorn

from conformance.reference import attachments, faults, lawful, target_file
from conformance.reference.authorization import server as authorization_server
from conformance.reference.certificates import Authority
from conformance.reference.deployments import Deployments
from conformance.reference.fhir import server as fhir_server
from conformance.reference.listeners import Port, Sniffed, listening, sniff
from conformance.reference.tenant import Addresses, Origins
from conformance.reference.variants import VARIANTS
from conformance.reference.web import Payer

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from conformance.reference.deviation import Deviation

HANDLERS = {
    "fhir": fhir_server.handle,
    "authorization": authorization_server.handle,
    "attachments": attachments.handle,
}


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line says. Port 0 lets the system choose; otherwise the two after it are used as well."""

    host: str = "127.0.0.1"
    port: int = 0
    base_date: date = field(default_factory=date.today)
    ready_file: Path | None = None
    target_file: Path | None = None
    faults: tuple[str, ...] = ()
    lawful: tuple[str, ...] = ()
    population: str = "standard"
    stop_with_parent: bool = False


class _Server(uvicorn.Server):
    """uvicorn without its signal handling: we end cleanly and keep our own exit code."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def run(options: Options) -> None:
    """Serve until told to stop.

    Raises :class:`faults.UnknownFault` or :class:`lawful.UnknownVariation` before anything is opened.
    """
    seeded: list[Deviation] = [*map(faults.find, options.faults), *map(lawful.find, options.lawful)]
    kinds = {origin: kind for deviation in seeded for origin, kind in deviation.listeners.items()}
    folder = Path(tempfile.mkdtemp(prefix="reference-payer-"))
    try:
        authority = Authority()
        ports, sniffed, public = listening(options.host, options.port, authority, folder, kinds)
        deployments = Deployments(_origins(options.host, public), options.base_date, seeded, options.population)
        payer = Payer(deployments.find, {port.number: HANDLERS[port.origin] for port in ports})
        ready = written(options, deployments, authority.pem(), folder)
        asyncio.run(_serve(payer, ports, sniffed, options, ready))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def written(options: Options, deployments: Deployments, ca: bytes, folder: Path) -> dict[str, Any]:
    """Write the certificate and the target files; returns what the ready file says."""
    target = (options.target_file or folder / "target.yaml").absolute()
    ca_file = target.with_suffix(".ca.pem")
    ca_file.write_bytes(ca)
    clean = deployments.clean
    target.touch(mode=0o600)
    target.write_text(
        target_file.text(clean, ca_file, target.with_suffix(".fixtures.json"), options.base_date), encoding="utf-8"
    )
    ready = announcement(deployments, ca_file, target)
    fixtures = target.with_suffix(".fixtures.json")
    fixtures.write_bytes(clean.store.manifest())
    ready["fixtures"] = str(fixtures)
    for slug, variant in VARIANTS.items():
        place = Addresses(slug, deployments.origins)
        file = folder / f"{slug}.yaml"
        overrides = dict(variant.target)
        if variant.main:
            overrides["clients.main"] = target_file.client(clean.state.clients[variant.main])
        file.write_text(target_file.differing(str(target), place, variant.behaviour.title, overrides), encoding="utf-8")
        ready["variants"][slug] = {"fhir_base": place.fhir_base, "issuer": place.issuer, "target_file": str(file)}
    return ready


def announcement(deployments: Deployments, ca_file: Path, target: Path) -> dict[str, Any]:
    """What the ready file says of the clean deployment."""
    tenant = deployments.clean
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
                "private_key": client.private_key,
            }
            for key, client in target_file.named_clients(tenant).items()
        },
        "variants": {},
    }


async def _serve(
    payer: Payer, ports: Sequence[Port], sniffed: Sequence[Sniffed], options: Options, ready: dict[str, Any]
) -> None:
    contexts = list({id(port.context): port.context for port in ports}.values())
    servers = [_server(payer, context) for context in contexts]
    loop = asyncio.get_running_loop()

    def stop() -> None:
        for server in servers:
            server.should_exit = True

    for number in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(NotImplementedError, RuntimeError, ValueError):
            loop.add_signal_handler(number, stop)
    if options.stop_with_parent:
        threading.Thread(target=_wait_for_parent, args=(loop, stop), daemon=True).start()
    running = [
        asyncio.create_task(server.serve(sockets=[port.socket for port in ports if port.context is context]))
        for server, context in zip(servers, contexts, strict=True)
    ]
    fronts = [await sniff(options.host, each) for each in sniffed]
    announcer = asyncio.create_task(_announce(servers, options, ready))
    await asyncio.gather(*running)
    announcer.cancel()
    for front in fronts:
        front.close()


def _server(payer: Payer, context: Any) -> _Server:
    # without a bound the end waits for clients that keep their connections open
    config = uvicorn.Config(
        payer, log_level="warning", access_log=False, lifespan="off", server_header=False, timeout_graceful_shutdown=1
    )
    config.load()
    config.ssl = context
    return _Server(config)


async def _announce(servers: Sequence[uvicorn.Server], options: Options, ready: dict[str, Any]) -> None:
    while not all(server.started for server in servers):
        await asyncio.sleep(0.005)
    if options.ready_file is not None:
        beside = options.ready_file.with_name(options.ready_file.name + ".writing")
        beside.touch(mode=0o600)
        beside.write_text(json.dumps(ready, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        beside.replace(options.ready_file)
    else:
        print(summary(ready), flush=True)


def summary(ready: dict[str, Any]) -> str:
    """What a person at the terminal wants to know."""
    names = ("fhir_base", "issuer", "developer_page", "ca_file", "target_file")
    lines = [f"{name:>15}  {ready[name]}" for name in names]
    lines += [f"{key:>15}  {each['username']} / {each['password']}" for key, each in ready["members"].items()]
    lines += [f"{'variant':>15}  {each['fhir_base']}" for each in ready["variants"].values()]
    return "\n".join(lines)


def _wait_for_parent(loop: asyncio.AbstractEventLoop, stop: Any) -> None:
    """Read until the pipe from the parent closes."""
    descriptor = sys.stdin.fileno()
    while os.read(descriptor, 1024):
        pass
    loop.call_soon_threadsafe(stop)


def _origins(host: str, public: dict[str, int]) -> Origins:
    shown = f"[{host}]" if ":" in host else host
    return Origins(**{origin: f"https://{shown}:{port}" for origin, port in public.items()})
