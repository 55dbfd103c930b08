"""The names of the finding rules that the harness can raise, read from its source without running it.

A rule is the first argument of ``Finding(...)``. It is a text, a text with a part that varies, or a value that callers
of the function around it give: such a value is followed to where it is written. What cannot be followed is ``*``.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from functools import cached_property
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING

import conformance

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    Function = ast.FunctionDef | ast.AsyncFunctionDef

UNKNOWN = "*"
ELSEWHERE = frozenset({"validator", "reference", "proving", "_data"})
"""Rooms whose rules are not listed: the validator's come from the guides, the payer raises none."""
MAX_STEPS = 12


def rule_names(suites: Path) -> frozenset[str]:
    """Every rule of the package and of ``suites``; ``*`` in a name is a part known only at run time."""
    package = Path(conformance.__file__).parent
    own = (path for path in package.rglob("*.py") if path.relative_to(package).parts[0] not in ELSEWHERE)
    return names_in(path.read_text(encoding="utf-8") for path in (*own, *suites.rglob("*.py")))


def names_in(texts: Iterable[str]) -> frozenset[str]:
    """Every rule in the texts of modules that import one another."""
    source = _Source([_Module(ast.parse(text)) for text in texts])
    found = {
        name
        for module in source.modules
        for call in module.calls.get("Finding", ())
        if (rule := _argument(call, "rule", 0)) is not None
        for name in source.texts(rule, module)
    }
    return frozenset(name for name in found if name.strip("*.") and not name.startswith(UNKNOWN))


class _Module:
    """One parsed module: its functions, calls and top-level values, and the function around each node."""

    def __init__(self, tree: ast.Module) -> None:
        self.functions: dict[str, list[Function]] = defaultdict(list)
        self.calls: dict[str, list[ast.Call]] = defaultdict(list)
        self.around: dict[ast.AST, Function] = {}
        self.values = {name: value for node in tree.body for name, value in _assigned(node)}
        self.imported = {
            alias.asname or alias.name
            for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom)
            for alias in node.names
        }
        self._read(tree, None)

    def _read(self, node: ast.AST, function: Function | None) -> None:
        if function is not None:
            self.around[node] = function
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            self.functions[node.name].append(node)
            function = node
        elif isinstance(node, ast.Call):
            self.calls[_called(node)].append(node)
        for child in ast.iter_child_nodes(node):
            self._read(child, function)


class _Source:
    """All modules, and what an expression in one of them can be."""

    def __init__(self, modules: list[_Module]) -> None:
        self.modules = modules

    @cached_property
    def _defining(self) -> dict[str, list[_Module]]:
        """The modules that define a top-level name."""
        found: dict[str, list[_Module]] = defaultdict(list)
        for module in self.modules:
            for name in {*module.values, *module.functions}:
                found[name].append(module)
        return found

    def _modules_of(self, name: str, module: _Module) -> Iterable[_Module]:
        """Where a name that ``module`` uses is defined: there, or where it is imported from."""
        if name in module.values or name in module.functions:
            return (module,)
        return self._defining[name] if name in module.imported else ()

    def texts(self, node: ast.expr, module: _Module, steps: int = 0) -> set[str]:
        """The texts that an expression can be, with ``*`` for what is not known."""
        found = {UNKNOWN}
        match node if steps <= MAX_STEPS else None:
            case ast.Constant(str() as text):
                found = {text}
            case ast.JoinedStr(parts):
                each = (self.texts(part, module, steps + 1) for part in parts)
                found = {"".join(texts) for texts in product(*each)}
            case ast.FormattedValue(value):
                found = self.texts(value, module, steps + 1)
            case ast.IfExp(_, then, otherwise):
                found = self.texts(then, module, steps + 1) | self.texts(otherwise, module, steps + 1)
            case ast.Subscript(table, _):
                found = self._all(self._items(table, module, steps + 1, part="value"), module, steps)
            case ast.Call(ast.Attribute(ast.Attribute(_, "rule"), "replace"), [_, ast.Constant(str() as text)]):
                found = {text + UNKNOWN}
            case ast.Attribute(_, "rule"):
                found = set()  # of a finding that is made elsewhere, or of a table
            case ast.Name(name):
                found = self._named(name, node, module, steps + 1)
        return found

    def _all(self, nodes: Iterable[ast.expr], module: _Module, steps: int) -> set[str]:
        found = {text for node in nodes for text in self.texts(node, module, steps + 1)}
        return found or {UNKNOWN}

    def _named(self, name: str, at: ast.expr, module: _Module, steps: int) -> set[str]:
        function = module.around.get(at)
        while function is not None:
            values = list(self._bound(name, function, module, steps))
            if values:
                return self._all(values, module, steps)
            position = _position(name, function)
            if position is not None:
                return self._passed(name, position, function, module, steps)
            function = module.around.get(function)
        found: set[str] = set()
        for other in self._modules_of(name, module):
            if name in other.values:
                found |= self.texts(other.values[name], other, steps + 1)
        return found or {UNKNOWN}

    def _bound(self, name: str, function: Function, module: _Module, steps: int) -> Iterator[ast.expr]:
        """What a function assigns to a name or lets it run over."""
        for node in ast.walk(function):
            yield from (value for known, value in _assigned(node) if known == name)
            if isinstance(node, ast.For | ast.comprehension):
                at = _place(name, node.target)
                if at is not None:
                    for item in self._items(node.iter, module, steps + 1):
                        part = _part(item, at)
                        if part is not None:
                            yield part

    def _items(self, node: ast.expr, module: _Module, steps: int, *, part: str = "key") -> Iterator[ast.expr]:
        """The items of a table that is written out, or that a function yields."""
        if steps > MAX_STEPS:
            return
        match node:
            case ast.Tuple(items) | ast.List(items) | ast.Set(items):
                yield from items
            case ast.Dict(keys, values):
                yield from values if part == "value" else (key for key in keys if key is not None)
            case ast.Call(ast.Attribute(ast.expr() as table, "items")):
                found = self._items(table, module, steps + 1), self._items(table, module, steps + 1, part="value")
                yield from (ast.Tuple([key, value], ast.Load()) for key, value in zip(*found, strict=False))
            case ast.Call(ast.Name(name)):
                for other in self._modules_of(name, module):
                    for function in other.functions.get(name, ()):
                        yield from _given(function)
            case ast.Name(name):
                for other in self._modules_of(name, module):
                    if name in other.values:
                        yield from self._items(other.values[name], other, steps + 1, part=part)

    def _passed(self, name: str, position: int, function: Function, module: _Module, steps: int) -> set[str]:
        """What the callers of a function of ``module`` give for one of its parameters."""
        found: set[str] = set()
        for other in self.modules:
            if other is not module and (function.name.startswith("_") or function.name in other.functions):
                continue
            for call in other.calls.get(function.name, ()):
                given = _argument(call, name, position)
                if given is not None:
                    found |= self.texts(given, other, steps + 1)
        default = _default(name, function)
        if default is not None:
            found |= self.texts(default, module, steps + 1)
        return found or {UNKNOWN}


