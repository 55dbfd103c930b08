"""What a schema cannot say about the login section: what screens, actions, selectors and expressions need."""

from __future__ import annotations

import re
from itertools import chain
from typing import TYPE_CHECKING, Any

from conformance.target.rules import section, text
from conformance.target.schema import login_actions, walk

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.target.problems import KeyPath
    from conformance.target.rules import Broken, Data

_PLACEHOLDER = re.compile(r"\$\{[^{}]*\}")
_OF_EVERY_ACTION = {"optional", "timeout"}
_WAYS_TO_SELECT = ("css", "label", "role", "text", "testid")


def login(data: Data) -> Iterator[Broken]:
    """The mode has what it needs."""
    here = section(data, "login")
    mode = text(here, "mode") or "browser"
    if mode == "browser" and not here.get("screens") and not here.get("preset"):
        yield ("login", "screens"), "is missing; say what the login pages look like, or name a login.preset"
    tokens = section(data, "tokens")
    if mode == "tokens" and not text(tokens, "access") and not text(tokens, "refresh"):
        yield ("tokens", "access"), "is missing; login mode tokens needs tokens.access or tokens.refresh"


def screens(data: Data) -> Iterator[Broken]:
    """Every screen has its own name and leads somewhere."""
    seen: set[str] = set()
    for index, screen in _entries(section(data, "login").get("screens")):
        at: KeyPath = ("login", "screens", index)
        name = text(screen, "name")
        if name and name in seen:
            yield (*at, "name"), "another screen has the same name"
        seen.add(name)
        if set(section(screen, "when")) == {"hidden"}:
            yield (*at, "when"), "would match every other page; it needs url or visible too"
        if not any(key in screen for key in ("do", "decision", "fail", "expect")):
            yield at, "does nothing; it needs do, decision, fail or expect"
        if "fail" in screen and any(key in screen for key in ("do", "decision", "scopes")):
            yield (*at, "fail"), "a failure screen ends the login; it takes no do, decision or scopes"
        for number, action in _entries(screen.get("do")):
            yield from _action((*at, "do", number), action)


def _action(at: KeyPath, action: dict[str, Any]) -> Iterator[Broken]:
    actions = login_actions()
    kinds = [kind for kind in actions if kind in action]
    if not kinds and not action.keys() <= {*_OF_EVERY_ACTION, *chain.from_iterable(actions.values())}:
        return  # a misspelt action, which the schema tells better
    if len(kinds) != 1:
        found = f"this one has {' and '.join(kinds)}" if kinds else "this one has none of them"
        yield at, f"an action is exactly one of {', '.join(actions)}; {found}"
        return
    for key in action:
        owners = [kind for kind, options in actions.items() if key in options]
        if owners and kinds[0] not in owners:
            yield (*at, key), f"belongs to {' or '.join(owners)}, not to {kinds[0]}"
    if kinds[0] == "select" and sum(key in action for key in ("value", "label", "index")) != 1:
        yield (*at, "select"), "needs exactly one of value, label, index"


def selectors(data: Data) -> Iterator[Broken]:
    """A selector says one thing."""
    for path, value, node in walk(section(data, "login"), {"$ref": "#/$defs/login"}, ("login",)):
        if isinstance(value, dict) and "testid" in node.get("properties", {}):
            ways = [way for way in _WAYS_TO_SELECT if way in value]
            if len(ways) != 1:
                found = f"this one has {' and '.join(ways)}" if ways else "this one has none of them"
                yield path, f"a selector has exactly one of {', '.join(_WAYS_TO_SELECT)}; {found}"


def expressions(data: Data) -> Iterator[Broken]:
    """Regular expressions compile."""
    for path, value, node in walk(section(data, "login"), {"$ref": "#/$defs/login"}, ("login",)):
        if node.get("format") == "regex" and isinstance(value, str):
            try:
                re.compile(_PLACEHOLDER.sub("x", value))
            except re.error as problem:
                yield path, f"is not a regular expression: {problem.msg} at character {(problem.pos or 0) + 1}"


def _entries(value: Any) -> Iterator[tuple[int, dict[str, Any]]]:
    if isinstance(value, list):
        yield from ((index, item) for index, item in enumerate(value) if isinstance(item, dict))


LOGIN_RULES = (login, screens, selectors, expressions)
