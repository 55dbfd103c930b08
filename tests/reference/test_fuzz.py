"""Malformed URLs, parameters, headers and bodies at every route: refused somehow, never an internal error."""

from __future__ import annotations

import json
from datetime import date
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conformance.reference import attachments
from conformance.reference.authorization import grants
from conformance.reference.authorization import server as authorization_server
from conformance.reference.deployments import Deployments
from conformance.reference.fhir import server as fhir_server
from conformance.reference.fhir.parameters import TYPES
from conformance.reference.tenant import Origins
from conformance.reference.web import Payer

PORTS = {"fhir": 1, "authorization": 2, "attachments": 3}
FORM = "application/x-www-form-urlencoded"
METHODS = ["GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "TRACE", "BREW"]
NASTY = [
    "",
    " ",
    "'",
    '"',
    "--",
    "%",
    "%00",
    "\x00",
    "\ud83d",
    "💥",
    "..",
    "/",
    "\\",
    "|",
    "||",
    ",",
    ":",
    "$",
    "*",
    "=",
    "&",
]
NASTY += [
    "-1",
    "0",
    "1e400",
    "9" * 40,
    "٣",
    "true",
    "null",
    "{}",
    "[]",
    "gt",
    "ge9999-12-31",
    "0000-00-00",
    "9999",
    "A" * 5000,
]
text = st.one_of(st.sampled_from(NASTY), st.text(max_size=40))


pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def ask():
    """Ask the application in this process; returns the response."""
    deployments = Deployments(Origins(*(f"https://127.0.0.1:{port}" for port in PORTS.values())), date(2026, 11, 23))
    handlers = {1: fhir_server.handle, 2: authorization_server.handle, 3: attachments.handle}
    payer = Payer(deployments.find, handlers)
    tenant = deployments.clean
    person = tenant.people["maria.alvarez"]
    grant = grants.Grant(tenant.state.clients["app"], person, person.own, ("patient/*.read", "openid"), "", 0)
    token = grants.issue_access_token(tenant, grant, grant.scope)
    token.expires += 10**9

    def answer(origin, method, path, query="", headers=(), body=b""):  # noqa: PLR0917 - as the request line
        tenant.state.buckets.clear()
        sent = [(b"authorization", f"Bearer {token.value}".encode()), *headers]
        scope = {
            "type": "http",
            "scheme": "https",
            "method": method,
            "path": path,
            "raw_path": quote(path, safe="/%$", errors="replace").encode(),
            "query_string": query.encode("utf-8", "replace"),
            "headers": sent,
            "server": ("127.0.0.1", PORTS[origin]),
            "client": ("127.0.0.1", 50000),
        }
        return payer.answer(scope, body)

    return answer


def test_the_fuzz_reaches_the_handlers(ask):
    assert ask("fhir", "GET", "/fhir/Patient").status_code == 200
    assert ask("fhir", "GET", "/fhir/Patient", "birthdate=x").status_code == 400
    assert ask("authorization", "GET", "/oauth2/authorize", encoded(GOOD.items())).status_code == 303


def encoded(fields) -> str:
    return "&".join(f"{quote(name, errors='replace')}={quote(value, errors='replace')}" for name, value in fields)


def relaxed(examples: int):
    return settings(max_examples=examples, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


PARAMETERS = sorted(
    {parameter.name for served in TYPES.values() for parameter in served.parameters}
    | {
        "_count",
        "_sort",
        "_include",
        "_revinclude",
        "_summary",
        "_elements",
        "_total",
        "_format",
        "_page",
        "_has:a:b:c",
    }
    | {"start", "end", "_since", "_type", "patient.name", "patient:Patient.identifier", "subject.birthdate"}
)
names = (
    st.builds(
        lambda name, modifier: name + modifier,
        st.sampled_from(PARAMETERS),
        st.sampled_from(
            ["", "", "", ":missing", ":not", ":exact", ":contains", ":text", ":Patient", ":iterate", ":", ":in"]
        ),
    )
    | text
)


@relaxed(600)
@given(
    type_name=st.sampled_from([*TYPES, "Nothing", "Binary"]),
    fields=st.lists(st.tuples(names, text), max_size=5),
    posted=st.booleans(),
)
def test_searches(ask, type_name, fields, posted):
    if posted:
        body = encoded(fields).encode()
        answer = ask("fhir", "POST", f"/fhir/{type_name}/_search", "", [(b"content-type", FORM.encode())], body)
    else:
        answer = ask("fhir", "GET", f"/fhir/{type_name}", encoded(fields))

    assert answer.status_code < 500
    json.loads(bytes(answer.body))


@relaxed(400)
@given(
    method=st.sampled_from(METHODS),
    parts=st.lists(
        st.sampled_from([*TYPES, "_history", "_search", "$everything", "$docref", "metadata", ".well-known"]) | text,
        max_size=5,
    ),
    query=text,
    body=st.binary(max_size=60),
    kind=st.sampled_from(["", FORM, "application/json", "application/fhir+json", "text/html; charset=nonsense"]),
)
def test_fhir_paths(ask, *, method, parts, query, body, kind):
    answer = ask("fhir", method, "/" + "/".join(["fhir", *parts]), query, [(b"content-type", kind.encode())], body)

    assert answer.status_code < 500


@relaxed(200)
@given(
    fields=st.lists(
        st.tuples(st.sampled_from(["start", "end", "_since", "_type", "_count", "_page"]) | text, text), max_size=4
    )
)
def test_everything(ask, fields):
    assert ask("fhir", "GET", "/fhir/Patient/$everything", encoded(fields)).status_code < 500


@relaxed(200)
@given(
    body=st.recursive(
        st.none() | st.booleans() | st.integers() | text,
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["resourceType", "parameter", "name", "valueString"]) | text, inner, max_size=3
            )
        ),
    )
)
@pytest.mark.parametrize("path", ["/fhir/Patient/$everything", "/fhir/DocumentReference/$docref", "/fhir/"])
def test_json_bodies_of_operations(ask, path, body):
    content = json.dumps(body).encode("utf-8", "replace")

    assert ask("fhir", "POST", path, "", [(b"content-type", b"application/json")], content).status_code < 500


