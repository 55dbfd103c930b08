"""The narrative's XHTML (FHIR R4, narrative 2.20 and constraints txt-1, txt-2).

The text is XML with one ``div`` as root; only elements and attributes of basic formatting are allowed, nothing that
runs or is fetched as a frame, form or style sheet; and there is something to read. A quick look (xhtml.py) settles
ordinary narratives; whatever it is unsure of is parsed with care.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from xml.parsers import expat

from conformance.validator.problems import Problem, Problems, joined
from conformance.validator.xhtml import (
    ACTIVE_URL,
    ATTRIBUTES,
    ELEMENTS,
    FINE,
    IDENTIFIED,
    NAMESPACE,
    Look,
    Malformed,
    looked_at,
)

if TYPE_CHECKING:
    from conformance.validator.checks import Check
    from conformance.validator.context import Context

FINAL = True
LOCAL_ID = re.compile(r"""\sid\s*=\s*(?:"([^"]*)"|'([^']*)')""")


def check_narrative(source: str) -> Check:
    """The check of ``Narrative.div``."""

    def check(value: Any, context: Context) -> Problems:
        if value.__class__ is not str:
            message = "The narrative's div is written as a JSON string."
            return [Problem("type", message, expected="xhtml", found=value, profile=source)]
        looked = looked_at(value)
        if looked is FINE:
            return None
        found = [Problem(rule, message, found=shown, profile=source) for rule, message, shown in _faults(value, looked)]
        return joined(found or None, repeated_ids(ids_of(value, looked), context, source))

    return check


def is_fine(value: str) -> bool:
    """Whether the text meets the narrative's rules (FHIRPath ``htmlChecks()``)."""
    return not faults(value)


def ids_of(text: str, looked: Look) -> list[str]:
    """The ids in a narrative; where all of its tags are harmless, they write them in one way only."""
    if looked.verdict is not False:
        return [part.partition('"')[0] for part in text.split(IDENTIFIED)[1:]] if looked.has_ids else []
    return [double or single for double, single in LOCAL_ID.findall(text)]


def repeated_ids(ids: list[str], context: Context, source: str) -> Problems:
    """Ids that stand twice in the narrative, or also on an element of the resource."""
    if context.ids is None:
        context.ids = set()
    found = []
    for local in ids:
        if local in context.ids:
            message = "Another element of this resource has the same id."
            found.append(Problem("id.duplicate", message, expected="an id of its own", found=local, profile=source))
        context.ids.add(local)
    return found or None


class _Reader:
    """Collects what is wrong while the parser reads."""

    def __init__(self) -> None:
        self.found: list[tuple[str, str, str]] = []
        self.depth = 0
        self.has_content = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """An element opens."""
        namespace, _, local = name.rpartition(" ")
        if self.depth == 0 and (local != "div" or namespace != NAMESPACE):
            self.found.append(("narrative.div", f"The root is a div in {NAMESPACE}.", name))
        elif namespace != NAMESPACE or local not in ELEMENTS:
            self.found.append(("narrative.element", "This element is not allowed in a narrative.", f"<{local}>"))
        self.depth += 1
        self.has_content = self.has_content or local == "img"
        for key, value in attributes.items():
            bare = key.rpartition(" ")[2] if "XML/1998" not in key else "xml:lang"
            if bare not in ATTRIBUTES:
                message = "This attribute is not allowed in a narrative."
                self.found.append(("narrative.attribute", message, f"{bare}={value}"))
            elif bare in {"href", "src"} and ACTIVE_URL.match(value):
                message = "A narrative carries nothing that runs."
                self.found.append(("narrative.active", message, f"{bare}={value}"))

    def end(self, _name: str) -> None:
        """An element closes."""
        self.depth -= 1

    def text(self, text: str) -> None:
        """Characters between tags."""
        self.has_content = self.has_content or bool(text.strip())

    def document_type(self, *_parts: Any) -> None:
        """A document type declaration, which could define entities."""
        self.found.append(("narrative.element", "A narrative has no document type declaration.", "<!DOCTYPE"))

    def instruction(self, target: str, _data: str) -> None:
        """A processing instruction."""
        self.found.append(("narrative.element", "A narrative has no processing instruction.", f"<?{target}"))


def faults(text: str) -> list[tuple[str, str, str]]:
    """The narrative's faults as rule, sentence and what was found."""
    return _faults(text, looked_at(text))


def _faults(text: str, looked: Look) -> list[tuple[str, str, str]]:
    """As :func:`faults`, where a quick look found this."""
    if looked.verdict is True:
        return []
    if looked.verdict is not False:
        return [_malformed(looked.verdict)]
    reader = _Reader()
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text
    parser.StartDoctypeDeclHandler = reader.document_type
    parser.ProcessingInstructionHandler = reader.instruction
    try:
        parser.Parse(text, FINAL)
    except UnicodeError:
        return [*reader.found, ("narrative.xml", "The narrative holds characters that XML does not have.", "")]
    except expat.ExpatError as trouble:
        return [*reader.found, _malformed(Malformed(str(trouble), trouble.lineno, trouble.offset + 1))]
    if not reader.has_content:
        reader.found.append(("narrative.empty", "The narrative holds nothing to read.", text[:80]))
    return reader.found


def _malformed(trouble: Malformed) -> tuple[str, str, str]:
    where = f"line {trouble.line}, column {trouble.column}"
    return ("narrative.xml", f"The narrative is not well-formed XML: {trouble.message}.", where)
