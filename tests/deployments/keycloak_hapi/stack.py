"""Keycloak before HAPI FHIR's JPA server (both Maven Central), with the official examples of CARIN BB and US Core."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import ssl
import tarfile
from contextlib import ExitStack, contextmanager
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING, Any

import httpx
import yaml
from processes import HERE as DEPLOYMENTS
from processes import Missing, free_ports, python, running

from conformance.reference.certificates import Authority
from conformance.reference.fhir.parameters import TYPES as REFERENCE

if TYPE_CHECKING:
    from collections.abc import Iterator

    Resource = dict[str, Any]

HERE = Path(__file__).parent
WORK = HERE / ".work"
PACKAGES = ("hl7.fhir.us.carin-bb-2.1.0.tgz", "hl7.fhir.us.core-6.1.0.tgz")
# US Core's examples are about a patient of their own; here its records are those of CARIN's first patient.
SAME_PATIENT = ("Patient/example", "Patient/Patient1")
NOT_SERVED = frozenset({"Bundle", "Questionnaire", "Patient/example"})
TYPES = (
    *(
        "Patient",
        "Coverage",
        "ExplanationOfBenefit",
        "AllergyIntolerance",
        "CarePlan",
        "CareTeam",
        "Condition",
        "Device",
    ),
    *("DiagnosticReport", "DocumentReference", "Encounter", "Goal", "Immunization", "Location", "Medication"),
    *("MedicationDispense", "MedicationRequest", "Observation", "Organization", "Practitioner", "PractitionerRole"),
    *("Procedure", "Provenance", "QuestionnaireResponse", "RelatedPerson", "ServiceRequest", "Specimen"),
)
START_SECONDS = 400.0
FLOWS = {"standardFlowEnabled": False, "directAccessGrantsEnabled": False}


def needed() -> tuple[Path, Path, Path]:
    """Keycloak's folder, HAPI's folder and the packages'. Raise Missing where one is not there."""
    home, packages = os.environ.get("KEYCLOAK_HOME", ""), os.environ.get("FHIR_PACKAGES", "")
    if not home or not (WORK / "classes" / "Store.class").exists():
        raise Missing("Keycloak and HAPI are not here; `make deployments` fetches them")
    if not packages or not all((Path(packages) / name).exists() for name in PACKAGES):
        raise Missing(f"FHIR_PACKAGES names no folder with {' and '.join(PACKAGES)}")
    if shutil.which("java") is None:
        raise Missing("java is needed")
    return Path(home).resolve(), WORK, Path(packages)


def examples(package: Path) -> list[Resource]:
    """The examples of a guide's package."""
    with tarfile.open(package) as files:
        names = [name for name in files.getnames() if name.startswith("package/example/") and name.endswith(".json")]
        return [json.load(files.extractfile(name)) for name in sorted(names)]


def write_bundles(folder: Path, packages: Path) -> None:
    """One transaction per guide, in which every example keeps its id."""
    folder.mkdir()
    for number, name in enumerate(PACKAGES):
        old, new = (f'"reference": "{patient}"' for patient in SAME_PATIENT)
        loaded = [json.loads(json.dumps(each).replace(old, new)) for each in examples(packages / name)]
        entries = [
            {"resource": each, "request": {"method": "PUT", "url": f"{each['resourceType']}/{each['id']}"}}
            for each in loaded
            if "id" in each and not {each["resourceType"], f"{each['resourceType']}/{each['id']}"} & NOT_SERVED
        ]
        bundle = {"resourceType": "Bundle", "type": "transaction", "entry": entries}
        (folder / f"{number}.json").write_text(json.dumps(bundle), encoding="utf-8")


def realm(target: Resource, scopes: list[str], gateway: Resource, fhir_base: str) -> Resource:
    """The realm with the target's apps and members."""
    made: Resource = yaml.safe_load((HERE / "realm.yaml").read_text(encoding="utf-8"))
    (pattern,) = [scope for scope in made["clientScopes"] if scope["name"] == "launch/patient"]
    made["clientScopes"] += [pattern | {"name": scope} for scope in scopes if scope.startswith("patient/")]
    optional = [scope for scope in scopes if scope not in ("openid", "profile")]
    made["clients"] = [
        *(registered(client, optional) for client in target["clients"].values()),
        {"clientId": gateway["client_id"], "secret": gateway["client_secret"], **FLOWS},
    ]
    made["users"] = [member_of(member, fhir_base) for member in target["members"].values()]
    return made


def registered(client: Resource, optional: list[str]) -> Resource:
    """An app of the target file as Keycloak registers it."""
    secret = {"secret": client["client_secret"]} if "client_secret" in client else {"publicClient": True}
    return {
        "clientId": client["client_id"],
        "name": client["name"],
        "redirectUris": client["redirect_uris"],
        "webOrigins": [client["origin"]],
        "consentRequired": True,
        "attributes": {"pkce.code.challenge.method": "S256"},
        "defaultClientScopes": ["basic"],
        "optionalClientScopes": optional,
        **secret,
    }


def member_of(member: Resource, fhir_base: str) -> Resource:
    """A member of the target file as a user."""
    name, patient = member["username"], member["patient_id"]
    return {
        "username": name,
        "enabled": True,
        "email": f"{name}@members.example",
        "emailVerified": True,
        "firstName": name.split(".")[0].title(),
        "lastName": "Example",
        "attributes": {"patient": [patient], "fhirUser": [f"{fhir_base}/Patient/{patient}"]},
        "credentials": [{"type": "password", "value": member["password"]}],
        "realmRoles": ["offline_access"],
    }


