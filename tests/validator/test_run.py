"""What ``conformance validate`` does: inputs, records, formats, exit codes."""

from __future__ import annotations

import io
import json

import pytest

from conformance.validator.run import validate_paths

US_CORE = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-patient"
GOOD = {"resourceType": "Patient", "id": "good", "gender": "female"}
BAD = {"resourceType": "Patient", "id": "bad", "gender": "?", "meta": {"profile": [US_CORE]}}


@pytest.fixture
def run():
    """Exit code, standard output, standard error."""

    def call(*paths, **options):
        out, err = io.StringIO(), io.StringIO()
        code = validate_paths([str(path) for path in paths], out=out, err=err, **{"workers": 1, **options})
        return code, out.getvalue(), err.getvalue()

    return call


@pytest.fixture
def saved(tmp_path):
    """A file with the given resources, one per line when the name says so."""

    def write(name, *resources):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        text = "\n".join(json.dumps(one) for one in resources)
        path.write_text(text, encoding="utf-8")
        return path

    return write


def records(output):
    return json.loads(output)


def test_a_valid_file_is_0_and_an_invalid_one_1(run, saved):
    assert run(saved("good.json", GOOD))[0] == 0
    assert run(saved("bad.json", BAD))[0] == 1


def test_a_record_has_the_shape_that_was_agreed(run, saved):
    path = saved("bad.json", BAD)

    _, output, errors = run(path, format="json")

    (record,) = records(output)
    assert list(record) == ["source", "resource", "profiles", "valid", "issues", "not_checked"]
    assert (record["source"], record["resource"], record["valid"]) == (str(path), "Patient/bad", False)
    assert record["profiles"] == [f"{US_CORE}|6.1.0"]
    issue = next(one for one in record["issues"] if one["rule"] == "binding.required")
    assert list(issue) == ["severity", "code", "rule", "path", "profile", "message", "line", "column"]
    assert (issue["severity"], issue["code"], issue["path"]) == ("error", "code-invalid", "Patient.gender")
    assert "us-core 6.1.0" in errors


def test_a_bundle_gives_its_own_record_and_one_per_entry(run, saved):
    entry = {"fullUrl": "https://x.example/Patient/bad", "resource": BAD}
    path = saved("bundle.json", {"resourceType": "Bundle", "id": "b", "type": "collection", "entry": [entry]})

    code, output, _ = run(path, format="json")

    assert code == 1
    assert [(one["source"], one["resource"], one["valid"]) for one in records(output)] == [
        (str(path), "Bundle/b", True),
        (f"{path}#Patient/bad", "Patient/bad", False),
    ]
    assert {one["path"].partition(".")[0] for one in records(output)[1]["issues"]} == {"Patient"}
    assert all(one["line"] for one in records(output)[1]["issues"] if one["severity"] == "error")


def test_lines_of_ndjson_are_records_with_their_line(run, saved):
    path = saved("many.ndjson", GOOD, BAD, GOOD)

    code, output, _ = run(path, format="json")

    found = records(output)
    assert code == 1
    assert [one["source"] for one in found] == [f"{path}:1", f"{path}:2", f"{path}:3"]
    assert {one["line"] for one in found[1]["issues"] if "line" in one} == {2}


def test_an_unreadable_line_is_a_record_and_the_others_are_judged(run, tmp_path):
    path = tmp_path / "many.ndjson"
    path.write_bytes(json.dumps(GOOD).encode() + b"\n\nnot json\n" + json.dumps(GOOD).encode())

    code, output, _ = run(path, format="json")

    found = records(output)
    assert code == 1
    assert [(one["resource"], one["valid"]) for one in found] == [
        ("Patient/good", True),
        (None, False),
        ("Patient/good", True),
    ]
    assert found[1]["source"] == f"{path}:3"
    assert [(one["rule"], one["line"], one["column"]) for one in found[1]["issues"]] == [("json.syntax", 3, 1)]


