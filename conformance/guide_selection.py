"""Which versions of the guides are judged by: the defaults, and the user's ``NAME@VERSION``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping

DEFAULT_GUIDES: Mapping[str, str] = {"us-core": "6.1.0", "carin-bb": "2.1.0", "hrex": "1.1.0", "pdex": "2.1.0"}
"""Name to version; what a target or an option leaves out is judged by these."""


def name_and_version(option: str) -> tuple[str, str]:
    """The two parts of ``NAME@VERSION``, as ``--guide`` takes it; ConfigError for anything else."""
    name, separator, version = option.partition("@")
    if not (name and separator and version):
        raise ConfigError(f"--guide {option!r} is not NAME@VERSION, for example us-core@6.1.0")
    return name, version
