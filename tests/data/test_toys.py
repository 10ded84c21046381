import hashlib

import numpy as np
import pytest

from ondol.data import sine, spiral


@pytest.mark.parametrize(
    ("train", "digest"),
    [
        (True, "0aa6190c6ec34316462b179c72d8ddcda350f25a42c498d08c6bbd3153add495"),
        (False, "b57c72c3b989d718e74f6fa06645bfee3a34baad1e37c60601f0c5426e9322e7"),
    ],
)
def test_the_spiral_is_the_books(train, digest):
    x, t = spiral(train)
    assert (x.shape, x.dtype) == ((300, 2), np.float32)
    assert (t.shape, t.dtype) == ((300,), np.int64)
    # Of the book's get_spiral with NumPy 1.26, rounded: sin may differ in its last bit.
    rounded = (np.round(x.astype(np.float64), 4) + 0.0).astype("<f4")
    both = rounded.tobytes() + t.astype("<i8").tobytes()
    assert hashlib.sha256(both).hexdigest() == digest


def test_the_spiral_leaves_the_global_random_state_alone():
    np.random.seed(3)
    expected = np.random.rand()
    np.random.seed(3)
    spiral()
    sine()
    assert np.random.rand() == expected


def test_each_arm_has_100_points():
    assert np.bincount(spiral()[1]).tolist() == [100] * 3


def test_the_sine_is_noisy_and_the_cosine_is_not():
    x, t = sine()
    assert (x.shape, x.dtype, t.shape) == ((999, 1), np.float64, (999, 1))
    np.testing.assert_array_equal(x[1:], t[:-1])
    grid = np.linspace(0, 2 * np.pi, 1000)[:-1, np.newaxis]
    noise = np.abs(x - np.sin(grid))
    assert 0.04 < noise.max() <= 0.05
    clean, _ = sine(train=False)
    np.testing.assert_array_equal(clean, np.cos(grid))


def test_the_noise_depends_on_the_seed_alone():
    np.testing.assert_array_equal(sine(seed=4)[0], sine(seed=4)[0])
    assert (sine(seed=4)[0] != sine(seed=5)[0]).any()


@pytest.mark.parametrize("make", [spiral, sine])
def test_refuses_what_is_not_a_bool(make):
    with pytest.raises(TypeError, match="train must be True or False, got 'no'"):
        make("no")