OAUTH = [
    "response_type",
    "client_id",
    "redirect_uri",
    "scope",
    "state",
    "aud",
    "code_challenge",
    "code_challenge_method",
]
OAUTH += [
    "grant_type",
    "code",
    "code_verifier",
    "refresh_token",
    "token",
    "client_secret",
    "client_assertion",
    "prompt",
]
OAUTH += ["client_assertion_type", "nonce", "request", "username", "password", "anti_forgery", "patient", "decision"]
GOOD = {
    "response_type": "code",
    "client_id": "app",
    "redirect_uri": "https://app.example/callback",
    "aud": "https://127.0.0.1:1/fhir",
    "code_challenge_method": "S256",
    "code_challenge": "x" * 43,
    "scope": "patient/*.rs?category=a",
    "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
    "grant_type": "authorization_code",
}
oauth_values = (
    st.sampled_from(
        [
            *GOOD.values(),
            "a.b.c",
            "e30.e30.e30",
            "app-asymmetric",
            "patient/Observation.rs?",
            "https://[",
            "refresh_token",
        ]
    )
    | text
)


@relaxed(800)
@given(
    method=st.sampled_from(METHODS),
    path=st.sampled_from([*authorization_server.ROUTES, "/", "/oauth2"]) | text.map(lambda part: f"/{part}"),
    fields=st.lists(st.tuples(st.sampled_from(OAUTH) | text, oauth_values), max_size=8),
    good=st.booleans(),
    header=st.sampled_from(["Basic", "Basic ", "Basic YTpi", "Basic %%%", "Basic /w==", "Bearer x", "Negotiate"]),
    cookie=text,
)
def test_the_authorization_server(ask, *, method, path, fields, good, header, cookie):
    sent = encoded([*(GOOD.items() if good else ()), *fields])
    headers = [
        (b"content-type", FORM.encode()),
        (b"cookie", f"__Host-member-clean={cookie}".encode("utf-8", "replace")),
    ]
    headers += [(b"authorization", header.encode())] if good else []
    answer = ask("authorization", method, path, "" if method == "POST" else sent, headers, sent.encode())

    assert answer.status_code < 500


@relaxed(200)
@given(
    body=st.dictionaries(
        st.sampled_from(["redirect_uris", "jwks", "client_name", "grant_types", "token_endpoint_auth_method"]),
        st.lists(text, max_size=2)
        | text
        | st.integers()
        | st.sampled_from([{"keys": [{}]}, {"keys": 1}, "private_key_jwt", ["https://["]]),
        max_size=5,
    )
)
def test_registration_and_lab(ask, body):
    content = json.dumps(body).encode("utf-8", "replace")
    kind = [(b"content-type", b"application/json")]

    assert ask("authorization", "POST", "/oauth2/register", "", kind, content).status_code < 500
    assert ask("authorization", "POST", "/_lab/age", "", kind, content).status_code < 500


@relaxed(300)
@given(
    path=text,
    query=text,
    name=st.sampled_from([b"accept", b"prefer", b"if-none-match", b"if-modified-since", b"origin"]),
    value=text,
)
def test_headers_and_the_attachment_origin(ask, path, query, name, value):
    header = [(name, value.encode("latin-1", "replace"))]

    assert ask("attachments", "GET", f"/attachments/{path}", query, header).status_code < 500
    assert ask("fhir", "GET", "/fhir/Patient", "", header).status_code < 500
    assert ask("fhir", "GET", "/t/" + path, "", header).status_code < 500
