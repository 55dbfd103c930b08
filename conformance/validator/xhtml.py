"""A quick look at a narrative: certain when it says yes, and never more than unsure otherwise.

Narratives use few different tags, and those again and again. Each is judged once and remembered within bounds; whether
they nest, and whether all characters and references are XML's, the XML parser says at once when nobody listens to it.
"""

from __future__ import annotations

import re
from typing import NamedTuple
from xml.parsers import expat

NAMESPACE = "http://www.w3.org/1999/xhtml"
ELEMENT_NAMES = """
div p br b i em strong a img span ul ol li dl dt dd table caption colgroup col thead tbody tfoot tr th td
h1 h2 h3 h4 h5 h6 hr pre code samp kbd var tt small big sub sup abbr acronym address bdo blockquote cite dfn q
map area
"""
ATTRIBUTE_NAMES = """
title style class id lang xml:lang dir accesskey tabindex href name rel rev hreflang type charset alt src height
width longdesc usemap ismap border align valign char charoff abbr axis headers scope rowspan colspan span frame
rules cellspacing cellpadding summary bgcolor nowrap cite shape coords target start value compact
xmlns noshade size
"""
ELEMENTS = frozenset(ELEMENT_NAMES.split())
ATTRIBUTES = frozenset(ATTRIBUTE_NAMES.split())
WELL_KNOWN = re.compile(r"""([a-z0-9]+)((?:\s+[a-zA-Z:]+\s*=\s*(?:"[^"<&]*"|'[^'<&]*'))*)\s*(/?)""").fullmatch
ATTRIBUTE = re.compile(r"""([a-zA-Z:]+)\s*=\s*(?:"([^"]*)"|'([^']*)')""")
OPENING = re.compile(r"<([^/>][^>]*)>").findall
SOMETHING = re.compile(r">\s*[^\s<]|<img[\s/>]").search
FINAL = True
ACTIVE_URL = re.compile(r"\s*(?:javascript|vbscript|data:text/html)", re.IGNORECASE)
DECLARED = f'xmlns="{NAMESPACE}"'
IDENTIFIED = ' id="'
"""How a harmless tag writes that it has an id."""
MEMO = 5_000

_harmless: set[str] = set()


class Malformed(NamedTuple):
    """Why the XML parser refuses a text that is otherwise harmless, and where (both counted from 1)."""

    message: str
    line: int
    column: int


class Look(NamedTuple):
    """What a quick look finds, and whether any of the tags has an id.

    ``verdict`` is True for a text that is well formed, has allowed elements and attributes only and something to read;
    False is unsure.
    """

    verdict: Malformed | bool
    has_ids: bool = False


UNSURE = Look(verdict=False)
FINE = Look(verdict=True)
FINE_WITH_IDS = Look(verdict=True, has_ids=True)


def looked_at(text: str) -> Look:
    """A quick look at a narrative."""
    tags = set(OPENING(text))
    has_ids = False
    if not tags <= _harmless:
        if not all(map(is_harmless, tags)):
            return UNSURE
        has_ids = any(IDENTIFIED in tag for tag in tags)
    if not text.startswith("<div") or DECLARED not in text[: text.find(">")] or not SOMETHING(text):
        return UNSURE
    try:
        expat.ParserCreate().Parse(text, FINAL)
    except expat.ExpatError as trouble:
        return Look(Malformed(str(trouble), trouble.lineno, trouble.offset + 1), has_ids)
    except UnicodeError:
        return UNSURE
    return FINE_WITH_IDS if has_ids else FINE


def is_harmless(tag: str) -> bool:
    """Whether the inside of a tag is an allowed element with allowed attributes, each once and none that runs.

    Those with an id are not remembered: there is one of each, and those remembered are known to have none.
    """
    if tag in _harmless:
        return True
    match = WELL_KNOWN(tag)
    if match is None or match[1] not in ELEMENTS:
        return False
    for name, *values in ATTRIBUTE.findall(match[2]):
        value = "".join(values)
        if name not in ATTRIBUTES or ACTIVE_URL.match(value):
            return False
        if (name == "xmlns" and value != NAMESPACE) or (name == "id" and IDENTIFIED not in tag):
            return False
    if len(_harmless) >= MEMO:
        _harmless.clear()
    if IDENTIFIED not in tag:
        _harmless.add(tag)
    return True
