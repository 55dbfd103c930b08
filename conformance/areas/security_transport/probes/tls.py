"""What the deployment's hosts answer to offers of TLS, and to plain http."""

from __future__ import annotations

import ipaddress
import secrets
from contextlib import suppress
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from conformance.areas.security_transport.probes.listener import ACCEPT_SECONDS, own_listener
from conformance.areas.security_transport.rules.evidence import Offer
from conformance.areas.shared.rest_evidence import Asked
from conformance.errors import HarnessError, NotApplicable, Undecided
from conformance.oauth.discovery import SMART_PATH, well_known
from conformance.transport import handshake, origin

if TYPE_CHECKING:
    from collections.abc import Iterable

    from conformance.engine.run import Run
    from conformance.oauth.discovery import Discovery

VERSIONS = ("1.0", "1.1", "1.2", "1.3")
OLD_VERSIONS = VERSIONS[:2]
DUMMY_TOKEN = "not-a-token"  # noqa: S105  it opens nothing
_MAX_HOSTS = 6


def https_hosts(run: Run, discovery: Discovery) -> dict[str, str]:
    """An address of each ``host:port`` of the deployment that speaks https; not applicable where none does."""
    addresses = [f"{run.target.deployment.fhir_base}/metadata"]
    addresses += [discovery.authorization_endpoint, discovery.token_endpoint, *discovery.origins]
    found: dict[str, str] = {}
    for address in addresses:
        place = origin(address) if address else None
        if place is not None and place.scheme == "https":
            found.setdefault(f"{place.host}:{place.port}", address)
    if not found:
        raise NotApplicable("the deployment is reached over plain http, which is accepted on loopback only (recorded)")
    if any(is_loopback(address) for address in found.values()):
        run.notes.append("TLS was judged on loopback: a host in front of the deployment elsewhere was not seen")
    return dict(list(found.items())[:_MAX_HOSTS])


def is_loopback(address: str) -> bool:
    """Whether an address leads to this machine."""
    host = urlsplit(address).hostname or ""
    with suppress(ValueError):
        return ipaddress.ip_address(host).is_loopback
    return host == "localhost"


def _require_old_tls() -> None:
    """Prove against a listener of our own that this machine can offer TLS 1.0 and 1.1 at all.

    Raises :class:`HarnessError` when it cannot: a refusal by the deployment would then say nothing.
    """
    for version in OLD_VERSIONS:
        with own_listener(version) as port:
            answer = handshake("127.0.0.1", port, version, timeout=ACCEPT_SECONDS)
        if not answer.accepted:
            raise HarnessError(
                f"this machine cannot offer TLS {version} ({answer.detail}), so its refusal cannot be seen; "
                "run where OpenSSL allows SECLEVEL=0"
            )


def tls_offers(run: Run, hosts: Iterable[str]) -> list[Offer]:
    """Each version of TLS offered to each host; undecided behind a proxy, which would answer for the host."""
    _require_old_tls()
    if run.target.proxy:
        raise Undecided("TLS cannot be judged through a proxy; run without `proxy` to judge it")
    offers = []
    for host in hosts:
        name, _, port = host.rpartition(":")
        for version in VERSIONS:
            answer = handshake(name, int(port), version)
            offers.append(Offer(host, version, answer.accepted, answer.detail))
    if all(offer.accepted is None for offer in offers):
        raise Undecided(f"no connection for a handshake: {offers[0].detail}")
    return [offer for offer in offers if offer.accepted is not None]


def plain_http(run: Run, discovery: Discovery) -> list[Asked]:
    """What is answered over http where the deployment speaks https, with a token that opens nothing."""
    base = run.target.deployment.fhir_base
    token = {"Authorization": f"Bearer {DUMMY_TOKEN}"}
    calls: list[tuple[str, str, str, dict[str, Any]]] = [
        ("GET", f"{base}/metadata", "metadata", {}),
        ("GET", well_known(base, SMART_PATH), "the SMART configuration", {}),
        ("GET", f"{base}/Patient/{secrets.token_hex(8)}", "a read with a token", {"headers": token}),
    ]
    if discovery.token_endpoint:
        form = {"grant_type": "authorization_code", "code": DUMMY_TOKEN}
        calls.append(("POST", discovery.token_endpoint, "a token request", {"form": form}))
    if discovery.authorization_endpoint:
        calls.append(("GET", discovery.authorization_endpoint, "the authorization endpoint", {}))
    found = []
    for method, address, what, sent in calls:
        plain = plain_variant(address)
        if plain:
            answer = run.transport.request(method, plain, follow_redirects=False, purpose=f"{what} over http", **sent)
            found.append(Asked(f"{what} over http", answer))
    return found


def plain_variant(address: str) -> str:
    """The http address beside an https one: port 80 for 443, else the same port; empty for any other."""
    place = origin(address)
    if place is None or place.scheme != "https":
        return ""
    host = f"[{place.host}]" if ":" in place.host else place.host
    netloc = host if place.port == 443 else f"{host}:{place.port}"
    return urlsplit(address)._replace(scheme="http", netloc=netloc).geturl()
