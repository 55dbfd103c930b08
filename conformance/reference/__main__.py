"""`python -m conformance.reference`: serve the reference payer, or list its faults and other deviations."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

UNUSABLE = 2  # as argparse ends for an option it cannot use
LISTS = ("faults", "lawful", "steps", "variants")


def main() -> None:
    """Parse the command line; serve until a signal comes."""
    parser = argparse.ArgumentParser(prog="python -m conformance.reference", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--port", type=int, default=0, help="first of three ports; 0 chooses free ones")
    parser.add_argument("--base-date", type=date.fromisoformat, help="the day the records are told from; default today")
    parser.add_argument("--ready-file", type=Path, help="JSON written when requests are answered")
    parser.add_argument("--write-target", type=Path, help="a target file for this process")
    parser.add_argument("--fault", action="append", default=[], metavar="ID", help="serve with this fault seeded")
    parser.add_argument("--lawful", action="append", default=[], metavar="ID", help="serve with this lawful variation")
    parser.add_argument("--claims", type=int, default=0, metavar="N", help="give the first member N routine claims")
    parser.add_argument("--stop-with-parent", action="store_true", help="end when standard input closes")
    parser.add_argument("--list", choices=LISTS, help="print what there is and end")
    given = parser.parse_args()
    if given.list:
        print(json.dumps(listed(given.list), indent=2))
        return
    from conformance.reference import faults, lawful, serve  # noqa: PLC0415 - listing and --help need no server

    options = serve.Options(
        host=given.host,
        port=given.port,
        base_date=given.base_date or date.today(),  # noqa: DTZ011
        ready_file=given.ready_file,
        target_file=given.write_target,
        faults=tuple(given.fault),
        lawful=tuple(given.lawful),
        population=f"claims-{given.claims}" if given.claims else "standard",
        stop_with_parent=given.stop_with_parent,
    )
    try:
        serve.run(options)
    except (faults.UnknownFault, lawful.UnknownVariation) as problem:
        parser.error(str(problem))
    except KeyboardInterrupt:  # where the event loop takes no signal handler
        return
    except OSError as problem:
        parser.exit(UNUSABLE, f"{parser.prog}: {problem.filename or f'port {given.port}'}: {problem.strerror}\n")


def listed(what: str) -> Any:
    """Faults with their rows, rules and target overrides; lawful variations; steps with signatures; variants."""
    from conformance.reference import faults, lawful, serve, steps, variants  # noqa: F401, PLC0415 - serve imports steps

    if what == "faults":
        return [
            {
                "fault": fault.id,
                "requirement": fault.requirement,
                "rule": fault.rule,
                "description": fault.sentence,
                "target": dict(fault.target),
                "collateral": fault.collateral,
                "own_process": bool(fault.listeners),
            }
            for fault in faults.every().values()
        ]
    if what == "lawful":
        return [
            {
                "variation": variation.id,
                "requirement": variation.requirement,
                "description": variation.sentence,
                "authority": variation.authority,
                "target": dict(variation.target),
                "rows": dict(variation.rows),
                "choices": list(variation.choices),
            }
            for variation in lawful.every().values()
        ]
    if what == "steps":
        return steps.described()
    return {
        slug: asdict(variant.behaviour) | {"target": dict(variant.target)}
        for slug, variant in variants.VARIANTS.items()
    }


if __name__ == "__main__":
    main()
