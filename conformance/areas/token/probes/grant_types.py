"""Token requests with grant types that no app may use, and every error answer of a run."""

from __future__ import annotations

import secrets
import uuid
from dataclasses import replace
from typing import TYPE_CHECKING

from conformance.areas.shared.refusals import Probe
from conformance.errors import NotApplicable, Undecided
from conformance.login.plan import login_plan

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from conformance.areas.shared.authorizations import Authorizations
    from conformance.areas.token.probes.codes import CodeProbes
    from conformance.areas.token.probes.refreshes import RefreshProbes
    from conformance.engine.run import Run
    from conformance.oauth.token_endpoint import TokenAnswer

VERIFIER = "v" * 43
MADE_UP_GRANT = "urn:example:grant-type:made-up"


def refused_grant_types(run: Run, authorizations: Authorizations) -> list[Probe]:
    """Token requests by password (with a member's real one), with a made-up grant type, and with none."""
    endpoint = authorizations.endpoint()
    probes = [
        Probe("a made-up grant type", endpoint.raw({"grant_type": MADE_UP_GRANT}, purpose="a made-up grant type")),
        Probe("a token request without grant_type", endpoint.raw({"scope": "openid"}, purpose="no grant type")),
    ]
    person = run.target.members.get("a")
    if person is None or not person.password or login_plan(run.target.login).mode == "tokens":
        return probes
    scope = " ".join(authorizations.smaller("Patient"))
    form = {"grant_type": "password", "username": person.username, "password": person.password, "scope": scope}
    answer = endpoint.raw(form, purpose="the password grant")
    run.logins += 1
    run.login_log.append(
        {
            "member": person.key,
            "scopes": scope,
            "reason": "the password grant must be refused",
            "login": True,
            "outcome": "granted" if answer.granted else "refused",
        }
    )
    run.authorizations += 1
    return [Probe("the password grant", answer), *probes]


def unknown_values(authorizations: Authorizations) -> list[Probe]:
    """Exchanges of codes that do not exist, in the shapes that codes have, and one by a client that does not exist.

    None where the target does not allow attempts that are bound to fail.
    """
    if not authorizations.run.target.allows("failed-logins"):
        return []
    endpoint = authorizations.endpoint()
    shapes = {
        "an exchange of a random code": secrets.token_urlsafe(32),
        "an exchange of a code that is a UUID": str(uuid.uuid4()),
        "an exchange of a long code": secrets.token_urlsafe(1500),
        "an exchange of a code that looks like a JWT": ".".join(secrets.token_urlsafe(24) for _ in range(3)),
    }
    probes = [Probe(what, endpoint.exchange(code, verifier=VERIFIER)) for what, code in shapes.items()]
    stranger = replace(
        endpoint.client, client_id=f"unknown-{secrets.token_hex(8)}", client_secret="", authentication="none"
    )
    answer = endpoint.as_client(stranger).exchange(secrets.token_urlsafe(32), verifier=VERIFIER)
    return [*probes, Probe("an exchange by an unknown client", answer)]


def every_error(
    unknown_code: TokenAnswer, grant_types: Iterable[Probe], codes: CodeProbes, refreshes: RefreshProbes
) -> list[Probe]:
    """Every error response of the token endpoint that a run can provoke; ``unknown_code`` is one of them."""
    probes = [Probe("an exchange of an unknown code", unknown_code), *grant_types]
    more: tuple[Callable[[], list[Probe]], ...] = (
        lambda: unknown_values(codes.authorizations),
        codes.every,
        lambda: refreshes.invalid,
    )
    for each in more:
        try:
            probes += each()
        except (Undecided, NotApplicable):
            continue
    return probes
