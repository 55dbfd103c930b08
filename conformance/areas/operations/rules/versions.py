"""Whether the versions a deployment claims are still adopted on the run date (45 CFR 170.215(b)(1) and (c))."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from conformance.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

Version = tuple[int, ...]

US_CORE, SMART, FHIR = "US Core", "SMART App Launch", "FHIR"
ADOPTED_FROM: Mapping[str, Sequence[tuple[dt.date, Version]]] = {
    US_CORE: ((dt.date.min, (3, 1, 1)), (dt.date(2026, 1, 1), (6, 1, 0))),
    SMART: ((dt.date.min, (1, 0, 0)), (dt.date(2026, 1, 1), (2, 0, 0))),
}
"""The oldest version that is adopted from a date on; newer ones that are approved may be used (422.119(c)(4))."""

_US_CORE_CANONICAL = re.compile(r"/us/core/|hl7\.fhir\.us\.core")
_RULES = {US_CORE: "us-core", SMART: "smart"}
_V2_CAPABILITIES = frozenset({"permission-v2", "authorize-post", "smart-app-state"})


@dataclass(frozen=True, slots=True)
class Claim:
    """Versions that one source claims of a specification; ``source`` says where."""

    specification: str
    source: str
    versions: tuple[str, ...]


def oldest_adopted(specification: str, on: dt.date) -> Version:
    """The oldest version of a specification that is adopted on a date."""
    return [version for since, version in ADOPTED_FROM[specification] if since <= on][-1]


def still_adopted(claims: Sequence[Claim], *, on: dt.date) -> Iterator[Finding]:
    """PA-OPS-001: no source claims only versions whose adoption has ended."""
    for claim in claims:
        known = [version for text in claim.versions if (version := parsed(text))]
        oldest = oldest_adopted(claim.specification, on)
        if known and max(known) < oldest:
            yield Finding(
                f"operations.version.{_RULES[claim.specification]}",
                f"{claim.source} claims only {claim.specification} {', '.join(claim.versions)}, "
                f"whose adoption had ended on {on.isoformat()}",
                path=claim.source,
                expected=f"{'.'.join(map(str, oldest))} or newer",
                found=", ".join(claim.versions),
            )


def fhir_is_r4(statement: Mapping[str, Any]) -> Iterator[Finding]:
    """PA-OPS-001: metadata says FHIR 4.0.1 (170.215(a)(1))."""
    version = statement.get("fhirVersion")
    if version != "4.0.1":
        yield Finding(
            "operations.version.fhir",
            "metadata does not claim the adopted version of FHIR",
            path="CapabilityStatement.fhirVersion",
            expected="4.0.1",
            found=str(version),
        )


def claims_of(
    statement: Mapping[str, Any], smart: Mapping[str, Any], *, guides: Mapping[str, str], smart_version: str
) -> list[Claim]:
    """What metadata, the SMART configuration and the target claim; a source without a version is left out."""
    claims = [
        Claim(US_CORE, "metadata", tuple(us_core_versions(statement))),
        Claim(US_CORE, "guides.us-core", tuple(filter(None, [guides.get("us-core", "")]))),
        Claim(SMART, "deployment.smart_version", tuple(filter(None, [smart_version]))),
        Claim(SMART, "the SMART configuration", tuple(smart_level(smart))),
    ]
    return [claim for claim in claims if claim.versions]


def us_core_versions(statement: Mapping[str, Any]) -> list[str]:
    """The versions of US Core that canonicals of a capability statement carry, each once."""
    found: list[str] = []
    for canonical in _canonicals(statement):
        url, bar, version = canonical.partition("|")
        if bar and version and _US_CORE_CANONICAL.search(url):
            found.append(version)
    return list(dict.fromkeys(found))


def smart_level(smart: Mapping[str, Any]) -> list[str]:
    """The version that a SMART configuration follows: without PKCE methods and v2 capabilities it is 1.0.0."""
    if not smart:
        return []
    capabilities: Collection[Any] = smart.get("capabilities") or ()
    newer = bool(smart.get("code_challenge_methods_supported")) or not _V2_CAPABILITIES.isdisjoint(capabilities)
    return ["2.0.0" if newer else "1.0.0"]


def parsed(version: str) -> Version:
    """The numbers of a version; none when it has no number in front."""
    found = re.match(r"\d+(?:\.\d+)*", version.strip())
    return tuple(int(part) for part in found[0].split(".")) if found else ()


def _canonicals(statement: Mapping[str, Any]) -> Iterator[str]:
    for name in ("implementationGuide", "instantiates"):
        yield from _texts(statement.get(name))
    for rest in _objects(statement.get("rest")):
        for resource in _objects(rest.get("resource")):
            yield from _texts([resource.get("profile")])
            yield from _texts(resource.get("supportedProfile"))


def _texts(value: object) -> list[str]:
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def _objects(value: object) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
