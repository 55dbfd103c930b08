"""FHIR packages by name and version from a registry."""

from __future__ import annotations

import gzip

import pytest

from conformance.errors import ConfigError, HarnessError
from conformance.transport import download_package


def registry(asked):
    if asked.path == "/hl7.fhir.us.core/6.1.0":
        return 200, {}, gzip.compress(b"package")
    return (404, {}, b"") if "missing" in asked.path else (200, {"Content-Type": "text/html"}, b"<html>")


def test_a_package_is_fetched(serve, transport):
    package = download_package(transport, "hl7.fhir.us.core", "6.1.0", serve(registry).url + "/")

    assert gzip.decompress(package) == b"package"


@pytest.mark.parametrize(
    ("name", "version", "error"),
    [
        ("missing", "1.0.0", ConfigError),
        ("../etc", "1", ConfigError),
        ("a", "b/../c", ConfigError),
        ("page", "1", HarnessError),
    ],
)
def test_what_is_no_package_is_said(name, version, error, serve, transport):
    with pytest.raises(error, match=name.replace(".", r"\.")):
        download_package(transport, name, version, serve(registry).url)


def test_a_registry_that_cannot_be_reached_is_our_own_trouble(transport, hostile_server):
    with hostile_server("dead") as server, pytest.raises(HarnessError, match="refuses the connection"):
        download_package(transport, "a", "1", server.url)
