import tracemalloc

import numpy as np
import pytest

import ondol
import ondol.layers as L
from ondol.layers.initial import lecun_normal, undrawn
from ondol.random import generator


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_scale_and_dtype(dtype):
    ondol.seed(0)
    W = lecun_normal((400, 50), 100, dtype)
    assert W.dtype == dtype
    assert W.std() == pytest.approx(0.1, rel=0.02)


def test_the_numbers_are_the_next_of_the_generator():
    ondol.seed(4)
    expected = generator.normal((5, 3)) * np.float32(0.5)
    ondol.seed(4)
    np.testing.assert_array_equal(lecun_normal((5, 3), 4, np.float32), expected)


def test_large_weights_are_drawn_in_slabs(monkeypatch):
    monkeypatch.setattr("ondol.layers.initial._SLAB", 8)
    ondol.seed(4)
    expected = [generator.normal((n, 3)) for n in (2, 2, 1)]
    ondol.seed(4)
    W = lecun_normal((5, 3), 1, np.float32)
    np.testing.assert_array_equal(W, np.concatenate(expected))


def test_undrawn_weights_have_shape_and_dtype_and_take_nothing():
    before = generator.counter.copy()
    tracemalloc.start()
    with undrawn():
        W = L.Linear(4096, in_size=25088, nobias=True).W
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (W.shape, W.dtype) == ((25088, 4096), np.float32)
    assert peak < 1e6
    np.testing.assert_array_equal(generator.counter, before)
    with pytest.raises(ValueError, match="read-only"):
        W.data[0] = 1
    assert L.Linear(2, in_size=3).W.data.any()


def test_weights_are_drawn_again_after_an_error():
    with pytest.raises(ZeroDivisionError), undrawn():
        raise ZeroDivisionError
    assert L.Linear(2, in_size=3).W.data.any()
