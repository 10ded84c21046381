"""Operations in C that are made of tiles: float32 products and convolutions.

The tiles themselves are in `c/tiles.c`. A tile holds sums of a few rows and 16
columns in registers while it runs over their common axis.
"""

from __future__ import annotations

import math

from .access import strides
from .graph import Node, Shape
from .kernel import DEPTH, PARALLEL, SHARED, STACK, Kernel
from .ops import PANEL
from .schedule import Schedule, matrix, run

ROWS = 8  # of a tile, at most: what packed filters are rounded up to
WIDE = 4096  # columns of a product that are packed at once
LEAST = 48  # rows and columns of a product, from which on tiles are quicker than BLAS
WASTE = 1.15  # times the work, if whole tiles are computed


def fits_tiles(m: int, n: int, k: int, alone: bool) -> bool:
    """Is a product large, and of about whole tiles?

    One that a thread computes alone needs room of its own.
    """
    whole = round_up(m, ROWS) * round_up(n, PANEL) <= WASTE * m * n
    large = min(m, n) >= LEAST and m * n * k > SHARED
    return large and whole and (not alone or 4 * _room(n, k) <= STACK)


def product_by_tiles(
    kernel: Kernel, m: int, n: int, k: int, a: Shape, b: Shape, alone: bool
) -> None:
    """A product of matrices A and B, of which the steps in memory are given, as C."""
    add, width = kernel.text.add, min(n, WIDE)
    kernel.calls_tiles = True
    if alone:
        add(f"float scratch[{_room(n, k)}] __attribute__((aligned(64)));")
    else:
        kernel.need(_room(n, k))
    add(f"for (int64_t c = 0; c < {n}; c += {width}) {{")
    add(f"const int64_t columns = c + {width} < {n} ? {width} : {n} - c;")
    left, right = f"A, {a[0]}, {a[1]}", f"B + {b[1]} * c, {b[0]}, {b[1]}"
    last = f"c + columns < {n} ? 0 : finish, at" if n > width else "finish, at"
    then = "0, 0" if alone or not kernel.finishes else last
    add(f"product({m}, columns, {k}, {left}, {right}, C + c, {n}, scratch, {then});")
    add("}")


def _room(n: int, k: int) -> int:
    """How many numbers are packed at once."""
    return min(k, DEPTH) * round_up(min(n, WIDE), PANEL)


def product_by_panels(node: Node, schedule: Schedule, finishes: bool) -> Kernel:
    """A product with a matrix in panels."""
    kernel = Kernel()
    kernel.calls_tiles, kernel.finishes = True, finishes
    a, b = node.inputs
    (m, n), k = node.shape, b.shape[0]
    found = matrix(a, (), schedule.stored)
    rows, columns = found.offset.steps
    left = f"{kernel.buffer(found.buffer)} + {found.offset.start}, {rows}, {columns}"
    right, out = kernel.buffer(b), kernel.buffer(node, True)
    add = kernel.text.add
    if m * n * k > SHARED:
        add("#pragma omp parallel")
    add("{")
    add("#pragma omp for schedule(static) nowait")
    add(f"for (int64_t j = 0; j < {n // PANEL}; j++)")
    places = f"{right} + j * {k * PANEL}, {out} + j * {PANEL}, {n}"
    add(f"  panel({m}, {k}, {left}, {places});")
    if finishes:
        add(f"finish_shared(finish, at, {m});")
    add("}")
    return kernel


def panels_kernel(node: Node, schedule: Schedule) -> Kernel:
    """A matrix in panels of 16 columns, each of them row by row."""
    kernel = Kernel()
    k, n = node.shape
    found = matrix(node.inputs[0], (), schedule.stored)
    rows, columns = found.offset.steps
    p, out = kernel.buffer(found.buffer), kernel.buffer(node, True)
    add = kernel.text.add
    if node.size > PARALLEL:
        add("#pragma omp parallel for schedule(static)")
    add(f"for (int64_t j = 0; j < {n // PANEL}; j++)")
    add(f"for (int64_t i = 0; i < {k}; i++)")
    add(f"for (int64_t c = 0; c < {PANEL}; c++)")
    at = f"{found.offset.start} + {rows} * i + {columns} * ({PANEL} * j + c)"
    add(f"  {out}[{PANEL} * ({k} * j + i) + c] = {p}[{at}];")
    return kernel


