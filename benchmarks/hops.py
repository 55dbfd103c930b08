"""How many files lie between a check and its HTTP request.

    python benchmarks/hops.py [TREE] [--list] [--json FILE]

TREE is a clone of this repository, this one unless another is named; it is parsed, never run. For each check the way
goes through definitions: from the check to the fixtures it requests, from a function to the functions, classes and
constants it names, and to the methods it calls. A method counts as called where its name is read from something and
the definition names the method's class: as a type, by building one, or by way of what a fixture or a function it uses
returns. Fixtures requested by ``request.getfixturevalue("name")`` count too.

The length of a way is the number of files on it, the suite's and ``conformance/transport/client.py`` included; modules
that only pass a name on (``__init__.py``) are not counted, and ``judge`` is no evidence. Of each fixture that a check
requests the shortest way counts, of several the longest, because a reader has to follow each. Beside the files it
prints the definitions on the way that is shortest by them, and the longest chain of fixtures. Checks without a way ask
nothing through the transport: they judge the target file, a browser's page or a bare socket.
"""

from __future__ import annotations

import argparse
import ast
import json
from collections import Counter, deque
from functools import cached_property
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

CLIENT = "conformance.transport.client"
NO_EVIDENCE = frozenset({"judge", "request"})
Function = ast.FunctionDef | ast.AsyncFunctionDef


class Definition(NamedTuple):
    """A function, class, method (``Class.name``) or constant of a module."""

    module: str
    name: str


class Module:
    """One parsed module: what it defines, what it imports, and the fixtures among it."""

    def __init__(self, name: str, path: Path) -> None:
        self.name = name
        tree = ast.parse(path.read_text(encoding="utf-8"))
        self.defined: dict[str, ast.AST] = {}
        self.imported: dict[str, tuple[str, str]] = {}
        for node in tree.body:
            self._define(node)
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and node.module and not node.level:
                self.imported.update({alias.asname or alias.name: (node.module, alias.name) for alias in node.names})
        self.fixtures = {name: node.name for node in tree.body if isinstance(node, Function) for name in _fixture(node)}

    def _define(self, node: ast.AST) -> None:
        if isinstance(node, Function | ast.ClassDef):
            self.defined[node.name] = node
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            self.defined.update({target.id: node for target in targets if isinstance(target, ast.Name)})
        elif isinstance(node, ast.If):
            for child in node.body:
                self._define(child)
        if isinstance(node, ast.ClassDef):
            methods = (child for child in node.body if isinstance(child, Function))
            self.defined.update({f"{node.name}.{method.name}": method for method in methods})


