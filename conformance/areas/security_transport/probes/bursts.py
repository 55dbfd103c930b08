"""A bounded burst of token requests, and what the same request gets afterwards."""

from __future__ import annotations

import secrets
import time
from typing import TYPE_CHECKING

from conformance.areas.security_transport.rules.evidence import Burst
from conformance.areas.shared.rest_evidence import Asked
from conformance.errors import Undecided

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from conformance.engine.run import Run
    from conformance.oauth.discovery import Discovery
    from conformance.transport import Exchange

BURST = 400
_VOLLEY, _ENOUGH_LIMITED = 20, 5
_MIN_RECOVERY, _MAX_RECOVERY, _PAUSE = 5.0, 30.0, 0.25


def burst(run: Run, discovery: Discovery) -> Burst:
    """Token requests for a client that does not exist, as many at once as politeness lets us; undecided if forbidden.

    No member's name and no registered client is in them, so that no member can be locked out.
    """
    if not run.target.allows("burst"):
        raise Undecided("a burst of requests may not be sent; add burst to `allow` in the target file")
    address = discovery.token_endpoint
    if not address:
        raise Undecided("no token_endpoint is published", blocked_by="PA-DISC-004")
    form = {"grant_type": "refresh_token", "refresh_token": secrets.token_hex(8), "client_id": secrets.token_hex(8)}

    def once(*, wait: bool = False) -> Exchange:
        return run.transport.request("POST", address, form=form, wait=wait, purpose="one of a burst")

    answers = [Asked("a token request", exchange) for exchange in _at_once(once, run.target.politeness.concurrency)]
    began = time.monotonic()
    patience = min(_MAX_RECOVERY, max([_MIN_RECOVERY, *(2 * _retry_after(each.answer.headers) for each in answers)]))
    while (after := once()).status == 429 and time.monotonic() - began < patience:
        time.sleep(_PAUSE)
    found = Burst(answers, Asked("a token request after the burst", after), time.monotonic() - began)
    if not found.limited and all(0 < each.answer.status < 500 for each in answers):
        raise Undecided(f"{len(answers)} token requests at once met no limit; how many would is not tried out")
    return found


def _retry_after(headers: Mapping[str, str]) -> float:
    """The seconds of a Retry-After header; 0 without one."""
    value = headers.get("retry-after", "").strip()
    return float(value[:4]) if value.isdecimal() else 0.0


def _at_once(once: Callable[[], Exchange], threads: int) -> Sequence[Exchange]:
    """So many requests as it takes until some are asked to wait, or as many as we send at most."""
    from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415

    answers: list[Exchange] = []
    with ThreadPoolExecutor(max_workers=max(1, threads)) as pool:
        while len(answers) < BURST and sum(each.status == 429 for each in answers) < _ENOUGH_LIMITED:
            answers += pool.map(lambda _: once(), range(_VOLLEY))
    return answers
