"""How much is too much: 429 with Retry-After (RFC 6585), so that one caller cannot take the service from the others.

Each caller has a bucket per kind of request that fills again as time goes by. Logins that fail are counted per user
name: the member is never locked out for longer than a minute.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from conformance.reference.steps import step

if TYPE_CHECKING:
    from conformance.reference.tenant import Tenant


class TooMany(Exception):
    """The caller must wait this many seconds."""

    def __init__(self, seconds: int) -> None:
        super().__init__(f"wait {seconds} s")
        self.seconds = seconds


@dataclass(frozen=True, slots=True)
class Limit:
    """How many requests at once, and how many a second in the long run; ``name`` tells the buckets apart."""

    name: str
    burst: int
    rate: float


TOKEN = Limit("token", 60, 20)
UNKNOWN_CLIENT = Limit("unknown client", 50, 1)  # guesses at a client; slow, so that a slow caller meets it too
REGISTRATION = Limit("registration", 60, 20)
AUTHORIZATION = Limit("authorization", 200, 50)
FHIR = Limit("fhir", 5000, 5000)
FAILED_LOGIN = Limit("failed login", 5, 1 / 12)


@step
def require(tenant: Tenant, limit: Limit, caller: str, *, take: bool = True) -> None:
    """Take one from the caller's bucket; raises :class:`TooMany` if it is empty."""
    now = tenant.clock()
    left, at = tenant.state.buckets.get((limit.name, caller), (float(limit.burst), now))
    left = min(limit.burst, left + (now - at) * limit.rate)
    if left < 1:
        raise TooMany(math.ceil((1 - left) / limit.rate))
    if take:
        tenant.state.buckets[(limit.name, caller)] = (left - 1, now)
