"""The backward pass: from a result to everything it was computed from.

A loop over a heap ordered by generation, newest first, so that a call is visited when
the gradients of all its consumers have arrived (book step 16). Each call is visited
once; there is no recursion.

For a complex x the gradient in here is dL/dRe(x) - i dL/dIm(x), so that the rule of a
function with a complex derivative is the same as for real numbers: ``g * cos(x)``.
Outside, in ``x.grad``, stands its conjugate, dL/dRe(x) + i dL/dIm(x): the direction in
which L rises most, so that ``x.data -= lr * x.grad.data`` descends.
"""

from __future__ import annotations

from collections.abc import Callable
from heapq import heappop, heappush
from typing import Any

import numpy as np

from .. import errors
from ..writes import WRITES

Take = Callable[[Any, Any], bool] | None


def backward(
    root: Any, seed: Any, retain_grad: bool, create_graph: bool, take: Take = None
) -> None:
    """Deliver the gradient of `root` to every Variable that it was computed from.

    Args:
        root: the Variable to start from; it was computed by some call.
        seed: its gradient; a plain array, or a Variable under `create_graph`.
        retain_grad: also keep the gradients of the Variables in between.
        create_graph: gradients are Variables, and their computation is recorded.
        take: offered each Variable and its gradient; true if these go no further.
    """
    if root._data.dtype.kind == "c" and root._grad is None:
        raise errors.complex_loss(root)
    root._grad = seed  # it stays there, as the book's step 9 has it
    seed = np.conjugate(seed) if seed.dtype.kind == "c" else seed
    walk(root, seed, retain_grad, create_graph, take)


def walk(
    root: Any, seed: Any, retain_grad: bool, create_graph: bool, take: Take
) -> None:
    """Visit the calls behind `root`, newest first, and hand their gradients on."""
    WRITES.begin()
    pending: dict[Any, Any] = {}  # call -> gradient(s) of its output(s), so far
    heap: list[tuple[int, int, Any]] = []
    # By their tickets calls of one generation leave in the order they came.
    ticket, node, gys, pairs = 0, root.creator, seed, [(root, seed)]
    while True:
        for x, g in pairs:
            data = x._data
            if g.dtype is not data.dtype or g.shape != data.shape:
                g = fit(g, x, node)
            if take is not None and take(x, g):
                continue
            creator = x.creator
            if creator is None:
                if x._grad is None and not create_graph:
                    # Its own array, so that editing it harms no other.
                    passed_on = g is gys or g.base is not None or not node._fresh
                    g = g.copy() if passed_on or type(gys) is list else g
                leave(x, g)
                continue
            so_far = pending.get(creator)
            if so_far is None:
                heappush(heap, (-creator.generation, ticket, creator))
                ticket += 1
            if type(creator._result) is tuple:
                g = gather(so_far, x, g)
            elif so_far is not None:
                g = so_far + g
            pending[creator] = g
        if not heap:
            return
        node = heappop(heap)[2]
        gys = pending.pop(node)
        if retain_grad:
            retain(node, gys, root)
        if isinstance(gys, list):
            filled = zip(gys, node._result, strict=True)
            gys = [np.zeros_like(y) if g is None else g for g, y in filled]
        pairs = node.gradients(gys, create_graph)


def gather(so_far: list[Any] | None, x: Any, g: Any) -> list[Any]:
    """Add the gradient of `x`, one of several outputs, to those of the others."""
    gys = so_far or [None] * len(x.creator._result)
    i = x.creator.position(x)
    gys[i] = g if gys[i] is None else gys[i] + g
    return gys


def leave(x: Any, g: Any) -> None:
    """Add a gradient to what is in ``x.grad``, the way the outside reads it."""
    g = np.conjugate(g) if g.dtype.kind == "c" else g
    x._grad = g if x._grad is None else x._grad + g


def fit(g: Any, x: Any, node: Any) -> Any:
    """Give a gradient the shape and dtype of the input it belongs to.

    The one place where broadcasting and dtype promotion are undone. A real number that
    became complex on the way takes the real part.
    """
    shape, dtype = x._data.shape, x._data.dtype
    if g.shape != shape:
        g = sum_to(g, shape, node)
    if g.dtype == dtype:
        return g
    g = np.real(g) if g.dtype.kind == "c" != dtype.kind else g
    if g.dtype == dtype or dtype.kind not in x.keeps_dtype:
        return g  # the gradient of an integer is a real number
    if not np.can_cast(g.dtype, dtype, "same_kind"):
        raise errors.gradient_misfit(node, "dtype", g.dtype, dtype)
    return g.astype(dtype)


def sum_to(g: Any, shape: tuple[int, ...], node: Any) -> Any:
    """Sum `g` over the axes along which an input of `shape` was repeated."""
    extra = g.ndim - len(shape)
    long = g.shape[extra:]
    total: Any = np.add.reduce if isinstance(g, np.ndarray) else np.sum
    if long == shape:  # a bias, mostly
        return total(g, axis=0 if extra == 1 else tuple(range(extra)))
    if extra < 0 or any(n not in (1, m) for n, m in zip(shape, long, strict=True)):
        raise errors.gradient_misfit(node, "shape", g.shape, shape)
    repeated = (i for i, n in enumerate(shape, extra) if n != g.shape[i])
    return np.reshape(total(g, axis=(*range(extra), *repeated)), shape)


def retain(node: Any, gys: Any, root: Any) -> None:
    """Add the gradients of a call's outputs to the outputs' `grad`."""
    gys = gys if isinstance(gys, list) else [gys]
    for link, g in zip(node._links, gys, strict=True):
        output = link()
        if output is not None and g is not None and output is not root:
            leave(output, g)
