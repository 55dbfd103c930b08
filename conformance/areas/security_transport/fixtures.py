"""Fixtures for transport: the hosts that speak https, and one verified request to each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conformance.areas.security_transport.probes.tls import https_hosts
from conformance.areas.shared.rest_evidence import Asked

if TYPE_CHECKING:
    from conformance.engine.run import Run
    from conformance.oauth.discovery import Discovery


@pytest.fixture(scope="session")
def https_addresses(run: Run, discovery: Discovery) -> dict[str, str]:
    """An address of each ``host:port`` of the deployment that speaks https; not applicable where none does."""
    return https_hosts(run, discovery)


@pytest.fixture(scope="session")
def https_answers(run: Run, https_addresses: dict[str, str]) -> list[Asked]:
    """One verified request to each host."""
    return [
        Asked(host, run.transport.request("GET", address, follow_redirects=False, purpose="is the certificate valid"))
        for host, address in https_addresses.items()
    ]
