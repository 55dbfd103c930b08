"""Codes looked up at a terminology service (FHIR R4, ValueSet/$validate-code), where a target names one for a system.

Only a value set's name, a system and a code are sent. Answers are kept on disk for a month. A service that cannot be
used is not asked again in this run: its codes stay unknown, and the first reason is reported once.
"""

from __future__ import annotations

import hashlib
import json
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from conformance.transport.client import Transport
    from conformance.transport.exchange import Exchange

TIMEOUT = 10.0
KEPT_FOR = 30 * 86_400
REFUSED = frozenset({401, 403, 429})
HEADERS = {"Accept": "application/fhir+json"}


class TerminologyService:
    """Asks for codes; call it with value set, system and code: True, False, or None when it is unknown.

    ``services`` names each system's service by its FHIR base URL. ``tell`` is called once for each service that cannot
    be used, with a sentence. ``folder`` is where answers are kept.
    """

    def __init__(
        self, transport: Transport, services: Mapping[str, str], folder: Path, tell: Callable[[str], None]
    ) -> None:
        self._transport = transport
        self._services = {system: base.rstrip("/") for system, base in services.items()}
        self._folder = folder
        self._tell = tell
        self._dead: set[str] = set()
        self._answers: dict[str, dict[str, bool]] = {}

    def __call__(self, value_set: str, system: str, code: str) -> bool | None:
        """Whether the code is in the value set, as far as the system's service tells."""
        base = self._services.get(system)
        if base is None:
            return None
        known = self._answers.get(base)
        if known is None:
            known = self._answers[base] = self._kept(base)
        key = json.dumps([value_set, system, code])
        if key not in known and base not in self._dead:
            found = self._asked(base, value_set, system, code)
            if found is not None:
                known[key] = found
                self._keep(base, key, verdict=found)
        return known.get(key)

    def _asked(self, base: str, value_set: str, system: str, code: str) -> bool | None:
        url, _, version = value_set.partition("|")
        params = [("url", url), ("system", system), ("code", code)]
        if version:
            params.append(("valueSetVersion", version))
        answer = self._transport.request(
            "GET",
            f"{base}/ValueSet/$validate-code",
            headers=HEADERS,
            params=params,
            purpose="look a code up",
            endpoint="terminology service",
            timeout=TIMEOUT,
        )
        if answer.fault or answer.status >= 500 or answer.status in REFUSED:
            self._dead.add(base)
            self._tell(f"terminology service {base}: {answer.fault or answer.status}; its codes stay unknown")
            return None
        return result_of(answer)

    def _file(self, base: str) -> Path:
        return self._folder / f"{hashlib.sha256(base.encode()).hexdigest()[:32]}.jsonl"

    def _kept(self, base: str) -> dict[str, bool]:
        found: dict[str, bool] = {}
        file = self._file(base)
        try:
            if time.time() - file.stat().st_mtime > KEPT_FOR:
                file.unlink()
            lines = file.read_text(encoding="utf-8").splitlines()
        except OSError:
            return found
        for line in lines:
            try:
                key, verdict = json.loads(line)
            except ValueError:
                continue
            if isinstance(key, str) and isinstance(verdict, bool):
                found[key] = verdict
        return found

    def _keep(self, base: str, key: str, *, verdict: bool) -> None:
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with self._file(base).open("a", encoding="utf-8") as stream:
                stream.write(json.dumps([key, verdict]) + "\n")
        except OSError:
            return


def result_of(answer: Exchange) -> bool | None:
    """``result`` of the Parameters in an answer; None for any other answer (the service knows no such value set)."""
    try:
        body: Any = answer.json() if answer.status == 200 else None
    except ValueError:
        return None
    if not isinstance(body, dict) or body.get("resourceType") != "Parameters":
        return None
    parameters = body.get("parameter")
    for one in parameters if isinstance(parameters, list) else ():
        if isinstance(one, dict) and one.get("name") == "result" and isinstance(one.get("valueBoolean"), bool):
            return bool(one["valueBoolean"])
    return None
