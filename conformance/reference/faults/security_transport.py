"""Faults of security and transport: TLS, plain HTTP, CORS, caches, framing, redirects, bursts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from starlette.responses import PlainTextResponse, RedirectResponse

from conformance.reference import cors, limits, web
from conformance.reference.authorization import authorize, browsers, pages, server, signin
from conformance.reference.faults.deviations import always, edited, no, with_headers, with_status, yes
from conformance.reference.faults.fault import Fault
from conformance.reference.fhir import answer

if TYPE_CHECKING:
    from starlette.responses import Response

    from conformance.reference.steps import Step

_UNREACHABLE = "no client that verifies certificates can reach the authorization server"
_STACK = 'Traceback (most recent call last):\n  File "/srv/auth/bucket.py", line 31, in take\nOverflowError\n'


def _any_origin_with_credentials(original: Step, call: Any, response: Any, policy: str) -> Any:
    answered = original(call, response, policy)
    if origin := call.headers.get("origin"):
        answered.headers["Access-Control-Allow-Origin"] = origin
        answered.headers["Access-Control-Allow-Credentials"] = "true"
    return answered


def _discovery_only(original: Step, call: Any, policy: str) -> str:
    return str(original(call, policy)) if policy == cors.ANY_ORIGIN else ""


def _simple_headers_only(response: Response) -> None:
    if "access-control-allow-headers" in response.headers:
        response.headers["Access-Control-Allow-Headers"] = "Content-Type, Accept"


def _bare_cookie(original: Step, call: Any, response: Any, browser: Any) -> None:
    """The session cookie without the attributes that guard it."""
    del original
    response.set_cookie(browsers.cookie_name(call.tenant), browser.id, path="/", secure=True, samesite=None)


def _promising_cookie(original: Step, call: Any, response: Any, browser: Any) -> None:
    original(call, response, browser)
    response.headers.append("Set-Cookie", "__Secure-campaign=autumn; Path=/; HttpOnly; SameSite=Lax")


def _readable_anywhere(original: Step, call: Any, policy: str) -> str:
    return str(original(call, policy)) or ("*" if call.headers.get("origin") else "")


def _shows_its_query(response: Response) -> Response:
    if response.status_code < 400:
        return response
    text = "ERROR: syntax error at or near SELECT name FROM members WHERE id = 1"
    changed = PlainTextResponse(text, response.status_code)
    changed.headers.update({name: value for name, value in response.headers.items() if name == "www-authenticate"})
    return changed


def _error_first(original: Step, call: Any, fields: list[tuple[str, str]]) -> Any:
    """The audience is looked at before client and redirect_uri, and its error is sent where the request says."""
    values = dict(fields)
    client = call.tenant.state.clients.get(values.get("client_id", ""))
    wrong = values.get("aud", "").removesuffix("/") != call.tenant.fhir_base
    if client is not None and wrong and "redirect_uri" in values:
        return client, values["redirect_uri"]
    return original(call, fields)


def _repost(original: Step, call: Any, response: Response) -> Response:
    """What answers the form with the password is a redirect that keeps the method."""
    finished: Response = original(call, response)
    if finished.status_code == 303 and "password" in dict(call.form):
        finished.status_code = 307
    return finished


def _trusts_credentials(original: Step, call: Any, browser: Any, purpose: str, fields: dict[str, str]) -> bool:
    return "password" not in fields and bool(original(call, browser, purpose, fields))


def _takes_credentials_for_a_visit(original: Step, call: Any, request: Any, fields: dict[str, str]) -> Response:
    """The consent page is shown to a browser that posted the password on to it."""
    if "password" in fields:
        return signin.show(call, request, browsers.browser_of(call), "consent")
    return original(call, request, fields)  # type: ignore[no-any-return]


def _sends_on(original: Step, call: Any, *arguments: Any, **named: Any) -> Response:
    """An error page offers the way back that the request names."""
    for _, value in call.query:
        if value.startswith(("https://", "//")) and urlsplit(value).netloc:
            return RedirectResponse(value, 302)
    return original(call, *arguments, **named)  # type: ignore[no-any-return]


def _fails_under_load(original: Step, call: Any, route: Any, seconds: int) -> Response:  # noqa: ARG001
    return PlainTextResponse(_STACK, 500)


def _never_again(original: Step, tenant: Any, limit: Any, caller: str, *, take: bool = True) -> None:
    """A bucket that has run empty is never filled again."""
    left, _ = tenant.state.buckets.get((limit.name, caller), (1.0, 0.0))
    if left < 1:
        raise limits.TooMany(1)
    original(tenant, limit, caller, take=take)


def _redirected_within_http(original: Step, call: Any, response: Response) -> Response:
    """What comes over http is sent to the same path of another host, over http."""
    elsewhere = RedirectResponse(f"http://www.payer.example{call.path}", 301)
    return original(call, elsewhere if call.url.startswith("http:") else response)  # type: ignore[no-any-return]


def _tells_its_stack(response: Response) -> Response:
    if response.status_code < 400:
        return response
    changed = PlainTextResponse(_STACK, response.status_code)
    changed.headers.update({name: value for name, value in response.headers.items() if name == "www-authenticate"})
    return changed


FAULTS = (
    Fault(
        "PA-SEC-001.old-tls",
        "tls.version.old",
        "TLS 1.0 and 1.1 are negotiated.",
        listeners={"fhir": "old-tls", "authorization": "old-tls"},
    ),
    Fault(
        "PA-SEC-001.no-new-tls",
        "tls.version.none",
        "The authorization server negotiates nothing newer than TLS 1.1.",
        listeners={"authorization": "only-old-tls"},
        collateral=_UNREACHABLE,
    ),
    Fault(
        "PA-SEC-001.expired-certificate",
        "tls.certificate",
        "The authorization server's certificate has expired.",
        listeners={"authorization": "expired"},
        collateral=_UNREACHABLE,
    ),
    Fault(
        "PA-SEC-001.wrong-host",
        "tls.certificate",
        "The authorization server's certificate is for another host.",
        listeners={"authorization": "wrong-host"},
        collateral=_UNREACHABLE,
    ),
    Fault(
        "PA-SEC-002.plain-http",
        "tls.plain-http.served",
        "Requests over http are answered like those over https.",
        listeners={"fhir": "plain-http"},
    ),
    Fault(
        "PA-SEC-002.stays-with-http",
        "tls.plain-http.redirect",
        "Requests over http are redirected to an address over http.",
        {web.finish: _redirected_within_http},
        listeners={"fhir": "plain-http"},
    ),
    Fault(
        "PA-SEC-002.without-hsts",
        "http.hsts",
        "Answers over https do not say that browsers must stay with it.",
        {web.finish: with_headers(Strict_Transport_Security="")},
        warning=True,
    ),
    Fault(
        "PA-SEC-003.discovery-without-cors",
        "cors.discovery",
        "Discovery documents cannot be read from a web page.",
        {cors.allowed_origin: always("")},
        target={"strict.PA-SEC-003": "gate"},
    ),
    Fault(
        "PA-SEC-004.any-origin",
        "cors.any-origin",
        "Any origin is reflected, with credentials allowed.",
        {cors.with_cors: _any_origin_with_credentials},
        target={"strict.PA-SEC-004": "gate"},
    ),
    Fault(
        "PA-SEC-004.registered-refused",
        "cors.registered",
        "Pages of registered apps may not call the API.",
        {cors.allowed_origin: _discovery_only},
    ),
    Fault(
        "PA-SEC-004.no-authorization-header",
        "cors.authorization-header",
        "Pages of registered apps may not send the Authorization header.",
        {cors.preflight: edited(_simple_headers_only)},
    ),
    Fault(
        "PA-SEC-004.readable-anywhere",
        "cors.foreign-origin",
        "Pages of any origin may call, without credentials.",
        {cors.allowed_origin: _readable_anywhere},
    ),
    Fault(
        "PA-SEC-005.any-cache-for-a-while",
        "http.cache.not-private",
        "Health data may be kept by any cache for ten minutes.",
        {answer.document: with_headers(Cache_Control="max-age=600", Pragma="")},
    ),
    Fault(
        "PA-SEC-005.public-cache",
        "http.cache.public",
        "Health data may be kept by shared caches.",
        {answer.document: with_headers(Cache_Control="public, max-age=600", Pragma="")},
    ),
    Fault(
        "PA-SEC-005.nothing-said",
        "http.cache.unsaid",
        "Nothing is said about caches.",
        {answer.document: with_headers(Cache_Control="", Pragma="")},
    ),
    Fault(
        "PA-SEC-009.forgery-unnoticed",
        "pages.forgery",
        "The consent form accepts posts from other sites.",
        {browsers.forged: no},
        warning=True,
    ),
    Fault(
        "PA-SEC-006.cookie-not-kept",
        "pages.cookies.rejected",
        "The pages set a cookie whose name promises Secure without it.",
        {browsers.set_cookie: _promising_cookie},
    ),
    Fault(
        "PA-SEC-006.framed",
        "pages.framing",
        "The pages can be framed.",
        {pages.page_headers: edited(lambda headers: {"Cache-Control": headers["Cache-Control"]})},
    ),
    Fault(
        "PA-SEC-006.whole-address-told",
        "pages.referrer",
        "The pages send their whole address to the sites they link to.",
        {pages.page_headers: edited(lambda headers: headers | {"Referrer-Policy": "unsafe-url"})},
    ),
    Fault(
        "PA-SEC-006.bare-cookie",
        "pages.cookies",
        "Scripts can read the session cookie, and it is sent across sites.",
        {browsers.set_cookie: _bare_cookie},
    ),
    Fault(
        "PA-SEC-006.credentials-posted-on",
        "pages.repost",
        "The post of user name and password is answered 307.",
        {
            web.finish: _repost,
            browsers.forged: _trusts_credentials,
            signin.decide: _takes_credentials_for_a_visit,
        },
    ),
    Fault(
        "PA-SEC-007.error-page-sends-on",
        "pages.open-redirect",
        "Error pages send the browser to whatever address the request names.",
        {pages.error_page: _sends_on},
    ),
    Fault(
        "PA-SEC-007.errors-to-anybody",
        "pages.open-redirect",
        "Errors of an authorization request go to a redirect_uri that is not registered.",
        {authorize.redirect_registered: yes},
    ),
    Fault(
        "PA-SEC-007.error-comes-first",
        "pages.open-redirect",
        "A request with a wrong aud is refused at its redirect_uri before that is compared.",
        {authorize.known_redirect: _error_first},
    ),
    Fault(
        "PA-SEC-008.query-shown",
        "answer.database",
        "Errors of the API show a database statement.",
        {answer.refusal: edited(_shows_its_query)},
    ),
    Fault(
        "PA-SEC-008.fails-under-load",
        "burst.crash",
        "A burst yields 500 and a stack trace.",
        {server.wait: _fails_under_load},
        target={"strict.PA-SEC-008": "gate"},
    ),
    Fault(
        "PA-SEC-008.no-retry-after",
        "burst.retry-after",
        "429 does not say how long to wait.",
        {server.wait: with_headers(Retry_After="")},
    ),
    Fault(
        "PA-SEC-008.locked-out",
        "burst.no-recovery",
        "Who once asked too often is locked out for good.",
        {limits.require: _never_again},
    ),
    Fault(
        "PA-SEC-008.error-pages-are-500",
        "answer.server-error",
        "Every error page of the authorization server comes with status 500.",
        {pages.error_page: with_status(500)},
    ),
    Fault(
        "PA-SEC-008.stack-trace",
        "answer.stack-trace",
        "Errors of the API show a stack trace.",
        {answer.refusal: edited(_tells_its_stack)},
    ),
    Fault(
        "PA-SEC-008.product-told",
        "answer.version",
        "Every response names product and version of the server.",
        {web.finish: with_headers(Server="nginx/1.18.0")},
    ),
)
