"""What OAuth and HTTP carry: addresses, forms, headers, JSON that is not FHIR, and JSON Web Tokens."""

from __future__ import annotations

import base64
import json
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote_plus

from conformance.redaction import names
from conformance.redaction.member_data import shape
from conformance.redaction.names import marked

if TYPE_CHECKING:
    from collections.abc import Callable

    Mask = Callable[[str], str]

_MARK = "\u2039[^\u2039\u203a]{0,200}\u203a"
URL = re.compile(rf"""\b[A-Za-z][A-Za-z0-9+.-]{{1,30}}://(?:[^\s"'<>\\`{{}}\u2039]|{_MARK})+(?<![.,;:)\]])""")
_RUN_START = r"(?:(?<![A-Za-z0-9_-])|(?<=\\[nrt])|(?<=%[0-9A-Fa-f]{2}))"
JWT = re.compile(
    rf"{_RUN_START}eyJ[A-Za-z0-9_-]{{6,}}\.(?:[A-Za-z0-9_-]{{4,}}|{_MARK})(?:\.(?:{_MARK}|[A-Za-z0-9_-]*))?"
)
_BEARER = re.compile(
    r"""(authorization["']?\s*[:=]\s*["']?)?\b(Bearer|Basic|DPoP|Negotiate)(\s+)(?!\w+=\\?["'])([A-Za-z0-9._~+/=-]{6,})""",
    re.IGNORECASE,
)
_PLAIN_WORDS = re.compile(r"[A-Za-z]?[a-z]{2,19}(?:[-./][a-z]{2,19})*\.?")  # Basic authentication, Bearer tokens.
_NAMES = "|".join(sorted(names.TEXT_SECRETS, key=len, reverse=True))
_NAMED = re.compile(
    rf"""\b({_NAMES})(\\?["']?\s*(?:=|:\s*(?=\\?["']))\s*\\?["']?)([^\s"'&<>,;{{}}\\\u2039]+)""", re.IGNORECASE
)
_CALLBACK = re.compile(r"([?&#]code=)([^&\s\"'<>#\u2039]+)")
_FHIR_END = re.compile(r"/(?:[A-Z][A-Za-z]+|_search|_history|\$[a-z-]+)/?$")
_COOKIE = re.compile(r"(?:^|(?<=[;,]))(\s*)([^=;,\s]+)=([^;,]*)")
_COOKIE_ATTRIBUTES = frozenset({"path", "domain", "expires", "max-age", "samesite", "secure", "httponly", "priority"})
_GRANT = frozenset({"grant_type", "redirect_uri", "client_id", "state", "response_type"})


def jwt(token: str, *, full: bool, identify: Mask) -> str:
    """``header.payload.signature`` without the signature; unless ``full``, claims about a person are masked."""
    header, _, rest = token.partition(".")
    payload = rest.partition(".")[0]
    if not full:
        payload = _payload(payload, identify)
    return f"{header}.{payload}.{marked('signature')}"


def _payload(payload: str, identify: Mask) -> str:
    try:
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    except (ValueError, RecursionError):
        return marked("payload")
    if not isinstance(claims, dict):
        return marked("payload")
    kept = {name: _claim(name, value, identify) for name, value in claims.items()}
    return base64.urlsafe_b64encode(json.dumps(kept, ensure_ascii=False).encode()).decode().rstrip("=")


def _claim(name: str, value: Any, identify: Mask) -> Any:
    if name.lower() not in names.SAFE_CLAIMS:
        return _blank(value)
    if name.lower() in names.ID_CLAIMS and isinstance(value, str):
        return identify(value)
    return value


