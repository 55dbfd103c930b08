"""The population: valid FHIR, coherent, and the same in every run."""

from __future__ import annotations

from datetime import date

import pytest
from fhir.resources.R4B import get_fhir_model_class

from conformance.reference.fhir.store import LIVE, WITHHELD
from conformance.reference.records.stories import standard

BASE = date(2026, 11, 23)


@pytest.fixture(scope="module")
def entries():
    return standard(BASE).entries


def test_every_record_is_valid_r4(entries):
    wrong = []
    for entry in entries:
        if entry.state == WITHHELD:
            continue
        try:
            get_fhir_model_class(entry.resource["resourceType"]).model_validate(entry.resource)
        except ValueError as error:
            wrong.append(f"{entry.resource['resourceType']}/{entry.resource['id']}: {error}")

    assert wrong == []


def test_every_reference_resolves(entries):
    from conformance.reference.fhir.index import references

    known = {(entry.resource["resourceType"], entry.resource["id"]) for entry in entries}
    dangling = {
        (entry.resource["resourceType"], target)
        for entry in entries
        if entry.state == LIVE
        for target in references(entry.resource)
        if target not in known
    }

    assert dangling == set()


def test_the_population_is_reproducible(entries):
    assert standard(BASE).entries == entries


def test_no_two_records_share_an_id_and_version(entries):
    names = [(e.resource["resourceType"], e.resource["id"], e.resource["meta"]["versionId"]) for e in entries]

    assert len(set(names)) == len(names)
