"""Search, paging, includes and $everything, against what a client computes from the whole record."""

from __future__ import annotations

from urllib.parse import quote

import pytest


@pytest.fixture(scope="module")
def find(payer, session_a):
    """Search as Maria; returns the Bundle."""

    def search(query: str, status: int = 200, **headers: str):
        answer = payer.get(query, session_a["access_token"], **headers)
        assert answer.status_code == status, answer.text
        return answer.json()

    return search


@pytest.fixture(scope="module")
def whole(find):
    """Every resource of a type by id."""
    return lambda name: {each["id"]: each for each in resources(find(f"{name}?_count=500"))}


def resources(bundle, mode: str = "match"):
    return [entry["resource"] for entry in bundle.get("entry", []) if entry["search"]["mode"] == mode]


def ids(bundle):
    return {resource["id"] for resource in resources(bundle)}


def link(bundle, relation: str) -> str:
    return next((each["url"] for each in bundle["link"] if each["relation"] == relation), "")


def codes(resource, element: str):
    found = resource.get(element, [])
    return {coding["code"] for each in (found if isinstance(found, list) else [found]) for coding in each["coding"]}


TOKENS = [
    ("ExplanationOfBenefit", "type"),
    ("Condition", "category"),
    ("Condition", "code"),
    ("Condition", "clinical-status"),
    ("Observation", "category"),
    ("Observation", "code"),
    ("DocumentReference", "type"),
    ("DocumentReference", "category"),
]
ELEMENTS = {"clinical-status": "clinicalStatus"}


@pytest.mark.parametrize(("name", "parameter"), TOKENS)
def test_token_search_partitions_the_record(find, whole, name, parameter):
    element = ELEMENTS.get(parameter, parameter)
    every = whole(name)
    systems = {
        (coding["system"], coding["code"])
        for resource in every.values()
        for concept in (resource[element] if isinstance(resource[element], list) else [resource[element]])
        for coding in concept["coding"]
    }
    for system, code in systems:
        wanted = {each for each, resource in every.items() if code in codes(resource, element)}
        assert ids(find(f"{name}?{parameter}={code}")) == wanted
        assert ids(find(f"{name}?{parameter}={quote(f'{system}|{code}')}")) == wanted
        assert ids(find(f"{name}?{parameter}=http://wrong.example|{code}")) == set()
        assert ids(find(f"{name}?{parameter}:not={code}")) == set(every) - wanted


def test_status_codes_have_their_system(find, whole):
    every = whole("ExplanationOfBenefit")
    use = "http://hl7.org/fhir/claim-use"
    claims = {each for each, resource in every.items() if resource["use"] == "claim"}

    assert ids(find("ExplanationOfBenefit?use=claim")) == ids(find(f"ExplanationOfBenefit?use={use}|claim")) == claims
    assert ids(find("ExplanationOfBenefit?use=preauthorization")) == set(every) - claims
    assert ids(find("ExplanationOfBenefit?use=claim,preauthorization")) == set(every)


def test_identifier_is_found_by_value_and_by_system_and_value(find, whole):
    for resource in whole("ExplanationOfBenefit").values():
        number = resource["identifier"][0]
        assert ids(find(f"ExplanationOfBenefit?identifier={number['value']}")) == {resource["id"]}
        assert ids(find(f"ExplanationOfBenefit?identifier={number['system']}|{number['value']}")) == {resource["id"]}


def test_dates_compare_at_their_boundaries(find, whole):
    every = whole("Observation")
    known = next(resource for resource in every.values() if "T" in resource.get("effectiveDateTime", ""))
    moment, day = known["effectiveDateTime"], known["effectiveDateTime"][:10]

    def has(prefix: str, value: str) -> bool:
        return known["id"] in ids(find(f"Observation?date={prefix}{quote(value)}"))

    for value in (moment, day):
        assert [has(prefix, value) for prefix in ("", "eq", "ge", "le", "ap")] == [True] * 5
        assert [has(prefix, value) for prefix in ("ne", "gt", "lt", "sa", "eb")] == [False] * 5
    before = ids(find(f"Observation?date=lt{day}"))
    after = ids(find(f"Observation?date=ge{day}"))
    assert before | after == set(every)
    assert not before & after


