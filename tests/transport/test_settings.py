"""A transport as a target describes it, by way of its proxy and its authority."""

from __future__ import annotations

import socket
import socketserver
import threading
from contextlib import contextmanager, suppress
from types import SimpleNamespace

import pytest

from conformance.errors import ConfigError
from conformance.transport import transport_for


def target(**settings):
    return SimpleNamespace(
        tls=SimpleNamespace(ca_file=settings.get("ca_file", ""), client_cert="", client_key=""),
        proxy=settings.get("proxy", ""),
        headers=settings.get("headers", {}),
        politeness=SimpleNamespace(concurrency=2, rate=0, max_requests=3, timeout=5, max_body=1000, sample=50),
    )


@contextmanager
def tunnel():
    """A proxy that connects to where it is asked to, and what it was asked."""
    asked = []

    def pump(source, sink):
        with suppress(OSError):
            while data := source.recv(65_536):
                sink.sendall(data)
        with suppress(OSError):
            sink.shutdown(socket.SHUT_WR)

    class Handler(socketserver.BaseRequestHandler):
        def handle(self):
            head = b""
            while b"\r\n\r\n" not in head:
                head += self.request.recv(65_536)
            asked.append(head.decode())
            host, port = head.split()[1].decode().rsplit(":", 1)
            with socket.create_connection((host, int(port))) as there:
                self.request.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
                threading.Thread(target=pump, args=(there, self.request), daemon=True).start()
                pump(self.request, there)

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        yield f"http://user:pr0xy-word@127.0.0.1:{server.server_address[1]}", asked
        server.shutdown()
        thread.join()


def test_a_private_authority_behind_a_proxy(hostile_server, redactor):
    with hostile_server("tls") as server, tunnel() as (proxy, asked):
        transport = transport_for(target(ca_file=server.ca_file, proxy=proxy), redactor)
        exchange = transport.request("GET", server.url + "/metadata")
        transport.close()

    assert (exchange.status, exchange.fault) == (200, "")
    assert asked[0].startswith(f"CONNECT 127.0.0.1:{server.port}")
    assert "pr0xy-word" not in redactor.text("through pr0xy-word")


def test_the_limits_of_the_target_hold(hostile_server, redactor):
    with hostile_server("huge") as server:
        transport = transport_for(target(), redactor)
        exchange = transport.request("GET", server.url)
        transport.close()

    assert (exchange.fault, len(exchange.body)) == ("too-large", 1000)


def test_a_certificate_file_that_is_missing_is_the_users_to_mend(redactor):
    with pytest.raises(ConfigError, match=r"tls\.ca_file"):
        transport_for(target(ca_file="/nowhere/ca.pem"), redactor)
