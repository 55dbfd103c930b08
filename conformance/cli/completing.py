"""What a shell offers after an option whose values are known: areas, requirements, seeded faults, guides."""

from __future__ import annotations

from typing import TYPE_CHECKING

from click.shell_completion import CompletionItem

if TYPE_CHECKING:
    from collections.abc import Iterable

    import click


def areas(_context: click.Context, _option: click.Parameter, begun: str) -> list[CompletionItem]:
    """The areas of the catalogue."""
    from conformance.requirements import AREAS  # noqa: PLC0415

    return _offered(((area, "") for area in AREAS), begun)


def requirements(_context: click.Context, _option: click.Parameter, begun: str) -> list[CompletionItem]:
    """The ids of the catalogue, each with its title."""
    from conformance.requirements import load_catalogue  # noqa: PLC0415

    return _offered(((row.id, row.title) for row in load_catalogue()), begun.upper())


def faults(_context: click.Context, _option: click.Parameter, begun: str) -> list[CompletionItem]:
    """The seeded faults of the reference payer."""
    from conformance.reference.faults import every  # noqa: PLC0415

    return _offered(((fault.id, fault.sentence) for fault in every().values()), begun)


def guides(_context: click.Context, _option: click.Parameter, begun: str) -> list[CompletionItem]:
    """The guides that there are constraint tables of."""
    from conformance.guides.adding import listing  # noqa: PLC0415

    return _offered(((f"{guide.name}@{guide.version}", guide.standing) for guide in listing()), begun)


def _offered(known: Iterable[tuple[str, str]], begun: str) -> list[CompletionItem]:
    return [CompletionItem(value, help=said or None) for value, said in known if value.startswith(begun)]
