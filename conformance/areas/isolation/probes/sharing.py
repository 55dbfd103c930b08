"""Requests for what sessions could share by mistake: documents, batches, caches, identity hints, refusals."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from conformance.areas.isolation.probes import requests
from conformance.areas.isolation.rules.disclosure import Probe
from conformance.areas.isolation.rules.paths import Fetched
from conformance.areas.isolation.rules.sessions import ExistenceProbe, HeaderHintProbe, Reply
from conformance.areas.shared.absence import nothing_of
from conformance.areas.shared.evidence import identity
from conformance.areas.shared.other_member import attachment_urls, lookalike
from conformance.errors import Undecided
from conformance.transport import join, same_origin

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from conformance.areas.isolation.probes.requests import Pair
    from conformance.areas.isolation.probes.session import AsMemberA
    from conformance.collection import Gatherer
    from conformance.fhir import FhirClient
    from conformance.oauth.session import Session
    from conformance.transport import Exchange

ROUNDS = 2
PARALLEL_ROUNDS = 4
MAX_TYPES = 6
TIMES = 4


def documents(as_member_a: AsMemberA, pair: Pair, fhir_b: FhirClient) -> list[Fetched]:
    """The content of member b's documents, requested with member a's token and without a token.

    A document on the deployment's origin counts only if member b's own token opens it.
    """
    client, base = as_member_a.client, as_member_a.client.base
    urls = [join(f"{base}/", url) for url in attachment_urls(pair.theirs.of("DocumentReference"))]
    urls += [f"{base}/{identity(binary)}" for binary in pair.theirs.of("Binary")]
    urls = list(dict.fromkeys(url for url in urls if url))
    if not urls:
        advice = "give members.b a DocumentReference with an address"
        raise nothing_of(pair.theirs, "document with an address", "DocumentReference", advice=advice)
    anything = {"Accept": "*/*"}
    inside = [
        url
        for url in urls
        if same_origin(url, base)
        and fhir_b.get(url, headers=anything, purpose="document, by member b", endpoint="isolation document").status
        == 200
    ]
    urls = [url for url in urls if url in inside or not same_origin(url, base)]
    if not urls:
        raise Undecided(
            "member b cannot open any of their own documents, so that refusals prove nothing, see PA-DATA-009",
            blocked_by="PA-DATA-009",
        )
    calls: list[Callable[[], Exchange]] = [
        lambda url=url: client.get(url, headers=anything, purpose="document of member b", endpoint="isolation document")  # type: ignore[misc]
        for url in inside
    ]
    bare = client.with_token(None)
    calls += [
        lambda url=url: bare.get(url, headers=anything, purpose="document, no token", endpoint="isolation document")  # type: ignore[misc]
        for url in urls
    ]
    answers = as_member_a.all(calls)
    theirs = [
        Fetched("a document of member b, requested by member a,", url, answer, token=True)
        for url, answer in zip(inside, answers, strict=False)
    ]
    return theirs + [
        Fetched("a document of member b, requested without a token,", url, answer, outside=url not in inside)
        for url, answer in zip(urls, answers[len(inside) :], strict=True)
    ]


def batches(as_member_a: AsMemberA, pair: Pair) -> tuple[list[Probe], range]:
    """A batch and a transaction of nothing but GETs for member b's records, and the places of the reads in them."""
    addresses, reads = requests.batch_entries(pair)
    entries = [{"request": {"method": "GET", "url": address}} for address in addresses]
    kinds = ("batch", "transaction")
    answers = as_member_a.all([_posting(as_member_a.client, kind, entries) for kind in kinds])
    probes = [
        Probe(f"a {kind} of GETs for member b's records", answer, tuple(addresses), optional=True)
        for kind, answer in zip(kinds, answers, strict=True)
    ]
    return probes, range(reads)


def _posting(client: FhirClient, kind: str, entries: Sequence[object]) -> Callable[[], Exchange]:
    body = {"resourceType": "Bundle", "type": kind, "entry": list(entries)}
    return lambda: client.send("POST", "", body=body, purpose=f"{kind} for member b's records", endpoint=kind)


