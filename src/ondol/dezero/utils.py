"""The book's utilities: graph pictures (steps 25 and 26), shapes, gradient checks."""

from __future__ import annotations

import operator
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

import ondol.functions as F

from ..arrays import SCALARS, is_array
from ..core.graph import Function, Primitive, Variable, data_of
from ..data.download import cache_folder, fetch
from ..errors import ArgumentError, tell
from ..show.graph import calls, itself, quoted, write_dot
from ..testing import numerical_gradient
from . import cuda, functions
from .core import as_array, as_variable

# The book's classes whose names are not NumPy's words in capitals.
_CLASS_NAMES = {
    "conv": "Conv2d",
    "conv_transpose": "Deconv2d",
    "getitem": "GetItem",
    "leaky_relu": "LeakyReLU",
    "matmul": "MatMul",
    "multiply": "Mul",
    "negative": "Neg",
    "power": "Pow",
    "put": "GetItemGrad",
    "relu": "ReLU",
    "subtract": "Sub",
    "divide": "Div",
    "true_divide": "Div",
}
_SETTINGS = (
    np.power,
    operator.getitem,
)  # their second operand is a setting in the book

# -- graph pictures --------------------------------------------------------------------


def _dot_var(v: Any, verbose: bool = False) -> str:
    """One Variable in DOT."""
    return _dot_node(str(id(v)), v, verbose)


def _dot_func(f: Function) -> str:
    """One Function call in DOT, with the arrows to and from it."""
    name = _class_name(f)
    look = "color=lightblue, style=filled, shape=box"
    lines = [f"{id(f)} [label={quoted(name)}, {look}]\n"]
    lines += [f"{key} -> {id(f)}\n" for key, _ in _operands(f)]
    alive = (y() for y in f._links)
    lines += [f"{id(f)} -> {id(y)}\n" for y in alive if y is not None]
    return "".join(lines)


def get_dot_graph(output: Any, verbose: bool = True) -> str:
    """The graph that `output` was computed by, in DOT (book step 26).

    Args:
        output: the Variable to start from; one that nothing was recorded of is shown
            alone.
        verbose: show the shape and dtype of each Variable, beside its name.
    """
    # By key, so that a Variable that is used twice is drawn once.
    nodes = {str(id(output)): _dot_var(output, verbose)}
    for f in calls(output):
        nodes[str(id(f))] = _dot_func(f)
        outputs = [(str(id(y())), y()) for y in f._links if y() is not None]
        for key, x in _operands(f) + outputs:
            nodes.setdefault(key, _dot_node(key, x, verbose))
    return "digraph g {\n" + "".join(nodes.values()) + "}"


def plot_dot_graph(
    output: Any, verbose: bool = True, to_file: str | os.PathLike[str] = "graph.png"
) -> Any:
    """Write a picture of the graph that `output` was computed by (book step 26).

    Args:
        output: the Variable to start from.
        verbose: show the shape and dtype of each Variable, beside its name.
        to_file: ends in .png, .svg, .pdf, .dot or .gv.

    Returns:
        What a notebook shows as the picture; None without IPython, or if the file is
        not a PNG.

    Raises:
        ArgumentError, UsageError, ImportError, OSError: as `ondol.show.save_graph`.
    """
    path = write_dot(get_dot_graph(output, verbose), to_file)
    try:
        from IPython.display import Image  # type: ignore[import-not-found]
    except ImportError:
        return None
    return Image(filename=str(path)) if path.suffix.lower() == ".png" else None


def _dot_node(key: str, x: Any, verbose: bool) -> str:
    """One Variable, or one array or number that the book makes a Variable of."""
    parts = [str(x.name)] if getattr(x, "name", None) is not None else []
    data = as_array(data_of(x))
    if verbose and data is not None:
        parts.append(f"{data.shape} {data.dtype}")
    return f"{key} [label={quoted(': '.join(parts))}, color=orange, style=filled]\n"


def _operands(f: Function) -> list[tuple[str, Any]]:
    """The book's inputs of a call, each with its name in DOT."""
    operands = []
    for i, x in enumerate(f._args):
        if isinstance(x, Variable):
            operands.append((str(id(itself(x))), itself(x)))
        elif _is_input(f, x):
            operands.append((f"c{id(f)}_{i}", x))
    return operands


