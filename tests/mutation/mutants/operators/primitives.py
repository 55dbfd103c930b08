"""Faults of primitive values: the formats of FHIR R4, datatypes 2.24.0.1, one table row per fault."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from mutants.edit import put
from mutants.model import Base, Fault, Operator, shuffled

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from random import Random

TEXTS = ("string", "markdown")
URIS = ("uri", "url", "canonical")
WHOLE = ("integer", "positiveInt", "unsignedInt")
LONGEST = 1024 * 1024


class Spoilt(NamedTuple):
    """Types whose values are replaced, what by (a value, or a function of the value), and what makes it a fault."""

    name: str
    types: tuple[str, ...]
    value: Any
    because: str
    rules: tuple[str, ...] = ("format", "type")


TABLE = (
    Spoilt("date not in the calendar", ("date", "dateTime"), "2023-02-30", "2023 is no leap year, February ends"),
    Spoilt("date with month 13", ("date", "dateTime"), "2023-13-45", "month 01 to 12"),
    Spoilt("date in local notation", ("date", "dateTime"), "05/06/2023", "YYYY-MM-DD"),
    Spoilt("date without leading zeros", ("date", "dateTime"), "2023-5-6", "YYYY-MM-DD"),
    Spoilt("date with time", ("date",), "2023-05-06T10:00:00Z", "a date has no time"),
    Spoilt("dateTime without zone", ("dateTime",), "2023-05-06T10:00:00", "a time has a zone"),
    Spoilt("dateTime without seconds", ("dateTime",), "2023-05-06T10:00Z", "a time has seconds"),
    Spoilt("dateTime with hour 25", ("dateTime",), "2023-05-06T25:00:00Z", "hour 00 to 23"),
    Spoilt("dateTime with a blank for T", ("dateTime",), "2023-05-06 10:00:00Z", "T separates date and time"),
    Spoilt("instant without time", ("instant",), "2023-05-06", "an instant is precise to the second"),
    Spoilt("instant without zone", ("instant",), "2023-05-06T10:00:00", "an instant has a zone"),
    Spoilt("time without seconds", ("time",), "10:00", "hh:mm:ss"),
    Spoilt("time with zone", ("time",), "10:00:00Z", "a time has no zone"),
    Spoilt("code with two blanks", ("code",), "a  b", "no consecutive white space", ("format", "binding", "type")),
    Spoilt("code with blank in front", ("code",), lambda value: f" {value}", "no leading blank", ("format", "binding")),
    Spoilt("id with forbidden characters", ("id",), "not an id_!", "[A-Za-z0-9-.]{1,64}"),
    Spoilt("id of 65 characters", ("id",), "a" * 65, "[A-Za-z0-9-.]{1,64}"),
    Spoilt("string to number", (*TEXTS, "code", *URIS), 17, "a JSON string", ("type",)),
    Spoilt("number to string", ("decimal", *WHOLE), str, "a JSON number", ("type",)),
    Spoilt("boolean to string", ("boolean",), lambda value: str(value).lower(), "a JSON boolean", ("type",)),
    Spoilt("boolean to number", ("boolean",), int, "a JSON boolean", ("type",)),
    Spoilt("number to boolean", ("decimal", *WHOLE), lambda _: True, "a JSON number", ("type",)),
    Spoilt("date to number", ("date", "dateTime", "instant"), 2023, "a JSON string", ("type",)),
    Spoilt("0 in positiveInt", ("positiveInt",), 0, "1 or more"),
    Spoilt("negative unsignedInt", ("unsignedInt", "positiveInt"), -1, "0 or more"),
    Spoilt("integer with fraction", WHOLE, 1.5, "a whole number"),
    Spoilt("integer of 33 bits", WHOLE, 2**31, "integer minValue/maxValue: 32 bits"),
    Spoilt("uri with blanks", URIS, "http://example.org/some thing", "a URI without blanks"),
    Spoilt("relative canonical", ("canonical",), "some/thing", "a canonical is absolute"),
    Spoilt("uuid without digits", URIS, "urn:uuid:not-a-uuid", "RFC 4122"),
    Spoilt("oid out of form", URIS, "urn:oid:a.b.c", "urn:oid: and numbers"),
    Spoilt("oid type without urn", ("oid",), "1.2.840", "urn:oid:"),
    Spoilt("uuid type without urn", ("uuid",), "c757873d-ec9a-4326-a141-556f43239520", "urn:uuid:"),
    Spoilt("base64 with other characters", ("base64Binary",), "@@@@", "base64 characters"),
    Spoilt("base64 of odd length", ("base64Binary",), "YWJjZ", "groups of four"),
    Spoilt("control character in text", TEXTS, "before\u0007after", "no characters below 32 but tab, CR, LF"),
    Spoilt("text over 1 MiB", ("string",), "a" * (LONGEST + 1), "string maxLength 1048576"),
)


def operator(row: Spoilt) -> Operator:
    """The operator of one row."""

    def mutate(base: Base, rng: Random) -> Iterator[Fault]:
        for place in shuffled(base.places, rng):
            if place.element is None or place.is_complex or place.code not in row.types or not allowed(place):
                continue
            change: Callable[[Any], Any] | None = row.value if callable(row.value) else None
            value = change(place.value) if change is not None else row.value
            because = f"{place.code} ({place.element.base.cited}): {row.because}"
            yield Fault(put(base.resource, place.path, value), place.path, because)

    return Operator(row.name, mutate, row.rules)


def allowed(place: Any) -> bool:
    """Values that decide by what a resource or an extension is judged have operators of their own."""
    return not (place.path[:2] == ("meta", "profile") or place.path[-1] == "url")


OPERATORS = tuple(operator(row) for row in TABLE)