def test_a_period_matches_by_overlap(find, whole):
    claim = next(
        each
        for each in whole("ExplanationOfBenefit").values()
        if "subType" in each and codes(each, "subType") == {"inpatient"}
    )
    start, end = claim["billablePeriod"]["start"], claim["billablePeriod"]["end"]

    assert claim["id"] in ids(find(f"ExplanationOfBenefit?service-date=ge{start}&service-date=le{end}"))
    assert claim["id"] in ids(find(f"ExplanationOfBenefit?service-date=gt{start}"))
    assert claim["id"] not in ids(find(f"ExplanationOfBenefit?service-date=gt{end}"))
    assert claim["id"] in ids(find(f"ExplanationOfBenefit?billable-period-start={start}"))
    assert claim["id"] not in ids(find(f"ExplanationOfBenefit?billable-period-start={end}"))


@pytest.mark.parametrize(
    "query", ["service-date=notadate", "service-date=gx2020", "_lastUpdated=2020-13-40", "created=2023-02-29"]
)
def test_dates_that_are_none_are_refused(find, query):
    assert find(f"ExplanationOfBenefit?{query}", 400)["resourceType"] == "OperationOutcome"


@pytest.mark.parametrize(
    "query",
    [
        *("_count=-1", "_count=x", "_sort=nothing", "_summary=maybe", "_total=many", "_has:Group:member:x=1"),
        *("patient.nothing=x", "type.code=x", "type:in=http://x", "type:missing=maybe", "service-date:exact=2020"),
    ],
)
def test_values_that_cannot_be_right_are_refused(find, query):
    assert find(f"ExplanationOfBenefit?{query}", 400)["resourceType"] == "OperationOutcome"


def test_unknown_parameters_are_ignored_unless_strict(find):
    lenient = find("Condition?foo=bar&code=44054006")

    assert lenient["total"] == 1
    assert "foo" not in link(lenient, "self")
    assert "code=44054006" in link(lenient, "self")
    assert find("Condition?foo=bar", 400, Prefer="handling=strict")["issue"][0]["code"] == "not-supported"


@pytest.mark.parametrize("form", ["{id}", "Patient/{id}", "{base}/Patient/{id}"])
def test_reference_forms_mean_the_same(find, whole, payer, session_a, form):
    value = form.format(id=session_a["patient"], base=payer.base)

    for name in ("Coverage", "Observation", "ExplanationOfBenefit"):
        assert ids(find(f"{name}?patient={value}&_count=500")) == set(whole(name))
    assert ids(find("Observation?subject:Patient=" + session_a["patient"])) == set(whole("Observation"))


@pytest.mark.parametrize("count", [1, 2, 7])
def test_paging_visits_every_match_once(find, whole, count):
    url, seen = f"ExplanationOfBenefit?_count={count}", []
    while url:
        bundle = find(url)
        assert len(bundle["entry"]) <= count
        seen += [resource["id"] for resource in resources(bundle)]
        url = link(bundle, "next")

    assert sorted(seen) == sorted(whole("ExplanationOfBenefit"))
    assert bundle["total"] == len(seen)
    assert link(bundle, "previous")


def test_an_altered_page_link_is_not_there(find):
    following = link(find("ExplanationOfBenefit?_count=2"), "next")

    assert find(following + "x", 404)["resourceType"] == "OperationOutcome"


def test_post_search_is_the_same(find, payer, session_a, whole):
    headers = {"Authorization": f"Bearer {session_a['access_token']}"}
    answer = payer.http.post(f"{payer.base}/Observation/_search", data={"category": "laboratory"}, headers=headers)
    both = payer.http.post(
        f"{payer.base}/Observation/_search?code=4548-4", data={"category": "laboratory"}, headers=headers
    )
    wrong = payer.http.post(f"{payer.base}/Observation/_search", json={}, headers=headers)

    assert ids(answer.json()) == ids(find("Observation?category=laboratory"))
    assert ids(both.json()) == ids(find("Observation?category=laboratory&code=4548-4")) != set()
    assert wrong.status_code == 415


