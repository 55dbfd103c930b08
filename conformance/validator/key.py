"""What a JSON key of an object is in the definitions."""

from __future__ import annotations

from typing import NamedTuple


class Key(NamedTuple):
    """The element's name (``value[x]``), its type, and whether JSON writes it as an array."""

    name: str
    code: str
    repeats: bool
