"""Hot functions: on large arrays their NumPy code runs as compiled kernels.

What training spends its time in (products, convolutions, norms, activations, updates)
is decorated with `hot`. On arrays from some size on a hot function is traced, once for
each kind of arguments, and what the trace computes runs as C. There is one text for
both. Which of them runs is decided by the arguments and by modes, never by what has run
before, so that a training that goes on in a new process computes the same bits.
"""

from __future__ import annotations

import functools
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import numpy as np

from .core.modes import training
from .errors import warn

LARGE = 1 << 16  # elements that a few passes go over, from which on a kernel pays
MOST = 512  # kernels in a process; what would need more stays with NumPy



class Number(float):
    """A number that differs from call to call, such as a learning rate."""


Code = Callable[..., Any]
Kernel = Callable[[list[np.ndarray]], Any]

_ndarray, _float32 = np.ndarray, np.dtype(np.float32)
_numpy_only = ContextVar(
    "numpy_only", default=os.environ.get("ONDOL_NUMPY_ONLY", "0") != "0"
)
_NO_KWARGS: dict[str, Any] = {}
_kernels: dict[Any, Kernel | None] = {}
_making = threading.Lock()


@contextmanager
def numpy_only(on: bool = True) -> Iterator[None]:
    """Let eager mode compute with NumPy alone inside the block, without kernels.

    It holds for the thread, or the async task, that the block is in. The environment
    variable ``ONDOL_NUMPY_ONLY=1`` does it for a whole process.

    Args:
        on: False lets kernels in again.
    """
    token = _numpy_only.set(on)
    try:
        yield
    finally:
        _numpy_only.reset(token)


def make_kernel(*what: Any) -> Kernel | None:
    """Stands for `ondol.compiler.kernels.make`, which is loaded when it is needed.

    The compiler stands above those who use kernels; so the package puts it here.
    """
    return None


def size(x: Any, *_: Any, **__: Any) -> int:
    """The elements of the first argument, gone over a few times."""
    return x.size


def hot(code: Code | None = None, *, work: Callable[..., int] = size) -> Any:
    """Decorate NumPy code that may run as a kernel while a network is trained.

    Args:
        code: computes one array, or a tuple of them, from arrays and settings. It asks
            for shapes and dtypes and for no numbers, and nothing of what it changes is
            seen outside.
        work: how much there is to do, counted in elements that a few passes go over,
            from the arguments, the first of which is an array.
    """
    if code is None:
        return functools.partial(hot, work=work)

    @functools.wraps(code)
    def run(*args: Any, **kwargs: Any) -> Any:
        if is_large(args[0], work, args, kwargs):
            kernel = kernel_for(code, args, kwargs, code)
            if kernel:
                return kernel(args)
        return code(*args, **kwargs)

    return run


def is_large(
    x: Any, work: Any = size, args: Any = (), kwargs: Any = _NO_KWARGS
) -> bool:
    """Is there enough to do for a kernel to pay, and are kernels wanted here?"""
    if type(x) is not _ndarray or x.dtype is not _float32:
        return False
    if (work(*args, **kwargs) if args else x.size) < LARGE:
        return False
    return training.get() and not _numpy_only.get()


def kernel_for(
    code: Code, args: Any, kwargs: Any, key: Any, over: tuple[int, ...] = ()
) -> Kernel | None:
    """The kernel for arguments like these, or None if NumPy is to compute.

    Args:
        code: NumPy code, see `hot`.
        args: some of which are arrays,
        kwargs: none of which are.
        key: what tells the code from other code, and from itself in other settings.
        over: the positions of the arguments that the results are written over.
    """
    key = (key, *map(_kind, args), *kwargs.items())
    try:
        return _kernels[key]
    except KeyError:
        return _made(key, code, args, kwargs, over)
    except TypeError:  # a list, for example, cannot be told from another by looking
        return None


def _kind(x: Any) -> Any:
    """What tells arguments apart that need kernels of their own."""
    if type(x) is _ndarray:
        return x.shape, x.dtype, None if x.flags.c_contiguous else order_of(x)
    return type(x), None if type(x) is Number else x


def order_of(x: np.ndarray) -> tuple[int, ...] | None:
    """The order of axes in which `x` lies in memory from end to end, if in one."""
    order = tuple(sorted(range(x.ndim), key=lambda i: -x.strides[i]))
    return order if x.transpose(order).flags.c_contiguous else None


def _made(key: Any, *what: Any) -> Kernel | None:
    with _making:
        if key not in _kernels:
            if len(_kernels) == MOST:
                warn("hot-many", count=MOST)
            many = len(_kernels) >= MOST
            _kernels[key] = None if many else make_kernel(*what)
        return _kernels[key]


def _off_in_child() -> None:
    """A process that was forked has none of the threads that kernels wait for."""
    _numpy_only.set(True)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_off_in_child)