class Tree:
    """The package and the suites of a clone."""

    def __init__(self, root: Path) -> None:
        self.modules: dict[str, Module] = {}
        for path in sorted([*(root / "conformance").rglob("*.py"), *(root / "suites").glob("test_*.py")]):
            parts = path.relative_to(root).with_suffix("").parts
            if "_data" not in parts:
                name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
                self.modules[name] = Module(name, path)
        self._edges: dict[Definition, list[Definition]] = {}
        self._chains: dict[Definition, int] = {}

    @cached_property
    def fixtures(self) -> dict[str, list[Definition]]:
        """Where each fixture is defined; a name with two places is a weed."""
        found: dict[str, list[Definition]] = {}
        for module in self.modules.values():
            for name, function in module.fixtures.items():
                found.setdefault(name, []).append(Definition(module.name, function))
        return found

    def checks(self) -> Iterator[Definition]:
        """Every check of the suites."""
        for name, module in self.modules.items():
            if name.startswith("suites."):
                yield from (Definition(name, function) for function in module.defined if function.startswith("test_"))

    def requested(self, definition: Definition) -> list[str]:
        """The fixtures that a check or a fixture requests: parameters, ``usefixtures``, ``getfixturevalue``."""
        node = self.modules[definition.module].defined[definition.name]
        names = [argument.arg for argument in _arguments(node)]
        for call in (child for child in ast.walk(node) if isinstance(child, ast.Call)):
            if isinstance(call.func, ast.Attribute) and call.func.attr in {"usefixtures", "getfixturevalue"}:
                names += [a.value for a in call.args if isinstance(a, ast.Constant) and isinstance(a.value, str)]
        return [name for name in names if name in self.fixtures and name not in NO_EVIDENCE]

    def length(self, check: Definition, *, of: Literal["files", "definitions"]) -> int:
        """The files, or the definitions, on the way from a check to the client; 0 when there is no way."""
        return max((self._shortest(check, start, of) for start in self._starts(check)), default=0)

    def chain(self, place: Definition) -> int:
        """The longest chain of fixtures from a check or a fixture, itself included."""
        if place not in self._chains:
            self._chains[place] = 0  # ends a fixture that overrides one of its own name
            self._chains[place] = 1 + max(map(self.chain, self._starts(place)), default=0)
        return self._chains[place]

    def _starts(self, place: Definition) -> list[Definition]:
        return [fixture for name in self.requested(place) for fixture in self.fixtures[name]]

    def _shortest(self, check: Definition, start: Definition, of: Literal["files", "definitions"]) -> int:
        waiting = deque([(start, 1 + (of == "definitions" or start.module != check.module))])
        seen: set[Definition] = set()
        while waiting:
            place, length = waiting.popleft()
            if place.module == CLIENT:
                return length
            if place in seen:
                continue
            seen.add(place)
            for other in self.used_by(place):
                if of == "files" and other.module == place.module:
                    waiting.appendleft((other, length))
                else:
                    waiting.append((other, length + 1))
        return 0

    def used_by(self, place: Definition) -> list[Definition]:
        """What a definition leads on to."""
        if place not in self._edges:
            self._edges[place] = list(dict.fromkeys(self._used_by(place)))
        return self._edges[place]

    def _used_by(self, place: Definition) -> Iterator[Definition]:
        module = self.modules[place.module]
        node = module.defined[place.name]
        if place.name in module.fixtures.values():
            yield from self._starts(place)
        if isinstance(node, ast.ClassDef):
            yield from self._methods(place, {"__init__", "__call__", "__enter__", "__post_init__"})
            return
        named = [found for found in self._named(place, _body(node)) if self._is(found, Function | ast.ClassDef)]
        yield from (found for found in named if found not in self._types(place))
        called = {child.attr for child in ast.walk(node) if isinstance(child, ast.Attribute)}
        for known in self._classes(place, named):
            yield from self._methods(known, called)

    def _methods(self, known: Definition, names: Iterable[str]) -> Iterator[Definition]:
        defined = self.modules[known.module].defined
        found = (Definition(known.module, f"{known.name}.{name}") for name in sorted(names))
        yield from (method for method in found if method.name in defined)

    def _classes(self, place: Definition, named: Iterable[Definition]) -> set[Definition]:
        """The classes whose methods a definition can call."""
        found = {*self._types(place), *named}
        own, _, _ = place.name.rpartition(".")
        if own:
            around = Definition(place.module, own)
            found |= {around, *self._fields(around)}
        requested = self.requested(place) if place.name in self.modules[place.module].fixtures.values() else []
        for other in [*(place for name in requested for place in self.fixtures[name]), *list(found)]:
            found |= self._returned(other)
        called = {child.attr for child in ast.walk(self._node(place)) if isinstance(child, ast.Attribute)}
        for known in list(found):  # what a method that is called returns, and the fields that are read
            for method in self._methods(known, called):
                found |= self._returned(method)
            found |= self._fields(known, called)
        return {known for known in found if self._is(known, ast.ClassDef)}

    def _node(self, place: Definition) -> ast.AST:
        return self.modules[place.module].defined[place.name]

    def _is(self, place: Definition, kind: object) -> bool:
        return isinstance(self._node(place), kind)  # type: ignore[arg-type]

    def _types(self, place: Definition) -> set[Definition]:
        """The classes that annotations inside a function name."""
        node = self._node(place)
        annotations = [child.annotation for child in ast.walk(node) if isinstance(child, ast.arg | ast.AnnAssign)]
        return {found for annotation in annotations if annotation for found in self._named(place, [annotation])}

    def _returned(self, place: Definition) -> set[Definition]:
        node = self._node(place)
        return set(self._named(place, [node.returns])) if isinstance(node, Function) and node.returns else set()

    def _fields(self, known: Definition, names: Iterable[str] | None = None) -> set[Definition]:
        """The classes of the fields of a class: all, or those named."""
        node = self._node(known)
        if not isinstance(node, ast.ClassDef):
            return set()
        annotated = [(c.target.id, c.annotation) for c in node.body if isinstance(c, ast.AnnAssign)]  # type: ignore[union-attr]
        for child in node.body:
            if isinstance(child, Function) and child.name == "__init__":
                annotated += [(argument.arg, argument.annotation) for argument in _arguments(child)]
        wanted = None if names is None else {*names, *(name.lstrip("_") for name in names)}
        chosen = [note for name, note in annotated if note and (wanted is None or name in wanted)]
        return {found for note in chosen for found in self._named(known, [note])}

    def _named(self, place: Definition, nodes: Iterable[ast.AST]) -> Iterator[Definition]:
        """The definitions of this tree that some code of a module names, through ``module.name`` too."""
        module = self.modules[place.module]
        for node in (child for start in nodes for child in ast.walk(start)):
            if isinstance(node, ast.Name):
                yield from self._resolved(module, node.id)
            elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                source, name = module.imported.get(node.value.id, ("", ""))
                other = self.modules.get(f"{source}.{name}")
                if other:
                    yield from self._resolved(other, node.attr)

    def _resolved(self, module: Module, name: str) -> Iterator[Definition]:
        if name in module.defined:
            yield Definition(module.name, name)
        elif name in module.imported:
            source, original = module.imported[name]
            if source in self.modules and source != module.name:
                yield from self._resolved(self.modules[source], original)


