"""A search request, understood: FHIR R4 search, parameters, prefixes, modifiers, result parameters.

Unknown parameters are ignored and left out of the self link, or refused under `Prefer: handling=strict`. A known
parameter with a value that cannot be right is refused either way: ignoring it would show more than was asked for.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from conformance.reference.fhir.dates import Interval, interval
from conformance.reference.fhir.errors import FhirError
from conformance.reference.fhir.parameters import TYPES, Parameter
from conformance.reference.steps import step

if TYPE_CHECKING:
    from conformance.reference.web import Call

PREFIXES = ("eq", "ne", "gt", "lt", "ge", "le", "sa", "eb", "ap")
MODIFIERS = {
    "token": ("", "not", "text", "missing"),
    "date": ("", "missing"),
    "reference": ("", "missing"),
    "string": ("", "exact", "contains", "missing"),
}
MAX_COUNT = 500
IGNORED_ALWAYS = ("_format", "_pretty")
SUMMARIES = ("true", "false", "count", "data", "text")


@dataclass(frozen=True, slots=True)
class Criterion:
    """One parameter of a search; its values are alternatives. Several criteria must all hold.

    ``chained`` are criteria for the resource that a reference points to, by its type; one of them must hold there.
    """

    parameter: Parameter
    modifier: str
    values: tuple[str, ...]
    chained: tuple[tuple[str, Criterion], ...] = ()


@dataclass(frozen=True, slots=True)
class Include:
    """An `_include` or `_revinclude`: the source type, the parameter ("*" for all), an optional target type."""

    source: str
    parameter: str
    target: str = ""
    iterate: bool = False
    reverse: bool = False


@dataclass(slots=True)
class Query:
    """A search over one type. ``used`` is what the self link repeats, in the order it was given."""

    type: str
    criteria: list[Criterion] = field(default_factory=list)
    includes: list[Include] = field(default_factory=list)
    sort: list[tuple[str, bool]] = field(default_factory=list)
    count: int = 0
    summary: str = ""
    elements: tuple[str, ...] = ()
    total: str = "accurate"
    used: list[tuple[str, str]] = field(default_factory=list)


@step
def understood(call: Call, type_name: str, fields: list[tuple[str, str]]) -> Query:
    """The search that these parameters ask for; raises 400 for what cannot be right."""
    query = Query(type_name, count=call.tenant.behaviour.page_size)
    strict = "handling=strict" in call.headers.get("prefer", "").replace(" ", "")
    for name, value in fields:
        if name in IGNORED_ALWAYS:
            continue
        if value == "" or not use(call, query, name, value):
            if strict:
                raise FhirError(400, "not-supported", f"The search parameter {name[:80]} is not supported.")
            continue
        query.used.append((name, value))
    return query


@step
def use(call: Call, query: Query, name: str, value: str) -> bool:
    """Take one parameter into the query; false when it is not known."""
    base, _, modifier = name.partition(":")
    if base in RESULT_PARAMETERS:
        return RESULT_PARAMETERS[base](query, modifier, value)
    if base == "_has":
        raise FhirError(400, "not-supported", "Reverse chaining (_has) is not supported.")
    if "." in name:
        query.criteria.append(chain(call, query, name, value))
        return True
    parameter = TYPES[query.type].parameter(base)
    if parameter is None:
        return False
    query.criteria.append(criterion(call, parameter, modifier, value))
    return True


@step
def chain(call: Call, query: Query, name: str, value: str) -> Criterion:
    """A criterion on what a reference points to: `practitioner.name=…`, `patient:Patient.identifier=…`; one link."""
    first, _, rest = name.partition(".")
    base, _, target = first.partition(":")
    inner, _, modifier = rest.partition(":")
    parameter = TYPES[query.type].parameter(base)
    found = {
        type_name: served.parameter(inner)
        for type_name, served in TYPES.items()
        if target in ("", type_name) and served.parameter(inner)
    }
    if parameter is None or parameter.kind != "reference" or not found:
        raise FhirError(400, "not-supported", f"The chain {name[:80]} is not supported.")
    chained = [(type_name, criterion(call, each, modifier, value)) for type_name, each in found.items() if each]
    return Criterion(parameter, "", (), tuple(chained))


@step
def criterion(call: Call, parameter: Parameter, modifier: str, value: str) -> Criterion:  # noqa: ARG001
    """One criterion, its values split at unescaped commas and checked."""
    values = tuple(re.sub(r"\\([,|$\\])", r"\1", part) for part in re.split(r"(?<!\\),", value))
    if parameter.kind == "reference" and modifier in TYPES:
        values, modifier = tuple(f"{modifier}/{part}" for part in values), ""
    if modifier not in MODIFIERS[parameter.kind]:
        raise FhirError(400, "not-supported", f"The modifier :{modifier[:40]} is not supported for {parameter.name}.")
    if modifier == "missing" and value not in ("true", "false"):
        raise FhirError(400, "invalid", f"{parameter.name}:missing is true or false.")
    if parameter.kind == "date" and modifier == "":
        for part in values:
            date_value(part, parameter.name)
    return Criterion(parameter, modifier, values)


def date_value(text: str, name: str) -> tuple[str, Interval]:
    """Prefix and interval of a date value; raises 400 when it is none."""
    prefix, rest = (text[:2], text[2:]) if text[:2] in PREFIXES else ("eq", text)
    try:
        return prefix, interval(rest.replace(" ", "+"))
    except ValueError:
        raise FhirError(400, "invalid", f"{text[:40]!r} is not a valid date for {name}.") from None


def _count(query: Query, modifier: str, value: str) -> bool:  # noqa: ARG001
    if not value.isascii() or not value.isdigit() or len(value) > 9:
        raise FhirError(400, "invalid", "_count is a whole number that is not negative.")
    query.count = min(int(value), MAX_COUNT)
    if query.count == 0:
        query.summary = "count"
    return True


def _sort(query: Query, modifier: str, value: str) -> bool:  # noqa: ARG001
    for key in value.split(","):
        name = key.removeprefix("-")
        if TYPES[query.type].parameter(name) is None:
            raise FhirError(400, "not-supported", f"_sort by {name[:40]} is not supported.")
        query.sort.append((name, key.startswith("-")))
    return True


def _summary(query: Query, modifier: str, value: str) -> bool:  # noqa: ARG001
    if value not in SUMMARIES:
        raise FhirError(400, "invalid", f"_summary is one of {', '.join(SUMMARIES)}.")
    query.summary = "" if value == "false" else value
    return True


def _elements(query: Query, modifier: str, value: str) -> bool:  # noqa: ARG001
    query.elements = tuple(name.strip() for name in value.split(","))
    return True


def _total(query: Query, modifier: str, value: str) -> bool:  # noqa: ARG001
    if value not in ("none", "estimate", "accurate"):
        raise FhirError(400, "invalid", "_total is none, estimate or accurate.")
    query.total = value
    return True


def _include(query: Query, modifier: str, value: str) -> bool:
    return _any_include(query, modifier, value, reverse=False)


def _revinclude(query: Query, modifier: str, value: str) -> bool:
    return _any_include(query, modifier, value, reverse=True)


def _any_include(query: Query, modifier: str, value: str, *, reverse: bool) -> bool:
    source, parameter, target = [*value.split(":"), "", ""][:3]
    served = TYPES.get(source)
    if served is None or (parameter not in served.includes and parameter != "*") or modifier not in ("", "iterate"):
        return False
    if reverse and value not in TYPES[query.type].revincludes and modifier != "iterate":
        return False
    query.includes.append(Include(source, parameter, target, modifier == "iterate", reverse))
    return True


RESULT_PARAMETERS = {
    "_count": _count,
    "_sort": _sort,
    "_summary": _summary,
    "_elements": _elements,
    "_total": _total,
    "_include": _include,
    "_revinclude": _revinclude,
}
