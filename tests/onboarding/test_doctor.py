"""What doctor says of a target before a run."""

import re
from pathlib import Path
from types import SimpleNamespace

from conformance.login.presets import preset, preset_names
from conformance.onboarding.doctor import _answers, _guides, _preset, _would_help
from conformance.target import load_target, write_target

ROOT = Path(__file__).parents[2]


def test_what_a_target_leaves_out_is_said_with_what_it_costs(tmp_path):
    file = tmp_path / "t.yaml"
    file.write_text(write_target({"deployment": {"fhir_base": "https://127.0.0.1:9/fhir"}}), encoding="utf-8")
    words = {name: f"value-of-{name}" for name in ("PA_CLIENT_ID", "PA_CLIENT_SECRET")}
    words |= {f"PA_{kind}_{key}": f"{kind}-{key}" for kind in ("USER", "PASSWORD") for key in "AB"}
    target = load_target(file, environ=words)

    missing = {each.name: each for each in _would_help(target)}
    assert "members.b" not in missing
    assert {"members.representative", "clients.public", "clients.main.origin", "ids.deleted"} <= missing.keys()
    assert {"members.b.patient_id", "lab.age_grant", "deployment.maintained_data_classes"} <= missing.keys()
    assert missing["allow"].detail.startswith("writes, burst, failed-logins, revocation not allowed")
    assert not any(each.needed for each in missing.values())
    assert "undecided" in missing["ids.deleted"].detail

    silent = _answers(target)
    assert (silent.ready, silent.needed) == (False, True)
    assert "no answer" in silent.detail
    assert "tls.ca_file" in str(silent)


def test_nothing_is_said_of_what_is_there():
    everything = SimpleNamespace(
        login={},
        members={"b": SimpleNamespace(patient_id="b"), "representative": 1, "empty": 1},
        clients={"main": SimpleNamespace(origin="https://app.example"), "public": 1, "second": 1},
        deployment=SimpleNamespace(maintained_data_classes=("problems",)),
        lab=SimpleNamespace(age_grant="https://payer.example/age"),
        slow=False,
        allows=lambda probe: True,
        documentation=SimpleNamespace(url="x"),
        fixtures="x",
        ids=SimpleNamespace(deleted={"Patient": "x"}),
    )
    assert list(_would_help(everything)) == []


def test_a_guide_without_tables_is_missing_and_the_target_s_own_are_named():
    assert (_guides(None).ready, "us-core 6.1.0" in _guides(None).detail) == (True, True)
    unknown = _guides(SimpleNamespace(guides={"us-core": "9.0.0"}))
    assert (unknown.ready, unknown.needed) == (False, True)
    assert "guides add" in unknown.detail


def test_a_preset_nobody_tried_is_said_to_be_so():
    assert {"okta", "auth0", "pingfederate", "b2c", "forgerock", "keycloak", "cognito"} <= set(preset_names())
    for name in preset_names():
        assert _preset(name).ready is preset(name)["verified"]
        assert ("not verified" in str(_preset(name))) is not preset(name)["verified"]
        assert ("verified_with" in preset(name)) is preset(name)["verified"]


def test_doctor_readme_and_makefile_name_the_version_that_was_tried():
    version = re.match(r"Keycloak (\S+), ", preset("keycloak")["verified_with"])[1]

    assert f"verified with Keycloak {version}" in str(_preset("keycloak"))
    assert f"Keycloak {version}" in (ROOT / "README.md").read_text(encoding="utf-8")
    assert f"KEYCLOAK := {version}\n" in (ROOT / "Makefile").read_text(encoding="utf-8")
