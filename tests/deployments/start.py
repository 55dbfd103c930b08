"""Start a deployment by hand: ``python tests/deployments/start.py NAME FOLDER`` prints its target file and waits."""

from __future__ import annotations

import importlib.util
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

HERE = Path(__file__).parent
sys.path[:0] = [str(folder) for folder in (HERE, HERE.parents[1]) if str(folder) not in sys.path]

if TYPE_CHECKING:
    from types import ModuleType


def deployment(name: str) -> ModuleType:
    """The stack of this name: a module with ``stack(folder)``."""
    spec = importlib.util.spec_from_file_location(f"deployment_{name}", HERE / name / "stack.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def main(name: str, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())  # so that what it started is stopped too
    with deployment(name).stack(folder) as target:
        print(target, flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]).resolve())