def _called(call: ast.Call) -> str:
    """The bare name of what is called."""
    match call.func:
        case ast.Name(name) | ast.Attribute(_, name):
            return name
    return ""


def _argument(call: ast.Call, name: str, position: int) -> ast.expr | None:
    for keyword in call.keywords:
        if keyword.arg == name:
            return keyword.value
    given = call.args[: position + 1]
    return given[position] if len(given) > position and not isinstance(given[position], ast.Starred) else None


def _position(name: str, function: Function) -> int | None:
    """Where a parameter is passed; a keyword-only one has a position behind any."""
    positional = [argument.arg for argument in (*function.args.posonlyargs, *function.args.args)]
    if name in positional:
        return positional.index(name) - (positional[0] in {"self", "cls"})
    return 1_000 if name in {argument.arg for argument in function.args.kwonlyargs} else None


def _default(name: str, function: Function) -> ast.expr | None:
    arguments = function.args
    positional = [argument.arg for argument in (*arguments.posonlyargs, *arguments.args)]
    with_default = dict(zip(reversed(positional), reversed(arguments.defaults), strict=False))
    named = {argument.arg: value for argument, value in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)}
    return with_default.get(name) or named.get(name)


def _assigned(node: ast.AST) -> Iterator[tuple[str, ast.expr]]:
    match node:
        case ast.Assign([ast.Name(name)], value) | ast.AnnAssign(ast.Name(name), _, ast.expr() as value):
            yield name, value
        case ast.Assign([ast.Tuple(targets)], ast.Tuple(values)) if len(targets) == len(values):
            yield from (
                (one.id, value) for one, value in zip(targets, values, strict=True) if isinstance(one, ast.Name)
            )


def _place(name: str, target: ast.expr) -> tuple[int, ...] | None:
    """Where in the target of a loop a name is: () for the whole, else the positions on the way down."""
    if isinstance(target, ast.Name):
        return () if target.id == name else None
    for index, part in enumerate(target.elts if isinstance(target, ast.Tuple) else ()):
        below = _place(name, part)
        if below is not None:
            return (index, *below)
    return None


def _part(item: ast.expr, at: tuple[int, ...]) -> ast.expr | None:
    for index in at:
        if not isinstance(item, ast.Tuple) or index >= len(item.elts):
            return None
        item = item.elts[index]
    return item


def _given(function: Function) -> Iterator[ast.expr]:
    """What a function yields or returns."""
    for node in ast.walk(function):
        if isinstance(node, ast.Yield) and node.value is not None:
            yield node.value
        elif isinstance(node, ast.Return) and node.value is not None:
            yield from node.value.elts if isinstance(node.value, ast.List) else (node.value,)
