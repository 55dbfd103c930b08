"""Naming a control of a login page: a CSS string, or ``{css | label | role + name | text | testid, frame}``.

``name`` and ``text`` are case-insensitive regular expressions, ``label`` is text the label contains, ``frame`` the CSS
of an iframe (a list for nested ones). Only visible elements count, because hosted login pages repeat their form in
hidden copies.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from conformance.errors import ConfigError

PLACEHOLDER = re.compile(r"\$\{([^}]+)\}")
KINDS = ("css", "label", "role", "text", "testid")

Values = Mapping[str, str]
"""The values of placeholders: ``user.username``, ``user.password``, ``user.patient_id``, …, ``read.<name>``."""


@dataclass(frozen=True, slots=True)
class Selector:
    """One way to find a control; ``kind`` says how ``value`` is read, ``name`` goes with a role."""

    kind: str
    value: str
    name: str = ""
    frame: tuple[str, ...] = ()

    def __str__(self) -> str:
        text = self.value if self.kind == "css" else f"{self.kind} {self.value}{f' “{self.name}”' if self.name else ''}"
        return f"{text} in {' > '.join(self.frame)}" if self.frame else text


def parse_selector(raw: Any, place: str) -> Selector:
    """A selector as the target writes it; :class:`ConfigError` names the ``place`` when it cannot be read."""
    if isinstance(raw, str) and raw:
        return Selector("css", raw)
    if not isinstance(raw, Mapping):
        raise ConfigError(f"{place}: a selector is a CSS string or a mapping with one of {', '.join(KINDS)}")
    kinds = [kind for kind in KINDS if kind in raw]
    if len(kinds) != 1:
        raise ConfigError(
            f"{place}: a selector has exactly one of {', '.join(KINDS)}, not {', '.join(kinds) or 'none'}"
        )
    frame = raw.get("frame", ())
    frames = (frame,) if isinstance(frame, str) else tuple(str(each) for each in frame)
    selector = Selector(kinds[0], str(raw[kinds[0]]), str(raw.get("name", "")), tuple(filter(None, frames)))
    for pattern in (selector.name, selector.value if selector.kind == "text" else ""):
        compiled(PLACEHOLDER.sub("x", pattern), place)
    return selector


def parse_selectors(raw: Any, place: str) -> tuple[Selector, ...]:
    """One selector or a list of them."""
    if raw is None:
        return ()
    return tuple(parse_selector(each, place) for each in (raw if isinstance(raw, list | tuple) else [raw]))


def compiled(pattern: str, place: str) -> re.Pattern[str]:
    """A case-insensitive regular expression; :class:`ConfigError` when it is none."""
    try:
        return re.compile(pattern, re.IGNORECASE)
    except re.error as problem:
        raise ConfigError(f"{place}: {pattern!r} is not a regular expression: {problem}") from None


def placeholders(text: str) -> tuple[str, ...]:
    """The names inside ``${…}``."""
    return tuple(PLACEHOLDER.findall(text))


def filled(text: str, values: Values, quote: Callable[[str], str] = str) -> str:
    """The text with every placeholder replaced by its quoted value; :class:`ConfigError` names a missing one."""

    def value(match: re.Match[str]) -> str:
        name = match[1]
        if not values.get(name):
            raise ConfigError(f"login: ${{{name}}} is needed by a screen and the target gives no value for it")
        return quote(values[name])

    return PLACEHOLDER.sub(value, text)


def css_quoted(value: str) -> str:
    """A value made safe inside a quoted CSS string."""
    return "".join(f"\\{ord(char):x} " if char in "\"'\\\n\r\f" else char for char in value)


def resolved(selector: Selector, values: Values) -> Selector:
    """The selector with its placeholders replaced, each quoted for its place."""
    quotes: Mapping[str, Callable[[str], str]] = {"css": css_quoted, "text": re.escape}
    return replace(
        selector,
        value=filled(selector.value, values, quotes.get(selector.kind, str)),
        name=filled(selector.name, values, re.escape),
    )


def locate(page: Any, selector: Selector) -> Any:
    """Playwright's locator for a resolved selector, hidden elements included."""
    root = page
    for frame in selector.frame:
        root = root.frame_locator(frame)
    if selector.kind == "role":
        name = re.compile(selector.name, re.IGNORECASE) if selector.name else None
        return root.get_by_role(selector.value, name=name) if name else root.get_by_role(selector.value)
    if selector.kind == "label":
        return root.get_by_label(selector.value)
    if selector.kind == "text":
        return root.get_by_text(re.compile(selector.value, re.IGNORECASE))
    if selector.kind == "testid":
        return root.get_by_test_id(selector.value)
    return root.locator(f"css={selector.value}")


def visible(page: Any, selector: Selector) -> Any:
    """The visible elements of a resolved selector."""
    return locate(page, selector).filter(visible=True)
