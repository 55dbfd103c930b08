"""Starts a run that is told the same in other words: ``python recast.py SEED <options of the suites>``.

Every answer keeps its meaning and changes its form: the case of header names, the order of JSON members and of scopes,
members that nobody asked for beside OAuth's own, the zone of a moment written as an offset.
"""

import dataclasses
import json
import random
import re
import sys

import httpx

from conformance.engine.pytest_runner import run_suites
from conformance.transport import client

MOMENT = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)$")
CHANCE = random.Random(sys.argv[1])


def recast(value):
    """The same JSON value in another form."""
    if isinstance(value, dict):
        members = [(name, recast(member)) for name, member in value.items()]
        CHANCE.shuffle(members)
        return dict(members)
    if isinstance(value, list):
        return [recast(item) for item in value]
    if isinstance(value, str) and (moment := MOMENT.match(value)):
        return value[: moment.start(2)] + "+00:00"
    return value


def body_of(body):
    """The same document; OAuth's and OpenID's, which are no resources, say more than was asked for."""
    try:
        document = json.loads(body)
    except ValueError:
        return body
    inactive = {"active": False}  # of which nothing more should be said (RFC 7662 section 2.2)
    if isinstance(document, dict) and "resourceType" not in document and document != inactive:
        document[f"x_{CHANCE.randbytes(4).hex()}"] = {"any": ["thing"]}
        if isinstance(document.get("scope"), str):
            words = document["scope"].split()
            document["scope"] = " ".join(CHANCE.sample(words, len(words)))
    return json.dumps(recast(document)).encode()


def in_any_case(name):
    """The same header name."""
    return "".join(CHANCE.choice((letter.upper(), letter.lower())) for letter in name)


def recasting(receive):
    """What receives an answer, followed by its change of form."""

    def received(response, request, limits):
        fields = response.headers.multi_items()
        response.headers = httpx.Headers([(in_any_case(name), value) for name, value in fields])
        answer = receive(response, request, limits)
        return answer if answer.fault else dataclasses.replace(answer, body=body_of(answer.body))

    return received


if __name__ == "__main__":
    client._receive = recasting(client._receive)
    sys.exit(run_suites(sys.argv[2:]))
