"""The documents that came with prior authorizations, read as the member to whom they belong."""

from __future__ import annotations

import ipaddress
import socket
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from conformance.areas.data_content.rules.documents import Document
from conformance.transport.origin import origin

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from conformance.areas.shared.promises import Promise
    from conformance.fhir import FhirClient

Resource = dict[str, Any]


def documents_of(
    promises: Iterable[Promise], gathered: Mapping[str, Resource], client_of: Callable[[str], FhirClient]
) -> list[Document]:
    """Every promised document with what its attachments gave; the token goes to the FHIR base's origin only."""
    return [
        Document(
            promise, reference, reference in gathered, tuple(_attachments(gathered.get(reference), promise, client_of))
        )
        for promise in promises
        for reference in promise.entry.get("documentation") or []
    ]


def _attachments(
    resource: Resource | None, promise: Promise, client_of: Callable[[str], FhirClient]
) -> Iterator[tuple[str, Any]]:
    """(address, answer) of every attachment with an address; without an answer where it must not be asked."""
    for content in (resource or {}).get("content") or []:
        attachment = content.get("attachment") or {}
        url = attachment.get("url")
        if isinstance(url, str) and not attachment.get("data"):
            client = client_of(promise.member)
            asked = _may_be_asked(url, client.base)
            yield url, _read(client, url) if asked else None


def _read(client: FhirClient, url: str) -> Any:
    return client.get(url, headers={"Accept": "*/*"}, purpose="documentation of an authorization", endpoint="document")


def _may_be_asked(url: str, base: str) -> bool:
    """Whether an address is on the deployment's host, or on a public https host.

    A private or link-local host is asked only where the deployment's own host is in such a network too.
    """
    target, own = origin(url), origin(base)
    if not urlsplit(url).scheme or (target is not None and own is not None and target.host == own.host):
        return True
    if target is None or target.scheme != "https":
        return False
    return _is_public(target.host) or (own is not None and not _is_public(own.host))


def _is_public(host: str) -> bool:
    """Whether every address of a host is a global one; a host that cannot be resolved counts as public."""
    try:
        found = {entry[4][0] for entry in socket.getaddrinfo(host, None)}
    except OSError:
        return True
    return all(ipaddress.ip_address(str(address).partition("%")[0]).is_global for address in found)
