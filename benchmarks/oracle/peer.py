"""The HL7 Java validator as a process that judges one resource after another."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from oracle.packages import make_cache

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

HERE = Path(__file__).parent
WORK = HERE / ".work"
BENEATH = ("hl7.terminology.r4#7.0.1", "hl7.fhir.uv.extensions.r4#5.2.0")
GUIDES = {
    "current": ("hl7.fhir.us.core#6.1.0", "hl7.fhir.us.carin-bb#2.1.0"),
    "earlier": ("hl7.fhir.us.core#3.1.1", "hl7.fhir.us.carin-bb#2.0.0"),
}
"""Packages to judge by, beside those beneath all guides."""


class Issue(NamedTuple):
    """One message: severity, the validator's own name for it, the place and the sentence."""

    severity: str
    rule: str
    path: str
    text: str


class Answer(NamedTuple):
    """What the validator says of one resource, and how many seconds it took."""

    issues: tuple[Issue, ...]
    seconds: float

    @property
    def errors(self) -> tuple[Issue, ...]:
        """The messages that make the resource invalid."""
        return tuple(one for one in self.issues if one.severity in {"error", "fatal"})


def is_built() -> bool:
    """Whether the validator's libraries are at hand and the driver is compiled."""
    return (WORK / "classes" / "Oracle.class").exists()


def command(guides: Sequence[str]) -> list[str]:
    """The process's command line, with a package cache made from ``$FHIR_PACKAGES``."""
    home = WORK / "home"
    cache = make_cache(Path(os.environ["FHIR_PACKAGES"]), home)
    path = f"{WORK / 'classes'}{os.pathsep}{WORK / 'lib'}{os.sep}*"
    return ["java", "-Xmx3g", f"-Duser.home={home}", "-cp", path, "Oracle", str(cache), *BENEATH, *guides]


class Peer:
    """The validator with some guides loaded; ``start_up`` is how many seconds that took."""

    def __init__(self, guides: Sequence[str]) -> None:
        line = command(guides)
        with (WORK / "peer.log").open("wb") as log:
            self._process = subprocess.Popen(line, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log)
        self.start_up: float = self._line().get("ready", 0) / 1000

    def _line(self) -> dict[str, Any]:
        line = self._process.stdout.readline() if self._process.stdout is not None else b""
        if not line:
            raise RuntimeError(f"the reference validator ended with {self._process.wait()}; see {WORK / 'peer.log'}")
        found: dict[str, Any] = json.loads(line)
        return found

    def judge(self, resource: Any) -> Answer:
        """What the validator says of a resource, or of a text without line breaks."""
        text = resource if isinstance(resource, bytes) else json.dumps(resource).encode()
        if self._process.stdin is None:
            raise RuntimeError("the reference validator takes no input")
        self._process.stdin.write(text.replace(b"\n", b" ") + b"\n")
        self._process.stdin.flush()
        found = self._line()
        issues = [Issue(*one) for one in found["issues"]]
        if "trouble" in found:
            issues.append(Issue("fatal", "trouble", "", found["trouble"]))
        return Answer(tuple(issues), found["nanoseconds"] / 1e9)

    def judge_all(self, resources: Iterable[Any]) -> Iterator[Answer]:
        """What the validator says of each."""
        return map(self.judge, resources)

    def close(self) -> None:
        """End the process."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        self._process.wait(timeout=60)
        if self._process.stdout is not None:
            self._process.stdout.close()
