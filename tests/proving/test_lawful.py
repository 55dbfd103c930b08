"""When a lawful variation holds: no row fails or errs, and exactly the rows it names change."""

from __future__ import annotations

import pytest

from conformance.errors import ConfigError
from conformance.proving import lawful as proving
from conformance.proving.batch import Job, run_jobs
from conformance.proving.payer import reference_payer
from conformance.proving.prove import target_file
from conformance.proving.table import lawful_lines_of
from conformance.reference import faults, lawful
from conformance.reference.lawful import Variation


def document(verdict="conformant in the selection", **statuses):
    rows = [
        {
            "id": name.replace("_", "-"),
            "status": status,
            "checks": ["a check"],
            "findings": [{"severity": "error", "message": f"{name} is wrong"}]
            if status in ("fail", "advisory")
            else [],
            "reason": "",
        }
        for name, status in statuses.items()
    ]
    return {"run": {"verdict": verdict}, "requirements": rows}


def variation(**what):
    return Variation("PA-TOK-001.so", "It does so.", "RFC 6749 section 5", **what)


CLEAN = document(PA_TOK_001="pass", PA_TOK_002="pass", PA_TOK_003="undecided", PA_TOK_004="not-applicable")


def test_a_variation_that_changes_nothing_holds():
    assert proving.judged_alone(variation(), CLEAN, CLEAN).holds


@pytest.mark.parametrize("status", ["fail", "error", "advisory", "undecided"])
def test_a_row_that_is_not_named_must_stay(status):
    after = document(PA_TOK_001=status, PA_TOK_002="pass", PA_TOK_003="undecided", PA_TOK_004="not-applicable")

    holding = proving.judged_alone(variation(), CLEAN, after)

    assert not holding.holds
    assert [(row.id, row.status) for row in holding.rows] == [("PA-TOK-001", status)]
    assert holding.reason.startswith(f"PA-TOK-001 is {status}")


def test_a_row_that_was_not_passed_must_not_fail_either():
    after = document(PA_TOK_001="pass", PA_TOK_002="pass", PA_TOK_003="fail", PA_TOK_004="error")

    assert [row.id for row in proving.changes(CLEAN, after)] == ["PA-TOK-003", "PA-TOK-004"]


def test_a_row_may_become_not_applicable():
    after = document(PA_TOK_001="not-applicable", PA_TOK_002="pass", PA_TOK_003="pass", PA_TOK_004="not-applicable")

    assert proving.judged_alone(variation(), CLEAN, after).holds


def test_the_named_rows_change_as_named_and_all_of_them():
    named = variation(rows={"PA-TOK-001": "advisory"})
    advisory = document(PA_TOK_001="advisory", PA_TOK_002="pass")
    undecided = document(PA_TOK_001="undecided", PA_TOK_002="pass")

    assert proving.judged_alone(named, CLEAN, advisory).holds
    assert not proving.judged_alone(named, CLEAN, undecided).holds
    assert "named and did not change" in proving.judged_alone(named, CLEAN, CLEAN).reason


def test_in_a_stack_a_named_row_may_stay():
    named = variation(rows={"PA-TOK-001": "advisory"})

    assert proving.judged_together("stack 1", [named], CLEAN, CLEAN).holds
    assert not proving.judged_together("stack 1", [named], CLEAN, document(PA_TOK_002="advisory")).holds


def test_a_run_that_ends_in_trouble_does_not_hold():
    holding = proving.judged_alone(variation(), CLEAN, document("configuration error", PA_TOK_001="pass"))

    assert [row.id for row in holding.rows] == [proving.RUN]


def test_stacks_are_few_and_hold_only_what_agrees():
    variations = list(lawful.every().values())

    stacks = proving.stacks_of(variations)

    assert sorted(each.id for stack in stacks for each in stack) == sorted(lawful.every())
    assert len(stacks) <= 6
    for stack in stacks:
        for place, one in enumerate(stack):
            assert all(one.agrees_with(other) for other in stack[place + 1 :])


def test_random_sets_are_those_of_their_seed():
    variations = list(lawful.every().values())

    sets = proving.subsets_of(variations, 5, 7)

    assert sets == proving.subsets_of(variations, 5, 7)
    assert sets != proving.subsets_of(variations, 5, 8)
    assert all(one.agrees_with(other) for chosen in sets for one in chosen for other in chosen if one is not other)


def test_a_prefix_that_matches_nothing_is_refused():
    assert [each.id for each in proving.choose(["pa-ops"])] == [
        "PA-OPS-001.older-beside-newer",
        "PA-OPS-001.later-beside-adopted",
    ]
    with pytest.raises(ConfigError, match="no lawful variation"):
        proving.choose(["PA-XYZ"])


def test_a_fault_that_is_called_lawful_does_not_hold(tmp_path):
    fault = faults.find("PA-DISC-006.plain-offered")
    disguised = Variation("PA-DISC-006.disguised", "PKCE also offers plain.", "none", fault.steps)
    rows = ("PA-DISC-006",)

    with reference_payer() as payer:
        jobs = [
            Job(name, target_file(tmp_path / f"{name}.yaml", payer, base, {}), rows, tmp_path / name)
            for name, base in (("clean", ""), ("varied", f"/t/{fault.slug}"))
        ]
        documents = run_jobs(jobs, workers=1, done=lambda _: None)
    holding = proving.judged_alone(disguised, documents["clean"], documents["varied"])

    assert not holding.holds
    assert [(row.id, row.status) for row in holding.rows] == [("PA-DISC-006", "fail")]
    assert not proving.LawfulProof("conformant", (holding,)).holds


def test_the_document_of_a_proof_tells_each_variation_and_its_rows():
    after = document(PA_TOK_001="fail", PA_TOK_002="pass")
    proof = proving.LawfulProof("conformant", (proving.judged_alone(variation(), CLEAN, after),))

    (told,) = proof.as_json()["lawful"]

    assert {"variation", "requirement", "authority", "holds", "rows"} <= set(told)
    assert [(row["id"], row["status"]) for row in told["rows"]] == [("PA-TOK-001", "fail")]
    text = "\n".join(lawful_lines_of(proof))
    assert "MISJUDGED" in text
    assert "0 of 1 lawful variations hold" in text
