"""Lawful variations: each says what it does and by what right, and any set of those that agree can be one deployment."""

from __future__ import annotations

import itertools
import json
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
import yaml

from conformance.reference import lawful
from conformance.reference.deployments import Deployments
from conformance.reference.faults import Fault
from conformance.reference.lawful import Variation
from conformance.reference.tenant import Origins

CATALOGUE = [
    row
    for file in Path("conformance/areas").glob("*/requirements.yaml")
    for row in yaml.safe_load(file.read_text(encoding="utf-8"))
]
ROWS = {row["id"]: row for row in CATALOGUE}
ORIGINS = Origins("https://127.0.0.1:1", "https://127.0.0.1:2", "https://127.0.0.1:3")


@pytest.mark.parametrize("variation", lawful.every().values(), ids=lambda variation: variation.id)
def test_a_variation_names_its_row_its_authority_and_deviates(variation):
    assert variation.requirement in ROWS
    assert variation.sentence.endswith(".")
    assert len(variation.authority) > len("RFC 1")
    assert variation.steps or variation.records or variation.behaviour or variation.target
    assert not variation.listeners


@pytest.mark.parametrize("variation", lawful.every().values(), ids=lambda variation: variation.id)
def test_the_rows_of_a_variation_are_few_and_known(variation):
    assert set(variation.rows) <= set(ROWS)
    assert set(variation.rows.values()) <= {"advisory", "undecided"}
    assert len(variation.rows) <= 4
    assert all(any(row.startswith(prefix) for row in ROWS) for prefix in variation.also)


def test_there_are_eighty_and_some_in_every_area_that_gates():
    modules = {area: __import__(f"conformance.reference.lawful.{area}", fromlist=["V"]) for area in lawful.AREAS}

    assert len(lawful.every()) >= 80
    assert all(module.VARIATIONS for module in modules.values())


def test_no_variation_is_called_like_a_fault():
    from conformance.reference import faults

    assert not set(lawful.every()) & set(faults.every())


def test_a_set_of_variations_is_found_by_its_slug_and_nothing_else_is():
    ids = list(lawful.every())[3:9:2]

    assert [each.id for each in lawful.by_slug(lawful.slug_of(ids))] == ids
    assert lawful.by_slug(lawful.slug_of([])) == []
    assert lawful.by_slug("pa-tok-006.any-verifier") is None
    assert lawful.by_slug("lawful-" + "f" * 60) is None


def test_what_decides_the_same_thing_does_not_agree():
    def variation(name: str, **what: object) -> Variation:
        return Variation(name, "It does.", "RFC 9110", **what)

    one, other = variation("PA-A-001.a", choices=("way",)), variation("PA-A-001.b", choices=("way", "more"))
    small, large = (
        variation("PA-A-001.c", behaviour={"page_size": 1}),
        variation("PA-A-001.d", behaviour={"page_size": 2}),
    )

    assert not one.agrees_with(other)
    assert not small.agrees_with(large)
    assert one.agrees_with(small)
    assert small.agrees_with(variation("PA-A-001.e", behaviour={"page_size": 1}))


def test_pairs_that_agree_are_one_deployment():
    deployments = Deployments(ORIGINS, date(2026, 11, 23))
    light = [each for each in lawful.every().values() if each.records is None]

    for one, other in itertools.combinations(light, 2):
        if one.agrees_with(other):
            tenant = deployments.find(lawful.slug_of([one.id, other.id]))
            assert tenant is not None
            assert len(tenant.replacements) >= max(len(one.steps), len(other.steps))
            for name, value in {**one.behaviour, **other.behaviour}.items():
                assert getattr(tenant.behaviour, name) == value
    assert deployments.clean.replacements == {}


def test_records_of_several_variations_are_changed_together():
    ids = ["PA-DATA-013.outcome-partial", "PA-PROF-001.own-profiles-too"]

    tenant = Deployments(ORIGINS, date(2026, 11, 23)).find(lawful.slug_of(ids))

    bodies = [row[0] for row in tenant.store.rows("SELECT body FROM resource WHERE type = 'ExplanationOfBenefit'")]
    claims = [json.loads(body) for body in bodies if body]
    assert any(claim["outcome"] == "partial" for claim in claims)
    assert all(claim["meta"]["profile"][-1].startswith("https://harborplan.example/") for claim in claims)


def test_a_variation_and_a_fault_are_deviations_of_one_kind():
    assert Fault.__mro__[1] is Variation.__mro__[1]


def test_an_unknown_variation_is_refused_with_the_nearest_name():
    done = subprocess.run(  # noqa: PLW1510
        [sys.executable, "-m", "conformance.reference", "--lawful", "PA-TOK-001.json-two"],
        capture_output=True,
        text=True,
    )

    assert done.returncode == 2
    assert "did you mean PA-TOK-001.json-too?" in done.stderr


def test_the_list_of_variations_is_machine_readable():
    done = subprocess.run(  # noqa: PLW1510
        [sys.executable, "-m", "conformance.reference", "--list", "lawful"], capture_output=True, text=True
    )

    assert {"variation", "requirement", "authority", "rows", "target"} <= set(json.loads(done.stdout)[0])


def test_a_stack_is_served_at_its_own_path_and_not_at_the_clean_one(payer):
    slug = lawful.slug_of(["PA-DISC-015.short-format", "PA-DISC-018.with-versions"])
    origin = payer.base.removesuffix("/fhir")

    varied = payer.get(f"{origin}/t/{slug}/fhir/metadata").json()
    clean = payer.get("metadata").json()

    assert varied["format"] == ["json"]
    assert varied["instantiates"][0].endswith("|6.1.0")
    assert clean["format"] != ["json"]
