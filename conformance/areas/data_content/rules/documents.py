"""Documents submitted with a prior authorization are served and readable (42 CFR 422.119(b)(1)(iv)(A)(6))."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from conformance.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from conformance.areas.shared.documents import Answer
    from conformance.areas.shared.promises import Promise


@dataclass(frozen=True, slots=True)
class Document:
    """A document (``Type/id``) that the manifest names for an authorization, and whether it was served.

    ``attachments`` are the addresses of its content with their answers; None where the address was not asked.
    """

    promise: Promise
    name: str
    served: bool
    attachments: Sequence[tuple[str, Answer | None]] = ()

    @property
    def is_judged(self) -> bool:
        """Whether anything was learnt of it: it is missing, or no attachment was left out."""
        return not self.served or all(answer is not None for _, answer in self.attachments)


def documentation_served(documents: Iterable[Document]) -> Iterator[Finding]:
    """PA-DATA-009: the documentation sent in with a request is served."""
    for document in documents:
        if not document.served:
            message = "submitted documentation is not served"
            yield Finding("data.documentation-missing", message, resource=document.promise.id, expected=document.name)


def content_readable(documents: Iterable[Document]) -> Iterator[Finding]:
    """PA-DATA-009: the address of each attachment gives content to the member."""
    for document in documents:
        for _, answer in document.attachments:
            if answer is not None and (answer.status != 200 or not answer.body):
                found = answer.fault or (f"HTTP {answer.status}" if answer.status != 200 else "no content")
                yield Finding(
                    "data.document-unreadable",
                    "the address of an attachment gives no content",
                    resource=document.name,
                    path="DocumentReference.content.attachment.url",
                    expected="HTTP 200 with content",
                    found=str(found),
                    exchange=answer.number,
                )
