"""Extensions: by their own definitions, where they may stand, and which a slice asks for (FHIR R4, extensibility)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from conformance.validator import cardinality
from conformance.validator.discriminators import extension_url
from conformance.validator.extension_contexts import misplaced
from conformance.validator.primitives import ABSOLUTE
from conformance.validator.problems import Problem, Problems, below, joined

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conformance.validator.check_source import CheckSource
    from conformance.validator.checks import Check
    from conformance.validator.content import Content
    from conformance.validator.context import Context
    from conformance.validator.definitions import Node, Structure

MEMO = 1_000
PLACES = ("Extension",)
# Parts that the publisher of an extension defines and the definition in FHIR R4 core does not (SMART App Launch).
_LATER_PARTS = {
    "http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris": frozenset({"introspect", "revoke"}),
}


class Counted(NamedTuple):
    """A slice of extensions that must or may appear only so often."""

    url: str
    node: Node


def check_extensions(compiler: CheckSource, content: Content, name: str, nodes: Sequence[Node]) -> Check:
    """The check of ``extension`` or ``modifierExtension`` of one element."""
    slices = [(extension_url(part), part) for node in nodes for part in node.slices]
    counted = tuple(Counted(url, part) for url, part in slices if part.min > 0 or part.max != float("inf"))
    closed = [node for node in nodes if node.slices and (node.element.get("slicing") or {}).get("rules") == "closed"]
    known: dict[Any, Check] = {}
    source = nodes[0].source
    within = cardinality.check_count(nodes)

    def check_url(url: str) -> Check:
        if len(known) >= MEMO:
            known.clear()
        matched = [part for its_url, part in slices if its_url == url]
        known[url] = _Extension(compiler, content, name, url).check([*nodes, *matched])
        if closed and not matched:
            known[url] = also(known[url], _outside(url, closed[0]))
        return known[url]

    def check(values: Any, context: Context) -> Problems:
        if values.__class__ is not list or not values:
            return cardinality.not_an_array(values, source)
        problems: Problems = None
        seen = []
        for index, value in enumerate(values):
            url = value.get("url") if value.__class__ is dict else None
            url = url if url.__class__ is str else ""
            seen.append(url)
            found = (known.get(url) or check_url(url))(value, context)
            if found is not None:
                problems = [*(problems or ()), *below(f"[{index}]", found)]
        for url, node in counted:
            count = seen.count(url)
            if count < node.min:
                problems = [*(problems or ()), cardinality.too_few_in_slice(node, count)]
            elif count > node.max:
                problems = [*(problems or ()), cardinality.too_many_in_slice(node, count)]
        return joined(problems, within(len(values)))

    return check


def _outside(url: str, node: Node) -> Problem:
    names = ", ".join(extension_url(part) for part in node.slices)
    message = "No extension but those of the slices is allowed here."
    return Problem("slicing.closed", message, expected=names, found=url, profile=node.source)


def also(check: Check, problem: Problem) -> Check:
    """``check`` and a problem that is always there."""

    def both(value: Any, context: Context) -> Problems:
        return [problem.copy(), *(check(value, context) or ())]

    return both


def _defines_parts(node: Node) -> bool:
    """Whether a node is the definition of an extension, or of a part of one, rather than the bare datatype."""
    return node.structure.type == "Extension" and node.structure.is_profile


class _Extension:
    """How extensions of one url are checked in one place."""

    def __init__(self, compiler: CheckSource, content: Content, name: str, url: str) -> None:
        self.compiler = compiler
        self.content = content
        self.name = name
        self.url = url
        self.absolute = bool(ABSOLUTE(url)) and not url.startswith("#")
        self.within = next((node.structure.package for node in reversed(content.nodes)), "")

    def check(self, nodes: list[Node]) -> Check:
        """The check of one such extension, ``nodes`` being the element's definitions and the slices that match."""
        structure = self._definition(nodes)
        problems = [*self._misplaced(structure), *self._undefined(structure, nodes)]
        bases = [structure.root] if structure is not None and structure.root not in nodes else []
        check = self.compiler.value([*nodes, *bases], "Extension", self._places())
        for problem in problems:
            check = also(check, problem)
        return self._counting(check) if self.absolute and structure is None else check

    def _definition(self, nodes: Sequence[Node]) -> Structure | None:
        wanted = [profile for node in nodes for profile in node.profiles_for("Extension")]
        for node in reversed(nodes):
            for profile in node.profiles_for("Extension"):
                found = self.compiler.definitions.structure(profile, node.structure.package)
                if found is not None:
                    return found
        if wanted or not self.absolute or "|" in self.url:
            return None
        found = self.compiler.definitions.structure(self.url)
        return found if found is not None and found.type == "Extension" else None

    def _places(self) -> tuple[str, ...]:
        """How the contexts of an extension inside this one may name it: by its url, or by its own place."""
        return (*PLACES, *(f"{place}.{self.name}" for place in self.content.places), self.url)

    def _misplaced(self, structure: Structure | None) -> list[Problem]:
        """What is wrong with an extension of this url here, whatever it holds."""
        inside_extension = self.content.code == "Extension"
        found = []
        if self.url and not self.absolute and not inside_extension:
            message = "The url of an extension is absolute; only parts of an extension use names."
            found.append(Problem("extension.url", message, path=".url", expected="an absolute URL", found=self.url))
        if "|" in self.url:
            message = "The url of an extension carries no version."
            found.append(Problem("extension.url", message, path=".url", expected="no version", found=self.url))
        is_modifier = self.name == "modifierExtension"
        if structure is None:
            if is_modifier and self.url:
                message = "This extension may change the meaning of what holds it, and its definition is not known."
                found.append(
                    Problem("extension.modifier-unknown", message, expected="a known extension", found=self.url)
                )
            return found
        if bool(structure.root.element.get("isModifier")) != is_modifier:
            right = "modifierExtension" if not is_modifier else "extension"
            message = f"By its definition this extension belongs under {right}."
            found.append(
                Problem("extension.modifier", message, expected=right, found=self.name, profile=structure.canonical)
            )
        out_of_place = misplaced(self.compiler, structure, self.content)
        return [*found, out_of_place] if out_of_place is not None else found

    def _undefined(self, structure: Structure | None, nodes: Sequence[Node]) -> list[Problem]:
        """A part that the extension around it does not have, or an address that is known to mean no extension."""
        if not self.url or structure is not None:
            return []
        if not self.absolute:
            return self._no_part(nodes)
        guides = self.compiler.definitions.guides
        if what := guides.other_kind(self.url):
            message = f"This is the address of a {what}; an extension's url is that of its definition."
            return [Problem("extension.url", message, path=".url", expected="an extension", found=self.url)]
        if owner := guides.namespace_of(self.url):
            message = f"The address is in the namespace of {owner}, no version of which at hand defines it."
            return [Problem("extension.undefined", message, severity="warning", path=".url", found=self.url)]
        return []

    def _no_part(self, nodes: Sequence[Node]) -> list[Problem]:
        around = next((one for one in self.content.nodes if _defines_parts(one)), None)
        if around is None or any(node.slice and extension_url(node) == self.url for node in nodes):
            return []
        if self.url in _LATER_PARTS.get(around.structure.url, ()):
            return []
        message = "The definition of the extension around it has no such part."
        return [Problem("extension.part", message, path=".url", found=self.url, profile=around.source)]

    def _counting(self, check: Check) -> Check:
        """The definition is not at hand: what it asks for is counted as not evaluated."""
        reason = f"extension {self.url}"
        information = self.compiler.information

        def counted(value: Any, context: Context) -> Problems:
            context.counts[reason] += 1
            found = check(value, context)
            if information:
                message = "The definition of this extension is not at hand; its content is not judged."
                note = Problem("extension.unknown", message, severity="information", found=self.url)
                return [*(found or ()), note]
            return found

        return counted
