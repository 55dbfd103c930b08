"""Sekmet's FHIR server with records in it: ``python store.py CONFIG.json`` serves until its standard input closes.

CONFIG.json: ``port``, ``fhir_base`` (what it calls itself in links), ``database`` (a file to be made) and ``records``
(a file with one resource a line).
"""

from __future__ import annotations

import json
import sys
import threading
from pathlib import Path
from typing import Any

import uvicorn
from sekmet.config import Settings
from sekmet.main import create_app


def main(config: dict[str, Any]) -> None:
    settings = Settings(
        base_url=config["fhir_base"],
        db_path=config["database"],
        simulator={"enabled": False},
        log_inbound=False,
    )
    app = create_app(settings)
    store = app.state.ctx.store
    with store.transaction(), Path(config["records"]).open(encoding="utf-8") as lines:
        for line in lines:
            store.create(json.loads(line), keep_id=True)
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=config["port"], log_level="warning"))

    def stop_with_parent() -> None:
        sys.stdin.read()
        server.should_exit = True

    threading.Thread(target=stop_with_parent, daemon=True).start()
    server.run()


if __name__ == "__main__":
    main(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")))
