"""The example targets load as they stand, with an environment and files made up for them."""

from __future__ import annotations

import datetime as dt
import re
import shutil
from importlib.resources import as_file, files
from pathlib import Path

import pytest

from conformance.target import TargetProblems, load_target

NAMES = ("minimal", "staging", "ci", "lab")


@pytest.fixture
def examples(tmp_path: Path) -> Path:
    """A copy of the examples beside the files they refer to."""
    with as_file(files("conformance.target").joinpath("examples")) as source:
        shutil.copytree(source, tmp_path / "examples")
    folder = tmp_path / "examples"
    for name in re.findall(r"\$\{file:([^}]+)\}", (folder / "staging.yaml").read_text(encoding="utf-8")):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(f"content of {name}\n", encoding="utf-8")
    (folder / "company-ca.pem").write_text("-", encoding="utf-8")
    return folder


def environment(file: Path) -> dict[str, str]:
    text = file.read_text(encoding="utf-8")
    names = re.findall(r"\$\{env:(\w+)\}", text)
    return {name: f"value-of-{name}" for name in names} | {"PA_FHIR_BASE": "https://fhir.nightly.example/r4"}


def test_every_example_is_tried(examples):
    assert sorted(path.stem for path in examples.glob("*.yaml")) == sorted(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_an_example_loads_and_is_commented(name, examples):
    file = examples / f"{name}.yaml"

    target = load_target(file, environ=environment(file))

    assert target.members["a"].password
    assert file.read_text(encoding="utf-8").startswith("# yaml-language-server: $schema=../schema.json\n# ")


def test_the_staging_example_has_a_private_authority_a_proxy_and_a_gateway(examples):
    target = load_target(examples / "staging.yaml", environ={})

    assert target.tls.ca_file == str(examples / "company-ca.pem")
    assert target.proxy == "http://proxy.payer.example:3128"
    assert target.headers == {"fhir.staging.payer.example": {"X-Api-Key": "content of secrets/gateway-key"}}
    assert {key: client.authentication for key, client in target.clients.items()} == {
        "main": "client_secret_basic",
        "public": "none",
        "second": "private_key_jwt",
    }
    assert target.allow == ("failed-logins", "revocation")


def test_the_pipeline_example_takes_what_it_does_not_say_from_staging(examples):
    target = load_target(examples / "ci.yaml", environ=environment(examples / "ci.yaml"))

    assert target.deployment.fhir_base == "https://fhir.nightly.example/r4"
    assert (target.deployment.timezone, target.proxy) == ("America/Chicago", "")
    assert (set(target.clients), set(target.members)) == ({"main", "public"}, {"a", "b"})
    assert (target.politeness.concurrency, target.politeness.rate) == (2, 10.0)


def test_a_pipeline_without_secrets_is_told_every_name(examples):
    with pytest.raises(TargetProblems) as refused:
        load_target(examples / "ci.yaml", environ={"PA_USER_A": ""})

    assert len(refused.value.problems) == 8
    assert "environment variable PA_USER_A is empty" in str(refused.value)


def test_the_lab_example_sends_every_probe_and_judges_next_year(examples):
    target = load_target(examples / "lab.yaml", environ={})

    assert target.allow == ("writes", "burst", "failed-logins", "revocation")
    assert target.run_date == dt.date(2027, 1, 1)
    assert target.evidence.member_data == "full"
    assert target.clients["public"].registration == "dynamic"
