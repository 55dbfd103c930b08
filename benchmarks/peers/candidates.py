"""Each peer as a function of one document's bytes, made ready for a corpus; None where it is not installed."""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

if TYPE_CHECKING:
    from collections.abc import Callable

    Action = Callable[[bytes], Any]

BENCHMARKS = Path(__file__).parent.parent


def fhir_resources(_packages: list[Path]) -> Action | None:
    """The models of fhir.resources (R4B), which check types and cardinalities only."""
    try:
        models = importlib.import_module("fhir.resources.R4B")
    except ImportError:
        return None

    def action(text: bytes) -> Any:
        value = orjson.loads(text)
        try:
            return models.get_fhir_model_class(value["resourceType"]).model_validate(value)
        except ValueError as trouble:
            return trouble

    return action


def pyrofile(packages: list[Path]) -> Action | None:
    """pyrofile-validator with the corpus' packages and local terminology."""
    try:
        engine = importlib.import_module("pyrofile_validator.core.engine")
        config = importlib.import_module("pyrofile_validator.config")
    except ImportError:
        return None
    validator = engine.Validator(config.ValidatorConfig(local_package_paths=[str(one) for one in packages]))

    def action(text: bytes) -> Any:
        with contextlib.redirect_stdout(None):
            return validator.validate_resource(json.loads(text))

    return action


class Java:
    """The HL7 Java validator, warm: one process, with its own start-up told apart."""

    def __init__(self, guides: tuple[str, ...]) -> None:
        started = time.perf_counter()
        self._peer = _oracle("peer").Peer(guides)
        self.start_up = time.perf_counter() - started

    def __call__(self, text: bytes) -> Any:
        """Judge one document."""
        return self._peer.judge(text)

    def close(self) -> None:
        """End its process."""
        self._peer.close()


def java(realm: str) -> Java | None:
    """The Java validator with the guides of ``current`` or ``earlier``, if ``make oracle`` has built it."""
    if os.environ.get("WITHOUT_JAVA") or not _oracle("peer").is_built():
        return None
    return Java(_oracle("peer").GUIDES[realm])


def _oracle(name: str) -> Any:
    if str(BENCHMARKS) not in sys.path:
        sys.path.insert(0, str(BENCHMARKS))
    return importlib.import_module(f"oracle.{name}")
