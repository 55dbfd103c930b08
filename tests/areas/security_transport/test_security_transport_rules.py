from dataclasses import dataclass, field

import pytest

from conformance.areas.security_transport.probes.listener import own_listener
from conformance.areas.security_transport.probes.tls import plain_variant
from conformance.areas.security_transport.rules import pages, transport
from conformance.areas.security_transport.rules.evidence import Burst, CrossOrigin, CsrfProbe, Offer, OpenRedirectProbe
from conformance.areas.shared.rest_evidence import Asked
from conformance.transport import handshake

HERE = "https://app.example"


@dataclass
class Hop:
    headers: dict = field(default_factory=dict)
    status: int = 200
    method: str = "GET"
    cookies: tuple = ()
    after_credentials: bool = False
    url: str = "https://payer.example/login"


def offers(**accepted):
    names = {"old0": "1.0", "old1": "1.1", "new2": "1.2", "new3": "1.3"}
    clean = {"old0": False, "old1": False, "new2": True, "new3": True}
    return [Offer("payer.example:443", names[name], taken) for name, taken in (clean | accepted).items()]


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({}, []),
        ({"old0": True}, ["tls.version.old"]),
        ({"old0": True, "old1": True}, ["tls.version.old"] * 2),
        ({"new3": False}, []),
        ({"new2": False}, []),
        ({"new2": False, "new3": False}, ["tls.version.none"]),
    ],
)
def test_tls_versions(rules_of, changed, expected):
    assert rules_of(transport.only_new_tls(offers(**changed))) == expected


@pytest.mark.parametrize("version", ["1.0", "1.1"])
def test_our_own_listener_speaks_the_old_version_and_no_other(version):
    with own_listener(version) as port:
        assert handshake("127.0.0.1", port, version).accepted
    with own_listener(version) as port:
        assert handshake("127.0.0.1", port, "1.3").accepted is False


@pytest.mark.parametrize(("fault", "expected"), [("", []), ("tls", ["tls.certificate"]), ("refused", [])])
def test_certificates(answer, rules_of, fault, expected):
    assert rules_of(transport.certificates_hold([Asked("it", answer(0 if fault else 200, fault=fault))])) == expected


@pytest.mark.parametrize(
    ("status", "location", "content", "expected"),
    [
        (0, "", None, []),
        (400, "", None, []),
        (301, "https://payer.example/fhir", None, []),
        (301, "http://payer.example/other", None, ["tls.plain-http.redirect"]),
        (301, "https://payer.example/fhir", {"resourceType": "Patient"}, ["tls.plain-http.served"]),
        (200, "", {"resourceType": "CapabilityStatement"}, ["tls.plain-http.served"]),
    ],
)
def test_plain_http(answer, rules_of, status, location, content, expected):  # noqa: PLR0917
    shown = Asked("metadata", answer(status, content, {"location": location}))

    assert rules_of(transport.plain_http_serves_nothing([shown])) == expected


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("https://payer.example/fhir", "http://payer.example/fhir"),
        ("https://payer.example:443/fhir?a=1", "http://payer.example/fhir?a=1"),
        ("https://127.0.0.1:8443/fhir", "http://127.0.0.1:8443/fhir"),
        ("https://[::1]:8443/fhir", "http://[::1]:8443/fhir"),
        ("http://127.0.0.1/fhir", ""),
    ],
)
def test_the_plain_variant_of_an_address(address, expected):
    assert plain_variant(address) == expected


@pytest.mark.parametrize(
    ("header", "expected"), [("max-age=31536000", []), ("max-age=0", ["(http.hsts)"]), ("", ["(http.hsts)"])]
)
def test_strict_transport_security(answer, rules_of, header, expected):
    shown = Asked("it", answer(headers={"strict-transport-security": header}))

    assert rules_of(transport.insists_on_https([shown])) == expected


def call(answer, preflight, headers, status=204):
    return CrossOrigin("the API", HERE, answer(status, headers=preflight), answer(200, headers=headers))


ALLOWED = {"access-control-allow-origin": HERE}
PREFLIGHT = ALLOWED | {"access-control-allow-headers": "authorization, content-type"}
WITH_CREDENTIALS = ALLOWED | {"access-control-allow-credentials": "true"}


@pytest.mark.parametrize(
    ("preflight", "headers", "expected"),
    [
        (ALLOWED, ALLOWED, []),
        ({"access-control-allow-origin": "*"}, {"access-control-allow-origin": "*"}, []),
        ({}, ALLOWED, ["cors.discovery"]),
        ({}, {}, ["cors.discovery"] * 2),
        ({"access-control-allow-origin": "https://another.example"}, ALLOWED, ["cors.discovery"]),
    ],
)
def test_discovery_from_pages(answer, rules_of, preflight, headers, expected):
    assert rules_of(transport.any_origin_may_discover([call(answer, preflight, headers)])) == expected


@pytest.mark.parametrize(
    ("preflight", "headers", "status", "expected"),
    [
        (PREFLIGHT, ALLOWED, 204, []),
        (PREFLIGHT, ALLOWED, 403, ["cors.registered"]),
        (ALLOWED | {"access-control-allow-headers": "*"}, ALLOWED, 204, ["cors.authorization-header"]),
        (PREFLIGHT, {}, 204, ["cors.registered"]),
    ],
)
def test_the_registered_origin(answer, rules_of, preflight, headers, status, expected):  # noqa: PLR0917
    assert rules_of(transport.registered_origin_may_call([call(answer, preflight, headers, status)])) == expected


