"""Trees to closures.

A compiled expression takes ``$this`` (a collection) and the run, and returns a collection. Everything that can be
looked up beforehand (functions, operators, constants) is looked up once.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from conformance.validator.fhirpath import functions as _registered  # noqa: F401 (fills the registry)
from conformance.validator.fhirpath.errors import EvaluationError, NotEvaluated
from conformance.validator.fhirpath.functions.collections import at
from conformance.validator.fhirpath.functions.existence import holds_for_one
from conformance.validator.fhirpath.functions.types import SYSTEM_NAMES, has_type, is_, of_type
from conformance.validator.fhirpath.nodes import (
    PRIMITIVE_CHILDREN,
    Collection,
    Item,
    complex_descendants,
    member_step,
    root,
)
from conformance.validator.fhirpath.operators import BINARY, UNARY, boolean, truth
from conformance.validator.fhirpath.quantity import UCUM
from conformance.validator.fhirpath.registry import FUNCTIONS, Evaluate, Function
from conformance.validator.fhirpath.syntax import (
    Binary,
    Call,
    Constant,
    Expr,
    Index,
    Literal,
    Member,
    TypeOperation,
    Unary,
    Variable,
)
from conformance.validator.fhirpath.typemodel import CORE_PARENTS, DEFINITION_BASE, TypeModel

if TYPE_CHECKING:
    from conformance.validator.fhirpath.environment import Run

FIXED_CONSTANTS = {"ucum": UCUM, "sct": "http://snomed.info/sct", "loinc": "http://loinc.org"}
_PREFIXES = {"vs-": "http://hl7.org/fhir/ValueSet/", "ext-": DEFINITION_BASE}


def compile_tree(tree: Expr, model: TypeModel) -> Evaluate:
    """Compile a parsed expression."""
    return _Compiler(model).compile(tree)


class _Compiler:
    def __init__(self, model: TypeModel) -> None:
        self.model = model

    def compile(self, tree: Expr) -> Evaluate:  # noqa: PLR0911 (one per kind of expression)
        match tree:
            case Literal(value):
                return _literal(value)
            case Member(source, name):
                return self.member(source, name)
            case Call():
                return self.call(tree)
            case Binary(operator, left, right):
                return self.binary(operator, self.compile(left), self.compile(right))
            case Variable(name):
                return _VARIABLES[name]
            case Constant(name):
                return _constant(name)
            case Index(source, index):
                items, position = self.compile(source), self.compile(index)
                return lambda this, run: at(items(this, run), position(this, run))
            case Unary(operator, operand):
                operate, inner = UNARY[operator], self.compile(operand)
                return lambda this, run: operate(inner(this, run))
            case TypeOperation(operator, operand, type_name):
                test, inner = is_ if operator == "is" else of_type, self.compile(operand)
                if not self.is_type(type_name):
                    return _refusal(EvaluationError(f"{type_name} is no type"))
                return lambda this, run: test(inner(this, run), run, type_name)

    def member(self, source: Expr | None, name: str) -> Evaluate:
        step = member_step(name, self.model)
        if isinstance(source, Call) and source.name == "descendants" and name not in PRIMITIVE_CHILDREN:
            return self.below(source, step)
        if source is not None:
            inner = self.compile(source)
            return lambda this, run: step(inner(this, run))
        if name[:1].isupper():
            return lambda this, run: [item for item in this if _is_root(item, name, run)] or step(this)
        return lambda this, _run: step(this)

    def below(self, source: Call, step: Callable[[Collection], Collection]) -> Evaluate:
        """``x.descendants().name`` without the primitives among the descendants."""
        items, model = self.compile(source.source) if source.source is not None else _this, self.model
        return lambda this, run: step(complex_descendants(items(this, run), model))

    def call(self, tree: Call) -> Evaluate:
        source = self.compile(tree.source) if tree.source is not None else _this
        function = FUNCTIONS.get(tree.name)
        if function is None:
            return _refusal(NotEvaluated(f"{tree.name}() is no function of FHIRPath"))
        if not function.minimum <= len(tree.arguments) <= function.maximum:
            return _refusal(EvaluationError(f"{tree.name}() does not take {len(tree.arguments)} arguments"))
        if tree.name in {"exists", "empty"} and not tree.arguments and _is_filter(tree.source):
            return self.filtered(tree.source, wanted=tree.name == "exists")  # type: ignore[arg-type]
        return self.applied(function, source, tree.arguments)

    def filtered(self, source: Call, *, wanted: bool) -> Evaluate:
        """``x.where(c).exists()`` as ``x.exists(c)``, so that one item for which ``c`` is true settles it."""
        items = self.compile(source.source) if source.source is not None else _this
        criterion = self.compile(source.arguments[0])
        return lambda this, run: [holds_for_one(items(this, run), run, criterion) is wanted]

    def applied(self, function: Function, source: Evaluate, arguments: tuple[Expr, ...]) -> Evaluate:
        body = function.body
        if function.kind == "typed":
            name = _type_name(arguments[0])
            if not self.is_type(name):
                return _refusal(EvaluationError(f"{name or 'this'} is no type"))
            return lambda this, run: body(source(this, run), run, name)
        closures = tuple(self.compile(argument) for argument in arguments)
        if function.kind == "scoped":
            return lambda this, run: body(source(this, run), run, this, *closures)
        if not closures:
            return lambda this, run: body(source(this, run), run)

        def evaluate(this: Collection, run: Run) -> Collection:
            return body(source(this, run), run, *[closure(this, run) for closure in closures])

        return evaluate

    def is_type(self, type_name: str) -> bool:
        """Whether a type of that name may exist; without definitions any resource may."""
        name = type_name.rpartition(".")[2]
        if name in CORE_PARENTS or name in SYSTEM_NAMES or self.model.knows(name):
            return True
        return name[:1].isupper() and not self.model.knows("Patient")

    def binary(self, operator: str, left: Evaluate, right: Evaluate) -> Evaluate:
        if operator in CONNECTIVES:
            return _logic(CONNECTIVES[operator], left, right)
        operate = BINARY[operator]
        return lambda this, run: operate(left(this, run), right(this, run))


def _this(this: Collection, _run: Run) -> Collection:
    return this


_VARIABLES: dict[str, Evaluate] = {
    "this": _this,
    "index": lambda _this, run: [run.index],
    "total": lambda _this, run: run.total,
}


def _literal(value: object) -> Evaluate:
    items: Collection = [] if value is None else [value]
    return lambda _this, _run: items


def _refusal(problem: NotEvaluated) -> Evaluate:
    def refuse(_this: Collection, _run: Run) -> Collection:
        raise type(problem)(problem.reason)

    return refuse


def _is_root(item: object, name: str, run: Run) -> bool:
    """Whether a path that starts with a type's name starts at this item."""
    return isinstance(item, Item) and bool(item.type) and has_type(item, name, run)


