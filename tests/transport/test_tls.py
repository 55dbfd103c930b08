"""Which TLS versions a host speaks, and what a certificate authority is read from."""

from __future__ import annotations

import pytest

from conformance.errors import ConfigError
from conformance.transport import TlsSettings, handshake
from conformance.transport.tls import context


@pytest.mark.parametrize(
    ("kind", "accepted"),
    [
        ("tls", {"1.0": False, "1.1": False, "1.2": True, "1.3": True}),
        ("old-tls", {"1.0": True, "1.1": True, "1.2": False, "1.3": False}),
    ],
)
def test_each_version_is_offered_on_its_own(kind, accepted, hostile_server):
    with hostile_server(kind) as server:
        found = {version: handshake(server.host, server.port, version).accepted for version in accepted}

    assert found == accepted


def test_a_host_that_cannot_be_reached_is_no_answer(hostile_server):
    with hostile_server("dead") as server:
        assert handshake(server.host, server.port, "1.2").accepted is None


def test_a_file_that_is_not_there_is_named_by_its_key(tmp_path):
    (tmp_path / "no.pem").write_text("not PEM")

    for settings, key in (
        (TlsSettings(ca_file=str(tmp_path / "none.pem")), "tls.ca_file"),
        (TlsSettings(ca_file=str(tmp_path / "no.pem")), "tls.ca_file"),
        (TlsSettings(client_cert=str(tmp_path / "no.pem")), "tls.client_cert"),
    ):
        with pytest.raises(ConfigError, match=key):
            context(settings)
