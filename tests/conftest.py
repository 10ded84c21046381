"""A stricter world than users live in: what a test switches, it switches back."""

import numpy as np
import pytest

from ondol.core.modes import SETTINGS


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
