"""Published expressions that do not say what the constraint's own words say, and what to evaluate instead.

An entry is found by the constraint's key and the exact published expression (runs of white space count as one), so that
a guide that publishes a mended expression is judged by its own. Nothing here is stricter than the constraint's words.
"""

from __future__ import annotations

from typing import NamedTuple


class Correction(NamedTuple):
    """What to evaluate in place of a published expression, and why."""

    expression: str
    reason: str


_EMPTY_IS_FAILURE = "without the optional element the published expression is empty, which counts as a violation"
_PRECISION = (
    "values of different precision, or with and without a time zone, may not compare, which is no violation: the less "
    "precise one stands for a whole day, month or year (FHIR R4, Period.end)"
)

_INSIDE_THE_VALUE = (
    "the constraint stands on the value itself, where no further value is, so the published expression holds of "
    "everything; the next release of the guide mends it like this"
)

_EITHER_PROVIDER = (
    "role.where(coding.where(code in ('primary' | 'prescribing')).exists()).exists() implies provider.all("
    "resolve() is Practitioner or resolve() is PractitionerRole or resolve() is Organization)"
)
_TITLE_AND_RULE_DIFFER = (
    "the published rule asks for an Organization where its title says practitioner; following either is right"
)

_ENTRIES: tuple[tuple[str, str, str, str], ...] = (
    (
        "ref-1",
        (
            "reference.startsWith('#').not() or (reference.substring(1).trace('url') in "
            "%rootResource.contained.id.trace('ids'))"
        ),
        (
            "reference.exists().not() or reference.startsWith('#').not() or (reference.substring(1) in "
            "%rootResource.contained.id) or (reference = '#' and %rootResource != %resource)"
        ),
        _EMPTY_IS_FAILURE + "; and '#' alone refers from a contained resource to its container",
    ),
    (
        "ref-1",
        (
            "reference.startsWith('#').not() or (reference.substring(1).trace('url') in "
            "%resource.contained.id.trace('ids'))"
        ),
        (
            "reference.exists().not() or reference.startsWith('#').not() or (reference.substring(1) in "
            "%rootResource.contained.id) or (reference = '#' and %rootResource != %resource)"
        ),
        _EMPTY_IS_FAILURE + "; contained resources lie in the container; '#' alone refers to it",
    ),
    (
        "per-1",
        "start.hasValue().not() or end.hasValue().not() or (start <= end)",
        "start.hasValue().not() or end.hasValue().not() or (start > end).allFalse()",
        _PRECISION,
    ),
    (
        "mdd-1",
        "whenHandedOver.empty() or whenPrepared.empty() or whenHandedOver >= whenPrepared",
        "whenHandedOver.empty() or whenPrepared.empty() or (whenHandedOver < whenPrepared).allFalse()",
        _PRECISION,
    ),
    (
        "inv-1",
        "lastModified.exists().not() or authoredOn.exists().not() or lastModified >= authoredOn",
        "lastModified.exists().not() or authoredOn.exists().not() or (lastModified < authoredOn).allFalse()",
        _PRECISION,
    ),
    (
        "bdl-8",
        "fullUrl.contains('/_history/').not()",
        "fullUrl.exists().not() or fullUrl.contains('/_history/').not()",
        _EMPTY_IS_FAILURE,
    ),
    (
        "con-3",
        (
            "clinicalStatus.exists() or "
            "verificationStatus.coding.where(system='http://terminology.hl7.org/CodeSystem/condition-ver-status' "
            "and code = 'entered-in-error').exists() or category.select($this='problem-list-item').empty()"
        ),
        (
            "clinicalStatus.exists() or "
            "verificationStatus.coding.where(system='http://terminology.hl7.org/CodeSystem/condition-ver-status' "
            "and code = 'entered-in-error').exists() or category.coding.where(code='problem-list-item').empty()"
        ),
        "a category is compared as a whole with a code, so any category at all counts as a problem-list item",
    ),
    (
        "ras-2",
        "probability is decimal implies (probability as decimal) <= 100",
        "probability.empty() or (probability is decimal implies (probability as decimal) <= 100)",
        _EMPTY_IS_FAILURE,
    ),
    (
        "us-core-1",
        "($this as dateTime).toString().length() >= 8",
        "$this is dateTime implies ($this as dateTime).toString().length() >= 8",
        "a period is no dateTime, so that the published expression is empty, which counts as a violation",
    ),
    (
        "vs-1",
        "($this as dateTime).toString().length() >= 8",
        "$this is dateTime implies ($this as dateTime).toString().length() >= 8",
        "the words speak of a dateTime; a period is none, and the empty result counts as a violation",
    ),
    *(
        ("EOB-pharm-careTeam-practitioner", published, _EITHER_PROVIDER, _TITLE_AND_RULE_DIFFER)
        for published in (
            (
                "( role.where(coding.where(code in ('primary' | 'prescribing' )).exists()).exists() implies "
                "provider.all(resolve() is Organization) )"
            ),
            (
                "( role.where(coding.where(code in ('primary' | 'prescribing' )).exists()).exists() implies "
                "role.where(coding.where(code in ('primary' | 'prescribing' )).exists()).exists()"
                ".provider.all(resolve() is Organization) )"
            ),
        )
    ),
    (
        "tim-9",
        "offset.empty() or (when.exists() and ((when in ('C' | 'CM' | 'CD' | 'CV')).not()))",
        "offset.empty() or (when.exists() and when.select($this in ('C' | 'CM' | 'CD' | 'CV')).allFalse())",
        "'when' repeats, and membership of several items is an error",
    ),
    (
        "pd-1",
        "telecom or endpoint",
        "telecom.exists() or endpoint.exists()",
        "both elements repeat, and several items are no Boolean",
    ),
    (
        "us-core-13",
        "practitioner or organization or healthcareService or location",
        "practitioner.exists() or organization.exists() or healthcareService.exists() or location.exists()",
        "two of the elements repeat, and several items are no Boolean",
    ),
    (
        "us-core-3",
        "value.ofType(Quantity).system.empty() or value.ofType(Quantity).system = 'http://unitsofmeasure.org'",
        "ofType(Quantity).system.empty() or ofType(Quantity).system = 'http://unitsofmeasure.org'",
        _INSIDE_THE_VALUE,
    ),
    (
        "us-core-3",
        "valueQuantity.system.empty() or valueQuantity.system = 'http://unitsofmeasure.org'",
        "ofType(Quantity).system.empty() or ofType(Quantity).system = 'http://unitsofmeasure.org'",
        _INSIDE_THE_VALUE,
    ),
    (
        "que-7",
        "operator = 'exists' implies (answer is Boolean)",
        "operator = 'exists' implies (answer is boolean)",
        "the answer is an element of FHIR's type boolean, which is not FHIRPath's type Boolean",
    ),
    (
        "que-12",
        "enableWhen.count() > 2 implies enableBehavior.exists()",
        "enableWhen.count() > 1 implies enableBehavior.exists()",
        "the words speak of more than one enableWhen",
    ),
)
"""Key, published expression, expression to evaluate, reason."""


def _squeezed(expression: str) -> str:
    return " ".join(expression.split())


CORRECTIONS: dict[tuple[str, str], Correction] = {
    (key, _squeezed(published)): Correction(expression, reason) for key, published, expression, reason in _ENTRIES
}


def corrected(key: str, expression: str) -> Correction:
    """The expression to evaluate for a constraint; the reason is empty where the published one stands."""
    return CORRECTIONS.get((key, _squeezed(expression))) or Correction(expression, "")
