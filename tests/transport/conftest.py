"""Servers to be asked, and transports that lose no time over them."""

from __future__ import annotations

import http.server
import importlib.util
import json
import sys
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from conformance.redaction import Redactor
from conformance.transport import Transport
from tests.pace import patience

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


def _hostile() -> Any:
    """The module beside this file, whatever folder pytest was started in."""
    name = "hostile_servers"
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name("hostile.py"))
        assert spec is not None
        assert spec.loader is not None
        sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
    return sys.modules[name]


@pytest.fixture
def hostile(request: pytest.FixtureRequest) -> Iterator[Any]:
    """The server of the kind named by the (indirect) parameter."""
    with _hostile().hostile_server(request.param) as server:
        yield server


@pytest.fixture
def hostile_server() -> Any:
    """A context manager: the server of a kind."""
    return _hostile().hostile_server


@dataclass
class Asked:
    """One request a scripted server received."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Scripted:
    """A well-behaved server whose answers the test writes: ``answer(asked) -> (status, headers, body)``."""

    answer: Callable[[Asked], tuple[int, dict[str, str], bytes]]
    url: str = ""
    asked: list[Asked] = field(default_factory=list)


@contextmanager
def _scripted(answer: Callable[[Asked], tuple[int, dict[str, str], bytes]]) -> Iterator[Scripted]:
    scripted = Scripted(answer)

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_one_request(self) -> None:
            try:
                super().handle_one_request()
            except ConnectionError:
                self.close_connection = True

        def _serve(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            asked = Asked(self.command, self.path, headers, body)
            scripted.asked.append(asked)
            status, sent, content = scripted.answer(asked)
            self.send_response(status)
            for name, value in {"Content-Length": str(len(content)), **sent}.items():
                self.send_header(name, value)
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(content)

        do_GET = do_POST = do_HEAD = do_OPTIONS = do_PUT = _serve  # noqa: N815 the names http.server calls

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Keep the test output clean."""

    class Server(http.server.ThreadingHTTPServer):
        daemon_threads = True

    with Server(("127.0.0.1", 0), Handler) as server:
        scripted.url = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        yield scripted
        server.shutdown()
        thread.join()


@pytest.fixture
def serve() -> Iterator[Callable[..., Scripted]]:
    """``serve(answer)`` starts a scripted server; it ends with the test."""
    from contextlib import ExitStack

    with ExitStack() as stack:
        yield lambda answer: stack.enter_context(_scripted(answer))


@pytest.fixture
def redactor() -> Redactor:
    return Redactor()


@pytest.fixture
def make_transport(redactor: Redactor) -> Iterator[Callable[..., Transport]]:
    """``make_transport(**settings)``, closed after the test."""
    made: list[Transport] = []

    def make(**settings: Any) -> Transport:
        made.append(Transport(**{"redactor": redactor, "timeout": patience(5.0), **settings}))
        return made[-1]

    yield make
    for transport in made:
        transport.close()


@pytest.fixture
def transport(make_transport: Callable[..., Transport]) -> Transport:
    return make_transport()


def as_json(value: Any) -> tuple[int, dict[str, str], bytes]:
    """An answer holding FHIR JSON."""
    return 200, {"Content-Type": "application/fhir+json"}, json.dumps(value).encode()
