"""``python -m oracle [--each N] [--json FILE]``: exit 1 when a disagreement is not accounted for."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections import Counter
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

from conformance.validator.job import Job, validator_for
from conformance.validator.reading import Document
from conformance.validator.records import judge
from oracle.compare import SURROUNDINGS, Verdict, report, rulings
from oracle.corpus import Case, cases
from oracle.peer import GUIDES, Peer, is_built

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from conformance.validator.validator import Validator

OURS = {"current": (), "earlier": ("us-core@3.1.1", "carin-bb@2.0.0")}


def said_by_us(validator: Validator, resource: Any) -> Counter[tuple[str, str]]:
    """Rules and places of our errors."""
    text = resource if isinstance(resource, bytes) else json.dumps(resource).encode()
    records = judge(validator, Document("", text, 0), ())
    return Counter((one.rule, one.path) for record in records for one in record.findings if one.severity == "error")


def said_by_peer(peer: Peer, resource: Any) -> Counter[tuple[str, str]]:
    """Names and places (with the sentence) of the peer's errors, without what it says only for want of surroundings."""
    found = Counter(
        (one.rule if one.rule != "null" else one.text[:60], f"{one.path} {one.text}")
        for one in peer.judge(resource).errors
    )
    return Counter({key: count for key, count in found.items() if not key[0].startswith(SURROUNDINGS)})


def new_in(case: Case, said: Callable[[Any], Counter[tuple[str, str]]]) -> Counter[tuple[str, str]]:
    """What is said of a case and not of the resource it was made from."""
    return said(case.resource) - said(case.base) if case.base is not None else said(case.resource)


def judged(realm: str, found: list[Case]) -> Iterator[Verdict]:
    """Both opinions on the cases of one realm.

    The peer is asked again where the two differ: once in some thousand documents it has been seen to say less than it
    does of the same document at any other time.
    """
    validator = validator_for(Job(OURS[realm], (), "json"))
    peer = Peer(GUIDES[realm])
    try:
        for case in found:
            ours = new_in(case, partial(said_by_us, validator))
            theirs = new_in(case, partial(said_by_peer, peer))
            if bool(ours) != bool(theirs):
                theirs |= new_in(case, partial(said_by_peer, peer))
            yield Verdict(case, frozenset(rule for rule, _ in ours), frozenset(rule for rule, _ in theirs))
    finally:
        peer.close()


def main() -> int:
    """Judge everything twice and print where the two differ."""
    parser = argparse.ArgumentParser(prog="python -m oracle", description=__doc__)
    parser.add_argument("--each", type=int, default=3, help="mutants of each kind")
    parser.add_argument("--realm", choices=sorted(GUIDES), help="only the cases of these guides")
    parser.add_argument("--json", dest="file", help="where to write every verdict")
    options = parser.parse_args()
    if not os.environ.get("FHIR_PACKAGES") or not is_built():
        sys.stderr.write("FHIR_PACKAGES must name the folder of the FHIR packages; `make oracle` builds the rest\n")
        return 4
    verdicts: list[Verdict] = []
    for realm, found in groupby(cases(options.each), key=lambda case: case.realm):
        if options.realm in {None, realm}:
            verdicts += judged(realm, list(found))
    if options.file:
        rows = [[v.case.corpus, v.case.name, sorted(v.ours), sorted(v.theirs)] for v in verdicts]
        Path(options.file).write_text(json.dumps(rows, indent=0), encoding="utf-8")
    lines, unaccounted = report(verdicts, rulings())
    print("\n".join(lines))
    return 1 if unaccounted else 0


if __name__ == "__main__":
    sys.exit(main())
