"""The seam for faults: a step is a function of the server that a tenant may replace.

Server code marks a function with :func:`step` and calls it like any other. When the tenant it is called for holds a
replacement, that runs instead and gets the original as its first argument::

    @step
    def verifier_matches(tenant: Tenant, code: Code, verifier: str) -> bool: ...

    replacements = compose({verifier_matches: [lambda original, tenant, code, verifier: True]})

The first argument of a step is always a tenant or a call (anything with ``replacements``). Replacements of several
faults on one step nest: the last one is asked first.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ParamSpec, TypeVar, cast

P = ParamSpec("P")
R = TypeVar("R")

Replacements = Mapping[str, Callable[..., Any]]


def step(function: Callable[P, R]) -> Callable[P, R]:
    """Mark a function as replaceable; its name for replacements is ``module.function`` below this package."""
    name = f"{function.__module__.removeprefix(__package__ + '.')}.{function.__qualname__}"

    @functools.wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        replacement = cast("Any", args[0]).replacements.get(name, function)
        return cast("R", replacement(*args, **kwargs))

    run.step_name = name  # type: ignore[attr-defined]
    return run


def step_name(function: Callable[..., Any]) -> str:
    """The name of a step; raises ``ValueError`` for a function that is none."""
    name = getattr(function, "step_name", "")
    if not name:
        raise ValueError(f"{function.__module__}.{function.__qualname__} is not a step and cannot be replaced")
    return str(name)


def compose(layers: Mapping[Callable[..., Any], Sequence[Callable[..., Any]]]) -> Replacements:
    """From steps and what replaces them (innermost first) to a mapping that a tenant holds."""
    replacements: dict[str, Callable[..., Any]] = {}
    for function, wrappers in layers.items():
        inner: Callable[..., Any] = cast("Any", function).__wrapped__
        for wrapper in wrappers:
            inner = functools.partial(wrapper, inner)
        replacements[step_name(function)] = inner
    return replacements
