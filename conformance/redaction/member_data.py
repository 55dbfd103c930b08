"""FHIR resources with what belongs to a person replaced by masks of the same shape.

Names, addresses, telecom, identifiers, birth and death dates, free text, photos and documents go; structure, codes,
amounts, other dates and resource ids stay, so that a finding can still be followed.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from conformance.redaction import names

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Mask = Callable[[str], str]

_PEOPLE = frozenset({"Patient", "RelatedPerson", "Person"})
_DATA_SHOWN = 32


def shape(value: str) -> str:
    """A mask of the same shape: letters become x, digits #, the rest stays (``Li-Ann 42`` is ``Xx-Xxx ##``)."""
    return "".join(map(_mask_character, value))


def _mask_character(character: str) -> str:
    if character.isnumeric():
        return "#"
    if character.isalpha():
        return "X" if character.isupper() else "x"
    return character if character.isascii() else "x"


def mask_resource(value: Any, *, free: Mask, address: Mask, identify: Mask) -> Any:
    """The resource (or any part of one) masked; its structure, keys and JSON types stay, except that data is shortened.

    ``free`` masks text a server wrote, ``address`` references and links, ``identify`` a reference to show or to hash.
    """
    return _Masking(free, address, identify).walk(value, "", "")


def mask_at(path: str, value: Any, *, free: Mask, address: Mask, identify: Mask) -> Any:
    """The value found at a FHIRPath location (``Patient.name[0].family``), masked as it would be in its resource."""
    steps = re.sub(r"\([^()]*\)|\[[^\]]*\]", "", path).split(".")
    steps = [step for step in steps if step and step not in {"where", "ofType", "resolve", "first", "single"}]
    resource_type = next((step for step in reversed(steps) if step in names.RESOURCE_TYPES), "")
    masking = _Masking(free, address, identify)
    if resource_type in names.CONFORMANCE_RESOURCES or "OperationOutcome" in steps:
        return free(value) if isinstance(value, str) else value
    *above, last = steps or [""]
    if any(masking.is_subtree(step, resource_type) for step in above) and last not in names.KEPT:
        return masking.blank(value)
    if last in {"value", "answer"} and isinstance(value, str):
        return value if re.fullmatch(r"[-+:.TZ\d]*|true|false", value) else shape(value)
    if last == "display" and any(step.lower().endswith("coding") for step in above):
        return value
    whole = bool(above) and (above[-1] == "resource" or above[-1] in names.RESOURCE_TYPES)
    return masking.member(last, value, {"resourceType": ""} if whole else {}, resource_type)


class _Masking:
    """One walk through a resource."""

    def __init__(self, free: Mask, address: Mask, identify: Mask) -> None:
        self._free = free
        self._address = address
        self._identify = identify

    def walk(self, value: Any, key: str, resource_type: str) -> Any:
        if isinstance(value, dict):
            return self._object(value, resource_type)
        if isinstance(value, list):
            return [self.walk(item, key, resource_type) for item in value]
        if isinstance(value, str) and key in {"reference", "fullUrl", "url", "location"}:
            return self._address(value)
        return value

    def _object(self, value: dict[str, Any], resource_type: str) -> dict[str, Any]:
        own = value.get("resourceType")
        if isinstance(own, str):
            if own in names.CONFORMANCE_RESOURCES:
                return value
            resource_type = own
        return {key: self.member(key, item, value, resource_type) for key, item in value.items()}

    def member(self, key: str, value: Any, siblings: dict[str, Any], resource_type: str) -> Any:
        """One member of an object, masked by its name and by what is beside it."""
        name = key.removeprefix("_")
        if isinstance(value, str):
            return self._string(name, value, siblings, resource_type)
        if self.is_subtree(name, resource_type):
            return self.blank(value)
        if name in names.FREE_TEXT and isinstance(value, list):
            return [self.member(name, item, {}, resource_type) for item in value]
        return self.walk(value, name, resource_type)

    def _string(self, name: str, value: str, siblings: dict[str, Any], resource_type: str) -> str:
        if name in names.SERVER_TEXT or (resource_type == "OperationOutcome" and name == "text"):
            return self._free(value)
        if name == "div":
            return _narrative(value)
        if name in names.DATA:
            return _data(value)
        unnamed = name == "display" and not siblings.keys() & {"code", "system"}
        if unnamed or name in names.FREE_TEXT or self.is_subtree(name, resource_type):
            return shape(value)
        if name == "id" and "resourceType" in siblings:
            return self._identify_id(value)
        return str(self.walk(value, name, resource_type))

    @staticmethod
    def is_subtree(name: str, resource_type: str) -> bool:
        """Whether everything below an element of this name is a person's own."""
        if (resource_type, name) in names.NOT_SUBTREES:
            return False
        named = name in names.SUBTREES or name.endswith(names.SUBTREE_ENDINGS)
        return named or (resource_type, name) in names.TYPE_SUBTREES

    def blank(self, value: Any, key: str = "") -> Any:
        """Every leaf replaced by a mask of its type, except below elements that only say what kind of value it is."""
        if isinstance(value, dict):
            return {
                name: self.walk(item, name, "") if name.removeprefix("_") in names.KEPT else self.blank(item, name)
                for name, item in value.items()
            }
        if isinstance(value, list):
            return [self.blank(item, key) for item in value]
        if isinstance(value, str):
            return _data(value) if key in names.DATA else shape(value)
        if isinstance(value, bool) or value is None:
            return value
        return type(value)(0)

    def _identify_id(self, value: str) -> str:
        return self._identify(f"Patient/{value}").removeprefix("Patient/")


def _data(value: str) -> str:
    return names.marked(f"{len(value)} characters of base64") if len(value) > _DATA_SHOWN else shape(value)


def _narrative(div: str) -> str:
    """The markup of a narrative, with its text and its attributes masked."""
    text = re.sub(r"&[#\w]+;|(?<=>)[^<]+|^[^<]+", lambda found: shape(found[0]), div)
    return re.sub(r"""(\s(?!xmlns\b)[\w:-]+=)("[^"]*"|'[^']*')""", lambda f: f'{f[1]}"{shape(f[2][1:-1])}"', text)


def member_values(resource: Any) -> Iterator[str]:
    """Every name, address, telecom, identifier and birth date of the people described in a resource or Bundle."""
    if isinstance(resource, list):
        for item in resource:
            yield from member_values(item)
    elif isinstance(resource, dict):
        if resource.get("resourceType") in _PEOPLE:
            yield from _values_of_a_person(resource)
        elif isinstance(resource.get("subscriberId"), str):
            yield resource["subscriberId"]
        for item in resource.values():
            if isinstance(item, (dict, list)):
                yield from member_values(item)


def _values_of_a_person(person: dict[str, Any]) -> Iterator[str]:
    for part in ("name", "address", "telecom", "identifier", "birthDate", "deceasedDateTime"):
        # an identifier that serves as resource id too is seen everywhere, and ids may be shown
        yield from (value for value in _leaves(person.get(part)) if value != person.get("id"))


def _leaves(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for item in value:
            yield from _leaves(item)
    elif isinstance(value, dict):
        for key, item in value.items():
            if key not in names.KEPT and key not in {"extension", "country", "state"}:
                yield from _leaves(item)