def test_an_empty_result_is_a_success_without_entries(find):
    bundle = find("Condition?code=http://none.example|0")

    assert bundle["total"] == 0
    assert "entry" not in bundle


def test_includes_bring_each_target_once_and_equal_to_a_read(find):
    names = {"patient": "patient", "provider": "provider", "insurer": "insurer"}
    for parameter, element in names.items():
        bundle = find(f"ExplanationOfBenefit?_include=ExplanationOfBenefit:{parameter}&_count=500")
        wanted = {resource[element]["reference"] for resource in resources(bundle)}
        found = [f"{each['resourceType']}/{each['id']}" for each in resources(bundle, "include")]
        assert sorted(found) == sorted(wanted)
        assert all(find(f"{each['resourceType']}/{each['id']}") == each for each in resources(bundle, "include"))
        assert bundle["total"] == len(resources(bundle))


def test_the_wildcard_include_brings_at_least_all_of_them(find):
    single = set()
    for parameter in ("patient", "provider", "care-team", "coverage", "insurer", "payee"):
        bundle = find(f"ExplanationOfBenefit?_include=ExplanationOfBenefit:{parameter}&_count=500")
        single |= {each["id"] for each in resources(bundle, "include")}

    wildcard = find("ExplanationOfBenefit?_include=ExplanationOfBenefit:*&_count=500")

    assert single <= {each["id"] for each in resources(wildcard, "include")}


def test_includes_can_be_followed_on(find):
    bundle = find(
        "ExplanationOfBenefit?_include=ExplanationOfBenefit:coverage&_include:iterate=Coverage:payor&_count=500"
    )

    assert {each["resourceType"] for each in resources(bundle, "include")} == {"Coverage", "Organization"}


def test_provenance_comes_with_what_it_is_about(find, whole):
    bundle = find("Condition?_revinclude=Provenance:target")

    targets = {each["reference"] for one in resources(bundle, "include") for each in one["target"]}
    assert {f"Condition/{each}" for each in whole("Condition")} <= targets
    assert {each["resourceType"] for each in resources(bundle, "include")} == {"Provenance"}


def test_includes_show_nothing_that_a_read_refuses(app, payer):
    token = app.tokens("a", scope="launch/patient patient/ExplanationOfBenefit.read")["access_token"]

    bundle = payer.get("ExplanationOfBenefit?_include=ExplanationOfBenefit:*", token).json()

    assert resources(bundle, "include") == []
    assert resources(bundle)


def test_a_chain_follows_the_reference(find):
    roles = find("PractitionerRole?practitioner.name=raman")

    assert len(resources(roles)) == 1
    assert resources(find("PractitionerRole?practitioner.name=nobody")) == []
    assert resources(find("PractitionerRole?practitioner:Practitioner.identifier=x")) == []


def test_chains_do_not_cross_members(find, session_b):
    assert find("Observation?patient.family=Brandt")["total"] == 0
    assert find(f"Observation?patient:Patient._id={session_b['patient']}")["total"] == 0


def test_strings_match_beginnings_whatever_case_and_accents(find, session_a):
    for query in (
        "name=mar",
        "name=MARÍA",
        "family=alvarez",
        "family=Álvarez-Núñez",
        "given=elena",
        "name:contains=rez",
    ):
        assert ids(find(f"Patient?{query}")) == {session_a["patient"]}, query
    assert ids(find("Patient?family:exact=alvarez-nunez")) == set()
    assert ids(find("Patient?name=brandt")) == set()
    assert ids(find("Patient?birthdate=1968-04-17&family=alvarez")) == {session_a["patient"]}
    assert ids(find("Patient?gender=male&name=maria")) == set()


def test_missing_tells_absence(find, whole):
    with_encounter = {each for each, resource in whole("Condition").items() if "encounter" in resource}

    assert ids(find("Condition?encounter:missing=false")) == with_encounter
    assert ids(find("Condition?encounter:missing=true")) == set(whole("Condition")) - with_encounter


