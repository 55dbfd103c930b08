"""A transport that answers from a table, and a small web site for login pages."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from conformance.login import stalled_page as silence
from conformance.login.authorize import Browser
from conformance.login.chromium import BrowserSettings
from conformance.login.outcome import AuthorizationOutcome
from conformance.login.plan import LoginPlan, login_plan
from conformance.oauth.request import AuthorizationRequest, authorization_request
from conformance.redaction import Redactor
from conformance.target import Client, Member
from conformance.transport import Exchange
from tests.pace import patience

REDIRECT_URI = "https://app.example/callback"


class FakeTransport:
    """Answers by URL (without query) or with 404; keeps the arguments of every call."""

    def __init__(self) -> None:
        self.redactor = Redactor()
        self.answers: dict[str, Any] = {}
        self.calls: list[dict[str, Any]] = []

    def answer(self, url: str, body: bytes = b"", *, status: int = 200, fault: str = "", **headers: str) -> None:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.answers[url] = (status, {"content-type": "application/json"} | named, body, fault)

    def request(self, method: str, url: str, **arguments: Any) -> Exchange:
        self.calls.append({"method": method, "url": url, **arguments})
        status, headers, body, fault = self.answers.get(url, (404, {}, b"", ""))
        return Exchange(len(self.calls), method, url, {}, b"", status, headers, body, 1.0, fault)


@pytest.fixture
def transport() -> FakeTransport:
    return FakeTransport()


@dataclass
class Visit:
    """What a page of the site was asked with."""

    method: str
    path: str
    query: dict[str, str]
    form: dict[str, str]
    lists: dict[str, list[str]]
    cookies: str
    headers: dict[str, str]


@dataclass
class Answer:
    body: str = ""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


Handler = Callable[[Visit], "Answer | str"]


class Site:
    """A web site on loopback whose pages are functions; ``visits`` keeps what was asked."""

    def __init__(self, server: ThreadingHTTPServer, scheme: str = "http", host: str = "127.0.0.1") -> None:
        self.server = server
        self.origin = f"{scheme}://{host}:{server.server_port}"
        self.pages: dict[str, Handler] = {}
        self.visits: list[Visit] = []
        self.closing = threading.Event()

    def page(self, path: str, answer: Handler | Answer | str) -> None:
        self.pages[path] = answer if callable(answer) else lambda _: answer

    def asked(self, path: str) -> list[Visit]:
        return [visit for visit in self.visits if visit.path == path]

    def clear(self) -> None:
        self.pages.clear()
        self.visits.clear()


def _handler(site_of: dict[str, Site]) -> type[BaseHTTPRequestHandler]:
    class Pages(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: object) -> None:
            return

        def do_GET(self) -> None:
            self._serve()

        def do_POST(self) -> None:
            self._serve()

        def _serve(self) -> None:
            site = site_of["site"]
            parts = urlsplit(self.path)
            body = self.rfile.read(int(self.headers.get("content-length") or 0)).decode()
            lists = parse_qs(body, keep_blank_values=True)
            query = {name: values[-1] for name, values in parse_qs(parts.query, keep_blank_values=True).items()}
            visit = Visit(
                self.command,
                parts.path,
                query,
                {name: values[-1] for name, values in lists.items()},
                lists,
                self.headers.get("cookie", ""),
                {name.lower(): value for name, value in self.headers.items()},
            )
            site.visits.append(visit)
            made = site.pages.get(parts.path, Answer("nothing here", 404))
            answer = made(visit) if callable(made) else made
            answer = Answer(answer) if isinstance(answer, str) else answer
            data = answer.body.encode()
            self.send_response(answer.status)
            for name, value in ({"Content-Type": "text/html; charset=utf-8"} | answer.headers).items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

    return Pages


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """A browser that hangs up in the middle is no news."""


@pytest.fixture(scope="session")
def make_site() -> Iterator[Callable[..., Site]]:
    made: list[Site] = []

    def make(scheme: str = "http", host: str = "127.0.0.1", wrap: Callable[[Any], Any] | None = None) -> Site:
        holder: dict[str, Site] = {}
        server = _Server(("127.0.0.1", 0), _handler(holder))
        if wrap:
            server.socket = wrap(server.socket)
        holder["site"] = Site(server, scheme, host)
        made.append(holder["site"])
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return holder["site"]

    yield make
    for site in made:
        site.closing.set()
        site.server.shutdown()
        site.server.server_close()


@pytest.fixture(scope="session")
def shared_site(make_site: Callable[..., Site]) -> Site:
    return make_site()


@pytest.fixture
def site(shared_site: Site) -> Iterator[Site]:
    shared_site.clear()
    yield shared_site
    shared_site.clear()


@pytest.fixture(scope="session")
def shared_browser() -> Iterator[Browser]:
    with Browser(LoginPlan(), BrowserSettings(app_uris=(REDIRECT_URI,)), redactor=Redactor()) as browser:
        yield browser


@pytest.fixture
def browser(shared_browser: Browser, monkeypatch: pytest.MonkeyPatch) -> Browser:
    """One browser for all tests, less patient than usual; each gives it its own plan and mostly asks for ``fresh``."""
    for name, seconds in (("PATIENCE", 2.0), ("ERROR_PATIENCE", 1.0), ("SETTLE", 0.3)):
        monkeypatch.setattr(silence, name, patience(seconds))
    shared_browser.plan = LoginPlan()
    return shared_browser


@pytest.fixture
def client() -> Client:
    return Client("main", client_id="app", redirect_uris=(REDIRECT_URI,), origin="https://app.example")


@pytest.fixture
def member() -> Member:
    return Member("a", username="ann.example", password="correct horse", patient_id="pat-1")


@pytest.fixture
def request_to(site: Site, client: Client) -> AuthorizationRequest:
    return authorization_request(
        f"{site.origin}/authorize", client, ["openid", "launch/patient"], "https://fhir.example"
    )


@pytest.fixture
def answer() -> type[Answer]:
    return Answer


FORM = (
    '<form method="post" action="/login"><label>Member name <input name="user"></label>'
    '<label>Password <input type="password" name="password"></label><button type="submit">Sign in</button></form>'
)


def page(body: str) -> str:
    return f"<!doctype html><html><head><title>Payer</title></head><body>{body}</body></html>"


class Payer:
    """The rest of an authorization server around the login page of a test."""

    def __init__(self, site: Any, answer: Any) -> None:
        self.site = site
        self.answer = answer
        self.asked: dict[str, str] = {}
        site.page("/authorize", self.authorize)
        site.page("/login", self.login)
        self.login_page: str = page(FORM)

    def authorize(self, visit: Any) -> Any:
        self.asked = visit.query or visit.form
        return self.login_page

    def login(self, visit: Any) -> Any:
        if visit.form.get("password", "correct horse") != "correct horse":
            return page(f'<p class="error">Unknown member or password</p>{FORM}')
        return self.redirect(code="the-code")

    def redirect(self, **parameters: str) -> Any:
        query = "&".join(f"{name}={value}" for name, value in (parameters | {"state": self.asked["state"]}).items())
        return self.answer("", 302, {"Location": f"{self.asked['redirect_uri']}?{query}"})


@pytest.fixture
def payer(site: Any, answer: Any) -> Payer:
    return Payer(site, answer)


@pytest.fixture
def walk(browser: Browser, request_to: AuthorizationRequest, member: Member) -> Any:
    def run(*screens: dict[str, Any], who: Member = member, **options: Any) -> AuthorizationOutcome:
        login = {"screens": list(screens), "timeout": patience(options.pop("limit", 15))} | options.pop("login", {})
        browser.plan = login_plan(login)
        return browser.authorize(options.pop("request", request_to), who, **({"fresh": True} | options))

    return run
