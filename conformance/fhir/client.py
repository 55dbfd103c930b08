"""The FHIR REST API of one service, asked as one member (R4 RESTful API)."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from conformance.fhir.paging import MAX_PAGES, Pages
from conformance.fhir.sharing import SharedResources
from conformance.transport import same_origin

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from conformance.transport import Exchange, Transport

    Parameters = Mapping[str, str | Sequence[str]] | Sequence[tuple[str, str]]

JSON = "application/fhir+json"


class FhirClient:
    """Asks the service at ``base``; ``token`` gives the access token of the moment, None asks without one.

    The token goes to the origin of ``base`` and nowhere else: not with a page link, a reference or a redirect to
    another host, scheme or port. ``headers`` given with a call win over the client's own, so that a check can send
    another Authorization or Accept. Nothing here judges: every method returns the exchange, whatever the answer.
    """

    def __init__(self, transport: Transport, base: str, token: Callable[[], str] | None = None) -> None:
        self.transport = transport
        self.base = base.rstrip("/")
        self._token = token
        self._shared = SharedResources()

    def __repr__(self) -> str:
        return f"FhirClient({self.base!r}, {'with' if self._token else 'without'} token)"

    def with_token(self, token: Callable[[], str] | None) -> FhirClient:
        """The same service asked with another token, or with none."""
        made = FhirClient(self.transport, self.base, token)
        made._shared = self._shared
        return made

    def bearer(self) -> str:
        """The access token of the moment; empty when this client asks without one."""
        return self._token() if self._token is not None else ""

    def read(
        self, resource_type: str, resource_id: str, *, headers: Mapping[str, str] | None = None, purpose: str = ""
    ) -> Exchange:
        """``GET [base]/Type/id``."""
        path = f"{resource_type}/{_segment(resource_id)}"
        return self.get(path, headers=headers, purpose=purpose, endpoint=f"read {resource_type}")

    def vread(
        self,
        resource_type: str,
        resource_id: str,
        version: str,
        *,
        headers: Mapping[str, str] | None = None,
        purpose: str = "",
    ) -> Exchange:
        """``GET [base]/Type/id/_history/version``."""
        path = f"{resource_type}/{_segment(resource_id)}/_history/{_segment(version)}"
        return self.get(path, headers=headers, purpose=purpose, endpoint=f"vread {resource_type}")

    def history(
        self,
        resource_type: str = "",
        resource_id: str = "",
        params: Parameters | None = None,
        *,
        headers: Mapping[str, str] | None = None,
        purpose: str = "",
    ) -> Exchange:
        """``GET [base]/Type/id/_history``, of a type or of the whole system when the parts are left out."""
        path = "/".join(part for part in (resource_type, _segment(resource_id), "_history") if part)
        endpoint = f"history {resource_type}".strip()
        return self.get(path, params, headers=headers, purpose=purpose, endpoint=endpoint)

    def search(
        self,
        resource_type: str,
        params: Parameters | None = None,
        *,
        method: str = "GET",
        query: Parameters | None = None,
        headers: Mapping[str, str] | None = None,
        purpose: str = "",
    ) -> Exchange:
        """``GET [base]/Type?…`` or ``POST [base]/Type/_search``; an empty type searches the whole system.

        ``query`` are parameters in the address of a posted search, beside ``params`` in its body.
        """
        endpoint = f"search {resource_type}".strip()
        if method == "GET":
            return self.get(resource_type, params, headers=headers, purpose=purpose, endpoint=endpoint)
        return self.transport.request(
            method,
            self._url(f"{resource_type}/_search".lstrip("/")),
            params=query,
            form=params or {},
            headers=self._headers(self.base, headers),
            purpose=purpose,
            endpoint=f"{endpoint} ({method})",
        )

    def operation(
        self,
        path: str,
        params: Parameters | None = None,
        *,
        method: str = "GET",
        body: Mapping[str, object] | None = None,
        headers: Mapping[str, str] | None = None,
        purpose: str = "",
    ) -> Exchange:
        """Invoke ``path`` (``Patient/1/$everything``); ``body`` is a Parameters resource for POST."""
        first, _, _ = path.partition("/")
        name = path[path.find("$") :] if "$" in path else path
        sent = {**self._headers(self.base, headers), **({"Content-Type": JSON} if body is not None else {})}
        return self.transport.request(
            "POST" if body is not None else method,
            self._url(path),
            params=params,
            json=body,
            headers=sent,
            purpose=purpose,
            endpoint=f"{first} {name}" if first != name else name,
        )

    def capabilities(self, *, headers: Mapping[str, str] | None = None, purpose: str = "") -> Exchange:
        """``GET [base]/metadata``, without the token: it is open to all (SMART App Launch, capability statement)."""
        sent = {"Accept": JSON, **(headers or {})}
        url = self._url("metadata")
        return self.transport.request("GET", url, headers=sent, purpose=purpose, endpoint="metadata")

    def get(
        self,
        path_or_url: str,
        params: Parameters | None = None,
        *,
        headers: Mapping[str, str] | None = None,
        purpose: str = "",
        endpoint: str = "",
    ) -> Exchange:
        """Ask for a path below the base, or for an absolute address; another origin is asked without the token."""
        url = self._url(path_or_url)
        return self.transport.request(
            "GET", url, params=params, headers=self._headers(url, headers), purpose=purpose, endpoint=endpoint
        )

    def send(
        self,
        method: str,
        path_or_url: str,
        params: Parameters | None = None,
        *,
        body: object = None,
        headers: Mapping[str, str] | None = None,
        purpose: str = "",
        endpoint: str = "",
    ) -> Exchange:
        """Any other request below the base (HEAD, a Bundle to the root, a write); ``body`` is sent as FHIR JSON."""
        url = self._url(path_or_url)
        own = self._headers(url, headers)
        if body is not None and not any(name.lower() == "content-type" for name in own):
            own["Content-Type"] = JSON
        return self.transport.request(
            method, url, params=params, json=body, headers=own, purpose=purpose, endpoint=endpoint
        )

    def pages(self, first: Exchange, *, limit: int = MAX_PAGES, purpose: str = "") -> Pages:
        """The page in ``first`` and those its next links lead to."""

        def follow(address: str) -> Exchange:
            return self.get(address, purpose=purpose or first.purpose, endpoint=f"{first.endpoint} (next page)")

        return Pages(first, follow, limit=limit, share=self._shared.share)

    def _url(self, path_or_url: str) -> str:
        """An absolute address stays, a path is put below the base."""
        if not path_or_url:
            return self.base
        return path_or_url if "://" in path_or_url.partition("?")[0] else f"{self.base}/{path_or_url.lstrip('/')}"

    def _headers(self, url: str, given: Mapping[str, str] | None) -> dict[str, str]:
        own = {"Accept": JSON}
        if self._token is not None and same_origin(url, self.base):
            own["Authorization"] = f"Bearer {self._token()}"
        given = given or {}
        overridden = {name.lower() for name in given}
        return {**{name: value for name, value in own.items() if name.lower() not in overridden}, **given}


def _segment(text: str) -> str:
    """One segment of a path, so that an odd id cannot lead to another address."""
    return quote(text, safe="-._~$:@|")
