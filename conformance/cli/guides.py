"""``guides``: which implementation guides there are, add one, rebuild those that come with the harness."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Callable


@click.group()
def guides() -> None:
    """Implementation guides: which there are, add one, rebuild those that come with the harness.

    \b
    conformance guides list
    """


@guides.command("list")
def list_guides() -> int:
    """List the guides that have constraint tables, with version, standing and the date of the package.

    \b
    conformance guides list
    """
    from conformance.guides.adding import listing  # noqa: PLC0415

    for guide in listing():
        note = f"  {guide.note}" if guide.note else ""
        day = guide.date or "no date"
        click.echo(f"{guide.name:<12} {guide.version:<18} {guide.standing:<10} {day:<11} {guide.package}{note}")
    return 0


@guides.command("add")
@click.argument("source", metavar="FILE_OR_NAME@VERSION", type=click.Path())
@click.option("--registry", metavar="URL", default="", help="Fetch a package that is not at hand from this registry.")
def add_guide(source: str, registry: str) -> int:
    """Add a guide from a package: a .tgz, a folder, or NAME@VERSION from the package cache or a registry.

    \b
    conformance guides add ./hl7.fhir.us.davinci-pas-2.0.1.tgz
    """
    from conformance.guides.adding import add  # noqa: PLC0415

    added = add(source, fetch=_fetch_from(registry) if registry else None)
    click.echo(f"{added.name} {added.version} ({added.package}) can be used now: --guide {added.name}@{added.version}")
    if added.note:
        click.echo(added.note)
    return 0


def _fetch_from(registry: str) -> Callable[[str, str], bytes]:
    from conformance.redaction import Redactor  # noqa: PLC0415
    from conformance.transport import Transport, download_package  # noqa: PLC0415

    return lambda name, version: download_package(Transport(redactor=Redactor()), name, version, registry)


@guides.command("build")
@click.argument("folder", type=click.Path(path_type=Path), metavar="DIR")
def build_guides(folder: Path) -> int:
    """Rebuild the constraint tables of profiles/ into DIR from the packages in $FHIR_PACKAGES.

    \b
    conformance guides build profiles
    """
    from conformance.guides.building import build  # noqa: PLC0415

    for entry in build(folder):
        click.echo(f"{entry['guide']} {entry['version']}: {entry.get('counts', {})}")
    return 0