def _blank(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _blank(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_blank(item) for item in value]
    if isinstance(value, str):
        return shape(value)
    return value if isinstance(value, bool) or value is None else 0


class Web:
    """Masks by name; ``identify`` masks a reference by policy, ``free`` a sentence somebody wrote."""

    def __init__(self, *, full: bool, hide_ids: bool, identify: Mask, free: Mask) -> None:
        self._free = free
        self._full = full
        self._hide_ids = hide_ids
        self._identify = identify

    def jwt(self, token: str) -> str:
        """One JSON Web Token without its signature, its claims by policy."""
        return jwt(token, full=self._full, identify=self._identify)

    def tokens(self, text: str) -> str:
        """JSON Web Tokens anywhere in a text freed of their signatures."""
        return JWT.sub(lambda found: self.jwt(found[0]), text) if "eyJ" in text else text

    def text(self, text: str) -> str:
        """Running text: addresses, credentials after their scheme, ``name=value`` and ``"name": "value"``, JWTs."""
        text = URL.sub(lambda found: self.url(found[0]), text)
        text = self.tokens(text)
        text = _BEARER.sub(_credentials, text)
        text = _CALLBACK.sub(lambda found: found[1] + marked("code"), text) if "state=" in text else text
        return _NAMED.sub(lambda found: found[1] + found[2] + marked(found[1]), text)

    def url(self, url: str) -> str:
        """An address: user information, secret parameters and search values of members masked, the rest as written."""
        rest, hashed, fragment = url.partition("#")
        address, asked, query = rest.partition("?")
        address = re.sub(
            r"^([A-Za-z][\w+.-]*://)[^/?#@]*@", lambda found: found[1] + marked("credentials") + "@", address
        )
        fhir = bool(_FHIR_END.search(address))
        query = self.pairs(query, fhir=fhir)
        fragment = self.pairs(fragment, fhir=False) if "=" in fragment else fragment
        return f"{self._identify(address)}{asked}{query}{hashed}{fragment}"

    def pairs(self, query: str, *, fhir: bool | None) -> str:
        """``a=1&b=2`` masked by name; ``fhir`` says whether ``code`` is a search parameter (None: unknown)."""
        pairs = query.split("&")
        if fhir is None:
            fhir = not any(pair.partition("=")[0] in _GRANT for pair in pairs) and "code=" not in pairs[0]
        return "&".join(self._pair(pair, fhir=fhir) for pair in pairs)

    def _pair(self, pair: str, *, fhir: bool) -> str:
        name, equals, value = pair.partition("=")
        if not value:
            return pair
        plain = unquote_plus(name)
        last, _, modifier = plain.rpartition(".")[2].partition(":")
        if plain.startswith("_has:"):
            last, modifier = plain.rpartition(":")[2], ""
        if last.lower() in names.SECRET_NAMES or (last == "code" and not fhir):
            return name + equals + marked(last)
        if last in names.JWT_NAMES:
            return name + equals + (self.jwt(value) if JWT.fullmatch(value) else marked(last))
        if not self._full and (last.lower() in names.MEMBER_PARAMETERS or modifier in {"identifier", "of-type"}):
            return f"{name}{equals}{_search_value(value)}"
        if self._hide_ids and last in names.ID_PARAMETERS:
            return name + equals + ",".join(self._id(part) for part in unquote_plus(value).split(","))
        return name + equals + self._identify(value)

    def _id(self, value: str) -> str:
        return self._identify(value) if "/" in value else self._identify(f"Patient/{value}").removeprefix("Patient/")

    def header(self, name: str, value: str) -> str:
        """One header value, masked by the header's name (lower case)."""
        if name == "set-cookie":
            return _COOKIE.sub(_cookie, value)
        if name == "cookie":
            return _COOKIE.sub(lambda found: f"{found[1]}{found[2]}={marked('cookie')}", value)
        if name in names.SECRET_HEADERS:
            scheme, space, credentials = value.partition(" ")
            kept = scheme + space if credentials and scheme.isalnum() else ""
            known = re.fullmatch(_MARK, credentials)
            return kept + (credentials if known else marked("credentials"))
        if name in names.URL_HEADERS and "://" not in value:
            return self.url(value)
        return self.text(value)

    def json(self, value: Any, name: str = "", *, person: bool = False) -> Any:
        """JSON that is not FHIR: token answers, registrations, userinfo, keys."""
        if isinstance(value, dict):
            person = person or "sub" in value or "given_name" in value
            key = "kty" in value
            return {member: self._member(member, item, person=person, key=key) for member, item in value.items()}
        if isinstance(value, list):
            return [self.json(item, name, person=person) for item in value]
        return self._free(value) if isinstance(value, str) else value

    def _member(self, name: str, value: Any, *, person: bool, key: bool) -> Any:
        lower = name.lower()
        secret = lower in names.SECRET_NAMES or lower == "code" or (key and lower in names.PRIVATE_KEY_MEMBERS)
        if secret and value is not None and not isinstance(value, (bool, dict)):
            return marked(name)
        if lower in names.JWT_NAMES and isinstance(value, str):
            return self.jwt(value) if JWT.fullmatch(value) else marked(name)
        if person and lower in names.PERSON_CLAIMS and not self._full:
            return _blank(value)
        if self._hide_ids and lower in names.ID_CLAIMS and isinstance(value, str):
            return self._id(value)
        return self.json(value, name, person=person)


def _search_value(value: str) -> str:
    """A search value masked; the system of a token and the prefix of a date stay."""
    plain = unquote_plus(value)
    system, bar, code = plain.rpartition("|")
    prefix = code[:2] if re.match(r"(?:eq|ne|gt|ge|lt|le|sa|eb|ap)[\d*]", code) else ""
    masked = f"{prefix}{shape(code[len(prefix) :])}".replace("#", "*")
    return quote(f"{system}{bar}{masked}", safe="|,:;/*-._~\u2039\u203a").replace("%20", "+")


def _credentials(found: re.Match[str]) -> str:
    """What follows a scheme is masked, unless it is a plain word that no header's name goes before."""
    if not found[1] and _PLAIN_WORDS.fullmatch(found[4]):
        return found[0]
    return f"{found[1] or ''}{found[2]}{found[3]}{marked('credentials')}"


def _cookie(found: re.Match[str]) -> str:
    return found[0] if found[2].lower() in _COOKIE_ATTRIBUTES else f"{found[1]}{found[2]}={marked('cookie')}"