def test_a_folder_is_searched_in_order_of_names(run, saved, tmp_path):
    saved("b/two.json", GOOD)
    saved("a/one.ndjson", GOOD, GOOD)
    saved("package.json", {"name": "x"})
    saved(".hidden.json", BAD)
    (tmp_path / "readme.txt").write_text("no resource", encoding="utf-8")

    code, output, _ = run(tmp_path, format="json")

    assert code == 0
    assert [one["source"].removeprefix(f"{tmp_path}/") for one in records(output)] == [
        "a/one.ndjson:1",
        "a/one.ndjson:2",
        "b/two.json",
    ]


@pytest.mark.parametrize(
    ("text", "sources"),
    [
        (json.dumps(GOOD), ["-"]),
        (json.dumps(GOOD, indent=1), ["-"]),
        (f"{json.dumps(GOOD)}\n{json.dumps(GOOD)}\n", ["-:1", "-:2"]),
        (f"{json.dumps(GOOD)}\n", ["-"]),
    ],
    ids=["line", "indented", "ndjson", "one line"],
)
def test_standard_input_is_a_resource_or_lines_of_them(text, sources, run):
    _, output, _ = run("-", format="json", stdin=io.BytesIO(text.encode()))

    assert [one["source"] for one in records(output)] == sources


def test_a_path_that_is_not_there_is_4_and_the_others_are_judged(run, saved, tmp_path):
    path = saved("good.json", GOOD)

    code, output, errors = run(tmp_path / "gone.json", path, format="json")

    assert code == 4
    assert [one["source"] for one in records(output)] == [str(path)]
    assert "gone.json: No such file" in errors


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"profiles": ["https://elsewhere.example/x"]}, "https://elsewhere.example/x"),
        ({"guides": ["us-core@0.0.1"]}, "6.1.0"),
        ({"guides": ["nothing@1"]}, "nothing"),
        ({"guides": ["us-core"]}, "NAME@VERSION"),
        ({"format": "xml"}, "operationoutcome"),
    ],
)
def test_what_the_user_got_wrong_is_4_with_one_message(options, words, run, saved):
    code, output, errors = run(saved("good.json", GOOD), **options)

    assert (code, output) == (4, "")
    assert words in errors
    assert errors.count("\n") == 1


def test_nothing_to_judge_is_no_success(run, tmp_path):
    assert run(tmp_path)[0] == 4
    assert run("-", stdin=io.BytesIO(b""))[0] == 1


def test_a_profile_that_is_asked_for_is_applied(run, saved):
    code, output, _ = run(saved("good.json", GOOD), profiles=[US_CORE], format="json")

    assert code == 1
    assert "cardinality.min" in {issue["rule"] for issue in records(output)[0]["issues"]}


def test_a_guide_in_another_version_is_judged_by_that(run, saved):
    _, output, errors = run(saved("bad.json", BAD), guides=["us-core@7.0.0"], format="json")

    assert records(output)[0]["profiles"] == [f"{US_CORE}|7.0.0"]
    assert "us-core 7.0.0" in errors


def test_text_shows_the_place_in_the_source(run, tmp_path):
    path = tmp_path / "bad.json"
    path.write_text('{\n  "resourceType": "Patient",\n  "gender": "?"\n}\n', encoding="utf-8")

    _, output, _ = run(path)

    assert "error binding.required at Patient.gender, line 3, column 13" in output
    assert '      3 |   "gender": "?"\n        |             ^' in output
    assert "1 resource: 0 valid, 1 not valid" in output
    assert "Judged by" in output
    assert "us-core 6.1.0 (official)" in output


@pytest.mark.parametrize(("value", "code"), [("0", 0), ("-0", 1), ("-1", 0)])
def test_minus_zero_is_no_integer(value, code, run, tmp_path):
    path = tmp_path / "zero.json"
    path.write_text(
        f'{{"resourceType": "Observation", "status": "final", "code": {{"text": "x"}}, "valueInteger": {value}}}',
        encoding="utf-8",
    )

    assert run(path)[0] == code


