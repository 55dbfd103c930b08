"""Ready-made screens for common identity providers, each a file ``<name>.yaml`` beside this and nothing else.

A preset whose ``verified`` is false was written from public templates and documentation and not tried against the
product; one that was tried says in ``verified_with`` with which version and when.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any

import yaml

from conformance.errors import ConfigError
from conformance.target import schema
from conformance.target.schema import preset_names

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["preset", "preset_names", "recognised", "standing"]


@cache
def preset(name: str) -> Mapping[str, Any]:
    """A preset's content: ``product``, ``verified``, ``verified_with`` if it was, ``screens``, perhaps ``notes``.

    ``recognised_by``, if there, is a regular expression found in the host and path of the product's authorization
    endpoints. :class:`ConfigError` for an unknown name.
    """
    if name not in preset_names():
        raise ConfigError(f"login.preset: {name!r} is not one of {', '.join(preset_names())}")
    text = schema.PRESETS.joinpath(f"{name}.yaml").read_text(encoding="utf-8")
    content: Mapping[str, Any] = yaml.safe_load(text)
    return content


def recognised(address: str) -> str:
    """The preset of the product that an authorization endpoint's host and path speak for; empty for no known one."""
    patterns = {name: str(preset(name).get("recognised_by", "")) for name in preset_names()}
    return next((name for name, pattern in patterns.items() if pattern and re.search(pattern, address)), "")


def standing(name: str) -> str:
    """Whether a preset was tried against its product, in words."""
    content = preset(name)
    return f"verified with {content['verified_with']}" if content["verified"] else "not verified against the product"
