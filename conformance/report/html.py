"""HTML that cannot be broken by what is put into it: every string is escaped unless it was built here."""

from __future__ import annotations

from html import escape

from conformance.report.printable import printable

_VOID = frozenset({"meta", "br"})


class Html(str):
    """Markup that is already safe."""

    __slots__ = ()


def tag(name: str, /, *children: object, **attributes: object) -> Html:
    """One element. Children that are not :class:`Html` are escaped; ``None`` and ``False`` are left out.

    Attribute names lose a trailing underscore and turn other underscores into hyphens (``class_``, ``aria_label``);
    an attribute that is ``None`` or ``False`` is left out, ``True`` stands alone.
    """
    shown = "".join(
        _attribute(key, value) for key, value in attributes.items() if value is not None and value is not False
    )
    if name in _VOID:
        return Html(f"<{name}{shown}>")
    return Html(f"<{name}{shown}>{join(*children)}</{name}>")


def scrollable(name: str, child: Html, *, label: str, class_: str = "") -> Html:
    """An element that may be wider than the page: reached by keyboard, and announced by its label."""
    return tag(name, child, role="group", tabindex=0, aria_label=label, class_=class_ or None)


def join(*children: object) -> Html:
    """The children one after the other, escaped where they need it; lists are flattened."""
    return Html("".join(_child(child) for child in children))


def _child(child: object) -> str:
    if child is None or child is False:
        return ""
    if isinstance(child, Html):
        return child
    if isinstance(child, (list, tuple)):
        return join(*child)
    return escape(printable(child), quote=True)


def _attribute(key: str, value: object) -> str:
    name = key.rstrip("_").replace("_", "-")
    return f" {name}" if value is True else f' {name}="{escape(printable(value), quote=True)}"'
