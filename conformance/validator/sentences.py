"""Our own sentences for invariants; others show their expression."""

from __future__ import annotations

from functools import cache
from pathlib import Path


@cache
def _sentences() -> dict[str, str]:
    import yaml  # noqa: PLC0415 - needed only once something failed

    path = Path(__file__).with_name("sentences.yaml")
    found: dict[str, str] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return found


def sentence(key: str, path: str) -> str:
    """The sentence for a constraint on an element: by ``key@path`` where a key means different things, else by key."""
    known = _sentences()
    return known.get(f"{key}@{path}") or known.get(key, "")