def alternating(as_member_a: AsMemberA, gatherer: Gatherer, fhir_b: FhirClient, pair: Pair) -> list[Reply]:
    """The same URLs requested as member a and as member b, in turn and at the same time."""
    as_member_a.all([])
    paths = [f"Patient/{pair.context}", *(f"{name}?_count=5" for name in pair.types[:3])]
    paths += [f"{name}/{pair.ours.of(name)[0].get('id')}" for name in pair.types[1:2] if pair.ours.of(name)]
    turns = [("a", pair.context, as_member_a.client), ("b", pair.other, fhir_b)]
    asked = [(member, context, path, client) for path in paths for member, context, client in turns]
    answers = [_asking(path, client)() for _ in range(ROUNDS) for _, _, path, client in asked]
    answers += gatherer.parallel(_asking(path, client) for _ in range(PARALLEL_ROUNDS) for _, _, path, client in asked)
    return [
        Reply(member, context, path.partition("/")[0], answer)
        for (member, context, path, _), answer in zip(asked * (ROUNDS + PARALLEL_ROUNDS), answers, strict=True)
    ]


def _asking(path: str, client: FhirClient) -> Callable[[], Exchange]:
    return lambda: client.get(path, purpose="same address, two members", endpoint="isolation alternation")


def hinted(as_member_a: AsMemberA, pair: Pair, session_b: Session) -> list[HeaderHintProbe]:
    """Requests of member a with headers that name member b, and the same without them."""
    client = as_member_a.client
    subject = session_b.id_token.text("sub") if session_b.id_token else ""
    hints = {name: {name: value} for name, value in requests.hints(pair, subject, urlsplit(client.base).path).items()}
    hints["a second Authorization"] = {"Authorization": f"Bearer {client.bearer()}, Bearer {_unsigned(pair, subject)}"}
    own = next((name for name in pair.types if name != "Patient" and pair.ours.of(name)), "Patient")
    paths = (own, f"{own}?patient={pair.context}", f"Patient/{pair.other}")
    plain = dict(zip(paths, as_member_a.all([_hinting(client, path, {}) for path in paths]), strict=True))
    asked = [(hint, path) for hint in hints for path in paths]
    answers = as_member_a.all([_hinting(client, path, hints[hint]) for hint, path in asked])
    return [
        HeaderHintProbe(hint, f"GET {path.partition('?')[0].partition('/')[0]}", plain[path], answer)
        for (hint, path), answer in zip(asked, answers, strict=True)
    ]


def _hinting(client: FhirClient, path: str, headers: dict[str, str]) -> Callable[[], Exchange]:
    return lambda: client.get(path, headers=headers, purpose="identity hint", endpoint="isolation hint")


def _unsigned(pair: Pair, subject: str) -> str:
    """An unsigned token that names member b."""
    parts = ({"alg": "none", "typ": "JWT"}, {"sub": subject or pair.other, "patient": pair.other})
    return ".".join(urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in parts) + "."


def existence(as_member_a: AsMemberA, pair: Pair) -> list[ExistenceProbe]:
    """Reads of member b's records beside reads of unknown ids, the first of them several times."""
    found = []
    for place, name in enumerate([name for name in pair.types if pair.first(name)][:MAX_TYPES]):
        theirs = str(pair.first(name)["id"])
        unknown = lookalike(theirs)
        times = TIMES if place == 0 else 1
        paths = [f"{name}/{theirs}", f"{name}/{unknown}"] * times
        answers = [
            as_member_a.client.get(path, purpose="is existence disclosed", endpoint="isolation existence")
            for path in paths
        ]
        measured = ([answer.elapsed_ms for answer in answers[::2]], [answer.elapsed_ms for answer in answers[1::2]])
        found.append(ExistenceProbe(name, answers[::2], answers[1::2], (theirs, unknown), measured))
    as_member_a.all([])
    if not found:
        raise nothing_of(pair.theirs, "record", advice="give members.b some")
    return found
