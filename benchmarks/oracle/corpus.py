"""What both validators judge: official examples, all records of the reference payer, a sample of our mutants."""

from __future__ import annotations

import os
import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

MUTATION = Path(__file__).parent.parent.parent / "tests" / "mutation"
if str(MUTATION) not in sys.path:
    sys.path.insert(0, str(MUTATION))

SHARED = ("hl7.fhir.us.core#", "hl7.fhir.us.carin-bb#")
BASE_DATE = date(2026, 1, 15)


class Case(NamedTuple):
    """One resource to judge: of which corpus, its name, the guides it is judged by, and of a mutant what it breaks.

    ``base`` is what a mutant was made from: what is found there too is not held against the mutant.
    """

    corpus: str
    name: str
    realm: str
    resource: Any
    breaks: str = ""
    base: Any = None


def is_shared(base: Any) -> bool:
    """Whether it is an example of a package that the reference validator is given too."""
    return str(base.name).startswith(SHARED)


def examples(session: Any) -> Iterator[Case]:
    """The official examples of the guides that the reference validator is given too."""
    for base in (*session.bases, *session.dirty):
        if base.knows.realm.name in {"current", "earlier"} and is_shared(base):
            yield Case("examples", base.name, base.knows.realm.name, base.resource)


def records() -> Iterator[Case]:
    """Every record of the reference payer's standard population."""
    from conformance.reference.records.stories import standard  # noqa: PLC0415 - loads the whole payer

    for entry in standard(BASE_DATE).entries:
        resource = entry.resource
        yield Case("records", f"{resource['resourceType']}/{resource['id']}", "current", resource)


def mutants(session: Any, each: int) -> Iterator[Case]:
    """Up to ``each`` mutants of every operator that makes faults of errors."""
    from mutants.catalogue import FAULTS  # noqa: PLC0415 - from the tests' folder
    from mutants.model import mutants as made  # noqa: PLC0415 - as above

    bases = [base for base in session.bases if base.knows.realm.name == "current" and is_shared(base)]
    for operator in FAULTS:
        if operator.severity != "error":
            continue
        for number, mutant in enumerate(made(operator, bases, each)):
            name, made_from = f"{operator.name}#{number}", mutant.base.resource
            yield Case("mutants", name, "current", mutant.fault.resource, operator.name, made_from)


def cases(each: int) -> list[Case]:
    """Everything, by realm, so that each realm needs the reference validator only once."""
    from mutants.session import Session  # noqa: PLC0415 - as above

    session = Session.of_packages(Path(os.environ["FHIR_PACKAGES"]))
    found = [*examples(session), *records(), *mutants(session, each)]
    return sorted(found, key=lambda case: case.realm)
