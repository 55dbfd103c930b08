"""Invariants (ElementDefinition.constraint): FHIRPath conditions on each value of an element.

A constraint that several definitions repeat is evaluated once. An empty result counts as a violation, an undecided one
is counted as not evaluated. Constraints that other modules judge in code (a resource's containment, the narrative, what
an extension must hold) are left out here.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from conformance.validator import invariant_overrides, narrative, resolving, sentences
from conformance.validator.discriminators import memberships
from conformance.validator.fhirpath import (
    Environment,
    FHIRPathSyntaxError,
    Item,
    NotEvaluated,
    StructureTypes,
    compile_expression,
    corrected,
)
from conformance.validator.fhirpath.parser import parse
from conformance.validator.problems import Problem, Problems
from conformance.validator.static_presence import TRUE, evaluate

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from conformance.findings import Severity
    from conformance.validator.check_source import CheckSource
    from conformance.validator.checks import Check, Matters
    from conformance.validator.content import Content
    from conformance.validator.context import Context
    from conformance.validator.definitions import Node
    from conformance.validator.fhirpath import Expression

IN_CODE = {
    "ele-1": "hasValue() or",
    "ext-1": "extension.exists() != value.exists()",
    "dom-2": "contained.contained.empty()",
    "dom-3": "contained.where(",
    "dom-4": "contained.meta.versionId",
    "dom-5": "contained.meta.security",
    "ref-1": "reference.startsWith('#').not() or (reference.substring(1)",
    "txt-1": "htmlChecks()",
    "txt-2": "htmlChecks()",
}
"""Constraints judged elsewhere: key, and how the expression starts that this is true of."""


class Invariants:
    """Compiles and evaluates the invariants of one set of guides."""

    def __init__(self, compiler: CheckSource) -> None:
        self.compiler = compiler

    @cached_property
    def model(self) -> StructureTypes:
        """The types that expressions speak of."""
        guides = self.compiler.definitions.guides
        return StructureTypes(guides.structure)

    def of(self, nodes: Sequence[Node], code: str, content: Content | None) -> list[tuple[Matters, Check]]:
        """The checks of the invariants of one element or resource, each with the shapes it matters for."""
        found: list[tuple[Matters, Check]] = []
        seen: set[str] = set()
        focus = self.focus(nodes, code, content)
        for node in nodes:
            for constraint in node.element.get("constraint", ()):
                key, published = str(constraint.get("key", "")), str(constraint.get("expression", ""))
                text = corrected(key, published).expression
                if not published or text in seen or is_in_code(key, published):
                    continue
                seen.add(text)
                if constraint.get("bestPractice") and not self.compiler.information:
                    continue
                matters = undetermined(text, content) if content is not None else None
                found.append((matters, self._check(node, constraint, text, focus)))
        return found

    @staticmethod
    def focus(nodes: Sequence[Node], code: str, content: Content | None) -> str:
        """What FHIRPath calls the type of the value: its code, or the path of an element with children of its own."""
        if content is not None and nodes[0].parent is not None:
            return str(nodes[0].element["path"])
        return code

    def _check(self, node: Node, constraint: dict[str, Any], text: str, focus: str) -> Check:
        judged = invariant_overrides.override(text, focus)
        if judged is not None:
            return lambda value, _context: None if judged(value) else [self._problem(node, constraint, text)]
        key = str(constraint["key"])
        try:
            expression = compile_expression(text, context_type=focus, model=self.model)
        except FHIRPathSyntaxError:
            return _not_evaluated(f"invariant {key}: its expression cannot be read")
        member_of = self._member_of(node.structure.package)

        def check(value: Any, context: Context) -> Problems:
            environment = context.environment or self.environment(context)
            environment.member_of = member_of
            verdict = expression.boolean(value, environment)
            return None if verdict is not False else [self._problem(node, constraint, text)]

        return check

    def _problem(self, node: Node, constraint: dict[str, Any], text: str) -> Problem:
        key = str(constraint["key"])
        severity: Severity = "warning" if constraint.get("severity") == "warning" else "error"
        message = sentences.sentence(key, str(node.element["path"])) or f"This must hold: {text}"
        return Problem(
            f"invariant:{key}",
            message,
            severity="information" if constraint.get("bestPractice") else severity,
            expected=text,
            found="false",
            profile=node.source,
        )

    def environment(self, context: Context) -> Environment:
        """What expressions may ask about the surroundings of a value."""
        if context.environment is None:
            context.environment = Environment(
                resource=context.resource,
                root_resource=context.root,
                resolve=(lambda text: resolving.entry(text, context)) if context.bundle is not None else None,
                conforms_to=lambda value, profile: self._conforms_to(value, profile, context),
                html_checks=narrative.is_fine,
                not_evaluated=context.counts,
            )
        return context.environment

    def _member_of(self, within: str) -> Callable[[Any, str, str], bool | None]:
        """``memberOf()`` as a definition of package ``within`` means it."""

        def member_of(value: Any, _type: str, value_set: str) -> bool | None:
            member = self.compiler.terminology.member(value_set, within)
            verdicts = memberships(value, member)
            return True if True in verdicts else None if None in verdicts else False

        return member_of

    def _conforms_to(self, value: Any, profile: str, context: Context) -> bool | None:
        structure = self.compiler.definitions.structure(profile)
        if structure is None or not isinstance(value, dict):
            return None
        return resolving.conforms(self.compiler, value, structure, context)

    def selects(self, query: str, holder: dict[str, Any], content: Content, context: Context) -> bool | None:
        """Whether a query from the resource leads to ``holder``, or holds of it as a condition; None: not evaluated."""
        environment = self.environment(context)
        try:
            expression = compile_expression(query, context_type=content.code, model=self.model)
            found = expression.evaluate(context.resource, environment)
            if any(isinstance(item, Item) and item.value is holder for item in found):
                return True
            on_holder = self._expression(query, content).evaluate(holder, environment)
        except (FHIRPathSyntaxError, NotEvaluated):
            context.counts["extension contexts that are queries"] += 1
            return None
        return bool(on_holder) and on_holder != [False]

    def holds(
        self, condition: str, holder: dict[str, Any], content: Content, context: Context, variables: dict[str, Any]
    ) -> bool | None:
        """Whether a condition holds of ``holder``; None: not evaluated."""
        environment = self.environment(context)
        own = Environment(
            **{name: getattr(environment, name) for name in environment.__dataclass_fields__ if name != "variables"},
            variables=variables,
        )
        try:
            return self._expression(condition, content).boolean(holder, own)
        except FHIRPathSyntaxError:
            context.counts["extension conditions that cannot be read"] += 1
            return None

    def _expression(self, text: str, content: Content) -> Expression:
        return compile_expression(text, context_type=self.focus(content.nodes, content.code, content), model=self.model)


def undetermined(text: str, content: Content) -> Matters:
    """For which shapes of an object an expression must be evaluated: those that do not make it true by themselves."""
    try:
        tree = parse(text)
    except FHIRPathSyntaxError:
        return None
    names = frozenset(known.name.removesuffix("[x]") for known in content.keys.values())

    def matters(present: frozenset[str]) -> bool:
        shown = {
            content.keys[bare].name.removesuffix("[x]")
            for key in present
            if (bare := key[key[:1] == "_" :]) in content.keys
        }
        return evaluate(tree, {name: name in shown for name in names}) is not TRUE

    return matters


def is_in_code(key: str, expression: str) -> bool:
    """Whether another module judges this constraint."""
    return key in IN_CODE and expression.startswith(IN_CODE[key])


def _not_evaluated(reason: str) -> Check:
    def check(_value: Any, context: Context) -> Problems:
        context.counts[reason] += 1
        return None

    return check
