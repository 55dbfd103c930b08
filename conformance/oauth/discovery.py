"""What a deployment says about itself before anybody logs in: SMART configuration, OpenID configuration, key set.

SMART App Launch 2.2.0 "Conformance" (well-known URI), OpenID Connect Discovery 1.0 section 4, RFC 7517. Nothing here
judges: a bad document is kept with the exchange it came in, and every attribute has a harmless value of the right type.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

from conformance.transport.origin import origin_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from conformance.transport import Transport
    from conformance.transport.exchange import Exchange

SMART_PATH = "/.well-known/smart-configuration"
OPENID_PATH = "/.well-known/openid-configuration"


@dataclass(frozen=True, slots=True)
class Document:
    """One discovery document as served.

    ``content`` is the JSON object, or empty when there is none; ``problem`` then says why in a few words (``no
    address``, ``no answer: tls``, ``status 404``, ``not JSON``, ``not an object``). ``exchange`` is ``None`` only if
    nothing was asked.
    """

    name: str
    url: str
    exchange: Exchange | None = None
    content: Mapping[str, Any] = field(default_factory=dict)
    problem: str = ""

    @property
    def usable(self) -> bool:
        """Whether a JSON object was served with status 200."""
        return not self.problem

    def text(self, member: str) -> str:
        """The member if it is a string, else ``""``."""
        value = self.content.get(member)
        return value if isinstance(value, str) else ""

    def texts(self, member: str) -> tuple[str, ...]:
        """The strings of the member if it is an array, else nothing; a lone string is not an array."""
        value = self.content.get(member)
        return tuple(item for item in value if isinstance(item, str)) if isinstance(value, list) else ()

    def address(self, member: str) -> str:
        """The member as an absolute URL, resolved against the document's own if it is relative.

        ``""`` when unusable.
        """
        value = self.text(member).strip()
        try:
            named = urlsplit(value)
            url = "" if not value or (named.scheme and not named.hostname) else urljoin(self.url, value)
            return url if urlsplit(url).hostname else ""
        except ValueError:
            return ""


@dataclass(frozen=True, slots=True)
class Discovery:
    """The three documents of a deployment and the usual questions to them.

    Endpoints come from the SMART configuration, and from the OpenID configuration where that says nothing, so that one
    missing member does not hide everything behind it; which document holds what is for the checks to judge.
    """

    base: str
    smart: Document
    openid: Document
    jwks: Document

    def endpoint(self, member: str) -> str:
        """The absolute URL of ``authorization_endpoint``, ``token_endpoint``, ``revocation_endpoint``, …, or ``""``."""
        return self.smart.address(member) or self.openid.address(member)

    @property
    def authorization_endpoint(self) -> str:
        """Where the browser goes."""
        return self.endpoint("authorization_endpoint")

    @property
    def token_endpoint(self) -> str:
        """Where codes and refresh tokens are exchanged."""
        return self.endpoint("token_endpoint")

    @property
    def revocation_endpoint(self) -> str:
        """RFC 7009."""
        return self.endpoint("revocation_endpoint")

    @property
    def introspection_endpoint(self) -> str:
        """RFC 7662."""
        return self.endpoint("introspection_endpoint")

    @property
    def registration_endpoint(self) -> str:
        """RFC 7591."""
        return self.endpoint("registration_endpoint")

    @property
    def issuer(self) -> str:
        """The issuer exactly as written; the SMART configuration's wins."""
        return self.smart.text("issuer") or self.openid.text("issuer")

    @property
    def jwks_uri(self) -> str:
        """Where the key set is."""
        return self.endpoint("jwks_uri")

    @property
    def capabilities(self) -> tuple[str, ...]:
        """SMART capability strings."""
        return self.smart.texts("capabilities")

    @property
    def scopes_supported(self) -> tuple[str, ...]:
        """The scopes the SMART configuration lists."""
        return self.smart.texts("scopes_supported")

    @property
    def keys(self) -> tuple[Mapping[str, Any], ...]:
        """The objects in the key set, unjudged."""
        keys = self.jwks.content.get("keys")
        return tuple(key for key in keys if isinstance(key, dict)) if isinstance(keys, list) else ()

    @property
    def origins(self) -> tuple[str, ...]:
        """The origins (``https://host:port``) of the FHIR base and of every address in the two configurations."""
        addresses = [self.base]
        for document in (self.smart, self.openid):
            addresses += [document.address(name) for name in document.content if name.endswith(("_endpoint", "_uri"))]
            addresses.append(document.address("issuer"))
        return tuple(dict.fromkeys(filter(None, map(origin_of, addresses))))


def well_known(base: str, path: str) -> str:
    """A well-known path appended to a base URL or issuer, behind its path, as SMART and OpenID discovery do it."""
    return base.rstrip("/") + path


def fetch(transport: Transport, name: str, url: str) -> Document:
    """One discovery document, whatever it turns out to be; never raises for what the server did."""
    if not url:
        return Document(name, url, problem="no address")
    exchange = transport.request(
        "GET", url, headers={"Accept": "application/json"}, purpose=f"fetch the {name}", endpoint=name
    )
    if not exchange.answered or exchange.fault:
        return Document(name, url, exchange, problem=f"no answer: {exchange.fault or 'unknown'}")
    if exchange.status != 200:
        return Document(name, url, exchange, problem=f"status {exchange.status}")
    try:
        content = exchange.json()
    except (ValueError, RecursionError):
        return Document(name, url, exchange, problem="not JSON")
    if not isinstance(content, dict):
        return Document(name, url, exchange, problem="not an object")
    return Document(name, url, exchange, content)


def discover(transport: Transport, base: str) -> Discovery:
    """Fetch the SMART configuration under the FHIR base, then the OpenID configuration and key set it leads to."""
    smart = fetch(transport, "smart-configuration", well_known(base, SMART_PATH))
    issuer = smart.address("issuer")
    openid = fetch(transport, "openid-configuration", well_known(issuer, OPENID_PATH) if issuer else "")
    jwks = fetch(transport, "jwks", smart.address("jwks_uri") or openid.address("jwks_uri"))
    return Discovery(base, smart, openid, jwks)