def create_realm(base: str, ca_file: Path, password: str, made: Resource) -> Resource:
    """Create it as Keycloak's administrator; the value is its OpenID configuration."""
    trusted = ssl.create_default_context(cafile=ca_file)
    with httpx.Client(base_url=base, verify=trusted, timeout=60) as client:
        login = {"grant_type": "password", "client_id": "admin-cli", "username": "admin", "password": password}
        token = client.post("/realms/master/protocol/openid-connect/token", data=login).json()["access_token"]
        client.post("/admin/realms", json=made, headers={"Authorization": f"Bearer {token}"}).raise_for_status()
        return client.get(f"/realms/{made['realm']}/.well-known/openid-configuration").json()


def smart_configuration(openid: Resource, token_endpoint: str, scopes: list[str]) -> Resource:
    """What the SMART configuration says of the realm."""
    copied = ("issuer", "jwks_uri", "authorization_endpoint", "introspection_endpoint", "revocation_endpoint")
    return {name: openid[name] for name in copied} | {
        "token_endpoint": token_endpoint,
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post", "none"],
        "grant_types_supported": ["authorization_code", "refresh_token"],
        "response_types_supported": ["code"],
        "code_challenge_methods_supported": ["S256"],
        "scopes_supported": scopes,
        "capabilities": [
            "launch-standalone",
            "authorize-post",
            "client-public",
            "client-confidential-symmetric",
            "sso-openid-connect",
            "context-standalone-patient",
            "permission-offline",
            "permission-patient",
            "permission-v1",
        ],
    }


@contextmanager
def stack(folder: Path) -> Iterator[Path]:
    """Serve while the block lasts; the value is the target file. Raise Missing or NotStarted."""
    home, work, packages = needed()
    gateway_port, keycloak_port, plain_port, store_port = free_ports(4)
    address, issuer = f"https://127.0.0.1:{gateway_port}", f"https://127.0.0.1:{keycloak_port}"
    fhir_base, store = f"{address}/fhir", f"http://127.0.0.1:{store_port}/fhir"
    authority, ca_file = Authority(), folder / "ca.pem"
    ca_file.write_bytes(authority.pem())
    certificate = authority.server_file(folder, "127.0.0.1")

    optional = json.dumps([f"patient/{name}.read" for name in TYPES[3:]])
    template = Template((HERE / "target.yaml").read_text(encoding="utf-8"))
    target_file = folder / "target.yaml"
    told = {"fhir_base": fhir_base, "ca_file": ca_file, "optional": optional}
    target_file.write_text(template.safe_substitute(told), encoding="utf-8")
    target = yaml.safe_load(target_file.read_text(encoding="utf-8"))

    write_bundles(folder / "bundles", packages)
    classes = f"{work / 'classes'}{os.pathsep}{work / 'lib'}/*"
    settings = (f"-Dbase={fhir_base}", "-Xmx1g", "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn")
    java = ["java", *settings, "-cp", classes, "Store", str(store_port), folder / "bundles"]
    password, secret = secrets.token_urlsafe(16), secrets.token_urlsafe(24)
    introspecting = {"client_id": "gateway", "client_secret": secret}
    ports = (f"--https-port={keycloak_port}", f"--http-port={plain_port}")
    options = ("--db=dev-mem", "--http-enabled=false", "--http-host=127.0.0.1", *ports)
    files = (f"--https-certificate-file={certificate}", f"--https-certificate-key-file={certificate}")
    keycloak = [home / "bin" / "kc.sh", "start-dev", *options, *files]
    administrator = {**os.environ, "KC_BOOTSTRAP_ADMIN_USERNAME": "admin", "KC_BOOTSTRAP_ADMIN_PASSWORD": password}
    scopes = ["openid", "fhirUser", "launch/patient", "offline_access", *(f"patient/{name}.read" for name in TYPES)]

    with ExitStack() as started:
        started.enter_context(
            running(
                "keycloak", keycloak, f"{issuer}/realms/master", folder,
                ca_file=ca_file, seconds=START_SECONDS, env=administrator,
            )
        )  # fmt: skip
        started.enter_context(running("store", java, f"{store}/metadata", folder, seconds=START_SECONDS))
        made = realm(target, scopes, introspecting, fhir_base)
        openid = create_realm(issuer, ca_file, password, made)
        gateway = {
            "certificate": str(certificate),
            "ca_file": str(ca_file),
            "fhir_base": fhir_base,
            "store": store,
            "origin": target["clients"]["main"]["origin"],
            "introspection": {"endpoint": openid["introspection_endpoint"], **introspecting},
            "token_endpoint": openid["token_endpoint"],
            "smart": smart_configuration(openid, f"{address}/token", scopes),
            "served": list(TYPES),
            "profiles": {name: REFERENCE[name].profiles for name in TYPES if name in REFERENCE},
        }
        command = python(DEPLOYMENTS / "gateway.py", gateway, folder)
        started.enter_context(running("gateway", command, f"{fhir_base}/metadata", folder, ca_file=ca_file))
        yield target_file
