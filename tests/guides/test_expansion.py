"""Value sets: what is in, what is out, and what cannot be known."""

from __future__ import annotations

import pytest

from conformance.guides.codesystems import CodeSystem, owned_elsewhere
from conformance.guides.expansion import Expander
from conformance.guides.library import Library
from conformance.guides.terminology import code_system_table, value_set_table, whole_system
from conformance.guides.terminologytables import CodeSystemTable, ValueSetTable

BASE = "http://example.org/claims"
COLOUR = f"{BASE}/CodeSystem/colour"
ALL = {"warm", "red", "crimson", "scarlet", "orange", "cold", "blue", "teal"}


@pytest.fixture(scope="module")
def expander(example):
    return Expander(Library([example]))


@pytest.fixture(scope="module")
def value_set(example, expander):
    """A value set of our own guide as its table, by id."""

    def table(name):
        resource = next(one for one in example.of("ValueSet") if one["id"] == name)
        return ValueSetTable(value_set_table(resource, example.id, expander))

    return table


@pytest.mark.parametrize(
    ("name", "codes"),
    [
        ("colours", ALL),
        ("reds", {"red", "crimson", "scarlet"}),
        ("below-warm", {"red", "crimson", "scarlet", "orange"}),
        ("not-warm", {"cold", "blue", "teal"}),
        ("printed", {"red", "teal"}),
        ("printed-warm", {"red"}),
        ("with-l-e", {"scarlet", "blue"} & {"blue", "scarlet"}),
        ("under-cold", {"blue", "teal"}),
        ("no-reds", ALL - {"red", "crimson", "scarlet"}),
        ("nested", {"red", "crimson", "scarlet", "blue"}),
        ("both", {"red"}),
    ],
)
def test_a_decidable_set_has_exactly_its_codes(value_set, name, codes):
    table = value_set(name)

    assert {code for system, code in table.codes() if system == COLOUR} == codes
    assert all(table.contains(COLOUR, code) is (code in codes) for code in [*ALL, "mauve"])
    assert table.contains("http://example.org/other", "red") is False
    assert table.complete


def test_a_code_without_system_is_in_when_any_system_has_it(value_set):
    assert value_set("reds").contains("", "crimson") is True
    assert value_set("reds").contains("", "blue") is False
    assert value_set("excerpts").contains("", "Z9") is None
    assert value_set("from-nowhere").contains("", "red") is None


@pytest.mark.parametrize("name", ["odd-filter", "itself", "from-nowhere", "no-elsewhere"])
def test_what_rests_on_nothing_at_hand_is_unknown(value_set, name):
    assert value_set(name).contains(COLOUR, "red") is None
    assert not value_set(name).complete


def test_an_unknown_system_leaves_the_others_decided(value_set):
    table = value_set("elsewhere")

    assert table.contains("http://snomed.info/sct", "38341003") is None
    assert table.contains(COLOUR, "red") is True
    assert table.contains(COLOUR, "blue") is False
    assert table.contains("http://loinc.org", "1-8") is False
    assert table.systems == (COLOUR, "http://snomed.info/sct")


def test_an_unknown_exclude_takes_nothing_out_for_certain(value_set):
    table = value_set("no-elsewhere")

    assert table.contains(COLOUR, "red") is None
    assert table.contains(COLOUR, "mauve") is False


def test_an_excerpt_proves_membership_and_nothing_else(value_set):
    excerpt = f"{BASE}/CodeSystem/excerpt"

    assert value_set("excerpts").contains(excerpt, "A1") is True
    assert value_set("excerpts").contains(excerpt, "A3") is None


def test_lists_of_other_owners_are_neither_kept_nor_judged(value_set):
    table = value_set("procedures")

    assert table.codes() == frozenset()
    assert table.contains(f"{BASE}/CodeSystem/licensed", "99213") is None
    assert table.contains("http://www.ama-assn.org/go/cpt", "99214") is None
    assert table.contains(COLOUR, "red") is False


def test_case_is_folded_where_the_system_says_so(value_set):
    shape = f"{BASE}/CodeSystem/shape"

    assert value_set("shapes").contains(shape, "ROUND") is True
    assert value_set("shapes").contains(shape, "square") is False
    assert value_set("reds").contains(COLOUR, "Red") is False


@pytest.mark.parametrize(
    ("tag", "answer"),
    [
        ("en", None),
        ("en-US", None),
        ("zh-Hant-TW", None),
        ("x-private", None),
        ("i-klingon", None),
        ("english", False),
        ("en_US", False),
        ("", False),
    ],
)
def test_a_language_must_at_least_look_like_one(value_set, tag, answer):
    assert value_set("languages").contains("urn:ietf:bcp:47", tag) is answer


def test_what_is_kept_of_a_table_has_no_text(value_set):
    assert "Blue" not in str(value_set("nested").facts)


@pytest.mark.parametrize(
    ("filters", "codes"),
    [
        ({"property": "concept", "op": "generalizes", "value": "scarlet"}, {"scarlet", "red", "warm"}),
        ({"property": "code", "op": "in", "value": "red, blue"}, {"red", "blue"}),
        ({"property": "concept", "op": "not-in", "value": "red,blue"}, ALL - {"red", "blue"}),
        ({"property": "printed", "op": "exists", "value": "true"}, {"red", "teal"}),
        ({"property": "printed", "op": "exists", "value": "false"}, ALL - {"red", "teal"}),
        ({"property": "child", "op": "=", "value": "scarlet"}, {"red"}),
        ({"property": "concept", "op": "is-a", "value": "nowhere"}, None),
        ({"property": "concept", "op": "child-of", "value": "red"}, None),
    ],
)
def test_filters_select_by_hierarchy_and_property(example, filters, codes):
    system = CodeSystem(next(one for one in example.of("CodeSystem") if one["id"] == "colour"))

    assert system.select(filters) == codes


