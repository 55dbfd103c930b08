"""A private CA, and hosts that only look as if they belonged to it."""

from __future__ import annotations

import base64
import datetime as dt
import ipaddress
import select
import socket
import socketserver
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from conformance.login.authorize import Browser
from conformance.login.chromium import BrowserSettings
from conformance.login.plan import login_plan
from conformance.login.trust import Trust
from conformance.oauth.request import authorization_request
from conformance.redaction import Redactor
from conformance.target import Client, Member
from tests.pace import patience

USES = (
    "digital_signature",
    "content_commitment",
    "key_encipherment",
    "data_encipherment",
    "key_agreement",
    "key_cert_sign",
    "crl_sign",
    "encipher_only",
    "decipher_only",
)


@dataclass
class Authority:
    """A certificate authority of this test run; ``file`` is its PEM."""

    folder: Path
    name: str = "Private CA"

    def __post_init__(self) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, self.name)])
        usage = x509.KeyUsage(**dict.fromkeys(USES, False) | {"key_cert_sign": True, "crl_sign": True})
        self.certificate = (
            _certificate(subject, subject, self.key.public_key())
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .add_extension(usage, critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(self.key.public_key()), critical=False)
            .sign(self.key, hashes.SHA256())
        )
        self.file = self.folder / f"{self.name}.pem"
        self.file.write_bytes(self.certificate.public_bytes(serialization.Encoding.PEM))

    def issue(self, name: str, *hosts: str, key: Any = None) -> tuple[Path, Any]:
        """A certificate and key in one PEM file, and the key."""
        key = key or ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        usages = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH])
        authority = x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key())
        built = _certificate(subject, self.certificate.subject, key.public_key())
        built = built.add_extension(usages, critical=False).add_extension(authority, critical=False)
        if hosts:
            built = built.add_extension(
                x509.SubjectAlternativeName([_alternative(host) for host in hosts]), critical=False
            )
        pem = built.sign(self.key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
        private = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        file = self.folder / f"{name}.pem"
        file.write_bytes(pem + private)
        return file, key


def _certificate(subject: x509.Name, issuer: x509.Name, key: Any) -> x509.CertificateBuilder:
    now = dt.datetime.now(dt.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + dt.timedelta(days=2))
    )


def _alternative(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("ca"))


def wrapping(file: Path, clients: Path | None = None) -> Callable[[Any], Any]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    if clients:
        context.load_verify_locations(clients)
        context.verify_mode = ssl.CERT_REQUIRED
    return lambda socket: context.wrap_socket(socket, server_side=True, do_handshake_on_connect=False)


@pytest.fixture(scope="module")
def secure(make_site: Any, authority: Authority) -> Any:
    """A site with a certificate of the private CA for 127.0.0.1 only."""
    return make_site("https", "127.0.0.1", wrapping(authority.issue("good", "127.0.0.1")[0]))


@pytest.fixture
def made(secure: Any) -> Iterator[Any]:
    secure.clear()
    yield secure
    secure.clear()


def of(authority: Authority, **more: str) -> Trust:
    return Trust(ca_file=str(authority.file), **more)


def named(site: Any, host: str) -> str:
    return str(site.origin).replace("127.0.0.1", host)


def test_a_key_is_learnt_from_a_verified_host_only(secure: Any, authority: Authority, tmp_path: Path) -> None:
    stranger = Authority(tmp_path, "OtherMember")

    assert of(authority).learn([secure.origin])
    assert not of(stranger).learn([secure.origin])
    assert not of(authority).learn([named(secure, "localhost")])
    assert not Trust().learn([secure.origin])
    assert not of(authority).learn(["http://127.0.0.1:1", "https://127.0.0.1:1"])


def test_nothing_is_trusted_that_was_not_learnt(secure: Any, authority: Authority) -> None:
    trust = of(authority)
    assert trust.arguments() == []

    trust.learn([secure.origin])

    (argument,) = trust.arguments()
    assert argument.startswith("--ignore-certificate-errors-spki-list=")
    assert not trust.learn([secure.origin])


def test_a_listed_key_under_another_name_is_doubted(secure: Any, authority: Authority) -> None:
    trust = of(authority)
    trust.learn([secure.origin])

    assert trust.doubt(f"{secure.origin}/login?x=1") == ""
    assert "could not be verified" in trust.doubt(f"{named(secure, 'localhost')}/login")
    assert trust.doubt("http://localhost:1/") == ""
    assert trust.doubt("about:blank") == ""


def test_a_host_with_a_key_of_its_own_is_left_to_the_browser(
    secure: Any, authority: Authority, make_site: Any, tmp_path: Path
) -> None:
    other = make_site("https", "127.0.0.1", wrapping(Authority(tmp_path, "Public").issue("other", "127.0.0.1")[0]))
    trust = of(authority)
    trust.learn([secure.origin])

    assert trust.doubt(other.origin) == ""


FORM = (
    '<form method="post" action="/login"><input name="user"><input type="password" name="p"><button>Go</button></form>'
)
LOGIN = {
    "name": "login",
    "when": {"visible": "input[type=password]"},
    "do": [
        {"fill": "input[name=user]", "with": "${user.username}"},
        {"fill": "input[type=password]", "with": "${user.password}"},
        {"click": "button"},
    ],
}
CLIENT = Client("main", client_id="app", redirect_uris=("https://app.example/callback",))
MEMBER = Member("a", username="ann", password="correct horse")
PLAN = login_plan({"screens": [LOGIN], "timeout": patience(15)})


