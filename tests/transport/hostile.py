"""Local servers that misbehave, one kind each: what a deployment can do to a harness.

As a module: ``with hostile_server("drip-body") as server: server.url``. As a program: ``python hostile.py KIND`` prints
``{"url": …, "ca_file": …}`` and serves until its standard input closes.
"""

from __future__ import annotations

import datetime as dt
import http.server
import ipaddress
import json
import shutil
import socket
import socketserver
import ssl
import sys
import tempfile
import threading
import warnings
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

if TYPE_CHECKING:
    from collections.abc import Iterator

HUGE = 200_000_000
PAGE = b"<!doctype html><html><title>Welcome</title><body><h1>It works</h1></body></html>"


@dataclass
class Hostile:
    """A running server; ``ca_file`` is the authority to trust where the kind speaks TLS."""

    url: str
    host: str
    port: int
    ca_file: str = ""
    requests: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    sent: int = 0
    over: threading.Event = field(default_factory=threading.Event)


class _Handler(http.server.BaseHTTPRequestHandler):
    """Answers by the kind of its server."""

    protocol_version = "HTTP/1.1"
    server: _Server

    def do_GET(self) -> None:
        hostile = self.server.hostile
        hostile.requests.append((self.path, {name.lower(): value for name, value in self.headers.items()}))
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        getattr(self, f"_{self.server.kind.replace('-', '_')}")()

    do_POST = do_HEAD = do_PUT = do_DELETE = do_OPTIONS = do_GET  # noqa: N815 the names http.server calls

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Keep the test output clean."""

    def _answer(self, status: int, body: bytes = b"", **headers: str) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def _html(self) -> None:
        self._answer(200, PAGE, Content_Type="text/html")

    def _error_500(self) -> None:
        self._answer(500, b"Internal Server Error", Content_Type="text/plain")

    def _redirects(self) -> None:
        self._answer(302, Location=f"/{len(self.server.hostile.requests)}")

    def _redirect_loop(self) -> None:
        self._answer(302, Location="/b" if self.path == "/a" else "/a")

    def _huge(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/fhir+json")
        self.send_header("Content-Length", str(HUGE))
        self.end_headers()
        chunk = b" " * 65_536
        while self.server.hostile.sent < HUGE and not self.server.hostile.over.is_set():
            try:
                self.wfile.write(chunk)
            except OSError:
                break
            self.server.hostile.sent += len(chunk)
        self.close_connection = True

    def _bomb(self) -> None:
        """Two hundred megabytes in two hundred kilobytes of gzip."""
        import gzip

        self._answer(200, gzip.compress(bytes(HUGE), 1), Content_Type="application/fhir+json", Content_Encoding="gzip")

    def _tls(self) -> None:
        self._answer(200, b'{"resourceType":"CapabilityStatement"}', Content_Type="application/fhir+json")


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    kind = ""
    hostile: Hostile

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that goes away, or does not trust us, is what these servers are for."""


def _silent(connection: socket.socket, hostile: Hostile) -> None:
    connection.recv(65_536)
    hostile.over.wait()


def _drip(connection: socket.socket, hostile: Hostile, start: bytes) -> None:
    connection.recv(65_536)
    connection.sendall(start)
    while not hostile.over.wait(0.05):
        connection.sendall(b"x")


def _drip_headers(connection: socket.socket, hostile: Hostile) -> None:
    _drip(connection, hostile, b"HTTP/1.1 200 OK\r\nX-Slow: ")


