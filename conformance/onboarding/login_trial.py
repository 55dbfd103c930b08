"""One login as the target describes it, reported step by step without any secret."""

from __future__ import annotations

import os
import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING

from conformance.errors import ConfigError, ConformanceError, ExitCode
from conformance.login.modes import authorizer_for
from conformance.login.outcome import judgeable
from conformance.login.trail import login_trail
from conformance.oauth.discovery import discover
from conformance.oauth.request import authorization_request
from conformance.oauth.token_endpoint import token_endpoint_of
from conformance.redaction import Redactor
from conformance.target import load_target
from conformance.transport import transport_for
from conformance.transport.record import excerpt

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from conformance.login.outcome import AuthorizationOutcome
    from conformance.oauth.request import AuthorizationRequest
    from conformance.oauth.token_endpoint import TokenAnswer

_EXIT = {
    "redirect": ExitCode.CONFORMANT,
    "error-page": ExitCode.NON_CONFORMANT,
    "timeout": ExitCode.NON_CONFORMANT,
    "unreachable": ExitCode.UNREACHABLE,
    "refused": ExitCode.CONFIGURATION,
    "abandoned": ExitCode.INCOMPLETE,
}
_MAX_BODY = 500


@dataclass(frozen=True, slots=True)
class LoginTrial:
    """What happened, in lines for a terminal, and the exit code that fits."""

    lines: tuple[str, ...]
    exit_code: int

    @property
    def text(self) -> str:
        """The lines as one text."""
        return "\n".join(self.lines)


def try_login(
    target_file: Path, *, member: str, explain: bool, sets: Sequence[str] = (), token_file: Path | None = None
) -> LoginTrial:
    """Log one member in and exchange the code; raises :class:`ConfigError` for a target that cannot be used.

    The access token goes into ``token_file``, if one is given, readable by the user alone, and nowhere else.
    """
    target = load_target(target_file, sets=sets)
    person = target.members.get(member)
    if person is None:
        raise ConfigError(f"the target has no member {member!r}; it has {', '.join(target.members)}")
    redactor = Redactor(target.evidence.member_data)
    for value, label in target.secrets:
        redactor.register(value, label)
    transport = transport_for(target, redactor)
    discovery = discover(transport, target.deployment.fhir_base)
    if not discovery.authorization_endpoint:
        problem = discovery.smart.problem or "it names no authorization_endpoint"
        silent = discovery.smart.exchange is not None and not discovery.smart.exchange.answered
        return LoginTrial(
            (f"The SMART configuration cannot be used: {problem}.",),
            ExitCode.UNREACHABLE if silent else ExitCode.NON_CONFORMANT,
        )
    scopes = [*target.scopes.required, *target.scopes.optional]
    if target.scopes.request_offline_access:
        scopes.append("offline_access")
    request = authorization_request(
        discovery.authorization_endpoint, target.clients["main"], scopes, target.deployment.fhir_base
    )
    with authorizer_for(target, discovery, redactor) as browser:
        outcome = browser.authorize(request, person)
    lines = [*(_asked(request) if explain else ()), *login_trail(outcome, explain=explain), *_refusal(outcome)]
    exit_code = _exit_code(outcome)
    if outcome.code is not None and discovery.token_endpoint:
        answer = token_endpoint_of(discovery, transport, target.clients["main"]).exchange(outcome.code)
        lines += _granted(answer, token_file) if answer.granted else _not_exchanged(answer, redactor)
        exit_code = exit_code or (ExitCode.CONFORMANT if answer.granted else ExitCode.NON_CONFORMANT)
    return LoginTrial(tuple(redactor.sentence(line) for line in lines), exit_code)


def _asked(request: AuthorizationRequest) -> list[str]:
    """Everything that was asked for, so that a default is seen too."""
    return ["Asked:", f"   {request.endpoint}", *(f"   {name}: {value}" for name, value in request.parameters)]


def _refusal(outcome: AuthorizationOutcome) -> list[str]:
    description = outcome.redirect.get("error_description") if outcome.redirect else ""
    return [f"error_description: {description}"] if description else []


def _granted(answer: TokenAnswer, token_file: Path | None) -> list[str]:
    return [
        f"granted scopes: {answer.scopes.raw or '(none stated)'}",
        f"token response: {', '.join(sorted(answer.json or {}))}",
        *([_written(token_file, answer.access_token)] if token_file else []),
    ]


def _not_exchanged(answer: TokenAnswer, redactor: Redactor) -> list[str]:
    description = answer.text("error_description")
    body = excerpt(answer.exchange.body, answer.exchange.media_type, redactor, limit=_MAX_BODY)
    return [
        f"The code could not be exchanged: HTTP {answer.status}{f' {answer.error}' if answer.error else ''}.",
        *([f"error_description: {description}"] if description else []),
        *([f"body: {body}"] if body and not description else []),
    ]


def _written(path: Path, token: str) -> str:
    """Write the token where only its owner reads it; say how the curl lines of a report get at it."""
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            path.chmod(0o600)  # it may have been there, with other rights
            file.write(token)
    except OSError as problem:
        raise ConfigError(f"{path} cannot be written: {problem.strerror}") from None
    return f'access token: in {path}; for the curl lines of a report: TOKEN="$(cat {shlex.quote(str(path))})"'


def _exit_code(outcome: AuthorizationOutcome) -> int:
    try:
        judgeable(outcome)
    except ConfigError:
        return ExitCode.CONFIGURATION
    except ConformanceError:
        return ExitCode.HARNESS_ERROR
    if outcome.error:
        return ExitCode.NON_CONFORMANT
    return _EXIT.get(outcome.kind, ExitCode.HARNESS_ERROR)
