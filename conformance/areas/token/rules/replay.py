"""What happens when something that may be used once is used twice (RFC 6749 sections 4.1.2 and 10.5; RFC 9700)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from conformance.areas.shared.refusals import issued, refused_as
from conformance.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from conformance.areas.shared.documents import Answer
    from conformance.areas.shared.refusals import Probe, Reply


@dataclass(frozen=True, slots=True)
class Replay:
    """A code used twice: the second exchange, and a read with the first token before and after it."""

    again: Probe
    before: Answer
    after: Answer


def codes_work_once(replay: Replay) -> Iterator[Finding]:
    """PA-TOK-007: a second exchange is refused; that it also ends the first token is the advisory part (a SHOULD).

    Where the first token did not work before the second exchange, nothing is shown of that part.
    """
    yield from refused_as([replay.again], "invalid_grant")
    if replay.before.status == 200 and replay.after.status == 200:
        yield Finding(
            "token.code.replay-keeps-tokens",
            "the token of the first exchange still works after the code was used again",
            severity="warning",
            path="access_token",
            expected="revoked with the replay",
            found="HTTP 200",
            exchange=replay.after.number,
        )


def one_of_a_race(probes: Sequence[Probe]) -> Iterator[Finding]:
    """PA-TOK-007: of two exchanges at the same moment at most one is served."""
    served = [probe for probe in probes if issued(probe.reply)]
    if len(served) > 1:
        yield Finding(
            "token.code.raced",
            "two exchanges of the same code at the same time were both served",
            path="code",
            expected="one token response",
            found=f"{len(served)} token responses",
            exchange=served[-1].reply.exchange.number,
        )


@dataclass(frozen=True, slots=True)
class Rotation:
    """A public client's refresh: ``first`` refresh, the ``old`` token used again, then the newest token.

    ``constrained`` says whether tokens are bound to a key, so that a stolen one is useless.
    """

    first: Reply
    old: Probe
    newest: Reply | None
    constrained: bool = False


def refresh_tokens_rotate(rotation: Rotation) -> Iterator[Finding]:
    """PA-TOK-020: a refresh token that was used is refused, and its use ends the family (the advisory part)."""
    if rotation.constrained:
        return
    found = list(refused_as([rotation.old], "invalid_grant"))
    yield from found
    if not found and rotation.newest is not None and issued(rotation.newest):
        yield Finding(
            "token.refresh.family-lives",
            "the newest refresh token still works after an old one was used again",
            severity="warning",
            path="refresh_token",
            expected="the family revoked",
            found="a token response",
            exchange=rotation.newest.exchange.number,
        )
