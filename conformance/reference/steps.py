"""The seam for faults: a step is a function of the server that a tenant may replace.

Server code marks a function with :func:`step` and calls it like any other. When the tenant it is called for holds a
replacement, that runs instead and gets the original as its first argument::

    @step
    def verifier_matches(tenant: Tenant, code: Code, verifier: str) -> bool: ...

    Fault(…, {token.verifier_matches: lambda original, tenant, code, verifier: True})

The first argument of a step is always a tenant or a call (anything with ``replacements``). Replacements of several
faults on one step nest: the last one is asked first. ``python -m conformance.reference --list steps`` shows them all.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterable, Mapping
from typing import Any, ParamSpec, TypeVar, cast

P = ParamSpec("P")
R = TypeVar("R")

Step = Callable[..., Any]
Replacements = Mapping[str, Step]

STEPS: dict[str, Step] = {}


def step(function: Callable[P, R]) -> Callable[P, R]:
    """Mark a function as replaceable; its name is ``module.function`` below this package."""
    name = f"{function.__module__.removeprefix(f'{__package__}.')}.{function.__qualname__}"

    @functools.wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        replacement = cast("Any", args[0]).replacements.get(name, function)
        return cast("R", replacement(*args, **kwargs))

    run.step_name = name  # type: ignore[attr-defined]
    STEPS[name] = run
    return run


def step_name(function: Step) -> str:
    """The name of a step; raises ``ValueError`` for a function that is none."""
    name = getattr(function, "step_name", "")
    if not name:
        raise ValueError(f"{function.__module__}.{function.__qualname__} is not a step and cannot be replaced")
    return str(name)


def compose(layers: Iterable[Mapping[Step, Step]]) -> Replacements:
    """What a tenant holds, from one mapping of steps to replacements per fault; later faults wrap earlier ones."""
    replacements: dict[str, Step] = {}
    for layer in layers:
        for function, wrapper in layer.items():
            name = step_name(function)
            inner = replacements.get(name, cast("Any", function).__wrapped__)
            replacements[name] = functools.partial(wrapper, inner)
    return replacements


def described() -> list[dict[str, str]]:
    """Every step that has been imported: its name, signature and first sentence."""
    return [
        {
            "step": name,
            "signature": str(inspect.signature(function)),
            "does": inspect.getdoc(function).partition("\n")[0] if function.__doc__ else "",  # type: ignore[union-attr]
        }
        for name, function in sorted(STEPS.items())
    ]
