"""A pretended GPU: arrays that compute as NumPy's do, but cannot be touched by NumPy.

`Array` stands in for ``cupy.ndarray`` where there is no GPU. As with CuPy's, NumPy's
functions dispatch on it, an operation with a NumPy array of one or more axes is an
error, and so is every silent way back into main memory.
"""

import types

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin


class Array(NDArrayOperatorsMixin):
    """An array on the pretended device."""

    def __init__(self, host):
        self.host = np.asarray(host)

    def __array__(self, *args, **kwargs):
        raise TypeError("a silent way back from the device into main memory")

    __float__ = __int__ = __array__

    def __array_ufunc__(self, ufunc, method, *args, **kwargs):
        return wrapped(getattr(ufunc, method)(*host(args), **host(kwargs)))

    def __array_function__(self, function, _, args, kwargs):
        kwargs.pop("like", None)
        if function is np.asarray:  # the open way onto the device
            return Array(np.asarray(*args, **kwargs))
        return wrapped(function(*host(args), **host(kwargs)))

    def __getattr__(self, name):
        found = getattr(self.host, name)
        if not callable(found):
            return wrapped(found)
        return lambda *args, **kwargs: wrapped(found(*host(args), **host(kwargs)))

    # An index alone may come from main memory, as CuPy lets it.
    def __getitem__(self, index):
        return wrapped(self.host[at(index)])

    def __setitem__(self, index, value):
        self.host[at(index)] = host(value)

    def __len__(self):
        return len(self.host)

    def __bool__(self):
        return bool(self.host)

    def __iter__(self):
        return (self[i] for i in range(len(self)))

    def get(self):
        """The array in main memory."""
        return self.host.copy()


def host(x):
    """What the device computes with: its own arrays and numbers, nothing of NumPy's."""
    if isinstance(x, Array):
        return x.host
    if isinstance(x, np.ndarray) and x.ndim:
        raise TypeError("the device was given an array of NumPy's")
    if isinstance(x, list | tuple):
        return type(x)(map(host, x))
    return {key: host(v) for key, v in x.items()} if isinstance(x, dict) else x


def at(index):
    """An index, for the array that NumPy computes with."""
    if isinstance(index, tuple):
        return tuple(map(at, index))
    return index.host if isinstance(index, Array) else index


def wrapped(x):
    """What comes out of a computation on the device; numbers are arrays there."""
    if isinstance(x, np.ndarray | np.number | np.bool_):
        return Array(x)
    if isinstance(x, list | tuple) and x:  # of named results CuPy knows no names
        return (list if isinstance(x, list) else tuple)(map(wrapped, x))
    return x


def scatter(ufunc):
    """``ufunc.at`` on the device."""
    return lambda a, index, b: ufunc.at(a.host, at(index), host(b))


def cupy():
    """A module to be found as ``cupy``."""
    module = types.ModuleType("cupy")
    module.ndarray = Array
    for ufunc in (np.add, np.maximum, np.minimum):
        setattr(module, ufunc.__name__, types.SimpleNamespace(at=scatter(ufunc)))
    tricks = types.SimpleNamespace(
        as_strided=lambda x, shape, strides: Array(
            np.lib.stride_tricks.as_strided(x.host, shape, strides)
        )
    )
    module.lib = types.SimpleNamespace(stride_tricks=tricks)
    module.asarray = lambda x: x if isinstance(x, Array) else Array(np.array(x))
    runtime = types.SimpleNamespace(getDeviceCount=lambda: 1)
    module.cuda = types.SimpleNamespace(runtime=runtime)
    return module
