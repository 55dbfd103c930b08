"""What a tenant remembers stays bounded, however long it runs."""

from __future__ import annotations

from dataclasses import dataclass

from conformance.reference import tenant


@dataclass
class Item:
    expires: float


def test_expired_things_make_room_before_living_ones(monkeypatch):
    monkeypatch.setattr(tenant, "MAX_KEPT", 3)
    state = tenant.State()
    for name, expires in (("living", 100.0), ("expired", 5.0), ("young", 200.0)):
        state.keep(state.pages, name, Item(expires), now=1.0)

    state.keep(state.pages, "new", Item(300.0), now=10.0)

    assert list(state.pages) == ["living", "young", "new"]


def test_the_oldest_goes_when_nothing_has_expired(monkeypatch):
    monkeypatch.setattr(tenant, "MAX_KEPT", 2)
    state = tenant.State()
    for name in ("first", "second", "third"):
        state.keep(state.pages, name, Item(100.0), now=1.0)

    assert list(state.pages) == ["second", "third"]
