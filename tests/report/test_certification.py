"""A bundle that is whole, and every way in which one may not be."""

import hashlib
import json

import pytest
import yaml

from conformance.errors import ConfigError
from conformance.report import files
from conformance.report.certification import seal, verify
from conformance.requirements import load_catalogue


@pytest.fixture
def bundle(tmp_path, conformant_document):
    for row in conformant_document["requirements"]:
        if row["status"] == "untested":
            row["effective"] = "off"
    conformant_document["waivers"] = []
    conformant_document["target"] = {**conformant_document["target"], "offered": {"Condition": False}}
    (tmp_path / files.RESULTS).mkdir()
    (tmp_path / files.RESULTS / "x-result.json").write_text("{}")
    (tmp_path / files.ALLURE).parent.mkdir()
    (tmp_path / files.ALLURE).write_text("<html>")
    (tmp_path / files.DOCUMENT).write_text(json.dumps(conformant_document))
    files.write_summary(tmp_path, conformant_document)
    files.write_junit(tmp_path, conformant_document)
    rows = [row for row in load_catalogue() if row.disposition == "evidence"]
    seal(tmp_path, conformant_document, evidence=rows, waivers="")
    return tmp_path


def test_a_sealed_bundle_is_whole_and_says_what_it_is(bundle):
    verified = verify(bundle)
    assert verified.problems == ()
    assert verified.said[0].startswith("verdict: conformant")
    assert verified.said[2] == "attestation: 0 statements of 5 made, 0 that it holds"
    assert "the payer states that it does not maintain: Condition" in verified.said
    manifest = json.loads((bundle / "manifest.json").read_text())
    assert {"conformance.json", "summary.html", "junit.xml", "target.json", "versions.json", "waivers.yaml"} < set(
        manifest["files"]
    )
    assert "allure/index.html" in manifest["files"]
    assert not (bundle / files.RESULTS).exists()
    versions = json.loads((bundle / "versions.json").read_text())
    assert {"name", "version", "standing", "sha256"} <= versions["guides"][0].keys()
    assert {"name", "version", "sha256"} <= versions["tool"].keys()


def test_the_seal_is_the_manifest_s_digest(bundle):
    noted = hashlib.sha256((bundle / "manifest.json").read_bytes()).hexdigest()
    assert verify(bundle, expected=noted.upper()).problems == ()
    assert "a changed manifest would not be noticed" in verify(bundle).said[-1]
    assert not any("would not be noticed" in said for said in verify(bundle, expected=noted).said)
    assert "the manifest was changed" in verify(bundle, expected="0" * 64).problems[0]


@pytest.mark.parametrize("name", ["conformance.json", "summary.html", "target.json", "waivers.yaml"])
def test_a_changed_a_missing_and_an_added_file_are_found(bundle, name):
    original = (bundle / name).read_bytes()
    (bundle / name).write_bytes(original + b" ")
    assert verify(bundle).problems == (f"{name} was changed",)
    (bundle / name).unlink()
    assert verify(bundle).problems == (f"{name} is missing",)
    (bundle / name).write_bytes(original)
    (bundle / "more.txt").write_text("")
    assert verify(bundle).problems == ("more.txt was added",)


def reseal(bundle, change):
    """As somebody would who changes a bundle and its manifest."""
    document = json.loads((bundle / "conformance.json").read_text())
    change(document)
    (bundle / "conformance.json").write_text(json.dumps(document))
    manifest = json.loads((bundle / "manifest.json").read_text())
    manifest["files"]["conformance.json"] = hashlib.sha256((bundle / "conformance.json").read_bytes()).hexdigest()
    (bundle / "manifest.json").write_text(json.dumps(manifest))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda d: d["run"].update(date="2020-01-01"), "differ in date"),
        (lambda d: d["run"].update(selection={"areas": ["token"]}), "only a selection was run"),
        (lambda d: d["requirements"][0].update(status="fail", effective="gate"), "gate requirements do not hold"),
        (lambda d: d.update(counts="many"), "does not fit its schema"),
    ],
)
def test_a_document_that_contradicts_itself_is_found_though_the_manifest_was_made_to_fit(bundle, change, said):
    reseal(bundle, change)
    assert any(said in problem for problem in verify(bundle).problems)


@pytest.mark.parametrize("name", ["../outside", "/etc/hostname"])
def test_a_manifest_cannot_lead_out_of_the_bundle(bundle, name):
    manifest = json.loads((bundle / "manifest.json").read_text())
    manifest["files"][name] = ""
    (bundle / "manifest.json").write_text(json.dumps(manifest))
    assert f"{name} leads out of the bundle" in verify(bundle).problems


def test_the_attestation_is_filled_in_afterwards_and_changes_no_verdict(bundle):
    file = bundle / "attestation.yaml"
    content = yaml.safe_load(file.read_text())
    content["statements"][0] |= {"holds": True, "evidence": "audit 17", "by": "J. Doe, CISO", "on": "2026-11-23"}
    file.write_text(yaml.safe_dump(content))
    verified = verify(bundle)
    assert verified.problems == ()
    assert verified.said[2] == "attestation: 1 statement of 5 made, 1 that it holds"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda c: c["statements"][0].update(holds=True), "evidence is missing"),
        (lambda c: c["statements"][0].update(holds="perhaps"), "neither true nor false"),
        (lambda c: c.update(conformance_json_sha256="0"), "belongs to another run"),
        (lambda c: c.pop("statements"), "is not an attestation"),
        (lambda c: c["statements"].pop(0), "PA-DOC-002 was taken out"),
        (lambda c: c["statements"].append(c["statements"][0]), "PA-DOC-002 is there more than once"),
        (lambda c: c["statements"].append({"requirement": "PA-TOK-001"}), "PA-TOK-001 is not for a person"),
    ],
)
def test_an_attestation_with_gaps_does_not_fit(bundle, change, said):
    file = bundle / "attestation.yaml"
    content = yaml.safe_load(file.read_text())
    change(content)
    file.write_text(yaml.safe_dump(content))
    assert any(said in problem for problem in verify(bundle).problems)


def test_a_folder_without_a_bundle_is_told(tmp_path):
    with pytest.raises(ConfigError, match="no certification bundle"):
        verify(tmp_path)
    (tmp_path / "manifest.json").write_text("{}")
    with pytest.raises(ConfigError, match="not the manifest"):
        verify(tmp_path)
