"""The narrative's XHTML (FHIR R4, narrative 2.20 and constraints txt-1, txt-2).

The text is XML with one ``div`` as root; only elements and attributes of basic formatting are allowed, nothing that
runs or is fetched as a frame, form or style sheet; and there is something to read. A quick look by patterns settles
ordinary narratives; whatever it is unsure of is parsed with care.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from xml.parsers import expat

from conformance.validator.problems import Check, Problem, Problems, joined

if TYPE_CHECKING:
    from conformance.validator.context import Context

FINAL = True
NAMESPACE = "http://www.w3.org/1999/xhtml"
ELEMENT_NAMES = """
div p br b i em strong a img span ul ol li dl dt dd table caption colgroup col thead tbody tfoot tr th td
h1 h2 h3 h4 h5 h6 hr pre code samp kbd var tt small big sub sup abbr acronym address bdo blockquote cite dfn q
del ins figure figcaption map area
"""
ATTRIBUTE_NAMES = """
title style class id lang xml:lang dir accesskey tabindex href name rel rev hreflang type charset alt src height
width longdesc usemap ismap border align valign char charoff abbr axis headers scope rowspan colspan span frame
rules cellspacing cellpadding summary bgcolor nowrap cite datetime shape coords target start value compact
xmlns noshade size
"""
ELEMENTS = frozenset(ELEMENT_NAMES.split())
ATTRIBUTES = frozenset(ATTRIBUTE_NAMES.split())
TAG = re.compile(r"<[^>]*>")
WELL_KNOWN = re.compile(
    r"""<(?:/([a-z0-9]+)\s*|([a-z0-9]+)((?:\s+[a-zA-Z:]+\s*=\s*(?:"[^"<&]*"|'[^'<&]*'))*)\s*/?)>"""
).fullmatch
ATTRIBUTE = re.compile(r"""([a-zA-Z:]+)\s*=\s*(?:"([^"]*)"|'([^']*)')""")
LOCAL_ID = re.compile(r"""\sid\s*=\s*(?:"([^"]*)"|'([^']*)')""")
TEXT = re.compile(r">[^<]*[^\s<]")
ACTIVE_URL = re.compile(r"\s*(?:javascript|vbscript|data:text/html)", re.IGNORECASE)
MEMO = 5_000

_harmless: set[str] = set()


def check_narrative(source: str) -> Check:
    """The check of ``Narrative.div``."""

    def check(value: Any, context: Context) -> Problems:
        if value.__class__ is not str:
            message = "The narrative's div is written as a JSON string."
            return [Problem("type", message, expected="xhtml", found=value, profile=source)]
        found = (
            None
            if surely_fine(value)
            else [Problem(rule, message, found=shown, profile=source) for rule, message, shown in faults(value)]
        )
        repeated = repeated_ids(value, context, source) if "id=" in value or "id =" in value else None
        return joined(found or None, repeated)

    return check


def is_fine(value: str) -> bool:
    """Whether the text meets the narrative's rules (FHIRPath ``htmlChecks()``)."""
    return surely_fine(value) or not faults(value)


def surely_fine(text: str) -> bool:
    """Well formed, and nothing in it that needs a closer look."""
    if not text.startswith("<div") or f'xmlns="{NAMESPACE}"' not in text[:200]:
        return False
    tags = TAG.findall(text)
    if not _harmless.issuperset(tags) and not all(is_harmless(tag) for tag in tags):
        return False
    if not (TEXT.search(text) or "<img" in text):
        return False
    try:
        expat.ParserCreate().Parse(text, FINAL)
    except (expat.ExpatError, UnicodeError):
        return False
    return True


def is_harmless(tag: str) -> bool:
    """Whether a tag is an allowed element with allowed attributes, none of which runs."""
    if tag in _harmless:
        return True
    match = WELL_KNOWN(tag)
    if match is None or (match[1] or match[2]) not in ELEMENTS:
        return False
    for name, *values in ATTRIBUTE.findall(match[3] or ""):
        value = "".join(values)
        if name not in ATTRIBUTES or ACTIVE_URL.match(value):
            return False
        if name == "xmlns" and value != NAMESPACE:
            return False
    if len(_harmless) >= MEMO:
        _harmless.clear()
    _harmless.add(tag)
    return True


def repeated_ids(text: str, context: Context, source: str) -> Problems:
    """Ids that stand twice in the narrative, or also on an element of the resource."""
    if context.ids is None:
        context.ids = set()
    found = []
    for double, single in LOCAL_ID.findall(text):
        local = double or single
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
        where = f"line {trouble.lineno}, column {trouble.offset + 1}"
        return [*reader.found, ("narrative.xml", f"The narrative is not well-formed XML: {trouble}.", where)]
    if not reader.has_content:
        reader.found.append(("narrative.empty", "The narrative holds nothing to read.", text[:80]))
    return reader.found