def _is_input(f: Function, x: Any) -> bool:
    """Does the book make a Variable of `x`, or is it a setting, such as an axis?"""
    if isinstance(f, Primitive) and f.function in _SETTINGS:
        return False
    numbers = not isinstance(f, Primitive) or isinstance(f.function, np.ufunc)
    return is_array(x) or (numbers and isinstance(x, SCALARS))


def _class_name(f: Function) -> str:
    """The book's name of the class of a call."""
    if not isinstance(f, Primitive):
        return f.name
    words = f.name.split("_")
    return _CLASS_NAMES.get(f.name, "".join(word.capitalize() for word in words))


# -- shapes ----------------------------------------------------------------------------


def sum_to(x: Any, shape: tuple[int, ...]) -> Any:
    """The sum over the axes along which an array of `shape` would be repeated.

    Args:
        x: an array; or a Variable, and so is the result.
        shape: one that broadcasts to that of `x`.

    Raises:
        ShapeError: it does not.
    """
    y = functions.sum_to(x, shape)
    return y if isinstance(x, Variable) else data_of(y)


def reshape_sum_backward(gy: Any, x_shape: Any, axis: Any, keepdims: bool) -> Any:
    """The gradient of a sum with the axes of length 1 that the sum has dropped.

    Args:
        gy: the gradient of the result, an array or a Variable.
        x_shape: of what was summed.
        axis: one axis, several or None, as `sum` was given it.
        keepdims: as `sum` was given it.
    """
    if axis is None or keepdims or not x_shape:
        return gy.reshape(gy.shape)
    axes = _axes(axis, len(x_shape))
    kept = iter(gy.shape)
    return gy.reshape(
        tuple(1 if i in axes else next(kept) for i in range(len(x_shape)))
    )


def max_backward_shape(x: Any, axis: Any) -> list[int]:
    """The shape of ``x.max(axis, keepdims=True)``.

    Args:
        x: an array or a Variable.
        axis: one axis, several or None; negative ones count from the end.
    """
    axes = range(x.ndim) if axis is None else _axes(axis, x.ndim)
    return [1 if i in axes else n for i, n in enumerate(x.shape)]


def _axes(axis: Any, ndim: int) -> tuple[int, ...]:
    return np.lib.array_utils.normalize_axis_tuple(axis, ndim)


def logsumexp(x: Any, axis: Any = 1) -> Any:
    """``log(sum(exp(x)))`` over `axis`, which is kept with length 1; never overflows.

    Args:
        x: an array.
        axis: one axis, several or None.
    """
    return F.logsumexp(x, axis=axis, keepdims=True).data


def get_conv_outsize(input_size: int, kernel_size: int, stride: int, pad: int) -> int:
    """The length of one axis after a convolution (book step 55)."""
    return (input_size + pad * 2 - kernel_size) // stride + 1


def get_deconv_outsize(size: int, k: int, s: int, p: int) -> int:
    """The length of one axis after a transposed convolution."""
    return s * (size - 1) + k - 2 * p


def pair(x: Any) -> tuple[Any, Any]:
    """Two numbers: `x` twice, or the two in it.

    Raises:
        ArgumentError: a ValueError; `x` is neither an integer nor a tuple of two.
    """
    if isinstance(x, int | np.integer):
        return (x, x)
    if isinstance(x, tuple) and len(x) == 2:
        return x
    raise tell(ArgumentError, "book-pair", got=f"{x!r:.60}")


# -- gradient checks -------------------------------------------------------------------


def gradient_check(
    f: Callable[..., Any],
    x: Any,
    *args: Any,
    rtol: float = 1e-4,
    atol: float = 1e-5,
    **kwargs: Any,
) -> bool:
    """Compare what `backward` computes with central differences.

    Nothing of the caller's is changed: `f` works on float64 copies of `x`. What `f`
    returns is summed, over several outputs too.

    Args:
        f: takes `x`, `args` and `kwargs`, and returns a Variable or several.
        x: an array or a Variable.
        args: handed on; no gradient is computed for them.
        rtol: the largest difference allowed, in proportion to the value.
        atol: the largest difference allowed at zero.
        kwargs: handed on.

    Returns:
        Do they agree? If not, both are printed.
    """
    args = tuple(map(_constant, args))
    kwargs = {key: _constant(value) for key, value in kwargs.items()}
    leaf = as_variable(_float64(x))
    y = sum(functions.sum(y) for y in _several(f(leaf, *args, **kwargs)))
    if y.creator is not None:
        y.backward()
    found = np.zeros(leaf.shape) if leaf.grad is None else data_of(leaf.grad)
    expected = numerical_grad(f, _float64(x), *args, **kwargs)
    agree = array_allclose(expected, found, rtol=rtol, atol=atol)
    if not agree:
        print("\n========== FAILED (Gradient Check) ==========")
        _print_gradient("Numerical Grad", expected)
        _print_gradient("Backprop Grad", found)
    return agree


def numerical_grad(f: Callable[..., Any], x: Any, *args: Any, **kwargs: Any) -> Any:
    """The gradient of the sum of ``f(x)`` by central differences (book step 4).

    Args:
        f: takes `x`, `args` and `kwargs`, and returns a Variable, an array or several.
        x: an array or a Variable; computed with in float64, and not changed.
        args: handed on.
        kwargs: handed on.

    Returns:
        An array of the shape of `x`, and of its dtype if that is a real one.
    """

    def total(x: Any) -> Any:
        ys = _several(f(x, *args, **kwargs))
        return sum(np.sum(data_of(y)) for y in ys)

    gradient = numerical_gradient(total, [_float64(x)], 0, eps=1e-4)
    dtype = as_array(data_of(x)).dtype
    return gradient.astype(dtype) if dtype.kind == "f" else gradient


def _several(ys: Any) -> Any:
    return ys if isinstance(ys, tuple | list) else (ys,)


def _float64(x: Any) -> Any:
    """A copy of an array, or of that in a Variable."""
    data = data_of(as_variable(as_array(x)))
    if data is None:
        raise tell(ArgumentError, "book-no-numbers")
    return data.astype(np.float64)


def _constant(x: Any) -> Any:
    return x.detach() if isinstance(x, Variable) else x


def _print_gradient(title: str, gradient: Any) -> None:
    values = str(cuda.as_numpy(gradient).ravel()[:10]).strip("[]")
    print(f"{title}\n shape: {gradient.shape}\n values: {values} ...")


def array_equal(a: Any, b: Any) -> bool:
    """Are shapes and elements equal? Takes arrays and Variables."""
    return np.array_equal(cuda.as_numpy(a), cuda.as_numpy(b))


def array_allclose(a: Any, b: Any, rtol: float = 1e-4, atol: float = 1e-5) -> bool:
    """Are all elements equal, up to the tolerances? Takes arrays and Variables."""
    return np.allclose(cuda.as_numpy(a), cuda.as_numpy(b), rtol=rtol, atol=atol)


# -- downloads -------------------------------------------------------------------------


def __getattr__(name: str) -> Any:
    """``cache_dir``, where `get_file` keeps files; it follows ondol's setting."""
    if name == "cache_dir":
        return str(cache_folder())
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def _books_folder() -> Path:
    """Where the book's own package keeps what it downloads."""
    return Path.home() / ".dezero"


def get_file(url: str, file_name: str | None = None) -> str:
    """The path of a file from the net, downloaded if it is not there yet.

    A file that the book's own package has downloaded, into ``~/.dezero``, is used as it
    is: no checksum tells whether it is whole. If it proves damaged, delete it there,
    and the next call downloads it. Any other file is kept in `cache_dir`.

    Args:
        url: its address.
        file_name: under which it is kept; None takes the last part of the address.

    Raises:
        DownloadError: an OSError; see `ondol.data.download.fetch`.
    """
    earlier = _books_folder() / (file_name or url.rpartition("/")[2])
    return str(earlier if earlier.is_file() else fetch(url, file_name))


def show_progress(block_num: int, block_size: int, total_size: int) -> None:
    """Print a bar over the last one: a hook for ``urllib.request.urlretrieve``.

    Args:
        block_num: how many blocks have come.
        block_size: bytes in a block.
        total_size: bytes in all; not positive if the server did not tell.
    """
    done = block_num * block_size
    if total_size <= 0:
        print(f"\r{done} bytes", end="")
        return
    part = min(done / total_size, 1.0)
    n = int(part * 30)
    print(f"\r[{'#' * n}{'.' * (30 - n)}] {part * 100:.2f}%", end="")
