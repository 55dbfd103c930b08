"""One request: what is sent, what is recorded, what is never sent."""

from __future__ import annotations

import threading

from conformance.transport import RequestBudgetSpent


def ok(asked):
    return 200, {"Content-Type": "text/plain"}, b"fine"


def test_exchanges_are_numbered_in_order(serve, transport):
    server = serve(ok)

    first = transport.request("GET", server.url + "/a", purpose="first", endpoint="letters")
    transport.request("GET", server.url + "/b")

    assert [exchange.number for exchange in transport.exchanges] == [1, 2]
    assert (first.status, first.body, first.purpose, first.endpoint) == (200, b"fine", "first", "letters")
    assert transport.exchanges[1].endpoint == f"GET {server.url}/b"


def test_a_form_is_sent_as_a_form_and_json_as_json(serve, transport):
    server = serve(ok)

    transport.request("POST", server.url, form=[("scope", "launch/patient openid"), ("redirect_uri", "https://a/b?c")])
    transport.request("POST", server.url, json={"a": [1]})

    form, json = server.asked
    assert (form.headers["content-type"], form.body) == (
        "application/x-www-form-urlencoded",
        b"scope=launch/patient%20openid&redirect_uri=https://a/b%3Fc",
    )
    assert (json.headers["content-type"], json.body) == ("application/json", b'{"a": [1]}')


def test_parameters_are_added_to_those_the_address_has(serve, transport):
    server = serve(ok)

    transport.request("GET", server.url + "/x?a=1", params={"code": "http://loinc.org|1-2", "_id": ["1", "2"]})

    assert server.asked[0].path == "/x?a=1&code=http://loinc.org%7C1-2&_id=1&_id=2"


def test_cookies_are_not_kept(serve, transport):
    server = serve(lambda asked: (200, {"Set-Cookie": "session=1; Path=/"}, b""))

    transport.request("GET", server.url)
    transport.request("GET", server.url)

    assert "cookie" not in server.asked[1].headers


def test_a_name_and_password_in_the_address_are_not_sent(serve, transport):
    server = serve(ok)

    transport.request("GET", server.url.replace("//", "//user:password@"))

    assert "authorization" not in server.asked[0].headers


def test_the_environment_names_no_proxy(serve, make_transport, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    server = serve(ok)

    assert make_transport().request("GET", server.url).status == 200


def test_a_proxy_is_used_when_given(serve, make_transport):
    proxy = serve(ok)

    make_transport(proxy=proxy.url).request("GET", "http://payer.example/fhir")

    assert proxy.asked[0].path == "http://payer.example/fhir"


def test_a_proxy_that_refuses_is_a_fault(serve, make_transport):
    proxy = serve(lambda asked: (407, {}, b""))

    exchange = make_transport(proxy=proxy.url).request("GET", "https://payer.example/fhir")

    assert exchange.fault in {"refused", "broken"}
    assert not exchange.answered


def test_headers_of_a_host_go_to_that_host_only_and_are_secret(serve, make_transport, redactor):
    server, other = serve(ok), serve(ok)
    host = server.url.removeprefix("http://")
    transport = make_transport(headers_by_host={host: {"X-Gateway": "gateway-secret"}})

    exchange = transport.request("GET", server.url)
    transport.request("GET", other.url)

    assert server.asked[0].headers["x-gateway"] == "gateway-secret"
    assert "x-gateway" not in other.asked[0].headers
    assert "gateway-secret" not in str(transport.redacted(exchange))


def test_a_header_given_wins_over_our_own(serve, transport):
    server = serve(ok)

    transport.request("GET", server.url, headers={"User-Agent": "app", "Accept": "application/fhir+json"})

    assert (server.asked[0].headers["user-agent"], server.asked[0].headers["accept"]) == (
        "app",
        "application/fhir+json",
    )


def test_no_more_requests_than_the_target_allows(serve, make_transport):
    server = serve(ok)
    transport = make_transport(max_requests=2)
    transport.request("GET", server.url)
    transport.request("GET", server.url)

    with_message = ""
    try:
        transport.request("GET", server.url)
    except RequestBudgetSpent as spent:
        with_message = str(spent)

    assert "politeness.max_requests" in with_message
    assert len(server.asked) == 2


def test_no_more_requests_at_once_than_allowed(serve, make_transport):
    lock, now, most = threading.Lock(), [0], [0]
    gate = threading.Event()

    def answer(asked):
        with lock:
            now[0] += 1
            most[0] = max(most[0], now[0])
        gate.wait(0.05)
        with lock:
            now[0] -= 1
        return ok(asked)

    server = serve(answer)
    transport = make_transport(concurrency=2)
    threads = [threading.Thread(target=transport.request, args=("GET", server.url)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert most[0] <= 2
    assert sorted(exchange.number for exchange in transport.exchanges) == list(range(1, 9))


def test_repeated_headers_are_joined(serve, transport):
    server = serve(lambda asked: (200, {"Vary": "Accept", "vary": "Origin"}, b""))

    assert transport.request("GET", server.url).headers["vary"] == "Accept, Origin"


def test_a_transport_shows_nothing_of_what_it_sent(serve, make_transport):
    server = serve(ok)
    transport = make_transport()
    transport.request("GET", server.url, headers={"Authorization": "Bearer top-secret"})

    assert "top-secret" not in repr(transport)


def test_http_libraries_log_nothing(serve, transport, caplog):
    server = serve(ok)

    with caplog.at_level("DEBUG"):
        transport.request("GET", server.url + "?access_token=top-secret")

    assert caplog.records == []


def test_a_kept_connection_that_was_closed_is_no_fault_for_reading(serve, transport):
    first = threading.Event()

    def answer(asked):
        if asked.path == "/gone" and not first.is_set():
            first.set()
            raise ConnectionResetError
        return ok(asked)

    server = serve(answer)
    transport.request("GET", server.url)

    assert transport.request("GET", server.url + "/gone").status == 200


def test_a_post_is_not_repeated(serve, transport):
    def answer(asked):
        if asked.method == "POST":
            raise ConnectionResetError
        return ok(asked)

    server = serve(answer)
    transport.request("GET", server.url)

    assert transport.request("POST", server.url, form={"a": "b"}).fault == "broken"
    assert [asked.method for asked in server.asked] == ["GET", "POST"]
