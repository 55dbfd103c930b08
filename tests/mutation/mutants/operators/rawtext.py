"""Faults of the text itself (RFC 8259; FHIR R4, JSON representation): what is lost once a parser has had it.

The changed resource is the bytes of a file. Where a place in the text matters, a marker is put into the resource
first and replaced in its text afterwards.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from mutants.edit import extended, put
from mutants.model import Base, Fault, Operator, shuffled

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from random import Random

MARK = "@@mark@@"
DEPTH = 4_000


def written(resource: Any) -> str:
    """A resource as text."""
    return json.dumps(resource, ensure_ascii=False)


def whole(because: str, edit: Callable[[str], str | bytes]) -> Callable[[Base, Random], Any]:
    """An operator's function that changes the text at large."""

    def mutate(base: Base, rng: Random) -> Iterator[Fault]:
        text = edit(written(base.resource))
        yield Fault(text.encode() if isinstance(text, str) else text, (), f"RFC 8259: {because}")

    return mutate


def in_place(types: tuple[str, ...], because: str, edit: Callable[[Any], str | bytes]) -> Callable[[Base, Random], Any]:
    """An operator's function that writes one value of these types in another way."""

    def mutate(base: Base, rng: Random) -> Iterator[Fault]:
        for place in shuffled(base.places, rng):
            if place.element is None or place.code not in types or place.is_complex or place.path[-1] == "url":
                continue
            text = written(put(base.resource, place.path, MARK))
            new = edit(place.value)
            raw = new.encode() if isinstance(new, str) else new
            fault = text.encode().replace(json.dumps(MARK).encode(), raw)
            yield Fault(fault, place.path, f"{place.element.base.cited}: {because}")

    return mutate


def same_key_twice(base: Base, rng: Random) -> Iterator[Fault]:
    """Names in an object are unique."""
    for element in shuffled(base.elements, rng):
        if not element.repeats:
            value = json.dumps(element.items[0].value, ensure_ascii=False)
            other = json.dumps("another") if isinstance(element.items[0].value, str) else value
            text = written(extended(base.resource, element.holder.path, **{MARK: 1}))
            new = text.replace(f'"{MARK}": 1', f'"{element.key}": {other}')
            yield Fault(new.encode(), element.path, f"{element.base.cited}: RFC 8259, names are unique")


def text_with(character: str) -> Callable[[Any], str]:
    """The JSON string with something put in front, written as given."""
    return lambda value: f'"{character}{json.dumps(value)[1:]}'


def deep(text: str) -> str:
    """A resource with something nested beyond all reason."""
    nested = '{"url":"http://example.org/x","extension":[' * DEPTH + "]}" * DEPTH
    return f'{text.rstrip().removesuffix("}")}, "extension": [{nested}]}}'


NUMBERS = ("decimal", "integer", "positiveInt", "unsignedInt")
WHOLE, UNSIGNED = NUMBERS[1:], NUMBERS[2:]
STRINGS = ("string", "markdown")

ROWS: tuple[tuple[str, Callable[[Base, Random], Any]], ...] = (
    ("text: same name twice", same_key_twice),
    ("text: byte order mark", whole("no byte order mark", lambda text: b"\xef\xbb\xbf" + text.encode())),
    ("text: something after the end", whole("one value", lambda text: f"{text}\ntrailing")),
    ("text: two resources", whole("one value", lambda text: f"{text}\n{text}")),
    ("text: cut off", whole("a whole value", lambda text: text[: len(text) * 2 // 3])),
    ("text: nothing at all", whole("a value", lambda _: "")),
    ("text: an array of resources", whole("a resource is an object", lambda text: f"[{text}]")),
    ("text: comma at the end", whole("no trailing comma", lambda text: f"{text.rstrip()[:-1].rstrip()},\n}}")),
    ("text: comment", whole("no comments", lambda text: text.replace("{", "{ // comment", 1))),
    ("text: single quotes", whole("double quotes", lambda text: text.replace('"resourceType"', "'resourceType'"))),
    ("text: not UTF-8", in_place(STRINGS, "UTF-8", lambda _: b'"caf\xe9"')),
    ("text: UTF-16", whole("UTF-8", lambda text: text.encode("utf-16"))),
    ("text: overlong UTF-8", in_place(STRINGS, "UTF-8", lambda _: b'"a\xc0\xafb"')),
    ("text: nested beyond reason", whole("depth", deep)),
    ("text: NaN", in_place(NUMBERS, "no NaN", lambda _: "NaN")),
    ("text: Infinity", in_place(NUMBERS, "no Infinity", lambda _: "-Infinity")),
    ("text: 1e400", in_place(("decimal",), "a number that can be told from infinity", lambda _: "1e400")),
    ("text: leading zero", in_place(NUMBERS, "no leading zeros", lambda value: f"0{abs(int(value))}")),
    ("text: plus sign", in_place(NUMBERS, "no plus sign", lambda _: "+1")),
    ("text: no digit after the point", in_place(("decimal",), "digits after the point", lambda _: "1.")),
    ("text: no digit before the point", in_place(("decimal",), "digits before the point", lambda _: ".5")),
    ("text: hexadecimal", in_place(NUMBERS, "decimal digits", lambda _: "0x1F")),
    ("text: -0 where no sign is allowed", in_place(UNSIGNED, "[1-9][0-9]* or [0]|([1-9][0-9]*)", lambda _: "-0")),
    ("text: integer with exponent", in_place(WHOLE, "-?([0]|([1-9][0-9]*))", lambda _: "1e0")),
    ("text: integer with .0", in_place(WHOLE, "-?([0]|([1-9][0-9]*))", lambda _: "1.0")),
    ("text: True in capitals", in_place(("boolean",), "true, false", lambda value: str(value).capitalize())),
    ("text: lone surrogate", in_place(STRINGS, "no half of a character", text_with("\\ud800"))),
    ("text: control character", in_place(STRINGS, "control characters are escaped", text_with("\u0001"))),
    ("text: escaped control character", in_place(STRINGS, "none below 32 but tab, CR, LF", text_with("\\u0001"))),
    ("text: NUL", in_place(STRINGS, "none below 32 but tab, CR, LF", text_with("\\u0000"))),
    ("text: line break in a string", in_place(STRINGS, "line breaks are escaped", text_with("\n"))),
    ("text: unknown escape", in_place(STRINGS, "escapes of RFC 8259", text_with("\\x41"))),
)

OPERATORS = tuple(Operator(name, mutate, raw=True) for name, mutate in ROWS)
