"""What is a secret: by registration, or by the name it goes under."""

from __future__ import annotations

import base64
import json
import threading

import pytest

from conformance.redaction import Redactor

JWT = "eyJhbGciOiJSUzI1NiIsImtpZCI6IjEifQ.{}.c2lnbmF0dXJlLXNpZ25hdHVyZQ"


def token(**claims):
    return JWT.format(base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("="))


def claims_of(shown):
    payload = shown.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))


@pytest.fixture
def redactor():
    return Redactor()


def test_a_registered_secret_is_shown_as_its_label(redactor):
    redactor.register("hunter2", "password of member a")

    assert redactor.text("typed hunter2!") == "typed ‹password of member a›!"


def test_the_longest_secret_gives_the_label(redactor):
    redactor.register("abcd", "short")
    redactor.register("abcd-efgh", "long")

    assert redactor.text("abcd-efgh abcd") == "‹long› ‹short›"


def test_a_label_that_would_give_a_secret_away_is_not_shown(redactor):
    redactor.register("word", "password")
    redactor.register("secret", "another")

    assert redactor.text("a word") == "a ‹•••›"


def test_a_very_short_secret_is_masked_at_word_boundaries(redactor):
    redactor.register("123", "pin")

    assert redactor.text("room 123, not 1234") == "room ‹pin›, not 1234"
    assert redactor.text("123") == "‹pin›"
    assert redactor.resource({"resourceType": "Basic", "x": ["123", "1234"]}) == {
        "resourceType": "Basic",
        "x": ["‹pin›", "1234"],
    }


@pytest.mark.parametrize("blank", ["", " ", "\n\t  \n  "])
def test_a_blank_is_no_secret(blank, redactor):
    redactor.register(blank, "nothing")

    assert redactor.text("a  b \n\t  \n  c") == "a  b \n\t  \n  c"


def test_the_signature_of_a_registered_token_is_a_secret_of_its_own(redactor):
    redactor.register(token(sub="1"), "access_token")

    assert redactor.text("signed c2lnbmF0dXJlLXNpZ25hdHVyZQ") == "signed ‹access_token›"


def test_the_lines_of_a_key_and_the_members_of_a_jwk_are_secrets(redactor):
    redactor.register("-----BEGIN KEY-----\nMIIEvQIBADANBgkqhkiG9w0B\n-----END KEY-----\n", "key")
    redactor.register(json.dumps({"kty": "EC", "x": "public-part-of-it", "d": "private-part-of-it"}), "jwk")

    shown = redactor.text("MIIEvQIBADANBgkqhkiG9w0B private-part-of-it public-part-of-it BEGIN KEY")
    assert shown == "‹key› ‹jwk› public-part-of-it BEGIN KEY"


def test_a_repr_tells_nothing(redactor):
    redactor.register("hunter2", "password")

    assert "hunter2" not in repr(redactor)
    assert "hunter2" not in repr(vars(redactor)["_secrets"])


def test_secrets_may_be_registered_while_others_mask(redactor):
    failures = []

    def register(start):
        for number in range(start, start + 100):
            secret = f"secret-number-{number:06d}"
            redactor.register(secret, "n")
            if secret in redactor.text(f"x {secret} y"):
                failures.append(secret)

    threads = [threading.Thread(target=register, args=(start,)) for start in range(0, 400, 100)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failures == []


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("Authorization", "Bearer abc.def", "Bearer ‹credentials›"),
        ("authorization", "Basic YTpi", "Basic ‹credentials›"),
        ("Authorization", "abcdef", "‹credentials›"),
        ("Cookie", "a=1; b=2", "a=‹cookie›; b=‹cookie›"),
        (
            "Set-Cookie",
            "sid=x; Path=/; Expires=Wed, 21 Oct 2026 07:28:00 GMT; Secure; HttpOnly; SameSite=Lax",
            "sid=‹cookie›; Path=/; Expires=Wed, 21 Oct 2026 07:28:00 GMT; Secure; HttpOnly; SameSite=Lax",
        ),
        ("X-Api-Key", "k", "‹credentials›"),
        ("Location", "https://app/cb?code=c0de&state=s", "https://app/cb?code=‹code›&state=s"),
        ("Location", "/cb?code=c0de", "/cb?code=‹code›"),
        (
            "WWW-Authenticate",
            'Bearer realm="fhir", error="invalid_token"',
            'Bearer realm="fhir", error="invalid_token"',
        ),
        ("Content-Type", "application/fhir+json; charset=utf-8", "application/fhir+json; charset=utf-8"),
        ("Link", '<https://a/Patient?name=Smith>; rel="next"', '<https://a/Patient?name=Xxxxx>; rel="next"'),
    ],
)
def test_headers_by_name(name, value, shown, redactor):
    assert redactor.headers({name: value}) == {name: shown}


