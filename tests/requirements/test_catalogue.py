import datetime as dt
import re

import pytest

from conformance.errors import ConfigError
from conformance.requirements import AREAS, effective, load_catalogue

CATALOGUE = load_catalogue()


def test_the_catalogue_is_whole():
    assert len(CATALOGUE) >= 250
    assert {row.area for row in CATALOGUE} == set(AREAS)


def test_rows_stand_in_the_order_of_areas_and_numbers():
    order = [(AREAS.index(row.area), int(row.id[-3:])) for row in CATALOGUE]
    assert order == sorted(order)


@pytest.mark.parametrize("row", list(CATALOGUE), ids=lambda row: row.id)
def test_every_row_is_complete(row):
    assert re.fullmatch(r"PA-[A-Z]+-\d{3}", row.id)
    assert row.strength in {"SHALL", "SHOULD", "MAY"}
    assert row.disposition in {"gate", "configurable", "advisory", "evidence"}
    for text in (row.title, row.source, row.applies_to, row.how_to_test, row.broken, row.basis):
        assert text.strip()


def test_every_row_has_a_link_unless_only_the_deployment_text_is_cited():
    without = [row.id for row in CATALOGUE if not row.links]
    assert without == []


def test_rfc_sections_link_to_the_section():
    links = dict(CATALOGUE.get("PA-TOK-007").links)
    assert links["RFC 6749 section 4.1.2"].endswith("/rfc6749#section-4.1.2")


def test_an_unknown_id_names_the_nearest():
    with pytest.raises(ConfigError, match=r"PA-TOC-006.*did you mean 'PA-TOK-006'"):
        CATALOGUE.get("PA-TOC-006")


@pytest.mark.parametrize(
    ("areas", "prefixes", "begins"),
    [
        ((), (), ("PA-",)),
        (("token",), (), ("PA-TOK-",)),
        ((), ("PA-TOK-00",), ("PA-TOK-00",)),
        (("token",), ("PA-IDEN",), ("PA-TOK-", "PA-IDEN-")),
        ((), ("pa-tok-001",), ("PA-TOK-001",)),
    ],
)
def test_selection(areas, prefixes, begins):
    assert CATALOGUE.select(areas, prefixes) == {row.id for row in CATALOGUE if row.id.startswith(begins)}


@pytest.mark.parametrize(
    ("areas", "prefixes", "message"),
    [
        (("tokens",), (), "unknown area 'tokens'; did you mean 'token'"),
        ((), ("PA-TKO",), "no requirement begins with 'PA-TKO'"),
        ((), ("",), "no requirement begins with ''"),
    ],
)
def test_a_selection_that_matches_nothing_is_refused(areas, prefixes, message):
    with pytest.raises(ConfigError, match=re.escape(message)):
        CATALOGUE.select(areas, prefixes)


@pytest.mark.parametrize(
    ("row_id", "strict", "day", "expected"),
    [
        ("PA-TOK-006", {}, "2026-11-23", "gate"),
        ("PA-TOK-006", {"PA-TOK-006": "off"}, "2026-11-23", "gate"),
        ("PA-TOK-003", {}, "2026-11-23", "advisory"),
        ("PA-TOK-003", {"PA-TOK-003": "gate"}, "2026-11-23", "gate"),
        ("PA-TOK-003", {"PA-TOK-003": "off"}, "2026-11-23", "off"),
        ("PA-ISO-015", {}, "2026-11-23", "advisory"),
        ("PA-OPS-002", {}, "2026-11-23", "off"),
        ("PA-DATA-005", {}, "2026-12-31", "advisory"),
        ("PA-DATA-005", {}, "2027-01-01", "gate"),
        ("PA-PROF-017", {}, "2026-12-31", "advisory"),
        ("PA-PROF-017", {"PA-PROF-017": "gate"}, "2026-12-31", "gate"),
        ("PA-PROF-017", {"PA-PROF-017": "off"}, "2028-02-29", "gate"),
    ],
)
def test_how_a_row_counts(row_id, strict, day, expected):
    assert effective(CATALOGUE.get(row_id), strict=strict, on=dt.date.fromisoformat(day)) == expected


def test_exactly_the_prior_authorization_rows_gate_from_2027():
    dated = {row.id for row in CATALOGUE if row.gate_from}
    assert dated == {*(f"PA-DATA-{n:03}" for n in range(5, 11)), "PA-PROF-017", "PA-SRCH-030", "PA-MS-008"}
    assert {row.gate_from for row in CATALOGUE if row.gate_from} == {dt.date(2027, 1, 1)}
