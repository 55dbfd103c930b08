"""A target file for this process: complete, commented and runnable as it is."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from conformance.reference.authorization.scopes import PATIENT_ACCESS_TYPES
from conformance.reference.fhir.parameters import TYPES
from conformance.reference.records import maria_claims
from conformance.reference.records.manifest import DATA_CLASSES

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date
    from pathlib import Path

    from conformance.reference.accounts import Person
    from conformance.reference.authorization.entities import Client
    from conformance.reference.tenant import Addresses, Tenant

REQUIRED = ("launch/patient", "openid", "fhirUser", *(f"patient/{name}.read" for name in PATIENT_ACCESS_TYPES[:3]))
OPTIONAL = (
    *(f"patient/{name}.read" for name in PATIENT_ACCESS_TYPES[3:]),
    *(f"patient/{name}.read" for name in TYPES if name not in PATIENT_ACCESS_TYPES),
)

TEMPLATE = """\
# Target file of the reference payer, written when it started; credentials are those of this process.
deployment:
  name: {title}
  fhir_base: {fhir_base}
  environment: lab                 # lab: literal secrets allowed, every probe allowed by default
  data: synthetic
  timezone: America/New_York
  payer_type: medicare-advantage
  smart_version: 2.2.0
  access_token_lifetime: {lifetime}
  clock_skew: 60s
  maintained_data_classes: {data_classes}

# Three apps that are registered from the start; more can register themselves (RFC 7591).
clients:
  main: {main}
  public: {public}
  second: {second}

# People with a login. Ruth represents her children; Noor has no records.
members:
{members}

# The pages of this payer, each recognised by what is visible on it; skipped or reordered pages need no change.
login:
  mode: browser
  timeout: 60s
  screens:
    - name: refused
      when: {{visible: ".error"}}
      fail: "${{page.text:.error}}"
    - name: username
      when: {{visible: "#username", hidden: "#password"}}
      do:
        - {{fill: "#username", with: "${{user.username}}"}}
        - {{click: "#sign-in"}}
    - name: username-and-password
      when: {{visible: "#username"}}
      do:
        - {{fill: "#username", with: "${{user.username}}"}}
        - {{fill: "#password", with: "${{user.password}}"}}
        - {{click: "#sign-in"}}
    - name: password
      when: {{visible: "#password", hidden: "#username"}}
      do:
        - {{fill: "#password", with: "${{user.password}}"}}
        - {{click: "#sign-in"}}
    - name: one-time-code
      when: {{visible: "#otp"}}
      do:
        - {{totp: "#otp", secret: "${{user.totp_secret}}", digits: 6, period: 30}}
        - {{click: "#verify"}}
    - name: member-picker
      when: {{visible: "input[name=patient]"}}
      do:
        - {{choose: {{css: "input[name=patient][value='${{user.choose}}']"}}}}
        - {{click: "#choose"}}
    - name: consent
      when: {{visible: "#approve"}}
      scopes: {{checkbox: "input[name=scope]", value_from: value, grant: all}}
      decision: {{approve: "#approve", deny: "#deny"}}

documentation:
  url: {developer_page}
  preset: described                # the five quickstart steps and tables of the described deployment
  token_path: /oauth2/token

guides: {{us-core: 6.1.0, carin-bb: 2.1.0, hrex: 1.1.0, pdex: 2.1.0}}

scopes:
  required: {required}
  optional: {optional}
  request_offline_access: true
  syntax: both
  refresh_requires_offline_access: true

offered: {offered}

expect:
  PA-IDEN-011: standard            # the patient id comes beside the access token, never from sub

# What the records of each member hold; format: fixtures.schema.json.
fixtures: {fixtures}

ids:
  deleted: {deleted}

lab:
  age_grant: {age}                 # POST {{"code"|"token"|"refresh_token": value, "seconds": n}}

tls:
  ca_file: {ca_file}

run_date: {run_date}
"""


def text(tenant: Tenant, ca_file: Path, fixtures: Path, base: date) -> str:
    """The file's text."""
    clients = {key: _flow(client(each)) for key, each in named_clients(tenant).items()}
    return TEMPLATE.format(
        title=tenant.behaviour.title,
        fhir_base=tenant.fhir_base,
        lifetime=tenant.behaviour.access_token_lifetime,
        main=clients["main"],
        public=clients["public"],
        second=clients["second"],
        members="\n".join(f"  {person.key}: {_flow(_member(person))}" for person in tenant.people.values()),
        developer_page=f"{tenant.issuer}/developer",
        required=_flow(REQUIRED),
        optional=_flow(OPTIONAL),
        offered=_flow(dict.fromkeys(PATIENT_ACCESS_TYPES, True)),
        deleted=_flow({"ExplanationOfBenefit": maria_claims.DELETED_CLAIM}),
        age=f"{tenant.issuer}/_lab/age",
        ca_file=_flow(str(ca_file)),
        fixtures=_flow(str(fixtures)),
        data_classes=_flow(DATA_CLASSES),
        run_date=base.isoformat(),
    )


def differing(base_file: str, place: Addresses, title: str, overrides: Mapping[str, Any]) -> str:
    """A target file for another tenant of the process: it extends the clean one by what differs.

    ``overrides`` are dotted paths, as variants and faults have them.
    """
    document: dict[str, Any] = {
        "extends": base_file,
        "deployment": {"name": title, "fhir_base": place.fhir_base},
        "documentation": {"url": f"{place.issuer}/developer", "token_path": f"{place.path}/oauth2/token"},
        "lab": {"age_grant": f"{place.issuer}/_lab/age"},
    }
    for path, value in overrides.items():
        *parents, last = path.split(".")
        branch = document
        for name in parents:
            branch = branch.setdefault(name, {})
        branch[last] = value
    lines = [f"{name}: {_flow(value)}" for name, value in document.items()]
    return "\n".join((f"# Target file: {title}.", *lines, ""))


def named_clients(tenant: Tenant) -> dict[str, Client]:
    """The given apps by the names that a target file has for them."""
    clients = tenant.state.clients
    return {
        "main": clients["app"],
        "public": clients["app-public"],
        "second": clients["app-second"],
        "asymmetric": clients["app-asymmetric"],
    }


def client(registered: Client) -> dict[str, object]:
    """A given app as a target file describes it."""
    described: dict[str, object] = {"client_id": registered.id}
    if registered.secret:
        described["client_secret"] = registered.secret
    if registered.private_key:
        described["private_key"] = json.dumps(registered.private_key)
        described |= {"key_id": registered.private_key["kid"], "algorithm": registered.private_key["alg"]}
    return described | {
        "authentication": registered.method,
        "redirect_uris": list(registered.redirect_uris),
        "origin": "https://app.example",
        "name": registered.name,
        "registration": "given",
    }


def _member(person: Person) -> dict[str, object]:
    described: dict[str, object] = {"username": person.username, "password": person.password}
    described |= {"totp_secret": person.totp_secret, "patient_id": person.own}
    if len(person.choices) == 1:
        return described
    dependents = [choice for choice in person.choices if choice != person.own]
    return described | {"dependents": dependents, "choose": dependents[0]}


def _flow(value: object) -> str:
    """A value in YAML's flow style, which JSON is."""
    return json.dumps(value, ensure_ascii=False)