@pytest.mark.parametrize(
    ("headers", "expected"),
    [({}, []), (ALLOWED, ["(cors.foreign-origin)"]), (WITH_CREDENTIALS, ["cors.any-origin"])],
)
def test_a_foreign_origin(answer, rules_of, headers, expected):
    assert rules_of(transport.foreign_origin_may_not([call(answer, {}, headers)])) == expected


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("no-store", []),
        ("private, max-age=60", []),
        ("Private,Max-Age=60", []),
        ("public, max-age=600", ["http.cache.public"]),
        ("max-age=600", ["http.cache.not-private"]),
        ("", ["http.cache.unsaid"]),
    ],
)
def test_caches(answer, rules_of, header, expected):
    assert rules_of(transport.not_kept_by_caches([Asked("it", answer(headers={"cache-control": header}))])) == expected


@pytest.mark.parametrize(
    ("status", "headers", "after", "expected"),
    [
        (429, {"retry-after": "1"}, 400, []),
        (400, {}, 400, []),
        (429, {}, 400, ["burst.retry-after"]),
        (500, {}, 400, ["burst.crash"]),
        (0, {}, 400, ["burst.crash"]),
        (429, {"retry-after": "1"}, 429, ["burst.no-recovery"]),
        (429, {"retry-after": "1"}, 503, ["burst.no-recovery"]),
    ],
)
def test_bursts(answer, rules_of, status, headers, after, expected):  # noqa: PLR0917
    burst = Burst([Asked("it", answer(status, headers=headers))], Asked("it", answer(after)))

    assert rules_of(transport.burst_is_limited(burst)) == expected
    assert bool(burst.limited) is (status == 429)


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"content-security-policy": "default-src 'none'; frame-ancestors 'none'"}, []),
        ({"x-frame-options": "SAMEORIGIN"}, []),
        ({"content-security-policy": "frame-ancestors *"}, ["pages.framing"]),
        ({"content-security-policy": "default-src 'self'"}, ["pages.framing"]),
        ({"x-frame-options": "ALLOW-FROM https://x"}, ["pages.framing"]),
        ({}, ["pages.framing"]),
    ],
)
def test_framing(rules_of, headers, expected):
    assert rules_of(pages.resist_framing([Hop(headers)])) == expected


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("no-referrer", []),
        ("unsafe-url, strict-origin", []),
        ("unsafe-url", ["pages.referrer"]),
        ("", ["(pages.referrer)"]),
    ],
)
def test_referrers(rules_of, header, expected):
    assert rules_of(pages.keep_their_address([Hop({"referrer-policy": header})])) == expected


@pytest.mark.parametrize(
    ("cookie", "expected"),
    [
        ("a=; Path=/; Secure; HttpOnly; SameSite=Lax", []),
        ("a=; path=/; secure; httponly; samesite=none", []),
        ("a=; Path=/; HttpOnly; SameSite=Lax", ["pages.cookies"]),
        ("a=; Path=/", ["pages.cookies"]),
        ("a=; Max-Age=0", []),
        ("a=; Expires=Thu, 01 Jan 1970 00:00:00 GMT", []),
    ],
)
def test_cookies(rules_of, cookie, expected):
    assert rules_of(pages.guard_their_cookies([Hop(cookies=(cookie,))] * 2)) == expected


@pytest.mark.parametrize(
    ("method", "status", "after", "bad"),
    [("POST", 307, True, True), ("POST", 308, True, True), ("POST", 303, True, False), ("GET", 307, True, False)],
)
def test_credentials_are_not_posted_on(method, status, after, bad):
    hop = Hop(method=method, status=status, after_credentials=after)

    assert bool(list(pages.never_repost([hop]))) is bad


def test_pages_are_told_from_redirects():
    html = {"content-type": "text/html; charset=utf-8"}

    assert pages.pages_in([Hop(html), Hop(html, status=302), Hop({"content-type": "image/png"})]) == [Hop(html)]


@pytest.mark.parametrize(
    ("hidden", "expected"),
    [
        (("request", "anti_forgery"), ("anti_forgery",)),
        (("_csrf", "state"), ("_csrf",)),
        (("__RequestVerificationToken",), ("__RequestVerificationToken",)),
        (("request", "locale"), ()),
        ((), ()),
    ],
)
def test_anti_forgery_fields(hidden, expected):
    assert pages.anti_forgery_fields(hidden) == expected


def test_a_forged_consent(rules_of):
    assert rules_of(pages.forged_consent_fails(CsrfProbe(("csrf",), code=False))) == []
    assert rules_of(pages.forged_consent_fails(CsrfProbe(("csrf",), code=True))) == ["(pages.forgery)"]


@pytest.mark.parametrize(
    ("status", "headers", "raw", "bad"),
    [
        (302, {"location": "https://foreign.example/"}, b"", True),
        (302, {"location": "//foreign.example/"}, b"", True),
        (302, {"location": "https://app.example@foreign.example/"}, b"", True),
        (302, {"location": "https://payer.example/login?next=https://foreign.example/"}, b"", False),
        (200, {"refresh": "0; url=https://foreign.example/"}, b"", True),
        (200, {}, b'<meta http-equiv="refresh" content="0; url=https://foreign.example/">', True),
        (200, {}, b"<script>location.href = 'https://foreign.example/'</script>", True),
        (400, {}, b"<p>https://foreign.example/ is not registered</p>", False),
    ],
)
def test_open_redirects(answer, status, headers, raw, bad):
    lure = OpenRedirectProbe("logout", "foreign.example", answer(status, headers=headers, raw=raw))

    assert bool(list(pages.leads_nowhere_else([lure]))) is bad
