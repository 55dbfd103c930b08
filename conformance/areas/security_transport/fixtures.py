"""Fixtures for transport: TLS offers, plain HTTP, calls from web pages, bursts."""

from __future__ import annotations

import ipaddress
import secrets
import time
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from conformance.areas.security_transport.probes.listener import ACCEPT_SECONDS, own_listener
from conformance.areas.security_transport.rules.evidence import Burst, CrossOrigin, Offer
from conformance.areas.shared.rest_evidence import Asked
from conformance.errors import HarnessError, NotApplicable, Undecided
from conformance.oauth.discovery import SMART_PATH, well_known
from conformance.transport import handshake, origin

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from conformance.areas.shared.own_authorization import OwnAuthorization
    from conformance.engine.run import Run
    from conformance.fhir import FhirClient
    from conformance.oauth.discovery import Discovery
    from conformance.transport import Exchange

VERSIONS = ("1.0", "1.1", "1.2", "1.3")
OLD_VERSIONS = VERSIONS[:2]
BURST = 400
_VOLLEY, _ENOUGH_LIMITED = 20, 5
_MAX_HOSTS = 6
_MIN_RECOVERY, _MAX_RECOVERY, _PAUSE = 5.0, 30.0, 0.25
_DUMMY_TOKEN = "not-a-token"  # noqa: S105  it opens nothing


@pytest.fixture(scope="session")
def https_addresses(run: Run, discovery: Discovery) -> dict[str, str]:
    """An address of each ``host:port`` of the deployment that speaks https; not applicable where none does."""
    addresses = [f"{run.target.deployment.fhir_base}/metadata"]
    addresses += [discovery.authorization_endpoint, discovery.token_endpoint, *discovery.origins]
    found: dict[str, str] = {}
    for address in addresses:
        place = origin(address) if address else None
        if place is not None and place.scheme == "https":
            found.setdefault(f"{place.host}:{place.port}", address)
    if not found:
        raise NotApplicable("the deployment is asked over plain http, which is accepted on loopback only (recorded)")
    if any(is_loopback(address) for address in found.values()):
        run.notes.append("TLS was judged on loopback: what stands before the deployment elsewhere was not seen")
    return dict(list(found.items())[:_MAX_HOSTS])


def is_loopback(address: str) -> bool:
    """Whether an address leads to this machine."""
    host = urlsplit(address).hostname or ""
    with suppress(ValueError):
        return ipaddress.ip_address(host).is_loopback
    return host == "localhost"


@pytest.fixture(scope="session")
def old_tls_can_be_offered() -> None:
    """Proves against a listener of our own that this machine can offer TLS 1.0 and 1.1 at all.

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


@pytest.fixture
def tls_offers(run: Run, https_addresses: dict[str, str], old_tls_can_be_offered: None) -> list[Offer]:
    """Each version of TLS offered to each host; undecided behind a proxy, which would answer for the host."""
    del old_tls_can_be_offered
    if run.target.proxy:
        raise Undecided("a proxy stands between us and the deployment; run without `proxy` to judge its TLS")
    offers = []
    for host in https_addresses:
        name, _, port = host.rpartition(":")
        for version in VERSIONS:
            answer = handshake(name, int(port), version)
            offers.append(Offer(host, version, answer.accepted, answer.detail))
    if all(offer.accepted is None for offer in offers):
        raise Undecided(f"no connection for a handshake: {offers[0].detail}")
    return [offer for offer in offers if offer.accepted is not None]


@pytest.fixture(scope="session")
def https_answers(run: Run, https_addresses: dict[str, str]) -> list[Asked]:
    """One verified request to each host."""
    return [
        Asked(host, run.transport.request("GET", address, follow_redirects=False, purpose="is the certificate valid"))
        for host, address in https_addresses.items()
    ]


@pytest.fixture
def plain_http_answers(run: Run, discovery: Discovery, https_addresses: dict[str, str]) -> list[Asked]:
    """What is answered over http where the deployment speaks https, with a token that opens nothing."""
    del https_addresses
    base = run.target.deployment.fhir_base
    token = {"Authorization": f"Bearer {_DUMMY_TOKEN}"}
    calls: list[tuple[str, str, str, dict[str, Any]]] = [
        ("GET", f"{base}/metadata", "metadata", {}),
        ("GET", well_known(base, SMART_PATH), "the SMART configuration", {}),
        ("GET", f"{base}/Patient/{secrets.token_hex(8)}", "a read with a token", {"headers": token}),
    ]
    if discovery.token_endpoint:
        form = {"grant_type": "authorization_code", "code": _DUMMY_TOKEN}
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
    """The http address that stands beside an https one: port 80 for 443, else the same port; empty for any other."""
    place = origin(address)
    if place is None or place.scheme != "https":
        return ""
    host = f"[{place.host}]" if ":" in place.host else place.host
    netloc = host if place.port == 443 else f"{host}:{place.port}"
    return urlsplit(address)._replace(scheme="http", netloc=netloc).geturl()


@pytest.fixture
def call_from_page(run: Run) -> Callable[..., CrossOrigin]:
    """Calls an address as a page of an origin would: the browser's preflight, then the call."""

    def call(  # noqa: PLR0917
        what: str, address: str, origin: str, ask: Callable[[dict[str, str]], Exchange], method: str, header: str
    ) -> CrossOrigin:
        sent = {"Origin": origin, "Access-Control-Request-Method": method}
        if header:
            sent["Access-Control-Request-Headers"] = header
        preflight = run.transport.request("OPTIONS", address, headers=sent, purpose=f"preflight of {what}")
        return CrossOrigin(what, origin, preflight, ask({"Origin": origin}))

    return call