def _drip_body(connection: socket.socket, hostile: Hostile) -> None:
    _drip(connection, hostile, b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 999999\r\n\r\n")


def _garbage(connection: socket.socket, hostile: Hostile) -> None:
    connection.recv(65_536)
    connection.sendall(b"SSH-2.0-OpenSSH_9.2\r\n")


def _hang_up(connection: socket.socket, hostile: Hostile) -> None:
    connection.recv(65_536)


_RAW = {
    "silent": _silent,
    "drip-headers": _drip_headers,
    "drip-body": _drip_body,
    "garbage": _garbage,
    "hang-up": _hang_up,
}
_HTTP = ("html", "error-500", "redirects", "redirect-loop", "huge", "bomb")
_TLS = ("tls", "wrong-host", "expired", "not-yet-valid", "self-signed", "unknown-ca", "old-tls", "client-cert")
KINDS = ("dead", *_RAW, *_HTTP, *_TLS)


@contextmanager
def hostile_server(kind: str) -> Iterator[Hostile]:
    """A server of one of :data:`KINDS` on a free loopback port."""
    if kind == "dead":
        with socket.socket() as unused:
            unused.bind(("127.0.0.1", 0))
            port = unused.getsockname()[1]
        yield Hostile(f"http://127.0.0.1:{port}", "127.0.0.1", port)
    elif kind in _RAW:
        with _raw_server(kind) as hostile:
            yield hostile
    else:
        with _http_server(kind) as hostile:
            yield hostile


@contextmanager
def _raw_server(kind: str) -> Iterator[Hostile]:
    hostile = Hostile("", "127.0.0.1", 0)

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            with suppress(OSError):
                _RAW[kind](self.request, hostile)

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        hostile.port = server.server_address[1]
        hostile.url = f"http://127.0.0.1:{hostile.port}"
        with _serving(server, hostile):
            yield hostile


@contextmanager
def _http_server(kind: str) -> Iterator[Hostile]:
    folder = Path(tempfile.mkdtemp())
    server = _Server(("127.0.0.1", 0), _Handler)
    server.kind = "tls" if kind in _TLS else kind
    port = server.server_address[1]
    scheme = "https" if kind in _TLS else "http"
    server.hostile = Hostile(f"{scheme}://127.0.0.1:{port}", "127.0.0.1", port)
    try:
        if kind in _TLS:
            server.hostile.ca_file = str(folder / "ca.pem")
            server.socket = _tls_context(kind, folder).wrap_socket(
                server.socket, server_side=True, do_handshake_on_connect=False
            )
        with server, _serving(server, server.hostile):
            yield server.hostile
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _serving(server: socketserver.BaseServer, hostile: Hostile) -> Iterator[None]:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield
    finally:
        hostile.over.set()
        server.shutdown()
        thread.join()


def _tls_context(kind: str, folder: Path) -> ssl.SSLContext:
    """A server context with the certificate the kind calls for; the authority is written to ``ca.pem``."""
    now = dt.datetime.now(dt.UTC)
    day = dt.timedelta(days=1)
    valid = {"expired": (now - 9 * day, now - day), "not-yet-valid": (now + day, now + 9 * day)}
    authority = make_certificate("Test authority", (), (now - day, now + 9 * day))
    names = ("elsewhere.example",) if kind == "wrong-host" else ("127.0.0.1", "localhost")
    issuer = None if kind == "self-signed" else authority
    certificate, key = make_certificate("Test server", names, valid.get(kind, (now - day, now + 9 * day)), issuer)
    trusted = make_certificate("Other authority", (), (now - day, now + 9 * day)) if kind == "unknown-ca" else authority
    (folder / "ca.pem").write_bytes(pem(trusted[0]))
    (folder / "server.pem").write_bytes(pem(certificate) + pem(key))
    (folder / "client-ca.pem").write_bytes(pem(authority[0]))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "server.pem")
    if kind == "client-cert":
        context.load_verify_locations(folder / "client-ca.pem")
        context.verify_mode = ssl.CERT_REQUIRED
        client = make_certificate("Test client", (), (now - day, now + 9 * day), authority)
        (folder / "client.pem").write_bytes(pem(client[0]) + pem(client[1]))
    if kind == "old-tls":
        context.set_ciphers("ALL:@SECLEVEL=0")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            context.minimum_version = ssl.TLSVersion.TLSv1
            context.maximum_version = ssl.TLSVersion.TLSv1_1
    return context


Certificate = tuple[x509.Certificate, ec.EllipticCurvePrivateKey]


def make_certificate(
    subject: str, names: tuple[str, ...], valid: tuple[dt.datetime, dt.datetime], issuer: Certificate | None = None
) -> Certificate:
    """A certificate and its key; without an issuer it signs itself, without names it is an authority."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, subject)])
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(issuer[0].subject if issuer else name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(valid[0])
        .not_valid_after(valid[1])
        .add_extension(x509.BasicConstraints(ca=not names and issuer is None, path_length=None), critical=True)
    )
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName([_name(text) for text in names]), critical=False)
    return builder.sign(issuer[1] if issuer else key, hashes.SHA256()), key


def _name(text: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(text))
    except ValueError:
        return x509.DNSName(text)


def pem(part: x509.Certificate | ec.EllipticCurvePrivateKey) -> bytes:
    """A certificate or a key as PEM."""
    if isinstance(part, x509.Certificate):
        return part.public_bytes(Encoding.PEM)
    return part.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def main() -> None:
    """Serve one kind until standard input closes."""
    if sys.argv[1:2] not in [[kind] for kind in KINDS]:
        raise SystemExit(f"one of: {' '.join(KINDS)}")
    with hostile_server(sys.argv[1]) as hostile:
        sys.stdout.write(json.dumps({"url": hostile.url, "ca_file": hostile.ca_file}) + "\n")
        sys.stdout.flush()
        sys.stdin.read()


if __name__ == "__main__":
    main()