def conv_kernel(node: Node, schedule: Schedule) -> Kernel:
    """Filters over images, whose windows are not copied."""
    kernel = Kernel()
    kernel.calls_tiles = True
    x, filters = node.inputs
    positions, dilation = node.attrs
    images, outs = node.shape[:2]
    size, image = filters.shape[1:], x.shape[1:]
    k = math.prod(size)
    p, w = operand(kernel, x, schedule), operand(kernel, filters, schedule)
    out = kernel.buffer(node, True)
    kernel.need(round_up(outs, 3 * ROWS) * k)  # whole tiles of 8, 6 or 2 rows
    _table(kernel, "at", size, _window_steps(image, dilation))
    _table(kernel, "starts", positions[:-1], strides(image)[1:-1])
    rows, width = math.prod(positions[:-1]), positions[-1]
    add = kernel.text.add
    add(f"const int64_t tiles = ({outs} + ROWS - 1) / ROWS;")
    if outs * k > PARALLEL:
        add("#pragma omp parallel for schedule(static)")
    add("for (int64_t t = 0; t < tiles; t++) {")
    add(f"const int64_t o = {outs} * t / tiles, next = {outs} * (t + 1) / tiles;")
    add(f"pack_tiles(next - o, {k}, {w} + {k} * o, {k}, 1, scratch + {k} * ROWS * t);")
    add("}")
    where = f"at, {p}, {math.prod(image)}, {rows}, {width}, starts"
    add(f"convolve({images}, {outs}, {k}, scratch, {where}, {out});")
    return kernel


def conv_filters_kernel(node: Node, schedule: Schedule) -> Kernel:
    """The gradient of filters: windows of images times gradients of the results."""
    kernel = Kernel()
    kernel.calls_tiles = True
    x, g = node.inputs
    size, stride, dilation = node.attrs
    image, (images, outs, *positions) = x.shape[1:], g.shape
    inner = strides(image)[1:]
    p, q = operand(kernel, x, schedule), operand(kernel, g, schedule)
    out = kernel.buffer(node, True)
    _table(kernel, "at", (image[0], *size), _window_steps(image, dilation))
    steps = tuple(a * s for a, s in zip(inner, stride, strict=True))
    _table(kernel, "starts", tuple(positions[:-1]), steps[:-1])
    rows, width = math.prod(positions[:-1]), positions[-1]
    where = f"at, {p}, {math.prod(image)}, {rows}, {width}, starts, {stride[-1]}"
    sizes = f"{images}, {outs}, {node.shape[0]}"
    kernel.text.add(f"convolve_back({sizes}, {where}, {q}, {out});")
    return kernel


def operand(kernel: Kernel, x: Node, schedule: Schedule) -> str:
    """A pointer to the first element of an operand without gaps."""
    found = run(x, schedule.stored)
    assert found is not None, x
    name, start = kernel.buffer(found.buffer), found.offset.start
    return f"({name} + {start})" if start else name


def _window_steps(image: Shape, dilation: Shape) -> Shape:
    """How far apart neighbours of a window are: channels, and along each axis."""
    channel, *inner = strides(image)
    return channel, *(a * d for a, d in zip(inner, dilation, strict=True))


def _table(kernel: Kernel, name: str, shape: Shape, steps: Shape) -> None:
    """An array of the offset of each index of `shape`, in row-major order."""
    add = kernel.text.add
    add(f"int64_t {name}[{math.prod(shape)}], *{name}_end = {name};")
    for axis, n in enumerate(shape):
        add(f"for (int64_t i{axis} = 0; i{axis} < {n}; i{axis}++)")
    terms = [f"{step} * i{axis}" for axis, step in enumerate(steps)]
    add(f"  *{name}_end++ = {' + '.join(terms) or '0'};")


def round_up(n: int, to: int) -> int:
    """`n`, rounded up."""
    return -(-n // to) * to
