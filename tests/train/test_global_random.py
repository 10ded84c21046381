"""The random numbers of the whole program: saved, and taken back."""

import random

import numpy as np
import pytest

from ondol.io import CheckpointError, load_checkpoint, save_checkpoint
from ondol.train.snapshot import GlobalRandom


class Edited(GlobalRandom):
    """A state that nobody had."""

    def __init__(self, **changes):
        self.changes = changes

    def state_dict(self):
        return super().state_dict() | self.changes


def draws():
    return [*np.random.normal(size=3), *np.random.rand(3), random.gauss(0, 1)]


def test_both_streams_go_on(tmp_path):
    np.random.seed(1)
    random.seed(1)
    draws()
    save_checkpoint(tmp_path / "x.ckpt", {"random": GlobalRandom()})
    expected = draws()
    draws()
    load_checkpoint(tmp_path / "x.ckpt", {"random": GlobalRandom()})
    assert draws() == expected


@pytest.mark.parametrize(
    "change",
    [
        {"numpy_position": [10**8, 0, 0.0]},
        {"numpy_position": [-5, 0, 0.0]},
        {"numpy_position": [3, 0]},
        {"numpy": np.zeros(3, np.uint32)},
        {"python": np.zeros(3, np.uint32)},
        {"python_position": [9, None]},
    ],
    ids=str,
)
def test_a_state_that_would_crash_later_is_refused(tmp_path, change):
    """NumPy believes a position, and reads whatever lies there in memory."""
    save_checkpoint(tmp_path / "x.ckpt", {"random": Edited(**change)})
    state = np.random.get_state()
    with pytest.raises(CheckpointError, match="random: "):
        load_checkpoint(tmp_path / "x.ckpt", {"random": GlobalRandom()})
    np.testing.assert_array_equal(np.random.get_state()[1], state[1])
    assert np.random.get_state()[2] == state[2]
