import numpy as np
import pytest

from ondol.data.chance import part, sample_rng, takes_rng
from ondol.data.transforms import Compose, Fields, Flatten, RandomApply


class Method:
    def __call__(self, sample, rng=None):
        return sample


@pytest.mark.parametrize(
    ("function", "takes"),
    [
        (lambda x: x, False),
        (lambda x, rng: x, True),
        (lambda x, rng=None: x, True),
        (lambda x, generator: x, True),
        (lambda x, scale=2: x, False),
        (lambda x, *, rng=None: x, False),
        (lambda *args: args, False),
        (Method(), True),
        (np.stack, False),
        (np.sqrt, False),
        (int, False),
        (dict, False),
        (Compose([Flatten()]), False),
        (Compose([Fields(None, lambda t, rng: t)]), True),
        (Fields(Flatten(), None), False),
        (RandomApply(Flatten()), True),
    ],
)
def test_what_is_called_with_random_numbers(function, takes):
    assert takes_rng(function) is takes


def test_a_part_calls_as_its_function_wants():
    rng = np.random.default_rng(0)
    assert part("x", lambda s: s + 1)(1, rng) == 2
    assert part("x", lambda s, rng: (s, rng))(1, rng) == (1, rng)


def test_every_key_has_numbers_of_its_own():
    keys = [(), (0,), (1,), (0, 0), (0, 1), (1, 0), (0, 0, 0)]
    draws = {
        sample_rng(seed, epoch, *key).integers(2**62)
        for seed in (0, 1)
        for epoch in (0, 1)
        for key in keys
    }
    assert len(draws) == 4 * len(keys)
    assert sample_rng(3, 1, 5).random() == sample_rng(3, 1, 5).random()
