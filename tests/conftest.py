"""A stricter world than users live in: what a test switches, it switches back."""

import gc
import os

import numpy as np
import pytest
from hypothesis import settings

from ondol.core.modes import SETTINGS

# The same examples in every run, however slow the machine is today. To look for new
# ones: python -m pytest --hypothesis-profile=default
settings.register_profile("repeatable", derandomize=True, deadline=None)
settings.load_profile("repeatable")


def pytest_configure(config):
    """Processes side by side would fight over the cores: few threads for each.

    Two in compiled code, so that sharing of work is tested; they sleep while they wait.
    Programs that they start inherit it; what is set already stays.
    """
    if getattr(config.option, "numprocesses", None):
        os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
        os.environ.setdefault("OMP_NUM_THREADS", "2")
        os.environ.setdefault("OMP_WAIT_POLICY", "passive")


def pytest_collection_finish():
    """The collector need not look at thousands of tests each time it runs."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def _modes_stay_as_they_were():
    """A mode that leaks out of a test would change the tests after it."""
    before = {name: setting.get() for name, setting in SETTINGS.items()}
    yield
    assert {name: setting.get() for name, setting in SETTINGS.items()} == before


@pytest.fixture
def rng():
    """Random numbers that are the same in every run."""
    return np.random.default_rng(0)