def test_minus_zero_is_a_decimal(run, tmp_path):
    path = tmp_path / "zero.json"
    path.write_text(
        '{"resourceType": "Observation", "status": "final", "code": {"text": "x"}, "valueQuantity": {"value": -0},'
        ' "component": [{"code": {"text": "x"}, "valueInteger": 0}]}',
        encoding="utf-8",
    )

    assert run(path)[0] == 0


def test_text_says_what_could_not_be_checked(run, saved):
    code = {"coding": [{"system": "http://loinc.org", "code": "1-8"}]}
    observation = {"resourceType": "Observation", "status": "final", "category": [code], "code": code}

    _, output, _ = run(saved("o.json", {**observation, "method": {"text": "x"}}))

    assert "Not checked" not in output or "http://loinc.org" in output


def test_an_outcome_for_one_resource_and_a_bundle_of_them_for_several(run, saved):
    good, bad = saved("good.json", GOOD), saved("bad.json", BAD)

    one, several = (json.loads(run(*paths, format="operationoutcome")[1]) for paths in ((bad,), (good, bad)))

    issue = next(issue for issue in one["issue"] if issue["code"] == "code-invalid")
    assert (one["resourceType"], issue["expression"]) == ("OperationOutcome", ["Patient.gender"])
    assert [entry["resource"]["resourceType"] for entry in several["entry"]] == ["OperationOutcome"] * 2


def test_outcomes_are_valid_resources_themselves(run, saved, validator, rules):
    for resource in (GOOD, BAD):
        outcome = json.loads(run(saved("x.json", resource), format="operationoutcome")[1])
        assert rules(validator.check(outcome)) == set()


def test_long_input_goes_over_several_processes_in_order(run, tmp_path, monkeypatch):
    from conformance.validator import parallel

    monkeypatch.setattr(parallel, "ALONE", 2)
    monkeypatch.setattr(parallel, "CHUNK_DOCUMENTS", 3)
    path = tmp_path / "many.ndjson"
    rows = [{**(BAD if number % 4 == 0 else GOOD), "id": f"p{number}"} for number in range(20)]
    path.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")

    code, output, _ = run(path, format="json", workers=2)

    assert code == 1
    assert [one["resource"] for one in records(output)] == [f"Patient/p{number}" for number in range(20)]
    assert [one["valid"] for one in records(output)] == [number % 4 != 0 for number in range(20)]


PATIENT_XML = '<Patient xmlns="http://hl7.org/fhir"><active value="true"/></Patient>'


@pytest.mark.parametrize("text", [PATIENT_XML, f'\ufeff<?xml version="1.0"?>\n{PATIENT_XML}\n', f"\n  {PATIENT_XML}"])
@pytest.mark.parametrize("name", ["patient.xml", "patient.json", "patient"])
def test_xml_is_not_read_and_no_verdict_is_given_on_it(text, name, run, tmp_path, saved):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")

    code, output, errors = run(path, saved("good.json", GOOD))

    assert code == 4
    assert f"{path}: is XML" in errors
    assert "1 resource: 1 valid, 0 not valid" in output


def test_xml_on_standard_input_is_not_read(run):
    code, _, errors = run("-", stdin=io.BytesIO(PATIENT_XML.encode()))

    assert code == 4
    assert "-: is XML" in errors


def test_resources_whose_profiles_nobody_judged_are_counted(run, saved):
    claim = {"profile": ["https://elsewhere.example/StructureDefinition/x"]}
    path = saved("claims.ndjson", {**GOOD, "meta": claim}, {**GOOD, "meta": claim}, GOOD)

    code, output, _ = run(path)

    assert code == 0
    last = output.splitlines()[-1]
    assert last.endswith("; 2 resources claim a profile that is not at hand: by it, nothing was judged")
    assert run(path, strict=True)[0] == 1
    assert run(saved("good.json", GOOD), strict=True)[0] == 0