def serve(site: Any, answer: Any) -> None:
    def login(visit: Any) -> Any:
        return answer("", 302, {"Location": "https://app.example/callback?code=c"})

    site.page("/authorize", FORM)
    site.page("/login", login)


def asking(origin: str) -> Any:
    return authorization_request(f"{origin}/authorize", CLIENT, [], "https://fhir.example")


def settings(authority: Authority, *origins: str, **more: Any) -> BrowserSettings:
    return BrowserSettings(ca_file=str(authority.file), origins=origins, **more)


@pytest.mark.browser
def test_the_browser_accepts_a_verified_host_known_beforehand_or_met_on_the_way(
    made: Any, authority: Authority, answer: Any
) -> None:
    serve(made, answer)

    for known in ((made.origin,), ()):
        with Browser(PLAN, settings(authority, *known), redactor=Redactor()) as browser:
            assert browser.authorize(asking(made.origin), MEMBER).kind == "redirect"


@pytest.mark.browser
def test_the_browser_refuses_a_host_without_the_ca_and_under_a_wrong_name(
    made: Any, authority: Authority, answer: Any
) -> None:
    serve(made, answer)

    with Browser(PLAN) as browser:
        stranger = browser.authorize(asking(made.origin), MEMBER)
    with Browser(PLAN, settings(authority, made.origin)) as browser:
        renamed = browser.authorize(asking(named(made, "localhost")), MEMBER)

    assert (stranger.kind, renamed.kind) == ("untrusted", "untrusted")
    assert "CERT" in stranger.message
    assert not renamed.credentials_submitted
    assert made.asked("/login") == []


@pytest.mark.browser
def test_the_browser_shows_a_client_certificate(make_site: Any, authority: Authority, answer: Any) -> None:
    certificate, _ = authority.issue("app")
    site = make_site("https", "127.0.0.1", wrapping(authority.issue("mutual", "127.0.0.1")[0], authority.file))
    serve(site, answer)
    ours = settings(authority, site.origin, client_cert=str(certificate))

    with Browser(PLAN, ours) as browser:
        assert browser.authorize(asking(site.origin), MEMBER).kind == "redirect"
        strange = browser.authorize(asking(named(site, "localhost")), MEMBER)

    with Browser(PLAN, settings(authority, site.origin)) as browser:
        without = browser.authorize(asking(site.origin), MEMBER)

    assert strange.kind in {"untrusted", "unreachable"}
    assert without.kind in {"untrusted", "unreachable"}


@pytest.mark.browser
def test_with_a_client_certificate_other_hosts_are_still_verified(
    make_site: Any, authority: Authority, answer: Any, tmp_path: Path
) -> None:
    certificate, _ = authority.issue("app")
    stranger = make_site(
        "https", "127.0.0.1", wrapping(Authority(tmp_path, "OtherMember").issue("bad", "127.0.0.1")[0])
    )
    site = make_site("https", "127.0.0.1", wrapping(authority.issue("again", "127.0.0.1")[0]))
    serve(stranger, answer)

    with Browser(PLAN, settings(authority, site.origin, client_cert=str(certificate))) as browser:
        outcome = browser.authorize(asking(stranger.origin), MEMBER)

    assert (outcome.kind, stranger.visits) == ("untrusted", [])
    assert stranger.origin in outcome.message


@pytest.fixture
def proxy() -> Iterator[Any]:
    """A CONNECT proxy that wants a login and keeps what it was asked for."""
    asked: list[tuple[str, str]] = []

    class Tunnel(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            method, target, _ = self.rfile.readline().decode().split()
            headers = {}
            while (line := self.rfile.readline().decode().strip()) != "":
                name, _, value = line.partition(":")
                headers[name.lower()] = value.strip()
            asked.append((f"{method} {target}", headers.get("proxy-authorization", "")))
            if not headers.get("proxy-authorization"):
                self.wfile.write(
                    b"HTTP/1.1 407 Login\r\nProxy-Authenticate: Basic realm=p\r\nContent-Length: 0\r\n\r\n"
                )
                return
            host, _, port = target.rpartition(":")
            with socket.create_connection((host, int(port))) as onward:
                self.wfile.write(b"HTTP/1.1 200 Connected\r\n\r\n")
                _relay(self.connection, onward)

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True
        block_on_close = False

        def handle_error(self, *_: object) -> None:
            """A browser that hangs up is no news."""

    with Server(("127.0.0.1", 0), Tunnel) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        yield f"http://me:p%40ss@127.0.0.1:{server.server_address[1]}", asked
        server.shutdown()


def _relay(one: socket.socket, other: socket.socket) -> None:
    pairs = {one: other, other: one}
    while True:
        for ready in select.select(list(pairs), [], [], 20)[0]:
            data = ready.recv(65536)
            if not data:
                return
            pairs[ready].sendall(data)


@pytest.mark.browser
def test_verification_and_browser_go_through_the_proxy(
    made: Any, authority: Authority, answer: Any, proxy: Any
) -> None:
    serve(made, answer)
    address, asked = proxy
    login = "Basic " + base64.b64encode(b"me:p@ss").decode()

    assert of(authority, proxy=address).learn([made.origin])
    assert asked == [(f"CONNECT {made.origin.removeprefix('https://')}", login)]

    with Browser(PLAN, settings(authority, made.origin, proxy=address, app_uris=CLIENT.redirect_uris)) as browser:
        outcome = browser.authorize(asking(made.origin), MEMBER)

    assert outcome.kind == "redirect"
    assert len(asked) > 2
    assert not any("app.example" in line for line, _ in asked)
