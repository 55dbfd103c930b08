"""The language of SMART scopes: v1, v2 and granular, compared by what they allow instead of how they are spelled.

SMART App Launch 2.2.0 "Scopes and Launch Context": ``patient/Type.rs`` with the letters of ``cruds`` in that order, an
optional query (``?category=…``), and the older ``.read`` (= ``.rs``), ``.write`` (= ``.cud``), ``.*`` (= ``.cruds``).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Literal
from urllib.parse import parse_qsl

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Syntax = Literal["v1", "v2", "granular", "other", "undefined"]

LETTERS = "cruds"
V1 = {"read": "rs", "write": "cud", "*": "cruds"}
RESOURCE_SCOPE = re.compile(
    r"(?P<context>patient|user|system)/(?P<type>[A-Z][A-Za-z]*|\*)\.(?P<access>[^?]*)(?:\?(?P<query>.*))?"
)


@dataclass(frozen=True, slots=True)
class Scope:
    """One scope: ``raw`` as written, and for a resource scope whom, what and how much it opens.

    ``type`` is a resource type or ``*``; ``interactions`` are letters of ``cruds``; ``query`` holds the search
    parameters a granular scope is limited to. ``other`` scopes (``openid``, ``launch/patient``, …) open no resource;
    ``undefined`` ones look like resource scopes but use letters or an order the specification does not define.
    """

    raw: str
    syntax: Syntax
    context: str = ""
    type: str = ""
    interactions: frozenset[str] = frozenset()
    query: frozenset[tuple[str, str]] = frozenset()

    @property
    def opens_resources(self) -> bool:
        """Whether this is a well-formed resource scope."""
        return self.syntax in {"v1", "v2", "granular"}

    def covers(self, type_: str, interaction: str, context: str = "patient") -> bool:
        """Whether this scope alone allows the interaction (a letter of ``cruds``) on some resource of the type."""
        return self.context == context and self.type in {type_, "*"} and interaction in self.interactions

    def implied_by(self, asked: Iterable[Scope]) -> bool:
        """Whether a member who agreed to ``asked`` agreed to this: letter by letter, no wider type, no fewer limits."""
        if not self.opens_resources:
            return any(scope.raw == self.raw for scope in asked)
        wider = [scope for scope in asked if scope.context == self.context and scope.type in {self.type, "*"}]
        return all(
            any(letter in scope.interactions and scope.query <= self.query for scope in wider)
            for letter in self.interactions
        )

    def same_as(self, other: Scope) -> bool:
        """Whether both allow exactly the same, whatever the spelling."""
        return self.raw == other.raw or (self.opens_resources and self.implied_by([other]) and other.implied_by([self]))

    def __str__(self) -> str:
        return self.raw


def parse_scope(raw: str) -> Scope:
    """One scope from its text; never fails, unknown words are ``other``."""
    match = RESOURCE_SCOPE.fullmatch(raw)
    if match is None:
        return Scope(raw, "undefined" if re.match(r"(patient|user|system)/", raw) else "other")
    access, query = match["access"], match["query"]
    context, type_ = match["context"], match["type"]
    if access in V1 and query is None:
        return Scope(raw, "v1", context, type_, frozenset(V1[access]))
    if not access or "".join(letter for letter in LETTERS if letter in access) != access:
        return Scope(raw, "undefined", context, type_)
    limits = frozenset(parse_qsl(query or "", keep_blank_values=True))
    return Scope(raw, "granular" if limits else "v2", context, type_, frozenset(access), limits)


@dataclass(frozen=True, slots=True)
class ScopeSet:
    """A scope string as a set: order and repetition mean nothing, ``raw`` keeps what was written.

    ``well_formed`` is false when it was not one string of words with spaces between (commas, a JSON array, nothing at
    all).
    """

    raw: str
    scopes: tuple[Scope, ...] = ()
    well_formed: bool = True

    def __iter__(self) -> Iterator[Scope]:
        return iter(self.scopes)

    def __len__(self) -> int:
        return len(self.scopes)

    def __contains__(self, scope: object) -> bool:
        """Whether a scope, in any equivalent spelling, is in the set."""
        wanted = parse_scope(scope) if isinstance(scope, str) else scope
        return isinstance(wanted, Scope) and any(wanted.same_as(each) for each in self.scopes)

    def __str__(self) -> str:
        return " ".join(scope.raw for scope in self.scopes)

    @property
    def names(self) -> frozenset[str]:
        """The scopes as written."""
        return frozenset(scope.raw for scope in self.scopes)

    def allows(self, scope: Scope | str) -> bool:
        """Whether the whole of a scope is granted, perhaps by a wider one or by several together."""
        return (parse_scope(scope) if isinstance(scope, str) else scope).implied_by(self.scopes)

    def opens(self, type_: str, interaction: str = "r", context: str = "patient") -> bool:
        """Whether the interaction (a letter of ``cruds``) is open on the resource type."""
        return any(scope.covers(type_, interaction, context) for scope in self.scopes)

    def types(self, interaction: str = "", context: str = "patient") -> frozenset[str]:
        """The resource types opened (``*`` for all), for one interaction or for any."""
        return frozenset(
            scope.type
            for scope in self.scopes
            if scope.opens_resources
            and scope.context == context
            and (not interaction or interaction in scope.interactions)
        )

    def beyond(self, asked: ScopeSet) -> tuple[Scope, ...]:
        """The scopes here that the ``asked`` ones do not imply; undefined ones only if they were not requested."""
        return tuple(scope for scope in self.scopes if not scope.implied_by(asked.scopes))

    def missing(self, asked: ScopeSet) -> tuple[Scope, ...]:
        """The ``asked`` scopes that this set does not allow in full."""
        return tuple(scope for scope in asked.scopes if not self.allows(scope))


def parse_scopes(value: object) -> ScopeSet:
    """A scope set from a ``scope`` member as served: a string, and tolerantly an array or commas.

    Anything else is empty.
    """
    if isinstance(value, str):
        words = list(chain.from_iterable(word.split(",") if "?" not in word else [word] for word in value.split()))
        return _scope_set(value, words, well_formed=words == value.split(" ") if value else False)
    if isinstance(value, (list, tuple)) and all(isinstance(item, str) for item in value):
        return _scope_set(" ".join(value), list(value), well_formed=False)
    return ScopeSet("", well_formed=False)


def _scope_set(raw: str, words: list[str], *, well_formed: bool) -> ScopeSet:
    return ScopeSet(
        raw, tuple(parse_scope(word) for word in dict.fromkeys(filter(None, words))), well_formed=well_formed
    )
