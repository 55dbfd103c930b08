"""`python -m conformance.reference`: serve the reference payer."""

from __future__ import annotations

import argparse
from datetime import date
from pathlib import Path

from conformance.reference.serve import Options, run


def main() -> None:
    """Parse the command line and serve until a signal comes."""
    parser = argparse.ArgumentParser(prog="python -m conformance.reference", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--port", type=int, default=0, help="first of three ports; 0 chooses free ones")
    parser.add_argument("--base-date", type=date.fromisoformat, default=None, help="the day the records are told from")
    parser.add_argument("--ready-file", type=Path, help="JSON written when requests are answered")
    parser.add_argument("--write-target", type=Path, help="a target file for this process")
    parser.add_argument("--fault", action="append", default=[], metavar="ID", help="serve with this fault seeded")
    parser.add_argument("--stop-with-parent", action="store_true", help="end when standard input closes")
    given = parser.parse_args()
    run(
        Options(
            host=given.host,
            port=given.port,
            base_date=given.base_date or date.today(),  # noqa: DTZ011
            ready_file=given.ready_file,
            target_file=given.write_target,
            faults=tuple(given.fault),
            stop_with_parent=given.stop_with_parent,
        )
    )


if __name__ == "__main__":
    main()
