"""All deployments of a process: the clean one, the variants, one per seeded fault, one per set of lawful variations.

Each is made when first asked for.

Everybody has the same people, client credentials and signing keys; everything that is remembered is a tenant's own.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from conformance.reference import faults, lawful
from conformance.reference.accounts import people
from conformance.reference.authorization.clients import given_clients
from conformance.reference.authorization.keys import SigningKeys
from conformance.reference.records.cache import open_store, store_in_memory
from conformance.reference.steps import compose
from conformance.reference.tenant import Behaviour, Origins, State, Tenant
from conformance.reference.variants import VARIANTS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from conformance.reference.deviation import Deviation
    from conformance.reference.fhir.store import Store


class Deployments:
    """Tenants by slug."""

    def __init__(
        self, origins: Origins, base: date, seeded: Sequence[Deviation] = (), population: str = "standard"
    ) -> None:
        self.base = base
        self.origins = origins
        self._population = population
        self._people = people()
        self._clients = given_clients()
        self._keys = SigningKeys()
        self._stores: dict[str, Store] = {}
        self._tenants = {"": self._deviating("", seeded)}

    def find(self, slug: str) -> Tenant | None:
        """The tenant of this slug: "" the clean one, a variant's name, a fault's id in lower case, or a set."""
        if slug not in self._tenants:
            made = self._make(slug)
            if made is None:
                return None
            self._tenants[slug] = made
        return self._tenants[slug]

    @property
    def clean(self) -> Tenant:
        """The deployment at /fhir, with the deviations the process was started with, if any."""
        return self._tenants[""]

    def _make(self, slug: str) -> Tenant | None:
        if slug in VARIANTS:
            behaviour = VARIANTS[slug].behaviour
            return self._tenant(slug, behaviour, self._store(behaviour.population), [])
        if (variations := lawful.by_slug(slug)) is not None:
            return self._deviating(slug, variations)
        found = faults.by_slug(slug)
        return self._deviating(slug, [found]) if found else None

    def _deviating(self, slug: str, seeded: Sequence[Deviation]) -> Tenant:
        behaviour = Behaviour(population=self._population)
        for deviation in seeded:
            behaviour = replace(behaviour, **deviation.behaviour)
        store = self._store(behaviour.population)
        if changes := [each.records for each in seeded if each.records is not None]:
            store = store_in_memory(self.base, behaviour.population, changes)
        return self._tenant(slug, behaviour, store, seeded)

    def _tenant(self, slug: str, behaviour: Behaviour, store: Store, seeded: Sequence[Deviation]) -> Tenant:
        return Tenant(
            slug=slug,
            origins=self.origins,
            behaviour=behaviour,
            store=store,
            keys=self._keys,
            people=self._people,
            replacements=compose(each.steps for each in seeded),
            state=State(clients=dict(self._clients)),
        )

    def _store(self, population: str) -> Store:
        if population not in self._stores:
            self._stores[population] = open_store(self.base, population)
        return self._stores[population]
