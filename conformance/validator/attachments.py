"""Attachments that carry their data: size and hash agree with it (FHIR R4, Attachment)."""

from __future__ import annotations

import binascii
import hashlib
from typing import TYPE_CHECKING, Any

from conformance.validator.problems import Problem, Problems

if TYPE_CHECKING:
    from conformance.validator.checks import Check
    from conformance.validator.context import Context


def says_what_it_holds(present: frozenset[str]) -> bool:
    """Whether an Attachment with these keys has data and says something of them that can be held against them."""
    return "data" in present and not present.isdisjoint({"size", "hash"})


def check_attachment(source: str) -> Check:
    """The check of an Attachment with data; data that is no base64 is another check's business."""

    def check(value: Any, _context: Context) -> Problems:
        content = decoded(value.get("data"))
        if content is None:
            return None
        found = []
        size = value.get("size")
        if size.__class__ is int and size != len(content):
            message = f"The data has {len(content)} bytes."
            found.append(
                Problem(
                    "attachment.size", message, path=".size", expected=str(len(content)), found=size, profile=source
                )
            )
        digest = decoded(value.get("hash"))
        if digest is not None and digest != hashlib.sha1(content, usedforsecurity=False).digest():
            message = "The hash is not that of the data (SHA-1)."
            found.append(Problem("attachment.hash", message, path=".hash", found=value["hash"], profile=source))
        return found or None

    return check


def decoded(text: Any) -> bytes | None:
    """The bytes that base64 encodes; None where it is not base64."""
    if text.__class__ is not str:
        return None
    try:
        return binascii.a2b_base64("".join(text.split()), strict_mode=True)
    except (binascii.Error, ValueError):
        return None
