"""Changes of a JSON value at one place, sharing everything else with the original."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from mutants.places import Path


def change(root: Any, path: Path, edit: Callable[[Any], Any]) -> Any:
    """``root`` with ``edit`` applied to the value at ``path``."""
    if not path:
        return edit(root)
    step, rest = path[0], path[1:]
    if isinstance(root, list):
        return [change(one, rest, edit) if index == step else one for index, one in enumerate(root)]
    return {**root, step: change(root.get(step), rest, edit)}


def put(root: Any, path: Path, value: Any) -> Any:
    """``root`` with another value at ``path``."""
    return change(root, path, lambda _: value)


def take(root: Any, path: Path) -> Any:
    """``root`` without the key or item at ``path``; a primitive goes with its ``_name`` sibling."""
    last = path[-1]

    def without(holder: Any) -> Any:
        if isinstance(holder, list):
            return [one for index, one in enumerate(holder) if index != last]
        return {key: value for key, value in holder.items() if key not in {last, f"_{last}"}}

    return change(root, path[:-1], without)


def take_items(root: Any, path: Path, indexes: set[int]) -> Any:
    """``root`` without these items of the array at ``path``; an array left empty goes altogether."""
    left = [one for index, one in enumerate(value_at(root, path)) if index not in indexes]
    return put(root, path, left) if left else take(root, path)


def add(root: Any, path: Path, *items: Any) -> Any:
    """``root`` with items added to the array at ``path``, which may be absent."""
    return change(root, path, lambda array: [*(array or ()), *items])


def rename(root: Any, path: Path, key: str) -> Any:
    """``root`` with the last key of ``path`` renamed, at its old position."""
    last = path[-1]
    return change(
        root, path[:-1], lambda holder: {key if known == last else known: value for known, value in holder.items()}
    )


def extended(root: Any, path: Path, **keys: Any) -> Any:
    """``root`` with keys added to (or replaced in) the object at ``path``."""
    return change(root, path, lambda holder: {**holder, **keys})


def value_at(root: Any, path: Path) -> Any:
    """The value at ``path``."""
    for step in path:
        root = root[step]
    return root


def shown(path: Path) -> str:
    """A path as people write it: ``name[0].given[1]``."""
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{step}"
    return text.removeprefix(".")
