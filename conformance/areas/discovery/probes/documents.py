"""The discovery documents, each fetched once in a run, as what the checks judge: the answer or the content."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.errors import Undecided
from conformance.oauth.discovery import SMART_PATH, well_known

if TYPE_CHECKING:
    from conformance.engine.run import Run
    from conformance.oauth.discovery import Document
    from conformance.transport import Exchange

_ROWS = {"smart-configuration": "PA-DISC-001", "openid-configuration": "PA-DISC-021", "jwks": "PA-DISC-022"}
_ADDRESSES = {"smart-configuration": "PA-DISC-001", "openid-configuration": "PA-DISC-008", "jwks": "PA-DISC-008"}


def answer_of(document: Document) -> Exchange:
    """The exchange that fetched a document; raises :class:`Undecided` where no document gives its address."""
    if document.exchange is None:
        row = _ADDRESSES[document.name]
        raise Undecided(f"no address to fetch the {document.name} from, see {row}", blocked_by=row)
    return document.exchange


def content_of(document: Document) -> dict[str, Any]:
    """A document as a JSON object; raises :class:`Undecided` where it cannot be read."""
    if not document.usable:
        row = _ROWS[document.name]
        raise Undecided(f"the {document.name} cannot be read ({document.problem}), see {row}", blocked_by=row)
    return dict(document.content)


def smart_configuration_for(run: Run, *, accept: str) -> Exchange:
    """The SMART configuration requested with an Accept header; an empty ``accept`` sends none."""
    url = well_known(run.target.deployment.fhir_base, SMART_PATH)
    return run.transport.request("GET", url, headers={"Accept": accept}, purpose=f"Accept: {accept or '(none)'}")
