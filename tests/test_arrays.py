"""What counts as an array, and the primitives of our own."""

import sys
import types

import numpy as np
import pytest

from ondol import Variable
from ondol.arrays import array_module, as_array, is_array


@pytest.mark.parametrize(
    "x", [1, 1.5, 2j, True, np.float32(1.5), np.int8(1), np.bool_(True)]
)
def test_as_array_of_numbers(x):
    got = as_array(x)
    assert type(got) is np.ndarray
    assert got.shape == ()
    assert got == x
    assert got.dtype == np.asarray(x).dtype


@pytest.mark.parametrize("x", [np.ones(3), np.array(1.0), np.ones((0, 2), np.int16)])
def test_as_array_of_arrays(x):
    assert as_array(x) is x


def test_is_array():
    assert is_array(np.ones(3))
    assert is_array(np.array(1.0))
    for x in (1.0, np.float64(1.0), [1.0], "a", None, Variable(np.ones(3))):
        assert not is_array(x)


def test_array_module_of_numpy():
    assert array_module(np.ones(3)) is np
    assert array_module(1.0) is np
    assert array_module(None) is np


def test_array_module_of_cupy(monkeypatch):
    cupy = types.ModuleType("cupy")
    cupy.ndarray = type("ndarray", (), {})
    monkeypatch.setitem(sys.modules, "cupy", cupy)
    x = cupy.ndarray()
    assert array_module(x) is cupy
    assert is_array(x)
    assert array_module(np.ones(3)) is np


def test_cupy_is_never_imported_for_nothing(monkeypatch):
    monkeypatch.delitem(sys.modules, "cupy", raising=False)
    is_array(object())
    assert "cupy" not in sys.modules
