"""No module of the package imports itself by way of others (ARCHITECTURE.md)."""

import ast
from pathlib import Path

import conformance

ROOT = Path(conformance.__file__).parent
TYPE_ONLY_CIRCLES: dict[frozenset[str], str] = {}
"""Circles that only annotations close: the modules, and why they are not taken apart."""


def modules():
    """Dotted name to path."""
    found = {}
    for path in ROOT.rglob("*.py"):
        parts = path.relative_to(ROOT.parent).with_suffix("").parts
        if "_data" not in parts:
            found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def statements(node, *, with_types):
    """The imports of a module at any depth, those for annotations only where they are asked for."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import | ast.ImportFrom):
            yield child
        elif isinstance(child, ast.If) and ast.unparse(child.test) in {"TYPE_CHECKING", "typing.TYPE_CHECKING"}:
            if with_types:
                yield from statements(child, with_types=True)
            for other in child.orelse:
                yield from statements(ast.Module([other], []), with_types=with_types)
        else:
            yield from statements(child, with_types=with_types)


def imported(name, path, known, *, with_types):
    """The modules of the package that one of them imports."""
    package = name if path.name == "__init__.py" else name.rpartition(".")[0]
    for node in statements(ast.parse(path.read_text(encoding="utf-8")), with_types=with_types):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in known)
            continue
        base = node.module or ""
        if node.level:
            above = package.split(".")[: len(package.split(".")) - node.level + 1]
            base = ".".join([*above, *([base] if base else [])])
        for alias in node.names:
            for target in (f"{base}.{alias.name}", base):
                if target in known:
                    yield target
                    break


def circles(graph):
    """The strongly connected components of more than one module (Tarjan), each as a set."""
    index, low, stack, found = {}, {}, [], []

    def visit(name):
        index[name] = low[name] = len(index)
        stack.append(name)
        for other in graph[name]:
            if other not in index:
                visit(other)
                low[name] = min(low[name], low[other])
            elif other in stack:
                low[name] = min(low[name], index[other])
        if low[name] == index[name]:
            at = stack.index(name)
            component = frozenset(stack[at:])
            del stack[at:]
            if len(component) > 1:
                found.append(component)

    for name in graph:
        if name not in index:
            visit(name)
    return found


def graph(*, with_types):
    known = modules()
    return {
        name: set(imported(name, path, known, with_types=with_types)) - {name} for name, path in sorted(known.items())
    }


def test_a_circle_is_found():
    assert circles({"a": {"b"}, "b": {"c"}, "c": {"b"}, "d": {"a"}}) == [frozenset({"b", "c"})]


def test_imports_for_annotations_are_told_apart():
    tree = ast.parse("if TYPE_CHECKING:\n    import a\nelse:\n    import b\ndef f():\n    import c\n")
    assert {node.names[0].name for node in statements(tree, with_types=False)} == {"b", "c"}
    assert {node.names[0].name for node in statements(tree, with_types=True)} == {"a", "b", "c"}


def test_no_module_imports_itself_by_way_of_others():
    assert not [sorted(circle) for circle in circles(graph(with_types=False))]


def test_circles_for_annotations_are_listed_with_a_reason():
    assert set(circles(graph(with_types=True))) == set(TYPE_ONLY_CIRCLES)
