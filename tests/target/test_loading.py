"""A target is the file over what it extends, under --set, with every default filled in."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys

import pytest

from conformance.errors import ConfigError
from conformance.target import TargetProblems, load_target


def test_defaults_are_those_of_the_described_deployment(target_file):
    target = load_target(target_file(), environ={}, today=dt.date(2026, 11, 23))

    assert target.guides == {"us-core": "6.1.0", "carin-bb": "2.1.0", "hrex": "1.1.0", "pdex": "2.1.0"}
    assert target.scopes.required == (
        "patient/Patient.read",
        "patient/Coverage.read",
        "patient/ExplanationOfBenefit.read",
        "launch/patient",
        "openid",
        "fhirUser",
    )
    assert target.scopes.optional == (
        "patient/Condition.read",
        "patient/MedicationRequest.read",
        "patient/Observation.read",
        "patient/DocumentReference.read",
    )
    assert (target.politeness.concurrency, target.politeness.sample, target.politeness.timeout) == (4, 50, 30.0)
    assert target.politeness.max_body == 50_000_000
    assert target.evidence.member_data == "masked"
    assert target.login["mode"] == "browser"
    assert target.login["timeout"] == 60.0
    assert (target.run_date, target.run_date_given) == (dt.date(2026, 11, 23), False)
    assert (target.proxy, target.fixtures, target.tls.ca_file, target.tokens.expired) == ("", "", "", "")


@pytest.mark.parametrize(
    ("environment", "allowed"),
    [
        ("lab", ("writes", "burst", "failed-logins", "revocation")),
        ("staging", ("failed-logins", "revocation")),
        ("production", ()),
    ],
)
def test_what_may_be_sent_depends_on_the_environment(environment, allowed, base, target_file):
    text = base.replace("environment: lab", f"environment: {environment}")
    for secret in ("app-secret-value", "amelia-password", "benedikt-password"):
        text = text.replace(secret, "${env:" + secret.upper().replace("-", "_") + "}")
    environ = {name: name.lower() for name in ("APP_SECRET_VALUE", "AMELIA_PASSWORD", "BENEDIKT_PASSWORD")}

    target = load_target(target_file(text), environ=environ)

    assert target.allow == allowed
    assert target.allows("writes") == ("writes" in allowed)


def test_a_stated_list_of_probes_replaces_the_default(base, target_file):
    assert load_target(target_file(base + "allow: []\n"), environ={}).allow == ()


def test_durations_sizes_and_dates_are_parsed(base, target_file):
    text = base.replace("  data: synthetic", "  data: synthetic\n  access_token_lifetime: 1.5h\n  clock_skew: 90")
    text += "politeness: {timeout: 250ms, max_body: 512KiB}\nrun_date: 2027-01-01\n"
    text = text.replace("  screens:", "  timeout: 2m\n  screens:").replace(
        "{click: '#go'}", "{click: '#go', timeout: 3s}"
    )

    target = load_target(target_file(text), environ={})

    assert (target.deployment.access_token_lifetime, target.deployment.clock_skew) == (5400.0, 90.0)
    assert (target.politeness.timeout, target.politeness.max_body) == (0.25, 524_288)
    assert (target.run_date, target.run_date_given) == (dt.date(2027, 1, 1), True)
    assert target.login["timeout"] == 120.0
    assert target.login["screens"][0]["do"][1] == {"click": "#go", "timeout": 3.0}


def test_set_beats_the_file_which_beats_what_it_extends(base, target_file):
    target_file(base + "politeness: {concurrency: 1, rate: 1, sample: 1}\n", "shared/base.yaml")
    target_file("extends: base.yaml\npoliteness: {rate: 2, sample: 2}\n", "shared/middle.yaml")
    file = target_file("extends: shared/middle.yaml\npoliteness: {sample: 3}\n")

    target = load_target(file, environ={}, sets=["politeness.max_requests=4"])

    found = target.politeness
    assert (found.concurrency, found.rate, found.sample, found.max_requests) == (1, 2, 3, 4)
    assert found.max_body == 50_000_000
    assert target.source == "target.yaml"


def test_lists_are_replaced_and_null_takes_an_inherited_key_away(base, target_file):
    target_file(base + "proxy: http://proxy.example:3128\nallow: [writes, burst]\n", "base.yaml")
    file = target_file("extends: base.yaml\nproxy: null\nallow: [burst]\nmembers: {b: null}\n")

    target = load_target(file, environ={})

    assert target.proxy == ""
    assert target.allow == ("burst",)
    assert list(target.members) == ["a"]


def test_a_mistake_in_an_inherited_file_is_told_there(base, target_file):
    target_file(base.replace("data: synthetic", "data: syntetic"), "shared/base.yaml")
    file = target_file("extends: shared/base.yaml\n")

    with pytest.raises(TargetProblems) as refused:
        load_target(file, environ={})

    assert str(refused.value) == (
        'shared/base.yaml:4: deployment.data: is none of synthetic, real; did you mean "synthetic"?'
    )


def test_paths_start_from_the_file_they_stand_in(base, here, target_file):
    target_file("-", "shared/ca.pem")
    target_file("from-shared", "shared/secret")
    target_file(base.replace("amelia-password", "${file:secret}") + "tls: {ca_file: ca.pem}\n", "shared/base.yaml")
    file = target_file("extends: ../shared/base.yaml\n", "mine/target.yaml")

    target = load_target(file, environ={})

    assert target.tls.ca_file == str(here / "shared" / "ca.pem")
    assert target.members["a"].password == "from-shared"


def test_a_path_given_by_set_starts_from_where_one_stands(here, target_file):
    target_file("-", "ca.pem")
    file = target_file(name="deep/target.yaml", text=(target_file(name="x.yaml").read_text()))

    assert load_target(file, environ={}, sets=["tls.ca_file=ca.pem"]).tls.ca_file == str(here / "ca.pem")


def test_anchors_merges_and_places_for_them_are_understood(base, target_file):
    text = base.replace(
        "  b:\n    username: benedikt\n    password: benedikt-password\n", "  b: {<<: *shared, username: benedikt}\n"
    )
    file = target_file("x-shared: &shared {password: one-for-all}\n" + text)

    target = load_target(file, environ={})

    assert (target.members["b"].username, target.members["b"].password) == ("benedikt", "one-for-all")


@pytest.mark.parametrize(
    ("option", "reads"),
    [
        ("politeness.sample=7", lambda target: target.politeness.sample == 7),
        ("slow=true", lambda target: target.slow is True),
        ("allow=[burst]", lambda target: target.allow == ("burst",)),
        ("deployment.name=", lambda target: target.deployment.name == ""),
        ("deployment.name=a=b", lambda target: target.deployment.name == "a=b"),
        ("strict.PA-SCOP-020=off", lambda target: target.strict == {"PA-SCOP-020": "off"}),
        ('headers."api.example".X-Key=abcdef', lambda target: target.headers == {"api.example": {"X-Key": "abcdef"}}),
        (
            "clients.main.redirect_uris[0]=https://x.example/",
            lambda target: "x.example" in target.clients["main"].redirect_uris[0],
        ),
        (
            "login.screens[0].do[1].click='#next'",
            lambda target: target.login["screens"][0]["do"][1]["click"] == "#next",
        ),
        ("members.b=null", lambda target: "b" not in target.members),
        ("members.a.password=${env:P}", lambda target: target.members["a"].password == "from-environment"),
        ("offered={Procedure: true}", lambda target: target.offered["Procedure"] is True),
    ],
)
def test_a_single_value_can_be_set(option, reads, target_file):
    assert reads(load_target(target_file(), environ={"P": "from-environment"}, sets=[option]))


@pytest.mark.parametrize(
    ("option", "expected"),
    [
        ("politeness.sample", "--set (number 1): takes KEY=VALUE, for example politeness.sample=10"),
        ("=3", "--set: names no key before ="),
        ("a..b=3", '--set a..b: is not a key path; write a.b, a[0] or a."b.c"'),
        ("slow.fast=true", "--set slow.fast: slow: expected true or false, found a mapping"),
        ("clients.main.redirect_uris[9]=x", "--set clients.main.redirect_uris[9]: there is no such list entry"),
        ("deployment.name.first=x", "--set deployment.name.first: deployment.name is not a mapping"),
        ("extends=x.yaml", "--set extends: extends can stand in a file only"),
        (
            "allow=[burst",
            "--set allow: not YAML: a comma or bracket is missing, or a ${…} inside [ ] is not quoted",
        ),
        ("politeness.sampel=3", '--set politeness.sampel: unknown key; did you mean "sample"?'),
        ("tls={ca_file: no.pem}", "--set tls: tls.ca_file: names a file that does not exist: no.pem"),
    ],
)
def test_a_set_that_cannot_be_used_is_told(option, expected, base, target_file):
    with pytest.raises(TargetProblems) as refused:
        load_target(target_file(base.replace("  data:", "  name: N\n  data:")), environ={}, sets=[option])

    assert str(refused.value) == expected


def test_clients_prove_themselves_by_what_they_were_given(base, target_file):
    text = base.replace(
        "members:",
        "  public: {client_id: pub, redirect_uris: ['com.example.app:/callback']}\n"
        "  second: {client_id: other, private_key: '${env:KEY}', redirect_uris: ['http://127.0.0.1:9/cb']}\nmembers:",
    )

    clients = load_target(target_file(text), environ={"KEY": "-----BEGIN"}).clients

    assert {key: client.authentication for key, client in clients.items()} == {
        "main": "client_secret_basic",
        "public": "none",
        "second": "private_key_jwt",
    }
    assert [client.key for client in clients.values()] == ["main", "public", "second"]


def test_types_are_offered_as_scopes_and_the_target_say(base, target_file):
    target = load_target(target_file(base + "offered: {Observation: false, Procedure: true}\n"), environ={})

    assert target.offers("Condition") is True
    assert target.offers("Observation") is False
    assert target.offers("Procedure") is True
    assert target.offers("Immunization") is None


def test_a_wildcard_scope_offers_every_profiled_type(base, target_file):
    target = load_target(target_file(base + "scopes: {required: [patient/*.rs]}\n"), environ={})

    assert target.offers("Procedure") is True


def test_the_described_documentation_is_a_preset_whose_values_can_be_replaced(base, target_file):
    text = base + "documentation: {preset: described, token_path: /connect/token}\n"

    documentation = load_target(target_file(text), environ={}).documentation

    assert documentation.token_path == "/connect/token"
    assert documentation.endpoints == (
        "/Patient/{id}",
        "/Patient/{id}/$everything",
        "/ExplanationOfBenefit",
        "/Coverage",
        "/Condition",
    )
    assert documentation.profiles["Condition"].endswith("us-core-condition-problems-and-health-concerns")
    assert (documentation.access_token_lifetime, documentation.patient_id_from) == (3600.0, "id_token.sub")


def test_a_trailing_slash_of_the_base_is_dropped(base, target_file):
    file = target_file(base.replace("example/fhir", "example/fhir/"))

    assert load_target(file, environ={}).deployment.fhir_base == "https://api.payer.example/fhir"


def test_a_mode_without_typing_needs_no_password(base, target_file):
    text = base.replace("    password: amelia-password\n", "").replace("  screens:", "  mode: manual\n  screens:")

    assert load_target(target_file(text), environ={}).members["a"].password == ""


def test_without_known_rows_any_well_formed_id_is_accepted(base, target_file):
    assert load_target(target_file(base + "strict: {PA-XYZ-999: gate}\n"), environ={}).strict == {"PA-XYZ-999": "gate"}


def test_rows_may_be_softened_unless_they_gate(base, target_file):
    file = target_file(base + "strict: {PA-SCOP-020: off}\nexpect: {PA-IDEN-011: documented}\n")

    target = load_target(file, environ={}, known_rows={"PA-SCOP-020": "configurable", "PA-IDEN-011": "configurable"})

    assert (target.strict, target.expect) == ({"PA-SCOP-020": "off"}, {"PA-IDEN-011": "documented"})


def test_a_target_may_be_json(target_file):
    file = target_file(
        '{"deployment": {"fhir_base": "http://127.0.0.1:8080/fhir", "environment": "lab"},\n'
        ' "clients": {"main": {"client_id": "a", "redirect_uris": ["https://app.example/"]}},\n'
        ' "members": {"a": {"username": "u-u-u", "password": "p-p-p"}}, "login": {"preset": "keycloak"}}'
    )

    assert load_target(file, environ={}).login["preset"] == "keycloak"


def test_a_refusal_is_a_configuration_error(here):
    with pytest.raises(ConfigError):
        load_target("none.yaml", environ={})


def test_importing_the_room_is_light():
    code = (
        "import sys, conformance.target; "
        "print([name for name in ('jsonschema', 'httpx', 'referencing', 'click', 'pytest') if name in sys.modules])"
    )

    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert found.stdout.strip() == "[]"