def test_sort_orders_by_value_both_ways(find):
    dates = [each["effectiveDateTime"][:10] for each in resources(find("Observation?_sort=date"))]
    backwards = [each["effectiveDateTime"][:10] for each in resources(find("Observation?_sort=-date"))]

    assert dates == sorted(dates)
    assert backwards == sorted(dates, reverse=True)


def test_elements_and_summary_give_tagged_parts(find):
    part = resources(find("Observation?_elements=valueQuantity&code=4548-4"))[0]
    summary = resources(find("ExplanationOfBenefit?_summary=true"))[0]
    counted = find("Observation?_summary=count")

    assert set(part) == {"resourceType", "id", "meta", "status", "code", "valueQuantity"}
    assert part["meta"]["tag"][0]["code"] == "SUBSETTED"
    assert "item" not in summary
    assert counted["total"] > 0
    assert "entry" not in counted


@pytest.fixture
def everything(find, session_a):
    """$everything with parameters."""
    return lambda query="", **more: find(f"Patient/{session_a['patient']}/$everything{query}", **more)


def test_everything_is_the_union_of_all_searches(everything, find, whole, session_a):
    bundle = everything()
    expected = {
        f"{name}/{each}"
        for name in (
            *("Patient", "Coverage", "ExplanationOfBenefit", "Condition", "MedicationRequest", "Observation"),
            *("DocumentReference", "AllergyIntolerance", "Immunization", "Procedure", "Encounter", "Provenance"),
            "Specimen",
        )
        for each in whole(name)
    }

    assert {f"{each['resourceType']}/{each['id']}" for each in resources(bundle)} == expected
    assert bundle["total"] == len(expected)
    assert {each["resourceType"] for each in resources(bundle, "include")} >= {"Organization", "Practitioner"}


def test_everything_narrows_by_date_type_and_change(everything, find):
    narrow, wide = everything("?start=2026-08-01&end=2026-12-31"), everything("?start=2020-01-01&end=2026-12-31")
    types = everything("?_type=Coverage,ExplanationOfBenefit")
    repeated = everything("?_type=Coverage&_type=ExplanationOfBenefit")
    future = everything("?_since=2100-01-01T00:00:00Z")

    assert ids(narrow) < ids(wide) <= ids(everything())
    assert {each["resourceType"] for each in resources(types)} == {"Coverage", "ExplanationOfBenefit"}
    assert ids(types) == ids(repeated)
    assert [each["resourceType"] for each in resources(future)] == ["Patient"]


def test_everything_pages(everything, find):
    bundle = everything("?_count=5")
    seen = [entry["fullUrl"] for entry in bundle["entry"]]
    while link(bundle, "next"):
        bundle = find(link(bundle, "next"))
        seen += [entry["fullUrl"] for entry in bundle["entry"]]

    assert len(set(seen)) == len(seen)
    assert set(seen) == {entry["fullUrl"] for entry in everything()["entry"]}


def test_everything_by_post_and_at_type_level_is_the_same(everything, payer, session_a, find):
    headers = {"Authorization": f"Bearer {session_a['access_token']}"}
    body = {"resourceType": "Parameters", "parameter": [{"name": "_type", "valueString": "Coverage"}]}
    url = f"{payer.base}/Patient/{session_a['patient']}/$everything"

    assert ids(payer.http.post(url, json=body, headers=headers).json()) == ids(everything("?_type=Coverage"))
    assert ids(find("Patient/$everything")) == ids(everything())
    assert payer.http.post(url, json={"resourceType": "Patient"}, headers=headers).status_code == 400


@pytest.mark.parametrize(
    ("query", "status"), [("?start=bad", 400), ("?end=2023-02-30", 400), ("?_type=Nothing", 400), ("?_count=0", 400)]
)
def test_everything_refuses_what_cannot_be_right(everything, query, status):
    assert everything(query, status=status)["resourceType"] == "OperationOutcome"


def test_docref_lists_the_members_documents(find, session_a, session_b):
    assert ids(find(f"DocumentReference/$docref?patient={session_a['patient']}")) == ids(find("DocumentReference"))
    assert find(f"DocumentReference/$docref?patient={session_b['patient']}")["total"] == 0
    assert find("DocumentReference/$docref", 400)["issue"][0]["code"] == "required"
