"""Redirects are followed by us, and credentials stay where they were meant for (RFC 9110 section 15.4)."""

from __future__ import annotations

import pytest


def redirecting(status, location):
    def answer(asked):
        return (200, {}, b"arrived") if asked.path.startswith("/there") else (status, {"Location": location}, b"")

    return answer


@pytest.mark.parametrize(
    ("status", "method", "follows_with"),
    [(301, "POST", "GET"), (302, "POST", "GET"), (303, "POST", "GET"), (307, "POST", "POST"), (308, "POST", "POST")]
    + [(status, "GET", "GET") for status in (301, 302, 303, 307, 308)],
)
def test_the_method_after_a_redirect(status, method, follows_with, serve, transport):
    server = serve(redirecting(status, "/there"))

    exchange = transport.request(method, server.url + "/here", content=b"x" if method == "POST" else None)

    assert (exchange.status, exchange.redirects) == (200, (server.url + "/there",))
    assert server.asked[1].method == follows_with
    assert server.asked[1].body == (b"x" if follows_with == "POST" else b"")


def test_credentials_follow_within_an_origin(serve, transport):
    server = serve(redirecting(302, "/there"))

    transport.request("GET", server.url + "/here", headers={"Authorization": "Bearer t0ken"})

    assert server.asked[1].headers["authorization"] == "Bearer t0ken"


def test_credentials_stay_behind_when_the_origin_changes(serve, transport):
    other = serve(redirecting(302, "/there"))
    server = serve(redirecting(302, other.url + "/there"))

    transport.request("GET", server.url, headers={"authorization": "Bearer t0ken", "Cookie": "a=b"})

    assert not {"authorization", "cookie"} & other.asked[0].headers.keys()


def test_credentials_do_not_come_back_after_a_detour(serve, transport):
    other = serve(lambda asked: (302, {"Location": home.url + "/there"}, b""))
    home = serve(redirecting(302, other.url + "/detour"))

    exchange = transport.request("GET", home.url, headers={"Authorization": "Bearer t0ken"})

    assert exchange.status == 200
    assert "authorization" not in home.asked[1].headers


def test_a_body_is_not_carried_to_another_origin(serve, transport):
    other = serve(redirecting(302, "/there"))
    server = serve(redirecting(307, other.url + "/there"))

    exchange = transport.request("POST", server.url, form={"client_secret": "s3cret"})

    assert (exchange.fault, exchange.status) == ("foreign-host", 307)
    assert other.asked == []


@pytest.mark.parametrize("location", ["app://callback?code=1", "", "http://[::bad"])
def test_a_redirect_that_leads_nowhere_we_go_is_the_answer(location, serve, transport):
    server = serve(redirecting(302, location))

    exchange = transport.request("GET", server.url)

    assert (exchange.status, exchange.fault, exchange.redirects) == (302, "", ())


def test_redirects_are_left_alone_when_asked(serve, transport):
    server = serve(redirecting(302, "/there"))

    exchange = transport.request("GET", server.url, follow_redirects=False)

    assert (exchange.status, exchange.headers["location"], len(server.asked)) == (302, "/there", 1)
