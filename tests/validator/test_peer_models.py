"""Base structure beside the models of fhir.resources (R4B), on our examples with random changes.

The models know names, JSON types and cardinalities of the base definitions, so that the examples are stripped of their
profiles. Known differences are left out where the specification is on our side: the models read numbers and booleans
from strings, and strings from numbers.
"""

from __future__ import annotations

import copy
import json
from pathlib import Path

from fhir.resources import R4B
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.guides import Guides
from conformance.validator import Validator

TYPES = ("Patient", "Coverage", "MedicationRequest", "QuestionnaireResponse", "ExplanationOfBenefit")
"""No Observation: by its code alone it may have to meet a profile."""
VALIDATOR = Validator(Guides.load())
STRUCTURE = ("unknown-property", "cardinality.min")
STRANGE = st.sampled_from([[], {}, [{}], {"nonsense": 1}, [[]], ["a b"], [{"nonsense": True}], "2020-13-45", -1.5])


def plain(resource):
    """Without profiles, narrative and extensions: what the models do not look at, or look at in their own way."""
    if isinstance(resource, dict):
        left_out = {"meta", "text", "extension", "modifierExtension"}
        found = {key: plain(value) for key, value in resource.items() if key not in left_out}
        return {key: value for key, value in found.items() if not key.startswith("_") and value not in ({}, [])}
    return [plain(one) for one in resource] if isinstance(resource, list) else resource


FILES = sorted((Path(__file__).parent / "resources").glob("*.json"))
LOADED = [json.loads(file.read_text(encoding="utf-8")) for file in FILES]
EXAMPLES = [plain(one) for one in LOADED if one["resourceType"] in TYPES]


def places(value, way=()):
    """Every place below a resource, its own type's name excepted."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, part in inside:
        if step != "resourceType":
            yield (*way, step)
            yield from places(part, (*way, step))


@st.composite
def changed(draw):
    """An example with one value dropped, replaced, or put under another name."""
    resource = copy.deepcopy(draw(st.sampled_from(EXAMPLES)))
    *way, last = draw(st.sampled_from(list(places(resource))))
    holder = resource
    for step in way:
        holder = holder[step]
    match draw(st.sampled_from(["drop", "replace", "rename"])):
        case "drop":
            del holder[last]
        case "rename" if isinstance(holder, dict):
            holder[f"{last}Nonsense"] = holder.pop(last)
        case _:
            holder[last] = draw(STRANGE)
    return resource


def is_refused(resource):
    try:
        R4B.get_fhir_model_class(resource["resourceType"]).model_validate(resource)
    except ValueError:
        return True
    return False


def errors(resource):
    return [one for one in VALIDATOR.check(resource) if one.severity == "error"]


def test_examples_are_accepted_by_both():
    assert EXAMPLES
    assert [one["id"] for one in EXAMPLES if is_refused(one) or errors(one)] == []


@settings(max_examples=200, deadline=None)
@given(changed())
def test_what_the_models_refuse_has_an_error_here(resource):
    assert not is_refused(resource) or errors(resource)


@settings(max_examples=200, deadline=None)
@given(changed())
def test_unknown_and_missing_elements_are_refused_there_too(resource):
    found = [one for one in errors(resource) if one.rule in STRUCTURE]

    assert not found or is_refused(resource), found
