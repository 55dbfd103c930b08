"""Durations, sizes and dates as people write them in a target."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
_BYTES = {"b": 1, "kb": 10**3, "mb": 10**6, "gb": 10**9, "kib": 2**10, "mib": 2**20, "gib": 2**30}
_QUANTITY = re.compile(r"\s*(\d+(?:\.\d+)?)\s*([A-Za-z]+)\s*")


def seconds(value: str | float) -> float:
    """``"30s"``, ``"5m"``, ``"1.5h"``, ``"200ms"`` or a number of seconds; raises ``ValueError``."""
    return _quantity(value, _SECONDS) if isinstance(value, str) else float(value)


def size(value: str | int) -> int:
    """``"20MB"`` (decimal), ``"1MiB"`` (binary) or a number of bytes; raises ``ValueError``."""
    return int(_quantity(value, _BYTES)) if isinstance(value, str) else int(value)


def date(value: str) -> dt.date:
    """``"2027-01-01"``; raises ``ValueError``."""
    return dt.date.fromisoformat(value)


def _quantity(text: str, factors: Mapping[str, float]) -> float:
    match = _QUANTITY.fullmatch(text)
    if match is None or match[2].lower() not in factors:
        raise ValueError(f"not a number with one of the units {', '.join(factors)}")
    return float(match[1]) * factors[match[2].lower()]
