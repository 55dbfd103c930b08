"""Durations, sizes and dates as people write them."""

from __future__ import annotations

import datetime as dt

import pytest

from conformance.target import units


@pytest.mark.parametrize(
    ("written", "read"),
    [("30s", 30.0), ("5m", 300.0), ("1.5h", 5400.0), ("200ms", 0.2), (" 2 S ", 2.0), (12, 12.0), (0.5, 0.5)],
)
def test_durations_are_seconds(written, read):
    assert units.seconds(written) == pytest.approx(read)


@pytest.mark.parametrize(("written", "read"), [("20MB", 20_000_000), ("1kib", 1024), ("1.5 GB", 1_500_000_000), (7, 7)])
def test_sizes_are_bytes(written, read):
    assert units.size(written) == read


@pytest.mark.parametrize("written", ["", "s", "5", "5 minutes", "-5s", "5 m 3 s"])
def test_what_is_no_duration_is_refused(written):
    with pytest.raises(ValueError, match="not a number with one of the units ms, s, m, h"):
        units.seconds(written)


def test_dates_are_dates():
    assert units.date("2028-02-29") == dt.date(2028, 2, 29)
