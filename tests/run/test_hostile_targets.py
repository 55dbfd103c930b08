"""A dead, lying or endless deployment gives the documented exit code and a paragraph, never a traceback."""

import importlib.util
import sys
from pathlib import Path

import pytest
import yaml


def hostile_servers():
    name = "hostile_servers"
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, Path(__file__).parents[1] / "transport" / "hostile.py")
        sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
    return sys.modules[name]


def target_for(server, path):
    target = {
        "deployment": {"name": "Hostile", "fhir_base": f"{server.url.rstrip('/')}/fhir", "environment": "lab"},
        "clients": {"main": {"client_id": "app", "redirect_uris": ["https://app.example/callback"]}},
        "members": {"a": {"username": "u", "password": "p-assword"}},
        "login": {
            "mode": "browser",
            "screens": [{"name": "password", "when": {"visible": "#password"}, "do": [{"click": "#go"}]}],
        },
        "politeness": {"timeout": "2s"},
    }
    if server.ca_file:
        target["tls"] = {"ca_file": server.ca_file}
    path.write_text(yaml.safe_dump(target), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        ("dead", 6),
        ("silent", 6),
        ("wrong-host", 6),
        ("expired", 6),
        ("self-signed", 6),
        ("html", 1),
        ("error-500", 1),
        ("redirects", 1),
        ("huge", 1),
    ],
)
def test_the_exit_code_says_what_kind_of_trouble_it_is(kind, code, run, tmp_path):
    with hostile_servers().hostile_server(kind) as server:
        ended = run(target_for(server, tmp_path / "t.yaml"), "--requirement", "PA-DISC", "--allow-untested")
    assert ended.code == code, ended.output
    assert "Traceback" not in ended.output
    assert ended.document["run"]["exit_code"] == code
    assert ended.document["run"]["explanation"]
    statuses = set(ended.statuses.values())
    assert "error" not in statuses
    assert "pass" not in {ended.statuses[row] for row in ("PA-DISC-001", "PA-DISC-003", "PA-DISC-015")}
