"""Calls as a web page of an origin makes them: the browser's preflight, then the call itself."""

from __future__ import annotations

import secrets
from functools import partial
from typing import TYPE_CHECKING

from conformance.areas.security_transport.probes.tls import DUMMY_TOKEN
from conformance.areas.security_transport.rules.evidence import CrossOrigin
from conformance.errors import Undecided
from conformance.oauth.discovery import SMART_PATH, well_known

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.engine.run import Run
    from conformance.fhir import FhirClient
    from conformance.oauth.discovery import Discovery
    from conformance.transport import Exchange


def foreign_origin() -> str:
    """An origin that no app registered."""
    return f"https://{secrets.token_hex(6)}.example"


def registered_origin(run: Run) -> str:
    """The origin registered for the main app; undecided without one."""
    registered = run.target.clients["main"].origin
    if not registered:
        raise Undecided("add the web origin registered for the app as clients.main.origin to the target file")
    return registered


def discovery_calls(run: Run) -> list[CrossOrigin]:
    """The SMART configuration and metadata, called from a page of any origin."""
    base, page = run.target.deployment.fhir_base, foreign_origin()
    addresses = {"the SMART configuration": well_known(base, SMART_PATH), "metadata": f"{base}/metadata"}
    return [
        _call(run, what, address, page, partial(_get, run, address, f"{what} from a web page"), method="GET")
        for what, address in addresses.items()
    ]


def api_calls(run: Run, discovery: Discovery, fhir: FhirClient, patient: str, page: str) -> list[CrossOrigin]:
    """The FHIR API and the token endpoint, called from a page of an origin with an Authorization header."""
    path = f"Patient/{patient}"
    read = partial(_read, fhir, path)
    asked = "authorization"
    made = [_call(run, "the FHIR API", f"{fhir.base}/{path}", page, read, method="GET", header=asked)]
    endpoint = discovery.token_endpoint
    if endpoint:
        exchange = partial(_exchange_nothing, run, endpoint)
        made.append(_call(run, "the token endpoint", endpoint, page, exchange, method="POST", header=asked))
    return made


def _call(
    run: Run,
    what: str,
    address: str,
    page: str,
    ask: Callable[[dict[str, str]], Exchange],
    *,
    method: str,
    header: str = "",
) -> CrossOrigin:
    sent = {"Origin": page, "Access-Control-Request-Method": method}
    if header:
        sent["Access-Control-Request-Headers"] = header
    preflight = run.transport.request("OPTIONS", address, headers=sent, purpose=f"preflight of {what}")
    return CrossOrigin(what, page, preflight, ask({"Origin": page}))


def _get(run: Run, address: str, purpose: str, headers: dict[str, str]) -> Exchange:
    return run.transport.request("GET", address, headers=headers, purpose=purpose)


def _read(fhir: FhirClient, path: str, headers: dict[str, str]) -> Exchange:
    return fhir.get(path, headers=headers, purpose="a read from a web page")


def _exchange_nothing(run: Run, address: str, headers: dict[str, str]) -> Exchange:
    form = {"grant_type": "authorization_code", "code": DUMMY_TOKEN}
    return run.transport.request("POST", address, headers=headers, form=form, purpose="a token request from a web page")
