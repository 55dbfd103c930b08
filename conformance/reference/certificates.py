"""A certificate authority made at start, and a server certificate it signs: private-CA support is always exercised."""

from __future__ import annotations

import ipaddress
import ssl
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

if TYPE_CHECKING:
    from pathlib import Path

Key = ec.EllipticCurvePrivateKey


class Authority:
    """A certificate authority that lives as long as the process."""

    def __init__(self) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Reference payer lab authority")])
        builder = _builder(self._name, self._name, self._key).add_extension(
            x509.BasicConstraints(ca=True, path_length=0), critical=True
        )
        self._certificate = builder.add_extension(_key_usage(signs_certificates=True), critical=True).sign(
            self._key, hashes.SHA256()
        )

    def pem(self) -> bytes:
        """The authority's certificate, for `tls.ca_file`."""
        return self._certificate.public_bytes(serialization.Encoding.PEM)

    def server_context(self, folder: Path, host: str, *, days: int = 7, loopback_names: bool = True) -> ssl.SSLContext:
        """A TLS context for a host; ``days`` below zero makes a certificate that has expired."""
        file = self.server_file(folder, host, days=days, loopback_names=loopback_names)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.load_cert_chain(file)
        file.unlink()
        return context

    def server_file(self, folder: Path, host: str, *, days: int = 7, loopback_names: bool = True) -> Path:
        """Key and certificate for a host in one PEM file that only its owner may read."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
        end = datetime.now(UTC) + timedelta(days=days)
        certificate = (
            _builder(subject, self._name, key, end)
            .add_extension(x509.SubjectAlternativeName(_names(host, loopback=loopback_names)), critical=False)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
            .add_extension(_key_usage(signs_certificates=False), critical=True)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()), critical=False)
            .sign(self._key, hashes.SHA256())
        )
        file = folder / f"server-{certificate.serial_number}.pem"
        file.touch(mode=0o600)
        private = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        file.write_bytes(private + certificate.public_bytes(serialization.Encoding.PEM))
        return file


def _builder(subject: x509.Name, issuer: x509.Name, key: Key, end: datetime | None = None) -> x509.CertificateBuilder:
    end = end or datetime.now(UTC) + timedelta(days=30)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(end - timedelta(days=60))
        .not_valid_after(end)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _names(host: str, *, loopback: bool) -> list[x509.GeneralName]:
    try:
        own: x509.GeneralName = x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        own = x509.DNSName(host)
    local = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))] if loopback else []
    return [own, *(name for name in local if name != own)]


def _key_usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )
