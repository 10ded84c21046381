"""The book's functions (steps 24 to 57), spelled with ondol's.

Where a formula decides the printed digits of the book's programs it is the book's: the
mean squared error, sigmoid, and dropout with numbers of ``np.random``.
"""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

import ondol.functions as F

from ..core.graph import data_of
from ..core.modes import training
from ..errors import ArgumentError, ShapeError, tell
from ..functions.checks import check_classes, check_same_shape
from ..functions.register import differentiable
from . import core
from . import functions_conv as conv
from .core import as_array, as_class, as_variable, lifted

Function, Variable = core.Function, core.Variable
# ``import *`` gives the book's names, and not what this module is made of.
__all__ = [
    "BatchNorm",
    "BroadcastTo",
    "Clip",
    "Cos",
    "Exp",
    "Function",
    "GetItem",
    "LeakyReLU",
    "Linear",
    "Log",
    "LogSoftmax",
    "MatMul",
    "Max",
    "MeanSquaredError",
    "Min",
    "ReLU",
    "Reshape",
    "Sigmoid",
    "Sin",
    "Softmax",
    "SoftmaxCrossEntropy",
    "Sum",
    "SumTo",
    "Tanh",
    "Transpose",
    "Variable",
    "accuracy",
    "add",
    "as_array",
    "as_variable",
    "average",
    "average_pooling",
    "batch_norm",
    "batch_nrom",
    "binary_cross_entropy",
    "broadcast_to",
    "clip",
    "col2im",
    "conv2d",
    "conv2d_simple",
    "cos",
    "deconv2d",
    "div",
    "dropout",
    "embed_id",
    "exp",
    "expand_dims",
    "flatten",
    "get_item",
    "im2col",
    "leaky_relu",
    "linear",
    "linear_simple",
    "log",
    "log_softmax",
    "matmul",
    "max",
    "mean",
    "mean_squared_error",
    "mean_squared_error_simple",
    "min",
    "mul",
    "neg",
    "pooling",
    "pooling_simple",
    "pow",
    "relu",
    "reshape",
    "rsub",
    "sigmoid",
    "sigmoid_cross_entropy",
    "sigmoid_simple",
    "sin",
    "softmax",
    "softmax_cross_entropy",
    "softmax_cross_entropy_simple",
    "softmax_simple",
    "sub",
    "sum",
    "sum_to",
    "tanh",
    "transpose",
]

add, sub, rsub, mul = core.add, core.sub, core.rsub, core.mul
div, neg, pow = core.div, core.neg, core.pow
conv2d, conv2d_simple, deconv2d = conv.conv2d, conv.conv2d_simple, conv.deconv2d
pooling, pooling_simple = conv.pooling, conv.pooling_simple
average_pooling, im2col, col2im = conv.average_pooling, conv.im2col, conv.col2im

sin, cos, tanh, exp, log = map(lifted, (F.sin, F.cos, F.tanh, F.exp, F.log))
relu, leaky_relu = lifted(F.relu), lifted(F.leaky_relu)


def linear(x: Any, W: Any, b: Any = None) -> Any:
    """``x @ W + b``."""
    return F.linear(_variable_beside(x, W), W, b)


def _variable_beside(x: Any, other: Any) -> Any:
    """An operand; a Variable, unless the other is one."""
    if isinstance(other, Variable) or isinstance(x, Variable):
        return x
    return as_variable(as_array(x))


linear_simple = linear


@lifted
def reshape(x: Any, shape: Any) -> Any:
    """The same elements in another shape."""
    return F.reshape(x, shape)


@lifted
def broadcast_to(x: Any, shape: Any) -> Any:
    """Repeat `x` to `shape`."""
    return F.broadcast_to(x, shape)


@lifted
def expand_dims(x: Any, axis: Any) -> Any:
    """A new axis of length 1 at `axis`."""
    return F.expand_dims(x, axis)


@lifted
def get_item(x: Any, slices: Any) -> Any:
    """``x[slices]``."""
    return x[slices]


@lifted
def matmul(x: Any, W: Any) -> Any:
    """The matrix product."""
    return F.matmul(x, W)


@lifted
def clip(x: Any, x_min: Any, x_max: Any) -> Any:
    """`x`, no less than `x_min` and no more than `x_max`."""
    return F.clip(x, x_min, x_max)


@lifted
def accuracy(y: Any, t: Any) -> Any:
    """The share of rows whose largest score is at the class in `t`; no gradient."""
    return F.accuracy(y, np.ravel(data_of(t)))


@lifted
def transpose(x: Any, axes: Any = None) -> Any:
    """The axes in the given order, or reversed."""
    return F.transpose(x, axes)


@lifted
def sum(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """The sum over `axis`, or over all."""
    if axis is None and not keepdims:
        return F.sum(x)
    return F.sum(x, axis=axis, keepdims=keepdims)


@lifted
def max(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """The largest over `axis`, or over all; equals share the gradient."""
    return F.max(x, axis=axis, keepdims=keepdims)


@lifted
def min(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """The smallest over `axis`, or over all; equals share the gradient."""
    return F.min(x, axis=axis, keepdims=keepdims)


@lifted
def average(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """The mean over `axis`, or over all."""
    y = F.sum(x, axis=axis, keepdims=keepdims)
    return y * (y.size / x.size)


mean = average


@lifted
def flatten(x: Any) -> Any:
    """``(N, ...)`` to ``(N, features)``."""
    return F.reshape(x, (x.shape[0], prod(x.shape[1:])))


@lifted
def sum_to(x: Any, shape: tuple[int, ...]) -> Any:
    """The sum over the axes along which an array of `shape` would be repeated.

    Raises:
        ShapeError: an array of `shape` does not broadcast to that of `x`.
    """
    extra = x.ndim - len(shape)
    if extra < 0 or _any_misfit(shape, x.shape[extra:]):
        raise tell(ShapeError, "book-sum-to", [x], shape=shape, got=x.shape)
    repeated = (i for i, n in enumerate(shape, extra) if n != x.shape[i])
    return F.reshape(F.sum(x, axis=(*range(extra), *repeated)), shape)


def _any_misfit(shape: tuple[int, ...], wide: tuple[int, ...]) -> bool:
    """Is there an axis of `shape` that cannot be repeated to that of `wide`?"""
    return any(n not in (1, m) for n, m in zip(shape, wide, strict=True))


@differentiable(lambda g, y, x: g * y * (1.0 - y))  # 1 takes longer
def _sigmoid(x: Any) -> Any:
    if type(x) is np.ndarray and x.dtype.char == "d" and x.ndim:
        y = x * -1.0
        np.minimum(y, 709.0, out=y)  # beyond that the exponential overflows
        np.exp(y, out=y)  # without AVX-512 NumPy's tanh takes four times as long
        y += 1.0
        return np.divide(1.0, y, out=y)
    # As in the book, whose float32 numbers are to come out to the last digit.
    y = x * 0.5
    y = np.tanh(y, out=y if type(y) is np.ndarray else None)
    y *= 0.5
    y += 0.5
    return y


_sigmoid.__name__ = "sigmoid"
sigmoid = lifted(_sigmoid)


@lifted
def sigmoid_simple(x: Any) -> Any:
    """``1 / (1 + exp(-x))`` (book step 43)."""
    return F.sigmoid(x)


@lifted
def softmax(x: Any, axis: int = 1) -> Any:
    """``exp(x) / sum(exp(x))`` over `axis`."""
    return F.softmax(x, axis=axis)


softmax_simple = softmax


@lifted
def log_softmax(x: Any, axis: int = 1) -> Any:
    """The logarithm of softmax."""
    return F.log_softmax(x, axis=axis)


def _mean_squared_error_grad(g: Any, y: Any, x0: Any, x1: Any) -> Any:
    diff = x0 - x1
    return diff * (g * (2 / _length(diff)))


@differentiable(
    _mean_squared_error_grad,
    lambda g, y, x0, x1: _mean_squared_error_grad(g, y, x1, x0),
)
def _mean_squared_error(x0: Any, x1: Any) -> Any:
    x0, x1 = as_array(x0), as_array(x1)
    diff = x0 - x1
    if not x0.size == x1.size == diff.size:
        check_same_shape(x0, x1)
    return (diff * diff).sum() / _length(diff)


def _length(x: Any) -> int:
    return len(x) if x.ndim else 1


def mean_squared_error(x0: Any, x1: Any) -> Any:
    """The sum of ``(x0 - x1) ** 2`` over the length of the first axis (book step 42).

    Shapes may differ by axes of length 1 in front, as in step 59.

    Raises:
        ShapeError: an element would be compared with more than one.
    """
    return _mean_squared_error(_variable_beside(x0, x1), x1)


mean_squared_error_simple = mean_squared_error


@lifted
def softmax_cross_entropy(x: Any, t: Any) -> Any:
    """The mean of ``-log(softmax(x)[class])``, for scores ``(N, C)`` and N ids."""
    return F.softmax_cross_entropy(x, np.ravel(data_of(t)))


@lifted
def softmax_cross_entropy_simple(x: Any, t: Any) -> Any:
    """The same, from one small function to the next (book step 47)."""
    t = np.ravel(data_of(t))
    check_classes(x, t)
    p = F.softmax(x, axis=1)
    positive = p.data > np.finfo(p.dtype).tiny  # elsewhere the logarithm is not exact
    log_p = F.log(F.where(positive, p, 1))
    log_p = F.where(positive, log_p, F.log_softmax(x, axis=1))
    return -1 * F.sum(log_p[np.arange(len(x)), t]) / len(x)


@lifted
def sigmoid_cross_entropy(x: Any, t: Any) -> Any:
    """Binary cross-entropy of scores, summed and divided by the number of samples."""
    return F.sigmoid_cross_entropy(x, _like(x, t)) * (x.size / len(x))


@lifted
def binary_cross_entropy(p: Any, t: Any) -> Any:
    """Binary cross-entropy of probabilities, over the number of samples."""
    return F.binary_cross_entropy(p, _like(p, t)) * (p.size / len(p))


def _like(x: Any, t: Any) -> Any:
    """Targets in the shape of what they are compared with."""
    return t if t.ndim == x.ndim else t.reshape(x.shape)


@lifted
def dropout(x: Any, dropout_ratio: float = 0.5) -> Any:
    """Zero elements at random while training (book step 54).

    Raises:
        ArgumentError: a ValueError; the ratio is not from 0 up to, not including, 1.
    """
    if not 0 <= dropout_ratio < 1:
        raise tell(ArgumentError, "book-dropout", got=dropout_ratio)
    if not training.get():
        return x
    keep = np.asarray(np.random.rand(*x.shape) > dropout_ratio, like=data_of(x))
    dtype = np.result_type(x.dtype, np.float16)  # integers become real numbers
    return x * keep / dtype.type(1.0 - dropout_ratio)


@lifted
def batch_nrom(
    x: Any,
    gamma: Any,
    beta: Any,
    mean: Any,
    var: Any,
    decay: float = 0.9,
    eps: float = 2e-5,
) -> Any:
    """Batch normalisation, under the name that the book's programs call it by.

    Args:
        x: ``(N, C)`` or ``(N, C, H, W)``.
        gamma: scale, ``(C,)``.
        beta: shift, ``(C,)``.
        mean: running mean, an array ``(C,)``; changed in place while training.
        var: running variance, likewise.
        decay: share of the running statistics that stays.
        eps: added to the variance.
    """
    running = as_variable(mean), as_variable(var)
    y = F.batch_norm(x, gamma, beta, *running, momentum=1 - decay, eps=eps)
    for old, new in zip((mean, var), running, strict=True):
        data_of(old)[...] = new.data
    return y


batch_norm = batch_nrom


def embed_id(x: Any, W: Any) -> Any:
    """Row ``x[i]`` of the table `W` for each id."""
    return F.embedding(data_of(x), as_variable(W))


# The book's classes, for programs that name them: ``Sum(axis, keepdims)(x)``.
Sin, Cos, Tanh = as_class("Sin", sin), as_class("Cos", cos), as_class("Tanh", tanh)
Exp, Log = as_class("Exp", exp), as_class("Log", log)
Reshape, Transpose = as_class("Reshape", reshape), as_class("Transpose", transpose)
GetItem, Sum = as_class("GetItem", get_item), as_class("Sum", sum)
SumTo, BroadcastTo = as_class("SumTo", sum_to), as_class("BroadcastTo", broadcast_to)
MatMul, Linear = as_class("MatMul", matmul), as_class("Linear", linear)
Sigmoid, ReLU = as_class("Sigmoid", sigmoid), as_class("ReLU", relu)
Softmax, LogSoftmax = as_class("Softmax", softmax), as_class("LogSoftmax", log_softmax)
LeakyReLU = as_class("LeakyReLU", leaky_relu)
MeanSquaredError = as_class("MeanSquaredError", mean_squared_error)
SoftmaxCrossEntropy = as_class("SoftmaxCrossEntropy", softmax_cross_entropy)
Max, Min, Clip = as_class("Max", max), as_class("Min", min), as_class("Clip", clip)
BatchNorm = as_class("BatchNorm", batch_nrom)

for _function in (sigmoid, *vars().copy().values()):
    if hasattr(_function, "__wrapped__"):
        _function.__module__ = __name__  # where pickle finds it
sigmoid.__name__ = sigmoid.__qualname__ = "sigmoid"
