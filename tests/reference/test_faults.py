"""The seam: every fault can be seeded, alone and with others, and nothing else of the process sees it."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
import yaml

from conformance.reference import faults, steps
from conformance.reference.deployments import Deployments
from conformance.reference.tenant import Origins

ROWS = {
    row["id"]
    for file in Path("conformance/requirements/catalogue").glob("*.yaml")
    for row in yaml.safe_load(file.read_text(encoding="utf-8"))
}
ORIGINS = Origins("https://127.0.0.1:1", "https://127.0.0.1:2", "https://127.0.0.1:3")


@pytest.mark.parametrize("fault", faults.every().values(), ids=lambda fault: fault.id)
def test_a_fault_names_its_row_and_deviates(fault):
    assert fault.requirement in ROWS
    assert fault.rule
    assert fault.sentence.endswith(".")
    assert fault.steps or fault.records or fault.behaviour or fault.listeners


@pytest.mark.parametrize("area", faults.AREAS)
def test_every_area_has_faults(area):
    module = __import__(f"conformance.reference.faults.{area}", fromlist=["FAULTS"])

    assert module.FAULTS


@pytest.mark.slow
def test_a_process_holds_the_clean_payer_and_every_fault_at_once():
    deployments = Deployments(ORIGINS, date(2026, 11, 23))

    tenants = [deployments.find(fault.slug) for fault in faults.every().values()]

    assert all(tenant is not None for tenant in tenants)
    assert deployments.clean.replacements == {}
    assert len({id(tenant.state) for tenant in tenants}) == len(tenants)


def test_faults_on_one_step_nest():
    @steps.step
    def said(tenant):
        return "original"

    class Tenant:
        replacements = steps.compose(
            [
                {said: lambda original, tenant: original(tenant) + " one"},
                {said: lambda original, tenant: original(tenant) + " two"},
            ]
        )

    assert said(Tenant()) == "original one two"


def test_only_steps_can_be_replaced():
    with pytest.raises(ValueError, match="is not a step"):
        steps.compose([{print: print}])


def test_an_unknown_fault_is_refused_with_the_nearest_name():
    done = subprocess.run(  # noqa: PLW1510
        [sys.executable, "-m", "conformance.reference", "--fault", "PA-TOK-006.any-verifer"],
        capture_output=True,
        text=True,
    )

    assert done.returncode == 2
    assert "did you mean PA-TOK-006.any-verifier?" in done.stderr


def test_the_list_of_faults_is_machine_readable():
    done = subprocess.run(  # noqa: PLW1510
        [sys.executable, "-m", "conformance.reference", "--list", "faults"], capture_output=True, text=True
    )

    assert {"fault", "requirement", "rule", "description", "target"} <= set(json.loads(done.stdout)[0])


def test_a_seeded_fault_is_served_at_its_own_path_and_not_at_the_clean_one(payer):
    origin = payer.base.removesuffix("/fhir")
    faulty = payer.get(f"{origin}/t/pa-disc-006.plain-offered/fhir/.well-known/smart-configuration").json()
    clean = payer.get(".well-known/smart-configuration").json()

    assert faulty["code_challenge_methods_supported"] == ["S256", "plain"]
    assert faulty["token_endpoint"] == f"{payer.ready['issuer']}/t/pa-disc-006.plain-offered/oauth2/token"
    assert clean["code_challenge_methods_supported"] == ["S256"]


def test_a_process_can_be_started_with_faults(run_payer):
    faulty = run_payer("--fault", "PA-DISC-006.plain-offered", "--fault", "PA-SEC-002.plain-http")

    assert "plain" in faulty.get(".well-known/smart-configuration").json()["code_challenge_methods_supported"]
    assert faulty.http.get(faulty.base.replace("https:", "http:") + "/metadata").status_code == 200


def test_the_manifest_of_changed_records_tells_what_they_were_to_be():
    faulty = Deployments(ORIGINS, date(2026, 11, 23), ["PA-PROF-023.status-missing"]).clean
    clean = Deployments(ORIGINS, date(2026, 11, 23)).clean

    assert faulty.store.manifest() == clean.store.manifest()


def test_old_tls_is_negotiated_when_seeded(run_payer):
    import socket
    import ssl
    import warnings

    faulty = run_payer("--fault", "PA-SEC-001.old-tls")
    context = ssl.create_default_context(cafile=faulty.ready["ca_file"])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1
    context.set_ciphers("ALL:@SECLEVEL=0")
    port = int(faulty.base.rsplit(":", 1)[1].split("/")[0])

    with (
        socket.create_connection(("127.0.0.1", port)) as raw,
        context.wrap_socket(raw, server_hostname="127.0.0.1") as tls,
    ):
        assert tls.version() == "TLSv1"
