"""A search as SQL: which records match, in which order.

Each criterion becomes a condition on one index table. The compartment and the filters of granular scopes are conditions
like any other, so that no search can be without them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.reference.fhir import access
from conformance.reference.fhir.index import normal
from conformance.reference.fhir.parameters import TYPES, Parameter
from conformance.reference.fhir.query import Criterion, Query, criterion, date_value
from conformance.reference.fhir.store import LIVE, WITHHELD, Record
from conformance.reference.steps import step

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from conformance.reference.authorization.entities import ResourceScope
    from conformance.reference.fhir.dates import Interval
    from conformance.reference.web import Call

Condition = tuple[str, list[Any]]
TABLES = {"token": "token", "date": "date", "reference": "reference", "string": "string"}
DATE_CONDITIONS: dict[str, tuple[str, Callable[[Interval], list[int]]]] = {
    "eq": ("{low} >= ? AND {high} <= ?", lambda s: [s[0], s[1]]),
    "ne": ("NOT ({low} >= ? AND {high} <= ?)", lambda s: [s[0], s[1]]),
    "gt": ("{high} > ?", lambda s: [s[1]]),
    "lt": ("{low} < ?", lambda s: [s[0]]),
    "ge": ("({high} > ? OR ({low} >= ? AND {high} <= ?))", lambda s: [s[1], s[0], s[1]]),
    "le": ("({low} < ? OR ({low} >= ? AND {high} <= ?))", lambda s: [s[0], s[0], s[1]]),
    "sa": ("{low} >= ?", lambda s: [s[1]]),
    "eb": ("{high} <= ?", lambda s: [s[0]]),
    "ap": ("{low} < ? AND {high} > ?", lambda s: [s[1], s[0]]),
}


@step
def matches(call: Call, query: Query) -> list[int]:
    """Keys of all matching records that the token opens, in order."""
    scopes = access.require_scope(call, query.type, "s")
    conditions = [live(call), compartment(call), filters(call, query.type, scopes)]
    conditions += [condition(call, each) for each in query.criteria]
    order, order_arguments = ordering(query)
    return _keys(call, query.type, conditions, order, order_arguments)


@step
def withheld(call: Call, type_name: str) -> int:
    """How many records of the open member cannot be shown because FHIR has no way to express them."""
    count = "SELECT count(*) FROM resource WHERE type = ? AND patient = ? AND state = ?"
    return int(call.tenant.store.rows(count, (type_name, access.patient_of(call), WITHHELD))[0][0])


def within_filters(call: Call, record: Record, scopes: list[ResourceScope]) -> bool:
    """Whether one of the scopes lets this record through its filter."""
    if any(not scope.filter for scope in scopes):
        return True
    return bool(_keys(call, record.type, [filters(call, record.type, scopes), ("r.pk = ?", [record.pk])], "", []))


def _keys(call: Call, type_name: str, conditions: list[Condition], order: str, more: list[Any]) -> list[int]:
    where = " AND ".join(f"({sql})" for sql, _ in conditions)
    arguments = [value for _, values in conditions for value in values]
    sql = f"SELECT r.pk FROM resource r WHERE r.type = ? AND {where} {order}"  # noqa: S608
    return [row[0] for row in call.tenant.store.rows(sql, [type_name, *arguments, *more])]


@step
def live(call: Call) -> Condition:  # noqa: ARG001
    """Neither deleted nor withheld."""
    return f"r.state = {LIVE}", []


@step
def compartment(call: Call) -> Condition:
    """Of the open member, or of nobody."""
    return "r.patient IN (?, '')", [access.patient_of(call)]


@step
def filters(call: Call, type_name: str, scopes: list[ResourceScope]) -> Condition:
    """Let through by one of the scopes (granular scopes: SMART 2.2.0 "Finer-grained resource constraints")."""
    if any(not scope.filter for scope in scopes):
        return "1", []
    alternatives: list[Condition] = []
    for scope in scopes:
        parts: list[Condition] = []
        for name, value in scope.filter:
            base, _, modifier = name.partition(":")
            parameter = TYPES[type_name].parameter(base)
            parts.append(condition(call, criterion(call, parameter, modifier, value)) if parameter else ("0", []))
        alternatives.append(_joined(parts, " AND "))
    return _joined(alternatives, " OR ")


@step
def condition(call: Call, wanted: Criterion) -> Condition:
    """One criterion as a condition on record r."""
    parameter, modifier = wanted.parameter, wanted.modifier
    if wanted.chained:
        return _indexed(parameter, _joined(chained(call, wanted), " OR "), found=True)
    if parameter.name == "_id":
        marks = ", ".join("?" * len(wanted.values))
        return f"r.id {'NOT IN' if modifier == 'not' else 'IN'} ({marks})", list(wanted.values)
    if parameter.name == "_lastUpdated":
        return _joined(
            [date_condition(call, value, "r.updated", "r.updated + 1000") for value in wanted.values], " OR "
        )
    if modifier == "missing":
        return _indexed(parameter, ("1", []), found=wanted.values == ("false",))
    if parameter.kind == "date":
        tests = [date_condition(call, value, "i.low", "i.high") for value in wanted.values]
    else:
        test = {"token": token_condition, "reference": reference_condition, "string": string_condition}[parameter.kind]
        tests = [test(call, value, modifier) for value in wanted.values]
    return _indexed(parameter, _joined(tests, " OR "), found=modifier != "not")


@step
def chained(call: Call, wanted: Criterion) -> list[Condition]:
    """A chain as conditions on the reference: its target must match, and be visible to the token itself."""
    found = []
    for type_name, inner in wanted.chained:
        if scopes := access.scopes_for(call, type_name, "s"):
            parts = [live(call), compartment(call), filters(call, type_name, scopes), condition(call, inner)]
            sql, arguments = _joined(parts, " AND ")
            target = f"i.id IN (SELECT r.id FROM resource r WHERE r.type = ? AND {sql})"  # noqa: S608
            found.append((f"i.type = ? AND {target}", [type_name, type_name, *arguments]))
    if not found:
        access.require_scope(call, wanted.chained[0][0], "s")
    return found


def _indexed(parameter: Parameter, test: Condition, *, found: bool) -> Condition:
    sql, arguments = test
    table = TABLES[parameter.kind]
    inner = f"SELECT 1 FROM {table} i WHERE i.pk = r.pk AND i.parameter = ? AND ({sql})"  # noqa: S608
    return f"{'' if found else 'NOT '}EXISTS ({inner})", [parameter.name, *arguments]


def _joined(conditions: Sequence[Condition], word: str) -> Condition:
    sql = word.join(f"({sql})" for sql, _ in conditions)
    return sql or "1", [value for _, values in conditions for value in values]


@step
def token_condition(call: Call, value: str, modifier: str) -> Condition:  # noqa: ARG001
    """`code`, `system|code`, `|code` (no system) or `system|` (any code of it); exact."""
    if modifier == "text":
        return "i.text LIKE ? ESCAPE '!'", [f"{_escaped(normal(value))}%"]
    system, bar, code = value.rpartition("|")
    if not bar:
        return "i.code = ?", [code]
    if not code:
        return "i.system = ?", [system]
    return "i.code = ? AND i.system = ?", [code, system]


@step
def reference_condition(call: Call, value: str, modifier: str) -> Condition:  # noqa: ARG001
    """`id`, `Type/id` or the absolute URL of a resource here."""
    relative = value.removeprefix(f"{call.tenant.fhir_base}/")
    if "/" not in relative:
        return "i.id = ?", [relative]
    type_name, _, logical_id = relative.partition("/")
    return "i.type = ? AND i.id = ?", [type_name, logical_id]


@step
def string_condition(call: Call, value: str, modifier: str) -> Condition:  # noqa: ARG001
    """Begins with, whatever the case and accents; `:contains` anywhere; `:exact` all of it, case and accents too."""
    if modifier == "exact":
        return "i.exact = ?", [value]
    anywhere = "%" if modifier == "contains" else ""
    return "i.normal LIKE ? ESCAPE '!'", [f"{anywhere}{_escaped(normal(value))}%"]


@step
def date_condition(call: Call, value: str, low: str, high: str) -> Condition:
    """A date value against an interval in two columns, by its prefix."""
    prefix, wanted = date_value(value, "a date")
    if prefix == "ap":
        wanted = _about(wanted, int(call.tenant.clock() * 1000))
    sql, arguments = DATE_CONDITIONS[prefix]
    return sql.format(low=low, high=high), arguments(wanted)


def _about(wanted: Interval, now: int) -> Interval:
    """A tenth of the distance from now, either way."""
    slack = max(abs(now - wanted[0]) // 10, 1)
    return wanted[0] - slack, wanted[1] + slack


def _escaped(text: str) -> str:
    return text.replace("!", "!!").replace("%", "!%").replace("_", "!_")


def ordering(query: Query) -> Condition:
    """ORDER BY for `_sort`; without it the newest record first. Equal ones stay in one order, so that pages do."""
    columns = {"date": "i.low", "token": "i.code", "string": "i.normal", "reference": "i.id"}
    keys: list[str] = []
    arguments: list[Any] = []
    for name, descending in query.sort or [("_lastUpdated", True)]:
        parameter = TYPES[query.type].parameter(name)
        assert parameter is not None
        direction, pick = ("DESC", "max") if descending else ("ASC", "min")
        if name == "_id":
            keys.append(f"r.id {direction}")
        elif name == "_lastUpdated":
            keys.append(f"r.updated {direction}")
        else:
            table, column = TABLES[parameter.kind], columns[parameter.kind]
            inner = f"SELECT {pick}({column}) FROM {table} i WHERE i.pk = r.pk AND i.parameter = ?"  # noqa: S608
            keys.append(f"({inner}) {direction} NULLS LAST")
            arguments.append(name)
    return f"ORDER BY {', '.join(keys)}, r.pk", arguments
