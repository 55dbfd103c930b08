"""Starts a run whose checks come in an order of chance: ``python shuffled.py SEED <options of the suites>``."""

import random
import sys

import pytest

from conformance.engine.pytest_runner import run_suites


class Shuffle:
    """Shuffles what was selected, after the run has put it in order."""

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items):
        random.Random(sys.argv[1]).shuffle(items)


if __name__ == "__main__":
    sys.exit(run_suites(sys.argv[2:], plugins=[Shuffle()]))
