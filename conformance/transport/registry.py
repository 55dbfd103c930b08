"""FHIR packages from a package registry."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import quote

from conformance.errors import ConfigError, HarnessError

if TYPE_CHECKING:
    from conformance.transport.client import Transport

MAX_PACKAGE = 200_000_000


def download_package(transport: Transport, name: str, version: str, registry: str) -> bytes:
    """The .tgz of a FHIR package (``hl7.fhir.us.core``, ``6.1.0``) from a registry that speaks the FHIR NPM protocol.

    Raises ``ConfigError`` when the name is not a package name or the registry has no such package, ``HarnessError``
    when the registry cannot be used.
    """
    if not all(re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._+-]*", part) for part in (name, version)):
        raise ConfigError(f"{name}@{version} is not the name and version of a FHIR package")
    url = f"{registry.rstrip('/')}/{quote(name)}/{quote(version)}"
    answer = transport.request("GET", url, purpose="FHIR package", endpoint="package registry", max_body=MAX_PACKAGE)
    if answer.status == 404:
        raise ConfigError(f"the registry has no package {name}@{version}")
    if answer.fault or answer.status != 200:
        reason = answer.detail or f"it answered {answer.status}"
        raise HarnessError(f"the package {name}@{version} could not be fetched from the registry: {reason}")
    if not answer.body.startswith(b"\x1f\x8b"):
        raise HarnessError(f"what the registry sent for {name}@{version} is not a .tgz file")
    return answer.body
