"""A quick look at a narrative: certain when it says yes, and never more than unsure otherwise.

Narratives use few different tags, and those again and again. Each is judged once; then a text costs one step per tag
for the nesting, and a count for what XML forbids between them.
"""

from __future__ import annotations

import re

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
WELL_KNOWN = re.compile(
    r"""/([a-z0-9]+)\s*|([a-z0-9]+)((?:\s+[a-zA-Z:]+\s*=\s*(?:"[^"<&]*"|'[^'<&]*'))*)\s*(/?)"""
).fullmatch
ATTRIBUTE = re.compile(r"""([a-zA-Z:]+)\s*=\s*(?:"([^"]*)"|'([^']*)')""")
ENTITIES = re.compile(r"&(?!(?:amp|lt|gt|quot|apos);)")
ACTIVE_URL = re.compile(r"\s*(?:javascript|vbscript|data:text/html)", re.IGNORECASE)
NO_CHARACTERS = bytes({*range(0x20)} - {0x09, 0x0A, 0x0D})
UNUSUAL = b"\xef\xbf"
"""How the two code points that XML lacks begin in UTF-8."""
IDENTIFIED = ' id="'
"""How a harmless tag writes that it has an id."""
MEMO = 5_000

_opening: dict[str, str] = {}
_closing: dict[str, str] = {}


def surely_fine(text: str) -> bool:
    """Whether the text is well formed, uses allowed elements and attributes only, and holds something to read."""
    before, *pieces = text.split("<")
    if before or not pieces or not pieces[0].startswith("div") or f'xmlns="{NAMESPACE}"' not in pieces[0]:
        return False
    return is_nested(pieces) and has_xml_characters(text)


def is_nested(pieces: list[str]) -> bool:
    """Whether harmless tags close in the order they opened, around all of the text; ``pieces`` begin after a ``<``."""
    open_tags: list[str] = []
    has_content = False
    for piece in pieces:
        tag, _, text = piece.partition(">")
        closing = _opening.get(tag)
        if closing is not None:
            if closing:
                open_tags.append(closing)
        elif not open_tags or open_tags.pop() != _closing.get(tag):
            if tag in _closing or not is_harmless(tag):
                return False
            return is_nested(pieces)
        if text and not has_content:
            has_content = not text.isspace()
        if not open_tags:
            return piece is pieces[-1] and not text.strip() and (has_content or "img" in "".join(pieces))
    return False


def has_xml_characters(text: str) -> bool:
    """Whether every character and reference between the tags is one that XML knows."""
    if "&" in text and ENTITIES.search(text):
        return False
    if "]" in text and "]]>" in text:
        return False
    try:
        encoded = text.encode()
    except UnicodeError:
        return False
    if not text.isascii() and UNUSUAL in encoded:
        return False
    return len(encoded.translate(None, NO_CHARACTERS)) == len(encoded)


def is_harmless(tag: str) -> bool:
    """Whether the inside of a tag is an allowed element with allowed attributes, each once and none that runs."""
    match = WELL_KNOWN(tag)
    if match is None or (match[1] or match[2]) not in ELEMENTS:
        return False
    if len(_opening) + len(_closing) >= MEMO:
        _opening.clear()
        _closing.clear()
    if match[1]:
        _closing[tag] = match[1]
        return True
    seen = set()
    for name, *values in ATTRIBUTE.findall(match[3]):
        value = "".join(values)
        if name not in ATTRIBUTES or name in seen or ACTIVE_URL.match(value):
            return False
        if (name == "xmlns" and value != NAMESPACE) or (name == "id" and IDENTIFIED not in tag):
            return False
        seen.add(name)
    _opening[tag] = "" if match[4] else match[2]
    return True
