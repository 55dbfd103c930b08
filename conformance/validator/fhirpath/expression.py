"""Compiled expressions: what the rest of the project calls."""

from __future__ import annotations

import threading
from enum import Enum
from functools import lru_cache
from typing import Any

from conformance.validator.fhirpath.compiler import compile_tree
from conformance.validator.fhirpath.conditions import compile_condition
from conformance.validator.fhirpath.environment import Environment, Run
from conformance.validator.fhirpath.errors import EvaluationError, NotEvaluated
from conformance.validator.fhirpath.nodes import Collection, Item, root
from conformance.validator.fhirpath.operators import truth
from conformance.validator.fhirpath.parser import parse
from conformance.validator.fhirpath.paths import Retry
from conformance.validator.fhirpath.typemodel import CoreTypes, TypeModel


class Outcome(Enum):
    """What became of a condition: an empty result and an undecided one are neither true nor false."""

    TRUE = "true"
    FALSE = "false"
    EMPTY = "empty"
    NOT_EVALUATED = "not evaluated"


_OUTCOMES = {True: Outcome.TRUE, False: Outcome.FALSE, None: Outcome.EMPTY}
_CORE_TYPES = CoreTypes()
_UNKNOWN = Environment()
_NOT_PLAIN = (Retry, NotEvaluated, AttributeError, TypeError, KeyError, ValueError)
_last = threading.local()


class Expression:
    """A compiled expression; safe to share between threads.

    ``focus`` is an element's JSON value, or a Item where a primitive comes with its ``_name`` sibling. An element that
    is no resource takes its type from ``context_type``.
    """

    __slots__ = ("_evaluate", "_plain", "context_type", "model", "text")

    def __init__(self, text: str, context_type: str, model: TypeModel) -> None:
        self.text = text
        self.context_type = context_type
        self.model = model
        tree = parse(text)
        self._evaluate = compile_tree(tree, model)
        self._plain = compile_condition(tree, context_type, model)

    def __repr__(self) -> str:
        """The expression's text."""
        return f"Expression({self.text!r})"

    def evaluate(self, focus: Any, environment: Environment = _UNKNOWN) -> Collection:
        """The resulting collection; raises NotEvaluated where it cannot be decided.

        Items are Nodes (elements), Unresolved (a resource not at hand) or bool, int, Decimal, str, Temporal, Quantity.
        """
        context = [focus if isinstance(focus, Item) else root(focus, self.context_type)]
        try:
            return self._evaluate(context, Run(environment, self.model, context))
        except RecursionError as problem:
            raise EvaluationError("the data is nested too deeply") from problem

    def outcome(self, focus: Any, environment: Environment = _UNKNOWN) -> Outcome:
        """The result as a condition; an undecided one is counted in the environment by its reason."""
        try:
            return _OUTCOMES[self._decide(focus, environment)]
        except NotEvaluated as unknown:
            _note(self, unknown.reason, environment)
            return Outcome.NOT_EVALUATED

    def boolean(self, focus: Any, environment: Environment = _UNKNOWN) -> bool | None:
        """True, False, or None when not evaluated (see ``reason``); an empty result is False, as for an invariant."""
        try:
            # As _decide, without the calls: nearly every element of a resource is asked something.
            if self._plain is not None and type(focus) is dict:
                try:
                    return self._plain(focus, environment) is True
                except _NOT_PLAIN:
                    pass
            return truth(self.evaluate(focus, environment)) is True
        except NotEvaluated as unknown:
            _note(self, unknown.reason, environment)
            return None

    def _decide(self, focus: Any, environment: Environment) -> bool | None:
        """The condition over plain JSON where it has such a shape, else (or if the data has not) over nodes."""
        if self._plain is not None and type(focus) is dict:
            try:
                return self._plain(focus, environment)
            except _NOT_PLAIN:
                pass
        return truth(self.evaluate(focus, environment))

    @property
    def reason(self) -> str:
        """Why this thread's last evaluation of this expression was not decided; empty if it never failed to be."""
        reasons: dict[Expression, str] = getattr(_last, "reasons", {})
        return reasons.get(self, "")


def _note(expression: Expression, reason: str, environment: Environment) -> None:
    if environment is not _UNKNOWN:
        environment.not_evaluated[reason] += 1
    if not hasattr(_last, "reasons"):
        _last.reasons = {}
    _last.reasons[expression] = reason


@lru_cache(maxsize=8192)
def _compiled(text: str, context_type: str, model: TypeModel) -> Expression:
    return Expression(text, context_type, model)


def compile_expression(text: str, *, context_type: str = "", model: TypeModel | None = None) -> Expression:
    """Compile an expression, once per text, type of the focus and model; raises FHIRPathSyntaxError.

    ``context_type`` is a type's code or the path of an element defined inside a type (``Patient.contact``). Without a
    model, elements are looked up in the data, choices by the names of the data types.
    """
    return _compiled(text, context_type, model if model is not None else _CORE_TYPES)