def _is_filter(tree: Expr | None) -> bool:
    return isinstance(tree, Call) and tree.name == "where" and len(tree.arguments) == 1


def _type_name(tree: Expr) -> str:
    match tree:
        case Member(None, name):
            return name
        case Member(Member(None, namespace), name):
            return f"{namespace}.{name}"
        case Literal(str() as name):
            return name
        case _:
            return ""


def _constant(name: str) -> Evaluate:
    if name in FIXED_CONSTANTS:
        return _literal(FIXED_CONSTANTS[name])
    for prefix, base in _PREFIXES.items():
        if name.startswith(prefix):
            return _literal(base + name.removeprefix(prefix))
    return _SURROUNDING.get(name) or _given(name)


_SURROUNDING: dict[str, Evaluate] = {
    "context": lambda _this, run: run.context,
    "resource": lambda _this, run: run.resource(),
    "rootResource": lambda _this, run: run.root_resource(),
}


def _given(name: str) -> Evaluate:
    def evaluate(_this: Collection, run: Run) -> Collection:
        if name in run.defined:
            return run.defined[name]
        if name not in run.environment.variables:
            raise NotEvaluated(f"%{name} is not known")
        value = run.environment.variables[name]
        values = value if isinstance(value, list) else [value]
        return [root(entry, _NAMED_TYPES.get(name, "")) if isinstance(entry, dict) else entry for entry in values]

    return evaluate


_NAMED_TYPES = {"extension": "Extension"}


Connective = Callable[[bool | None, bool | None], bool | None]


def _and(left: bool | None, right: bool | None) -> bool | None:
    return False if left is False or right is False else None if left is None or right is None else True


def _or(left: bool | None, right: bool | None) -> bool | None:
    return True if left or right else None if left is None or right is None else False


def _implies(left: bool | None, right: bool | None) -> bool | None:
    return _or(None if left is None else not left, right)


def _xor(left: bool | None, right: bool | None) -> bool | None:
    return None if left is None or right is None else left is not right


CONNECTIVES: dict[str, Connective] = {"and": _and, "or": _or, "implies": _implies, "xor": _xor}


def _logic(connect: Connective, left: Evaluate, right: Evaluate) -> Evaluate:
    """Three-valued logic in which an operand that cannot be decided matters only if the other leaves it open."""
    settled = {value for value in (True, False) if connect(value, None) is not None}
    settled_right = {value for value in (True, False) if connect(None, value) is not None}

    def evaluate(this: Collection, run: Run) -> Collection:
        try:
            mine = truth(left(this, run))
        except NotEvaluated:
            theirs = truth(right(this, run))
            if theirs in settled_right and theirs is not None:
                return [connect(None, theirs)]
            raise
        if mine in settled and mine is not None:
            return [connect(mine, None)]
        return boolean(connect(mine, truth(right(this, run))))

    return evaluate
