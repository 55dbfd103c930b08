"""Telling texts that may reveal who a person is, before anything about that person is known.

Consent pages greet members and name the patient, and a screenshot cannot be searched for names learnt later. So under
the masked policy every text on a page seen after login is covered that could be a name, a date, an identifier or an
address. Covering too much costs little; button and label texts, plain sentences and the familiar words of the field
stay readable.
"""

from __future__ import annotations

import re

COVERED = "[covered]"
_NUMBER = re.compile(r"\S*(?:\d{4,}|\d{1,4}([-/.])\d{1,2}\1\d{1,4}|\d{2,}-\d{2,}|@)\S*?(?=[.,;:!?)]*(?:\s|$))")
_WORD = re.compile(r"[^\W\d_][\w'’-]*")
_SENTENCE_END = re.compile(r"(?:^|[.!?:(|\n])\s*$")


def familiar_words(*texts: str) -> frozenset[str]:
    """The words of harmless texts."""
    return frozenset(word[0].lower() for text in texts for word in _WORD.finditer(text))


FAMILIAR = familiar_words(
    "api fhir smart health hl7 id medicare medicaid usa us i ok app apps conformance patient access",
    "cookies english plan",
    "january february march april june july august september october november december",
)


def mask_unknown_names(text: str, familiar: frozenset[str] = frozenset()) -> str:
    """The text with every word covered that may name or number a person.

    That is a number of some length, an e-mail address, and a capitalised word where no sentence starts, with the
    capitalised word before it; a single capitalised word is a name too. ``familiar`` are harmless words in lower case.
    """
    words = list(_WORD.finditer(text))
    strange = [_strange(word[0]) and word[0].lower() not in FAMILIAR | familiar for word in words]
    covered = [
        odd and (len(words) == 1 or not _SENTENCE_END.search(text[: word.start()]))
        for word, odd in zip(words, strange, strict=True)
    ]
    for index in range(len(words) - 1, 0, -1):
        beside = text[words[index - 1].end() : words[index].start()].isspace()
        covered[index - 1] |= covered[index] and strange[index - 1] and beside
    for word, hide in reversed(list(zip(words, covered, strict=True))):
        text = f"{text[: word.start()]}{COVERED}{text[word.end() :]}" if hide else text
    return _NUMBER.sub(COVERED, text)


def _strange(word: str) -> bool:
    return word[0].isupper() and not any(character.isdigit() for character in word)
