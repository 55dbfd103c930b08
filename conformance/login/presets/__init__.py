"""Ready-made screens for common identity providers, kept as data in ``<name>.yaml`` beside this.

A preset whose ``verified`` is false was written from public templates and documentation and not tried against the
product; one that was tried says in ``verified_with`` with which version and when.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import yaml

from conformance.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping


@cache
def preset_names() -> tuple[str, ...]:
    """The presets there are, sorted."""
    folder = files(__name__)
    return tuple(sorted(entry.name.removesuffix(".yaml") for entry in folder.iterdir() if entry.name.endswith(".yaml")))


@cache
def preset(name: str) -> Mapping[str, Any]:
    """A preset's content: ``product``, ``verified``, ``verified_with`` if it was, ``screens``, perhaps ``notes``.

    :class:`ConfigError` for an unknown name.
    """
    if name not in preset_names():
        raise ConfigError(f"login.preset: {name!r} is not one of {', '.join(preset_names())}")
    text = files(__name__).joinpath(f"{name}.yaml").read_text(encoding="utf-8")
    content: Mapping[str, Any] = yaml.safe_load(text)
    return content


def standing(name: str) -> str:
    """Whether a preset was tried against its product, in words."""
    content = preset(name)
    return f"verified with {content['verified_with']}" if content["verified"] else "not verified against the product"
