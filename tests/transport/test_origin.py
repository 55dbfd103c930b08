"""Two addresses have the same origin or they do not; there are no tricks."""

from __future__ import annotations

import pytest

from conformance.transport import join, origin, same_origin


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://payer.example/fhir", "https://PAYER.example:443/other?x#y"),
        ("http://payer.example:80", "http://payer.example/"),
        ("https://[::1]:8443/a", "https://[::1]:8443/b"),
        ("https://bücher.example/", "https://xn--bcher-kva.example/"),
        ("https://user@payer.example/", "https://payer.example/"),
    ],
)
def test_the_same_origin(one, other):
    assert same_origin(one, other)


@pytest.mark.parametrize(
    "other",
    [
        "http://payer.example/fhir",
        "https://payer.example:8443/fhir",
        "https://payer.example.evil.example/fhir",
        "https://payer.example@evil.example/fhir",
        "https://evil.example#@payer.example/",
        "https://evil.example?@payer.example/",
        "//payer.example/fhir",
        "/fhir",
        "",
        "ftp://payer.example/fhir",
        "https://payer.example\n.evil.example/",
    ],
)
def test_another_origin(other):
    assert not same_origin("https://payer.example/fhir", other)


def test_what_has_no_origin_equals_nothing():
    assert origin("mailto:a@b") is None
    assert not same_origin("mailto:a@b", "mailto:a@b")


def test_references_are_made_absolute():
    assert join("https://a/fhir/Patient?x=1", "?page=2") == "https://a/fhir/Patient?page=2"
    assert join("https://a/fhir/", "//b/c") == "https://b/c"
    assert join("https://a", "http://[::bad") == ""