def test_codes_of_an_older_version_stay_in(example):
    new = {"url": COLOUR, "content": "complete", "caseSensitive": True, "concept": [{"code": "red"}]}
    old = next(one for one in example.of("CodeSystem") if one["id"] == "colour")

    system = CodeSystem(new, old)

    assert system.concepts.keys() == ALL
    assert system.below("warm") == {"red", "crimson", "scarlet", "orange"}


@pytest.mark.parametrize(
    ("url", "more"),
    [
        ("http://dicom.nema.org/resources/ontology/DCM", {}),
        ("http://example.org/grammar", {"compositional": True}),
        ("http://example.org/part", {"content": "fragment"}),
        ("http://example.org/unsaid", {"content": ""}),
    ],
)
def test_a_list_that_may_go_on_disproves_nothing(url, more):
    assert not CodeSystem({"url": url, "content": "complete", "concept": [{"code": "a"}], **more}).complete


@pytest.mark.parametrize(
    ("url", "text", "answer"),
    [
        ("http://www.ama-assn.org/go/cpt", "", True),
        ("https://www.nubc.org/CodeSystem/RevenueCodes", "", True),
        ("http://www.ada.org/cdt", "", True),
        ("http://terminology.hl7.org/CodeSystem/ADAToothSurfaceCodes", "", True),
        ("http://terminology.hl7.org/CodeSystem/NCPDPRejectCode", "", True),
        ("http://nucc.org/provider-taxonomy", "", True),
        ("https://x12.org/codes/claim-adjustment-reason-codes", "", True),
        ("http://example.org/a", "Taken from the UB-04 of the NUBC", True),
        ("http://example.org/a", "Copyright of the American Dental Association", True),
        ("http://example.org/a", "Copyright of Amanda X1234", False),
        ("http://terminology.hl7.org/CodeSystem/v2-0203", "", False),
        ("http://canada.org/x", "", False),
    ],
)
def test_other_owners_are_known_by_address_or_copyright(url, text, answer):
    assert owned_elsewhere(url, text) is answer


def test_a_code_system_table_says_what_it_can(example):
    tables = {
        one["id"]: CodeSystemTable(code_system_table(CodeSystem(one), example.id)) for one in example.of("CodeSystem")
    }

    assert tables["colour"].contains("red") is True
    assert tables["colour"].contains("mauve") is False
    assert tables["excerpt"].contains("A9") is None
    assert tables["shape"].contains("ROUND") is True
    assert tables["colour"].facts["parents"]["teal"] == ["cold"]
    assert "sky" not in str(tables["colour"].facts)


def test_a_ready_expansion_says_what_is_in(example):
    ready = {
        "url": f"{BASE}/ValueSet/elsewhere",
        "expansion": {"contains": [{"system": "http://unitsofmeasure.org", "code": "mg"}]},
    }
    asks = {"url": ready["url"], "compose": {"include": [{"system": "http://unitsofmeasure.org"}]}}

    codes = Expander(Library([example]), {ready["url"]: ready}).expand(asks, example.id)

    assert codes.contains("http://unitsofmeasure.org", "mg") is True
    assert codes.contains("http://unitsofmeasure.org", "furlong") is None


def test_a_ready_expansion_of_currencies_is_the_whole_list(example):
    url = "http://hl7.org/fhir/ValueSet/currencies"
    ready = {"url": url, "expansion": {"contains": [{"system": "urn:iso:std:iso:4217", "code": "USD"}]}}
    asks = {"url": url, "compose": {"include": [{"system": "urn:iso:std:iso:4217"}]}}

    codes = Expander(Library([example]), {url: ready}).expand(asks, example.id)

    assert [codes.contains("urn:iso:std:iso:4217", one) for one in ("USD", "ZWG", "XXD")] == [True, True, False]


def test_licensed_filters_are_not_run_even_from_a_ready_expansion(example):
    url, sct = "http://example.org/v", "http://snomed.info/sct"
    ready = {"url": url, "expansion": {"contains": [{"system": sct, "code": "1"}]}}
    asks = {"url": url, "compose": {"include": [{"system": sct}]}}

    assert Expander(Library([example]), {url: ready}).expand(asks, example.id).contains(sct, "1") is None


@pytest.mark.parametrize(
    ("total", "answer"), [({}, False), ({"total": 1}, False), ({"total": 5}, None)], ids=["unsaid", "all", "part"]
)
def test_a_set_that_is_only_an_expansion_is_what_it_lists(example, total, answer):
    contains = [{"system": COLOUR, "code": "group", "abstract": True, "contains": [{"system": COLOUR, "code": "red"}]}]

    codes = Expander(Library([example])).expand(
        {"url": "http://x/v", "expansion": {"contains": contains, **total}}, example.id
    )

    assert codes.contains(COLOUR, "red") is True
    assert codes.contains(COLOUR, "blue") is answer


@pytest.mark.parametrize(
    ("compose", "system"),
    [
        ({"include": [{"system": COLOUR}]}, COLOUR),
        ({"include": [{"system": f"{COLOUR}|1.0"}]}, COLOUR),
        ({"include": [{"system": COLOUR}], "exclude": [{"system": COLOUR}]}, ""),
        ({"include": [{"system": COLOUR, "concept": [{"code": "red"}]}]}, ""),
        ({"include": [{"system": COLOUR}, {"system": "http://x"}]}, ""),
        ({"include": [{"valueSet": ["http://x"]}]}, ""),
    ],
)
def test_a_set_that_is_a_whole_system_is_recognised(compose, system):
    assert whole_system({"compose": compose}) == system
