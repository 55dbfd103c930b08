"""What to judge by: the guides, profiles and format of one ``conformance validate``, and the validator for them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from conformance.guide_selection import DEFAULT_GUIDES, name_and_version
from conformance.validator.validator import Validator

if TYPE_CHECKING:
    from collections.abc import Iterable


class Job(NamedTuple):
    """What to judge by and how to say it."""

    guides: tuple[str, ...]
    profiles: tuple[str, ...]
    format: str


def selection_of(guides: Iterable[str]) -> dict[str, str]:
    """The guides to judge by: the defaults, with versions replaced as ``NAME@VERSION`` says."""
    return {**DEFAULT_GUIDES, **dict(map(name_and_version, guides))}


def validator_for(job: Job) -> Validator:
    """A validator with the job's guides; ConfigError when a guide or profile is not at hand."""
    from conformance.guides import Guides  # noqa: PLC0415 - the reader of tables is wanted only here

    validator = Validator(Guides.load(selection_of(job.guides)), information=True)
    for profile in job.profiles:
        validator.profile(profile)
    return validator
