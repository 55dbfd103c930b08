"""What the browser asks for and is answered during one authorization.

The redirect to the app is taken from the request event: that is the only sign of a redirect that leads to a host where
nothing listens, and interception does not see redirects at all.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from conformance.login.outcome import Cookie, Hop, Redirect, redirect_of, without_query
from conformance.transport.origin import origin_of

if TYPE_CHECKING:
    from collections.abc import Callable

DEFAULT_PORTS = {"http": 80, "https": 443}
UNENDING = {"eventsource", "websocket", "ping", "media", "beacon", "manifest"}
CERTIFICATE_ERROR = "ERR_CERT_"
CALL_SECONDS = 3.0  # for one question to the browser
ANSWERS = {"code", "error", "access_token", "id_token"}
HELD_BACK = {"set-cookie", "location"}


def place(url: str) -> tuple[str, str, int | None, str] | None:
    """Scheme, host, port and path of a URL for comparison, ``None`` when it is not one."""
    try:
        parts = urlsplit(url)
        port = parts.port or DEFAULT_PORTS.get(parts.scheme.lower())
    except ValueError:
        return None
    return parts.scheme.lower(), (parts.hostname or ""), port, parts.path or "/"


@dataclass  # no slots: Playwright marks the objects whose methods it calls
class NavigationRecorder:
    """Listeners on a browser context. Attach before the first navigation; read when it is over.

    ``watched`` are the redirect URIs of the request, ``endpoint`` the authorization endpoint, whose own host is never
    taken for the app's. ``own`` are addresses of ours that stand for the app (the page a form post starts from).
    """

    watched: tuple[str, ...]
    state: str
    endpoint: str
    trouble: tuple[type[Exception], ...]
    own: set[str] = field(default_factory=set)
    redirect: Redirect | None = None
    seen_at: float = 0.0
    navigations: int = 0
    credentials: bool = False
    mistrusted: set[str] = field(default_factory=set)
    failure: str = ""
    failed_url: str = field(default="", repr=False)
    _answers: list[tuple[Any, bool]] = field(default_factory=list)
    _pending: dict[Any, float] = field(default_factory=dict)
    _replacing: dict[Any, Any] = field(default_factory=dict)
    _fragments: dict[str, str] = field(default_factory=dict)
    _tasks: set[Any] = field(default_factory=set)
    _sessions: list[Any] = field(default_factory=list)
    _moved: asyncio.Event = field(default_factory=asyncio.Event)
    _detach: list[Callable[[], None]] = field(default_factory=list)

    def attach(self, context: Any) -> None:
        """Listen to everything the context's pages do, and to those that open later."""
        handlers = {
            "request": self._on_request,
            "response": self._on_response,
            "requestfinished": self._on_end,
            "requestfailed": self._on_failure,
            "page": self._on_page,
        }
        for event, handler in handlers.items():
            context.on(event, handler)
            self._detach.append(lambda event=event, handler=handler: context.remove_listener(event, handler))  # type: ignore[misc]

    def detach(self) -> None:
        """Stop listening."""
        while self._detach:
            self._detach.pop()()

    def is_redirect(self, url: str, *, main: bool) -> bool:
        """Whether a navigation leaves for the app: to a watched URI, or to anything else of the app's host.

        A server that mangles the redirect URI still sends its answer to that host; the login itself may live there too.
        """
        where = place(url)
        if where is None or url in self.own:
            return False
        targets = {place(each) for each in self.watched}
        if where in targets:
            return True
        hosts = {each[:3] for each in targets if each and each[1]} - {(place(self.endpoint) or ("", "", None))[:3]}
        sent = parse_qs(urlsplit(url).query)
        return main and where[:3] in hosts and (self.state in sent.get("state", []) or not ANSWERS.isdisjoint(sent))

    def waiting_for(self, *, longer_than: float = 0.0) -> tuple[str, ...]:
        """Hosts that owe an answer since some seconds."""
        now = time.monotonic()
        late = [request for request, since in self._pending.items() if now - since > longer_than]
        return tuple(dict.fromkeys(urlsplit(request.url).hostname or "" for request in late))

    def replacing(self, page: Any) -> bool:
        """Whether the page waits for the answer to a navigation; Chromium answers no question about it meanwhile."""
        return any(each in {page, None} for each in self._replacing.values())

    async def movement(self, seconds: float) -> None:
        """Return as soon as a navigation begins, is answered or fails, and at the latest after ``seconds``."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._moved.wait(), seconds)
        self._moved.clear()

    def busy_with(self, url: str) -> bool:
        """Whether a request to the page's own origin, of a kind that ends, is under way."""
        origin = origin_of(url)
        return any(
            origin_of(request.url) == origin and request.resource_type not in UNENDING
            for request in list(self._pending)
        )

    @property
    def failed_host(self) -> str:
        """The host at which the browser got no page."""
        return urlsplit(self.failed_url).hostname or ""

    async def finished_redirect(self) -> Redirect | None:
        """The redirect with the fragment that the request event does not show."""
        if self.redirect is None or self.redirect.fragment:
            return self.redirect
        fragment = self._fragments.get(self.redirect.uri, "") or await self._fragment_of_location(self.redirect.uri)
        found = redirect_of(self.redirect.uri, fragment=fragment)
        return Redirect(
            self.redirect.uri, self.redirect.query, found.fragment, self.redirect.form, self.redirect.method
        )

    def last_status(self) -> int:
        """The status of the last document, 0 before the first."""
        return int(self._answers[-1][0].status) if self._answers else 0

    async def history(self) -> tuple[Hop, ...]:
        """Every navigation answer so far; one whose headers cannot be had any more keeps status and address."""
        return tuple([await self._hop(response, after) for response, after in self._answers])

    def _on_request(self, request: Any) -> None:
        self._pending[request] = time.monotonic()
        if self.redirect or not self._navigation(request):
            return
        self.navigations += 1
        self._moved.set()
        if self._is_main(request):
            self._replacing[request] = self._page_of(request)
        if self.is_redirect(request.url, main=self._is_main(request)):
            self.redirect = redirect_of(request.url, method=request.method, body=self._body(request))
            self.seen_at = time.monotonic()

    def _on_response(self, response: Any) -> None:
        if self._replacing.pop(response.request, None):
            self._moved.set()
        ours = self.redirect or response.url in self.own
        if not ours and self._navigation(response.request) and self._is_main(response.request):
            self._answers.append((response, self.credentials))

    def _on_end(self, request: Any) -> None:
        self._pending.pop(request, None)
        self._replacing.pop(request, None)

    def _on_failure(self, request: Any) -> None:
        self._on_end(request)
        reason = request.failure or ""
        if CERTIFICATE_ERROR in reason:
            self.mistrusted.add(origin_of(request.url))
        if self._navigation(request) and self._is_main(request) and not self.redirect and "ERR_ABORTED" not in reason:
            self.failure, self.failed_url = f"{reason} at {without_query(request.url)}", request.url
            self._moved.set()

    def _on_page(self, page: Any) -> None:
        task = asyncio.ensure_future(self.listen(page))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def listen(self, page: Any) -> None:
        """Ask a page itself for URL fragments, which the request event leaves out."""
        try:
            session = await page.context.new_cdp_session(page)
            session.on("Network.requestWillBeSent", self._on_sent)
            await session.send("Network.enable")
            self._sessions.append(session)
        except self.trouble:
            return

    async def fragments_told(self, seconds: float) -> None:
        """Return when the browser has reported every fragment so far: it answers in the order asked."""
        questions = [session.send("Network.enable") for session in self._sessions]
        with suppress(*self.trouble, TimeoutError):
            await asyncio.wait_for(asyncio.gather(*questions), seconds)

    def _on_sent(self, event: dict[str, Any]) -> None:
        request = event.get("request", {})
        if event.get("type") == "Document" and request.get("urlFragment"):
            self._fragments[redirect_of(request["url"]).uri] = request["urlFragment"]

    def _navigation(self, request: Any) -> bool:
        return bool(request.is_navigation_request())

    def _is_main(self, request: Any) -> bool:
        try:
            return request.frame.parent_frame is None
        except self.trouble:
            return True

    def _page_of(self, request: Any) -> Any:
        """The page that is navigated, ``None`` for a window that is just being opened."""
        try:
            return request.frame.page
        except self.trouble:
            return None

    def _body(self, request: Any) -> str:
        try:
            return request.post_data or ""
        except UnicodeDecodeError:
            return ""

    async def _fragment_of_location(self, uri: str) -> str:
        for response, _ in reversed(self._answers):
            location = dict(await self._headers(response)).get("location", "")
            if "#" in location and redirect_of(location).uri == uri:
                return location.partition("#")[2]
        return ""

    async def _headers(self, response: Any) -> list[tuple[str, str]]:
        try:
            listed = await asyncio.wait_for(response.headers_array(), CALL_SECONDS)
        except self.trouble:
            return []
        return [(each["name"].lower(), each["value"]) for each in listed]

    async def _hop(self, response: Any, after_credentials: bool) -> Hop:
        headers = await self._headers(response)
        return Hop(
            method=response.request.method,
            url=without_query(response.url),
            status=response.status,
            headers={name: value for name, value in headers if name not in HELD_BACK},
            cookies=tuple(
                _without_value(line) for name, value in headers if name == "set-cookie" for line in value.split("\n")
            ),
            location=without_query(dict(headers).get("location", "")),
            after_credentials=after_credentials,
        )


def _without_value(set_cookie: str) -> str:
    """A Set-Cookie header with the value left out."""
    pair, semicolon, attributes = set_cookie.partition(";")
    return f"{pair.partition('=')[0].strip()}={semicolon}{attributes}"


async def cookies_of(context: Any, trouble: tuple[type[Exception], ...]) -> tuple[tuple[Cookie, ...], tuple[str, ...]]:
    """The attributes of the cookies a context keeps, and their values for the redactor to know."""
    try:
        kept = await asyncio.wait_for(context.cookies(), CALL_SECONDS)
    except trouble:
        return (), ()
    cookies = tuple(
        Cookie(
            name=each["name"],
            domain=each["domain"],
            path=each["path"],
            secure=bool(each["secure"]),
            http_only=bool(each["httpOnly"]),
            same_site=str(each.get("sameSite", "")),
            session=each.get("expires", -1) < 0,
        )
        for each in kept
    )
    return cookies, tuple(each["value"] for each in kept if each["value"])