def _fixture(node: Function) -> Iterator[str]:
    for decorator in node.decorator_list:
        call = decorator.func if isinstance(decorator, ast.Call) else decorator
        if ast.unparse(call) == "pytest.fixture":
            given = decorator.keywords if isinstance(decorator, ast.Call) else []
            yield next((ast.literal_eval(one.value) for one in given if one.arg == "name"), node.name)


def _arguments(node: ast.AST) -> list[ast.arg]:
    if not isinstance(node, Function):
        return []
    return [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]


def _body(node: ast.AST) -> list[ast.AST]:
    return [*node.body] if isinstance(node, Function) else [node]


def main() -> None:
    """Print the figures of a tree."""
    options = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    options.add_argument("tree", nargs="?", type=Path, default=Path(__file__).parents[1])
    options.add_argument("--list", action="store_true", help="each check with its length, longest first")
    options.add_argument("--json", type=Path, help="write the figures to this file")
    given = options.parse_args()
    tree = Tree(given.tree)
    checks = list(tree.checks())
    files = {f"{check.module}::{check.name}": tree.length(check, of="files") for check in checks}
    ways = sorted(length for length in files.values() if length)
    steps = [tree.length(check, of="definitions") for check in checks]
    chains = [tree.chain(check) for check in checks]
    sources = [path for room in ("conformance", "suites") for path in (given.tree / room).rglob("*.py")]
    figures = {
        "checks": len(checks),
        "checks with a request": len(ways),
        "files on the way, median": median(ways),
        "files on the way, maximum": max(ways),
        "definitions on the way, median": median(step for step in steps if step),
        "definitions on the way, maximum": max(steps),
        "chain of fixtures, median": median(chains),
        "chain of fixtures, maximum": max(chains),
        "fixtures": sum(len(places) for places in tree.fixtures.values()),
        "fixtures that one check uses": len(fixtures_of_one_check(tree)),
        "names of two fixtures": sum(len(places) > 1 for places in tree.fixtures.values()),
        "lines of the largest file": max(len(path.read_text().splitlines()) for path in sources),
    }
    if given.list:
        for check, length in sorted(files.items(), key=lambda item: -item[1]):
            print(f"{length:3}  {check}")
    for name, figure in figures.items():
        print(f"{name:34}{figure:>6}")
    print("checks by files on the way:", ", ".join(f"{count} with {n}" for n, count in sorted(Counter(ways).items())))
    if given.json:
        given.json.write_text(json.dumps({"figures": figures, "checks": files}, indent=1), encoding="utf-8")


def fixtures_of_one_check(tree: Tree) -> list[str]:
    """The fixtures that one check requests and no other fixture."""
    uses = Counter(name for check in tree.checks() for name in set(tree.requested(check)))
    by_fixtures = {name for places in tree.fixtures.values() for place in places for name in tree.requested(place)}
    return [name for name in tree.fixtures if uses[name] == 1 and name not in by_fixtures]


if __name__ == "__main__":
    main()
