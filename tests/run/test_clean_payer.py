"""The main job: the built-in payer is judged conformant through a real browser."""

import json
from importlib.resources import files

import jsonschema
import pytest

pytestmark = pytest.mark.browser


def test_the_clean_payer_is_conformant(finished_run):
    failing = {row["id"]: row["findings"] for row in finished_run.document["requirements"] if row["status"] == "fail"}
    assert failing == {}
    assert finished_run.code == 0, finished_run.output


def test_no_row_with_a_check_stays_undecided_or_errs(finished_run):
    trouble = {
        row["id"]: row["reason"]
        for row in finished_run.document["requirements"]
        if row["status"] in {"undecided", "error"}
    }
    assert trouble == {}


def test_the_document_fits_its_schema(finished_run):
    schema = json.loads(files("conformance.verdict").joinpath("conformance.schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator(schema).validate(finished_run.document)


def test_the_run_folder_is_complete(finished_run):
    names = {path.name for path in finished_run.folder.iterdir()}
    assert names >= {"conformance.json", "junit.xml", "summary.html", "exchanges.jsonl", "allure-results"}


def test_logins_are_few_and_explained(finished_run):
    document = finished_run.document
    assert 1 <= document["logins"] <= 25
    assert document["authorizations"] == len(document["login_log"])
    assert document["logins"] == sum(entry["login"] for entry in document["login_log"])
    assert all(entry["member"] and entry["scopes"] and entry["reason"] for entry in document["login_log"])


def test_every_tested_row_names_what_judged_it(finished_run):
    for row in finished_run.document["requirements"]:
        assert bool(row["checks"]) == (row["status"] != "untested")
        assert row["status"] != "untested" or row["reason"]


def test_the_guides_that_judged_are_named(finished_run):
    named = {(guide["name"], guide["version"]) for guide in finished_run.document["guides"]}
    assert {("us-core", "6.1.0"), ("carin-bb", "2.1.0"), ("hrex", "1.1.0"), ("pdex", "2.1.0")} <= named
    assert all(guide["standing"] and guide["sha256"] for guide in finished_run.document["guides"])