@pytest.fixture
def foreign_origin() -> str:
    """An origin that nobody registered."""
    return f"https://{secrets.token_hex(6)}.example"


@pytest.fixture
def discovery_from_pages(
    run: Run, call_from_page: Callable[..., CrossOrigin], foreign_origin: str
) -> list[CrossOrigin]:
    """The SMART configuration and metadata, called from a page of any origin."""
    base = run.target.deployment.fhir_base
    addresses = {"the SMART configuration": well_known(base, SMART_PATH), "metadata": f"{base}/metadata"}
    calls = []
    for what, address in addresses.items():
        ask = partial(_get, run, address, f"{what} from a web page")
        calls.append(call_from_page(what, address, foreign_origin, ask, "GET", ""))
    return calls


def _get(run: Run, address: str, purpose: str, headers: dict[str, str]) -> Exchange:
    return run.transport.request("GET", address, headers=headers, purpose=purpose)


@pytest.fixture
def api_from_pages(
    run: Run, discovery: Discovery, fhir: FhirClient, patient: str, call_from_page: Callable[..., CrossOrigin]
) -> Callable[[str], list[CrossOrigin]]:
    """The FHIR API and the token endpoint, called from a page of an origin."""

    def calls(page: str) -> list[CrossOrigin]:
        path = f"Patient/{patient}"
        read = partial(_read, fhir, path)
        made = [call_from_page("the FHIR API", f"{fhir.base}/{path}", page, read, "GET", "authorization")]
        if discovery.token_endpoint:
            ask = partial(_exchange_nothing, run, discovery.token_endpoint)
            made.append(
                call_from_page("the token endpoint", discovery.token_endpoint, page, ask, "POST", "authorization")
            )
        return made

    return calls


def _read(fhir: FhirClient, path: str, headers: dict[str, str]) -> Exchange:
    return fhir.get(path, headers=headers, purpose="a read from a web page")


def _exchange_nothing(run: Run, address: str, headers: dict[str, str]) -> Exchange:
    form = {"grant_type": "authorization_code", "code": _DUMMY_TOKEN}
    return run.transport.request("POST", address, headers=headers, form=form, purpose="a token request from a web page")


@pytest.fixture(scope="session")
def registered_origin(run: Run) -> str:
    """The origin registered for the main app; undecided without one."""
    registered = run.target.clients["main"].origin
    if not registered:
        raise Undecided("add the web origin registered for the app as clients.main.origin to the target file")
    return registered


@pytest.fixture
def burst(run: Run, discovery: Discovery, own_authorization: OwnAuthorization) -> Burst:
    """Token requests for a client that does not exist, as many at once as politeness lets us; undecided if forbidden.

    No member's name and no registered client is in them, so that nobody can be locked out.
    """
    del own_authorization  # it only says that this runs late, with a canary afterwards
    if not run.target.allows("burst"):
        raise Undecided("a burst of requests may not be sent; add burst to `allow` in the target file")
    address = discovery.token_endpoint
    if not address:
        raise Undecided("no token_endpoint is published", blocked_by="PA-DISC-004")
    form = {"grant_type": "refresh_token", "refresh_token": secrets.token_hex(8), "client_id": secrets.token_hex(8)}

    def once(*, wait: bool = False) -> Exchange:
        return run.transport.request("POST", address, form=form, wait=wait, purpose="one of a burst")

    answers = [Asked("a token request", exchange) for exchange in _at_once(once, run.target.politeness.concurrency)]
    began = time.monotonic()
    patience = min(_MAX_RECOVERY, max([_MIN_RECOVERY, *(2 * _told(each.answer.headers) for each in answers)]))
    while (after := once()).status == 429 and time.monotonic() - began < patience:
        time.sleep(_PAUSE)
    found = Burst(answers, Asked("a token request after the burst", after), time.monotonic() - began)
    if not found.limited and all(0 < each.answer.status < 500 for each in answers):
        raise Undecided(f"{len(answers)} token requests at once met no limit; how many would is not tried out")
    return found


def _told(headers: Mapping[str, str]) -> float:
    """The seconds of a Retry-After header; 0 when it says none."""
    value = headers.get("retry-after", "").strip()
    return float(value[:4]) if value.isdecimal() else 0.0


def _at_once(once: Callable[[], Exchange], threads: int) -> Sequence[Exchange]:
    """So many requests as it takes until some are told to wait, or as many as we send at most."""
    from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415

    answers: list[Exchange] = []
    with ThreadPoolExecutor(max_workers=max(1, threads)) as pool:
        while len(answers) < BURST and sum(each.status == 429 for each in answers) < _ENOUGH_LIMITED:
            answers += pool.map(lambda _: once(), range(_VOLLEY))
    return answers