def test_a_known_token_keeps_its_label_in_a_header(redactor):
    redactor.register("t0ken-1", "access_token of a")

    assert redactor.headers({"authorization": "Bearer t0ken-1"}) == {"authorization": "Bearer ‹access_token of a›"}


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://app/cb?code=c&state=s&iss=https%3A%2F%2Fa", "https://app/cb?code=‹code›&state=s&iss=https%3A%2F%2Fa"),
        ("https://app/cb#access_token=t&state=s", "https://app/cb#access_token=‹access_token›&state=s"),
        ("https://user:word@host/x", "https://‹credentials›@host/x"),
        ("https://a/fhir/Condition?code=http://snomed.info/sct|1&patient=1", None),
        ("https://a/fhir/Observation?category=vital-signs&date=ge2020-01-01", None),
        ("Patient/1/_history/2", None),
        ("https://a/authorize?response_type=code&code_challenge=x&scope=openid", None),
        ("https://a/logout?id_token_hint=x&client_id=y", "https://a/logout?id_token_hint=‹id_token_hint›&client_id=y"),
    ],
)
def test_addresses(url, shown, redactor):
    assert redactor.url(url) == (shown or url)
    assert redactor.text(f"GET {url} failed") == f"GET {shown or url} failed" or "://" not in url


def test_a_token_answer_shows_its_shape(redactor):
    answer = {
        "access_token": "a",
        "token_type": "Bearer",
        "expires_in": 3600,
        "scope": "patient/*.rs",
        "patient": "p-1",
        "refresh_token": "r",
        "id_token": token(sub="p-1", iss="https://a", name="Ada Member", fhirUser="Patient/p-1"),
    }

    shown = json.loads(redactor.body(json.dumps(answer).encode(), "application/json"))

    assert (shown["access_token"], shown["refresh_token"]) == ("‹access_token›", "‹refresh_token›")
    assert {name: shown[name] for name in ("token_type", "expires_in", "scope", "patient")} == {
        name: answer[name] for name in ("token_type", "expires_in", "scope", "patient")
    }
    assert shown["id_token"].endswith(".‹signature›")
    assert claims_of(shown["id_token"]) == {
        "sub": "p-1",
        "iss": "https://a",
        "name": "Xxx Xxxxxx",
        "fhirUser": "Patient/p-1",
    }


def test_claims_by_policy():
    jwt = token(sub="p-1", email="ada@example.org")

    assert claims_of(Redactor("full").text(jwt))["email"] == "ada@example.org"
    assert claims_of(Redactor("none").text(jwt.replace("x", "x")))["email"] == "xxx@xxxxxxx.xxx"


def test_a_discovery_document_is_left_alone(redactor):
    document = {
        "token_endpoint": "https://a/token",
        "code_challenge_methods_supported": ["S256"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic"],
        "grant_types_supported": ["authorization_code"],
    }

    assert json.loads(redactor.body(json.dumps(document).encode(), "application/json")) == document


def test_public_keys_are_shown_and_private_ones_not(redactor):
    keys = {"keys": [{"kty": "EC", "crv": "P-256", "x": "public", "d": "private"}]}

    shown = json.loads(redactor.body(json.dumps(keys).encode(), "application/json"))

    assert shown == {"keys": [{"kty": "EC", "crv": "P-256", "x": "public", "d": "‹d›"}]}


@pytest.mark.parametrize(
    ("form", "shown"),
    [
        ("grant_type=authorization_code&code=c&code_verifier=v", "code=‹code›&code_verifier=‹code_verifier›"),
        ("grant_type=refresh_token&refresh_token=r&client_secret=s", "refresh_token=‹refresh_token›&client_secret=‹"),
        ("username=ada&password=p%40ss", "username=xxx&password=‹password›"),
        ("grant_type=client_credentials&client_assertion=a.b.c&scope=x", "client_assertion=‹client_assertion›&scope=x"),
    ],
)
def test_forms(form, shown, redactor):
    assert shown in redactor.body(form.encode(), "application/x-www-form-urlencoded")


@pytest.mark.parametrize(
    "text",
    [
        "The token has expired; the password: a must",
        "invalid_grant: the code was used before",
        "Condition?code=123 gave no entry",
        "scope=launch/patient openid state=abc",
    ],
)
def test_ordinary_sentences_stay(text, redactor):
    assert redactor.text(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("sent Authorization: Bearer abcdefgh", "sent Authorization: Bearer ‹credentials›"),
        ("password=hunter2 in a log", "password=‹password› in a log"),
        ("{'client_secret': 'hunter2'}", "{'client_secret': '‹client_secret›'}"),
        ("/cb?code=abc&state=x", "/cb?code=‹code›&state=x"),
    ],
)
def test_secrets_in_sentences(text, shown, redactor):
    assert redactor.text(text) == shown


@pytest.mark.parametrize(
    "hostile",
    [
        "a" * 100_000,
        "eyJ" * 60_000,
        "<a '" * 40_000,
        '<a "' * 40_000,
        "<script" * 30_000,
        "‹" * 90_000,
        "%25" * 60_000,
        "http://" * 20_000,
        '{"a":' * 30_000,
        "\\u005c" * 20_000,
        "&amp;" * 30_000,
        '"' * 90_001,
        "Bearer " * 20_000,
    ],
    ids=lambda text: text[:7],
)
def test_hostile_text_is_masked_in_time_that_grows_with_its_length_only(hostile, redactor):
    redactor.register("a registered secret", "label")

    for kind in ("application/json", "text/html", "application/fhir+xml", "text/plain"):
        redactor.body(hostile.encode(), kind)


def test_a_text_seen_before_its_secret_was_known_is_masked_afterwards(redactor):
    assert redactor.text("state of affairs") == "state of affairs"

    redactor.register("affairs", "code")

    assert redactor.text("state of affairs") == "state of ‹code›"
