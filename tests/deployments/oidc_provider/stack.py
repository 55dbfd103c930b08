"""oidc-provider (npm) before Sekmet's FHIR server (PyPI), with the reference payer's members."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import subprocess
from contextlib import ExitStack, contextmanager
from datetime import date
from importlib.util import find_spec
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING, Any

import yaml
from processes import HERE as DEPLOYMENTS
from processes import Missing, free_ports, python, running, written

from conformance.reference.certificates import Authority
from conformance.reference.fhir.parameters import TYPES
from conformance.reference.fhir.store import LIVE
from conformance.reference.records.identities import MARIA, NOOR, WALTER
from conformance.reference.records.stories import standard

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(__file__).parent
INSTALL_SECONDS = 300
LISTS = ("package.json", "package-lock.json")
SOURCES = ("provider.js", "pages.js")
GATEWAY = {"client_id": "gateway", "client_secret": secrets.token_urlsafe(32)}


def installed() -> Path:
    """The folder with the provider and its packages; installed once for each lock file.

    Raise Missing without Node or Sekmet, or where npm cannot fetch the packages.
    """
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        raise Missing("node and npm are needed")
    if find_spec("sekmet") is None:
        raise Missing("sekmet-fhir is not installed")
    folder = HERE / ".work"
    folder.mkdir(exist_ok=True)
    kept = folder / "package-lock.json"
    fresh = kept.exists() and kept.read_bytes() == (HERE / "package-lock.json").read_bytes()
    if not (fresh and (folder / "node_modules" / ".package-lock.json").exists()):
        for name in LISTS:
            shutil.copy(HERE / name, folder / name)
        if problem := _install(npm, folder):
            kept.unlink()
            raise Missing(f"npm cannot install oidc-provider: {problem}")
    for name in SOURCES:
        shutil.copy(HERE / name, folder / name)
    return folder


def _install(npm: str, folder: Path) -> str:
    """Install the packages of the lock file; the value is what went wrong, empty when nothing did."""
    command = [npm, "ci", "--no-audit", "--no-fund", "--ignore-scripts", "--fetch-retries=1"]
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=INSTALL_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        return f"it took more than {INSTALL_SECONDS} s"
    said = done.stderr.strip().splitlines() or [f"exit code {done.returncode}"]
    return "" if done.returncode == 0 else said[0]


def records(file: Path, base: date) -> Path:
    """Every current record of the reference payer's members, one a line."""
    current = {(entry.resource["resourceType"], entry.resource["id"]): entry for entry in standard(base).entries}
    live = [json.dumps(entry.resource) for entry in current.values() if entry.state == LIVE]
    # The reference payer turns these addresses into links of another origin; here the store serves the Binary.
    text = "\n".join(live).replace('"attachment:Binary/', '"Binary/')
    file.write_text(text + "\n", encoding="utf-8")
    return file


def smart_configuration(issuer: str, scopes: list[str]) -> dict[str, Any]:
    """What the SMART configuration says of the provider."""
    return {
        "issuer": issuer,
        "jwks_uri": f"{issuer}/jwks",
        "authorization_endpoint": f"{issuer}/auth",
        "token_endpoint": f"{issuer}/token",
        "introspection_endpoint": f"{issuer}/token/introspection",
        "revocation_endpoint": f"{issuer}/token/revocation",
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post", "none"],
        "grant_types_supported": ["authorization_code", "refresh_token"],
        "response_types_supported": ["code"],
        "code_challenge_methods_supported": ["S256"],
        "scopes_supported": scopes,
        "capabilities": [
            "launch-standalone",
            "client-public",
            "client-confidential-symmetric",
            "sso-openid-connect",
            "context-standalone-patient",
            "permission-offline",
            "permission-patient",
            "permission-v1",
            "permission-v2",
        ],
    }


def registered(client: dict[str, Any]) -> dict[str, Any]:
    """An app of the target file as the provider registers it."""
    secret = {"client_secret": client["client_secret"]} if "client_secret" in client else {}
    return {
        "client_id": client["client_id"],
        "client_name": client["name"],
        "redirect_uris": client["redirect_uris"],
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
        "token_endpoint_auth_method": client["authentication"],
        **secret,
    }


@contextmanager
def stack(folder: Path) -> Iterator[Path]:
    """Serve while the block lasts; the value is the target file. Raise Missing or NotStarted."""
    work = installed()
    gateway_port, provider_port, store_port = free_ports(3)
    fhir_base, issuer = f"https://127.0.0.1:{gateway_port}/fhir", f"https://127.0.0.1:{provider_port}"
    authority, ca_file = Authority(), folder / "ca.pem"
    ca_file.write_bytes(authority.pem())
    certificate = str(authority.server_file(folder, "127.0.0.1"))

    optional = json.dumps([f"patient/{name}.read" for name in list(TYPES)[3:]])
    told = {"fhir_base": fhir_base, "ca_file": ca_file, "optional": optional}
    told |= {member.key: member.id for member in (MARIA, WALTER, NOOR)}
    template = Template((HERE / "target.yaml").read_text(encoding="utf-8"))
    target_file = folder / "target.yaml"
    target_file.write_text(template.safe_substitute(told), encoding="utf-8")
    target = yaml.safe_load(target_file.read_text(encoding="utf-8"))
    resources = [f"patient/{name}.{access}" for name in TYPES for access in ("read", "rs")]
    scopes = ["openid", "fhirUser", "profile", "launch/patient", "offline_access", *resources]
    origin = target["clients"]["main"]["origin"]
    names = ("username", "password", "patient_id")
    people = [[member[name] for name in names] for member in target["members"].values()]

    store = {
        "port": store_port,
        "fhir_base": fhir_base,
        "database": str(folder / "store.sqlite"),
        "records": str(records(folder / "records.ndjson", date.today())),  # noqa: DTZ011 - the members' own day
    }
    provider = {
        "issuer": issuer,
        "certificate": certificate,
        "audience": fhir_base,
        "origin": origin,
        "scopes": scopes,
        "clients": [
            *(registered(client) for client in target["clients"].values()),
            {**GATEWAY, "redirect_uris": [], "grant_types": [], "response_types": []},
        ],
        "members": {name: {"password": word, "patient": patient, "name": name} for name, word, patient in people},
    }
    gateway = {
        "certificate": certificate,
        "ca_file": str(ca_file),
        "fhir_base": fhir_base,
        "store": f"http://127.0.0.1:{store_port}/fhir",
        "origin": origin,
        "introspection": {"endpoint": f"{issuer}/token/introspection", **GATEWAY},
        "smart": smart_configuration(issuer, scopes),
        "served": list(TYPES),
        "profiles": {name: described.profiles for name, described in TYPES.items() if described.profiles},
    }
    node = ["node", work / "provider.js", written(folder / "provider.json", provider)]
    discovery = f"{issuer}/.well-known/openid-configuration"
    with ExitStack() as started:
        for name, command, serves in (
            ("store", python(HERE / "store.py", store, folder), f"{gateway['store']}/metadata"),
            ("provider", node, discovery),
            ("gateway", python(DEPLOYMENTS / "gateway.py", gateway, folder), f"{fhir_base}/metadata"),
        ):
            started.enter_context(running(name, command, serves, folder, ca_file=ca_file, env=dict(os.environ)))
        yield target_file
