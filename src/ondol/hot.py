"""Hot functions: on large arrays their NumPy code runs as compiled kernels.

What training spends its time in (products, convolutions, norms, activations, steps of
optimizers) is decorated with `hot`. On arrays from some size on such a function is
traced, once for each kind of arguments, and what the trace computes runs as C: one text
for both. Which of them runs is decided by the arguments and the modes, never by what
has run before, so that a training that goes on in a new process computes the same bits.
"""

from __future__ import annotations

import functools
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import numpy as np

from .core.modes import training
from .errors import warn

LARGE = 1 << 16  # elements gone over a few times, from which on a kernel pays
LEAST = 1 << 9  # elements of the first argument, without which it never does
# So many multiplications with additions count as one element. OpenBLAS shares out what
# has more than 1 << 18 of them: all of those are to be kernels, or its threads, which
# wait awake for more, would take the cores from those of the kernels.
PRODUCT = 4
MOST = 512  # kernels in a process; what would need one more stays with NumPy

Code = Callable[..., Any]
Kernel = Callable[[Sequence[Any]], Any]


class Number(float):
    """A number that differs from call to call, such as a learning rate."""


# Arguments that a kernel is made for; all others but arrays are left to NumPy.
SETTINGS = (bool, int, float, str, tuple, type, type(None))

_ndarray, _float32 = np.ndarray, np.dtype(np.float32)
_unset = os.environ.get("ONDOL_NUMPY_ONLY", "") in ("", "0")
_numpy_only = ContextVar("numpy_only", default=not _unset)
_kernels: dict[Any, Kernel | None] = {}
_making = threading.Lock()
_forked = False


@contextmanager
def numpy_only(on: bool = True) -> Iterator[None]:
    """Let eager mode compute with NumPy alone inside the block, without kernels.

    It holds for the thread, or the async task, that the block is in. The environment
    variable ``ONDOL_NUMPY_ONLY=1`` says so for a whole process.

    Args:
        on: False lets kernels in again.
    """
    token = _numpy_only.set(on)
    try:
        yield
    finally:
        _numpy_only.reset(token)


def make_kernel(*what: Any) -> Kernel | None:
    """The kernel of some code; the package puts `compiler.kernels.make` in its place.

    It cannot be imported here: the compiler uses the functions that use this.
    """
    return None


def size(x: Any, *_: Any, **__: Any) -> int:
    """The elements of the first argument."""
    return int(x.size)


def hot(code: Code | None = None, *, work: Callable[..., int] = size) -> Any:
    """Decorate NumPy code that may run as a kernel while a network is trained.

    Args:
        code: computes one array, or a tuple of them, from arrays and settings. It asks
            for shapes and dtypes and for no numbers, and changes nothing outside.
        work: how much there is to do, from the arguments: elements that are gone over a
            few times.
    """
    if code is None:
        return functools.partial(hot, work=work)

    @functools.wraps(code)
    def run(*args: Any, **kwargs: Any) -> Any:
        # Written for small networks, where all calls end in the last line.
        if args and type(args[0]) is _ndarray and args[0].size >= LEAST:
            large = args[0].dtype == _float32 and work(*args, **kwargs) >= LARGE
            kernel = large and wanted() and kernel_for(code, args, kwargs, code)
            if kernel:
                return kernel(args)
        return code(*args, **kwargs) if kwargs else code(*args)

    return run


def wanted() -> bool:
    """Are kernels for large arrays wanted here?"""
    return training.get() and not (_numpy_only.get() or _forked)


def kernel_for(
    code: Code, args: Any, kwargs: Any, key: Any, over: tuple[int, ...] = ()
) -> Kernel | None:
    """The kernel for arguments like these, or None if NumPy is to compute.

    Args:
        code: NumPy code, see `hot`.
        args: some of which are arrays,
        kwargs: none of which are.
        key: tells the code from other code, and from itself with other settings.
        over: the positions of the arguments that the results are written over.
    """
    try:
        key = (key, *map(_kind, args), *map(_kind, kwargs.items()))
        return _kernels[key]
    except KeyError:
        return _made(key, code, args, kwargs, over)
    except TypeError:
        return None


def _kind(x: Any) -> Any:
    """What tells arguments apart that need kernels of their own.

    Raises:
        TypeError: it is nothing that kernels know.
    """
    if type(x) is _ndarray:
        return x.shape, x.dtype, None if x.flags.c_contiguous else order_of(x)
    if not isinstance(x, SETTINGS):
        raise TypeError
    return type(x), None if type(x) is Number else x


def order_of(x: np.ndarray) -> tuple[int, ...] | None:
    """The order of the axes in which `x` fills its memory, if there is one."""
    order = tuple(sorted(range(x.ndim), key=lambda i: -x.strides[i]))
    return order if x.transpose(order).flags.c_contiguous else None


def _made(key: Any, *what: Any) -> Kernel | None:
    with _making:
        if key in _kernels:
            return _kernels[key]
        if len(_kernels) >= MOST:
            _say_many()
            return None
        kernel = _kernels[key] = make_kernel(*what)
        return kernel


@functools.cache
def _say_many() -> None:
    warn("hot-many", count=MOST)


def _leave_to_numpy() -> None:
    """A child that was forked has none of the threads that a kernel would wait for."""
    global _forked
    _forked = True


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_leave_to_numpy)
