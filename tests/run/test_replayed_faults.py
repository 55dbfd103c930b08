"""A fault is found whoever asks and whatever it is asked: with an app, addresses and days that nobody knew before."""

from __future__ import annotations

import random
import secrets
import shutil
import ssl
from datetime import date, timedelta

import httpx
import pytest
import yaml

from conformance.proving.payer import reference_payer
from conformance.reference import faults as seeded

pytestmark = pytest.mark.browser

AREAS = ("PA-TOK", "PA-SCOP", "PA-ISO")
SEED = 20  # which faults are replayed; what they are asked is of chance


def replayable():
    """Faults that any app meets: they need no listener, no change of the target and no app of their own."""
    return [
        fault
        for fault in seeded.every().values()
        if fault.id.startswith(AREAS) and not fault.listeners and not fault.target
    ]


def app_of_chance(payer, base):
    """A confidential app that registers itself under a name and at addresses of chance."""
    host = f"https://{secrets.token_hex(6)}.test"
    asked = {
        "client_name": secrets.token_urlsafe(9),
        "redirect_uris": [f"{host}/{secrets.token_hex(4)}", f"{host}/{secrets.token_hex(4)}"],
        "token_endpoint_auth_method": "client_secret_basic",
        "grant_types": ["authorization_code", "refresh_token"],
    }
    document = yaml.safe_load(payer.target_file.read_text(encoding="utf-8"))
    with httpx.Client(verify=ssl.create_default_context(cafile=document["tls"]["ca_file"])) as web:
        found = web.get(f"{base}/.well-known/smart-configuration").raise_for_status().json()
        given = web.post(found["registration_endpoint"], json=asked).raise_for_status().json()
    return {
        "client_id": given["client_id"],
        "client_secret": given["client_secret"],
        "authentication": "client_secret_basic",
        "redirect_uris": asked["redirect_uris"],
        "origin": host,
        "name": asked["client_name"],
    }


def test_faults_are_found_with_values_of_chance(run, tmp_path):
    day = date(2027, 1, 1) + timedelta(days=secrets.randbelow(700))
    chosen = random.Random(SEED).sample(replayable(), 3)
    with reference_payer(base_date=day.isoformat()) as payer:
        origin = payer.facts["fhir_base"].removesuffix("/fhir")
        for fault in chosen:
            base = f"/t/{fault.slug}"
            target = tmp_path / f"{fault.slug}.yaml"
            document = {
                "extends": str(payer.target_file),
                "deployment": {"fhir_base": f"{origin}{base}/fhir"},
                "documentation": {
                    "url": f"{payer.facts['issuer']}{base}/developer",
                    "token_path": f"{base}/oauth2/token",
                },
                "lab": {"age_grant": f"{payer.facts['issuer']}{base}/_lab/age"},
                "clients": {"main": app_of_chance(payer, f"{origin}{base}/fhir")},
            }
            target.write_text(yaml.safe_dump(document), encoding="utf-8")

            ended = run(target, "--requirement", fault.requirement, "--allow-untested")

            found = ended.statuses[fault.requirement]
            shutil.rmtree(ended.folder)
            assert found in {"fail", "advisory"}, f"{fault.id} on {day}:\n{ended.output}"
