"""Operations in C that stand by themselves: products, picking, joining, folding."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .access import Access, strides
from .attention import attention_back_kernel, attention_kernel
from .blas import functions
from .graph import Node
from .kernel import PARALLEL, SHARED, TINY, Kernel
from .loops import FoldWriter
from .schedule import Loop, Schedule, lies_apart, matrix
from .templates import C_TYPES
from .tiles import (
    conv_filters_kernel,
    conv_kernel,
    fits_tiles,
    operand,
    panels_kernel,
    product_by_panels,
    product_by_tiles,
)

BATCH = 8  # from so many products on, each is computed by one thread
COLUMNS = 512  # of a row of a product, which are summed up side by side
ADDED = 4  # rows that one pass over their sum adds
STRIP = 64  # columns of rows that are added up

# -- single operations ----------------------------------------------------------------


def may_finish(node: Node) -> bool:
    """Is it a product, shared out to threads, whose rows something may follow?"""
    if node.op != "matmul" or node.dtype.kind != "f" or not has_kernel(node):
        return False
    *lead, m, n = node.shape
    batch, product = math.prod(lead), m * n * node.inputs[0].shape[-1]
    if batch == 1:
        return product > SHARED and min(m, n) > 1
    return batch >= BATCH and batch * product > PARALLEL


def matmul_kernel(node: Node, schedule: Schedule, finishes: bool = False) -> Kernel:
    """Products of matrices: loops for tiny ones and for vectors, else BLAS.

    Args:
        node: the product.
        schedule: it is in.
        finishes: does something follow, on each block of rows?
    """
    if node.inputs[1].op == "panels" and node.inputs[1] in schedule.stored:
        return product_by_panels(node, schedule, finishes)
    kernel = Kernel()
    kernel.finishes = finishes
    add = kernel.text.add
    *lead, m, n = node.shape
    k = node.inputs[0].shape[-1]
    kind = C_TYPES[node.dtype]
    sides = [matrix(x, tuple(lead), schedule.stored) for x in node.inputs]
    (a, b), out = [kernel.buffer(s.buffer) for s in sides], kernel.buffer(node, True)
    batch = math.prod(lead)
    where = [f"({_offset(s, len(lead), lead)})" for s in sides]
    by_matrix = batch >= BATCH
    if by_matrix and batch * m * n * k > PARALLEL:
        add("#pragma omp parallel for schedule(static)")
    add(f"for (int64_t i = 0; i < {batch}; i++) {{")
    add(f"const {kind} *A = {a} + {where[0]}, *B = {b} + {where[1]};")
    add(f"{kind} *C = {out} + i * {m * n};")
    of_a, of_b = (s.offset.steps[-2:] for s in sides)
    _product(kernel, (m, n, k), of_a, of_b, node.dtype, by_matrix)
    if finishes and by_matrix:
        add(f"finish_rows(finish, at, {m} * i, {m} * (i + 1));")
    add("}")
    return kernel


def _product(
    kernel: Kernel, sizes: Any, of_a: Any, of_b: Any, dtype: Any, alone: bool
) -> None:
    """C = A B, by all threads or by one alone; what follows all of them, too."""
    add, kind, (m, n, k) = kernel.text.add, C_TYPES[dtype], sizes
    real = dtype in (np.float32, np.float64) and functions() is not None
    tiled = dtype == np.float32 and fits_tiles(m, n, k, alone)
    if tiled:
        add("#ifdef TILES")
        product_by_tiles(kernel, m, n, k, of_a, of_b, alone)
        add("#else")
    if real and m * n * k > TINY and min(m, n) > 1:
        kernel.calls_blas = True
        shared = not alone and m * n * k > SHARED
        then = "finish, at" if kernel.finishes else "0, 0"
        _gemm(add, m, n, k, of_a, of_b, dtype, then if shared else "")
    elif n == 1:  # its transpose, so that the loops are long
        a_turned, b_turned = of_b[::-1], of_a[::-1]
        _loops(add, (1, m, k), a_turned, b_turned, ("B", "A"), kind, not alone)
    else:
        _loops(add, sizes, of_a, of_b, ("A", "B"), kind, not alone)
        if kernel.finishes and not alone:
            add("#pragma omp parallel")
            add(f"finish_shared(finish, at, {m});")
    if tiled:
        add("#endif")


def _offset(found: Access, count: int, lead: list[int]) -> str:
    """The start of matrix i of a stack, from the indices of the stack's axes."""
    parts = [str(found.offset.start)]
    rest = math.prod(lead)
    for axis in range(count):
        rest //= lead[axis]
        step = found.offset.steps[axis]
        if step and lead[axis] > 1:
            parts.append(f"{step} * (i / {rest} % {lead[axis]})")
    return " + ".join(parts)


def _loops(
    add: Any, sizes: Any, a: Any, b: Any, names: Any, kind: str, share: bool
) -> None:
    """Loops over the rows and over runs of columns, by the order of memory."""
    (m, n, k), (left, right) = sizes, names
    width = min(COLUMNS, max(n, 1))
    if share and m * n * k > PARALLEL:
        add("#pragma omp parallel for collapse(2) schedule(static)")
    add(f"for (int64_t r = 0; r < {m}; r++)")
    add(f"for (int64_t from = 0; from < {n}; from += {width}) {{")
    add(f"const int64_t to = from + {width} < {n} ? from + {width} : {n};")
    add(f"{kind} row[{width}];")
    starts = f"{left} + {a[0]} * r", f"{right} + {b[1]} * from"
    if b[0] == 1 and b[1] != 1:
        _sums_of_runs(add, (n, k), starts, (a[1], b[1]), kind)
    else:
        _sums_of_rows(add, k, starts, (a[1], *b), kind)
    add(f"for (int64_t c = 0; c < to - from; c++) C[{n} * r + from + c] = row[c];")
    add("}")


def _sums_of_runs(add: Any, sizes: Any, starts: Any, steps: Any, kind: str) -> None:
    """Each number is a sum over a run of memory; several side by side."""
    (n, k), (left, right), (a, column) = sizes, starts, steps
    add("int64_t c = 0;")
    for at_once in (ADDED, 1) if n % ADDED else (ADDED,):
        totals = [f"t{i}" for i in range(at_once)]
        add(f"for (; c + {at_once} <= to - from; c += {at_once}) {{")
        add(f"const {kind} *x = {left}, *y = {right} + {column} * c;")
        add(f"{kind} {', '.join(f'{t} = 0' for t in totals)};")
        add(f"#pragma omp simd reduction(+:{', '.join(totals)})")
        add(f"for (int64_t j = 0; j < {k}; j++) {{")
        for i, total in enumerate(totals):
            add(f"{total} += x[{a} * j] * y[j + {column * i}];")
        add("}")
        for i, total in enumerate(totals):
            add(f"row[c + {i}] = {total};")
        add("}")


def _sums_of_rows(add: Any, k: int, starts: Any, steps: Any, kind: str) -> None:
    """Rows times numbers are added up; several in each pass over the sums."""
    (left, right), (a, row, column) = starts, steps
    whole = k - k % ADDED
    add("memset(row, 0, sizeof row);")
    for low, high, at_once in ((0, whole, ADDED), (whole, k, 1)):
        if low == high:
            continue
        add(f"for (int64_t j = {low}; j < {high}; j += {at_once}) {{")
        add(f"const {kind} *x = {left} + {a} * j, *y = {right} + {row} * j;")
        numbers = ", ".join(f"x{i} = x[{a * i}]" for i in range(at_once))
        add(f"const {kind} {numbers};")
        add("#pragma omp simd")
        add("for (int64_t c = 0; c < to - from; c++) {")
        add(f"{kind} sum = row[c];")
        for i in range(at_once):
            add(f"sum += x{i} * y[{row * i} + {column} * c];")
        add("row[c] = sum;")
        add("}")
        add("}")


def _gemm(
    add: Any, m: int, n: int, k: int, a: Any, b: Any, dtype: Any, then: str
) -> None:
    """A call of BLAS; by all threads, with what is to follow, if that is said."""
    name = "sgemm" if dtype == np.float32 else "dgemm"
    ta, lda = _turn(a, m, k)
    tb, ldb = _turn(b, k, n)
    if then:
        operands = f"A, {lda}, B, {ldb}, C, {n}, {then}"
        add(f"{name}_shared({ta}, {tb}, {m}, {n}, {k}, {operands});")
    else:
        sizes = f"{m}, {n}, {k}, 1, A, {lda}, B, {ldb}, 0, C, {n}"
        add(f"{name}(101, {ta}, {tb}, {sizes});")


def _turn(steps: tuple[int, int], rows: int, columns: int) -> tuple[int, int]:
    """CBLAS's word for transposed or not, and the step between rows."""
    if (steps[1] == 1 or columns == 1) and (steps[0] >= columns or rows == 1):
        return 111, max(steps[0], columns, 1)
    return 112, max(steps[1], rows, 1)


def take_kernel(node: Node, schedule: Schedule) -> Kernel:
    """Rows at given places."""
    kernel = Kernel()
    x, index = node.inputs
    p, i = operand(kernel, x, schedule), operand(kernel, index, schedule)
    out = kernel.buffer(node, True)
    row, rows = math.prod(x.shape[1:]), x.shape[0]
    add = kernel.text.add
    add(f"for (int64_t r = 0; r < {index.size}; r++) {{")
    add(f"int64_t at = {i}[r] < 0 ? {i}[r] + {rows} : {i}[r];")
    add(f"at = at < 0 ? 0 : at < {rows} ? at : {rows - 1};")
    add(f"memcpy({out} + r * {row}, {p} + at * {row}, sizeof(*{out}) * {row});")
    add("}")
    return kernel


def put_kernel(node: Node, schedule: Schedule) -> Kernel:
    """Rows added at given places."""
    kernel = Kernel()
    x, index = node.inputs
    p, i = operand(kernel, x, schedule), operand(kernel, index, schedule)
    out = kernel.buffer(node, True)
    rows = node.shape[0]
    row = math.prod(node.shape[1:])
    add = kernel.text.add
    add(f"memset({out}, 0, sizeof(*{out}) * {node.size});")
    if x.size > PARALLEL:  # columns are shared out: a row may come more than once
        add("#pragma omp parallel for schedule(static)")
    add(f"for (int64_t from = 0; from < {row}; from += {STRIP}) {{")
    add(f"const int64_t to = from + {STRIP} < {row} ? from + {STRIP} : {row};")
    add(f"for (int64_t r = 0; r < {index.size}; r++) {{")
    add(f"const int64_t at = {i}[r] < 0 ? {i}[r] + {rows} : {i}[r];")
    add(f"if (at < 0 || at >= {rows}) continue;")
    add("#pragma omp simd")
    add("for (int64_t c = from; c < to; c++)")
    add(f"  {out}[at * {row} + c] += {p}[r * {row} + c];")
    add("}")
    add("}")
    return kernel


def arg_kernel(node: Node, schedule: Schedule) -> Kernel:
    """The place of the first extreme along an axis."""
    kernel = Kernel()
    (x,) = node.inputs
    largest, axis = node.attrs
    p, out = operand(kernel, x, schedule), kernel.buffer(node, True)
    inner = math.prod(x.shape[axis + 1 :])
    n = x.shape[axis]
    sign = ">" if largest else "<"
    kind = C_TYPES[x.dtype]
    add = kernel.text.add
    add(f"for (int64_t i = 0; i < {node.size}; i++) {{")
    add(f"const {kind} *row = {p} + i / {inner} * {n * inner} + i % {inner};")
    add(f"{kind} best = row[0];")
    add("int64_t at = 0;")
    add(f"for (int64_t j = 1; j < {n} && best == best; j++) {{")
    add(f"const {kind} v = row[j * {inner}];")
    add(f"if (v {sign} best || v != v) {{")
    add("best = v;")
    add("at = j;")
    add("}")
    add("}")
    add(f"{out}[i] = at;")
    add("}")
    return kernel


def concat_kernel(node: Node, schedule: Schedule) -> Kernel:
    """Runs of each array after runs of the one before."""
    kernel = Kernel()
    (axis,) = node.attrs
    outer, run = math.prod(node.shape[:axis]), math.prod(node.shape[axis:])
    parts = [math.prod(x.shape[axis:]) for x in node.inputs]
    out = kernel.buffer(node, True)
    names = ", ".join(operand(kernel, x, schedule) for x in node.inputs)
    add = kernel.text.add
    add(f"const {C_TYPES[node.dtype]} *const from[] = {{{names}}};")
    add(f"const int64_t sizes[] = {{{', '.join(map(str, parts))}}};")
    starts = ", ".join(str(sum(parts[:i])) for i in range(len(parts)))
    add(f"const int64_t at[] = {{{starts}}};")
    if node.size > PARALLEL:
        add("#pragma omp parallel for collapse(2) schedule(static)")
    add(f"for (int64_t i = 0; i < {outer}; i++)")
    add(f"for (int64_t j = 0; j < {len(parts)}; j++)")
    to, start = f"{out} + i * {run} + at[j]", "from[j] + i * sizes[j]"
    add(f"  memcpy({to}, {start}, sizeof(*{out}) * sizes[j]);")
    return kernel


def fold_kernel(node: Node, schedule: Schedule) -> Kernel:
    """Windows added back, one image of one channel after the other."""
    kernel = Kernel()
    (x,) = node.inputs
    spatial, *_ = node.attrs
    rank = len(spatial)
    size, positions = x.shape[-2 * rank : -rank], x.shape[-rank:]
    images, whole = math.prod(x.shape[: -2 * rank]), math.prod(spatial)
    part = math.prod(size) * math.prod(positions)
    apart = lies_apart(node)
    out, add = kernel.buffer(node, True), kernel.text.add
    if not apart or part < whole:
        if node.size > PARALLEL:
            add("#pragma omp parallel for schedule(static)")
        add(f"for (int64_t i = 0; i < {images}; i++)")
        add(f"  memset({out} + i * {whole}, 0, sizeof(*{out}) * {whole});")
    if apart:
        shape = (*x.shape[: -rank - 1], *positions)
        FoldWriter(Loop(shape, [node]), schedule, kernel).write()
        return kernel
    p, kind = operand(kernel, x, schedule), C_TYPES[node.dtype]
    if math.prod(x.shape) > PARALLEL:
        add("#pragma omp parallel for schedule(static)")
    add(f"for (int64_t i = 0; i < {images}; i++) {{")
    add(f"{kind} *image = {out} + i * {whole};")
    add(f"const {kind} *x = {p} + i * {part};")
    _add_windows(add, node.attrs, size, positions)
    add("}")
    return kernel


def _add_windows(add: Any, settings: Any, size: Any, positions: Any) -> None:
    """Loops over windows `x`, which may overlap, of an `image`."""
    spatial, stride, dilation = settings
    rank = len(spatial)
    inner = strides((*size, *positions))
    to, at = ["0"], ["0"]
    for a in range(rank):
        add(f"for (int64_t k{a} = 0; k{a} < {size[a]}; k{a}++)")
        to.append(f"{strides(spatial)[a] * dilation[a]} * k{a}")
        at.append(f"{inner[a]} * k{a}")
    for a in range(rank - 1):
        add(f"for (int64_t q{a} = 0; q{a} < {positions[a]}; q{a}++)")
        to.append(f"{strides(spatial)[a] * stride[a]} * q{a}")
        at.append(f"{inner[rank + a]} * q{a}")
    add("{")
    add(f"const int64_t to = {' + '.join(to)}, at = {' + '.join(at)};")
    add("#pragma omp simd")
    add(f"for (int64_t q = 0; q < {positions[-1]}; q++)")
    add(f"  image[to + {stride[-1]} * q] += x[at + q];")
    add("}")


KERNELS = {
    "matmul": matmul_kernel,
    "panels": panels_kernel,
    "attention": attention_kernel,
    "attention_back": attention_back_kernel,
    "conv": conv_kernel,
    "conv_filters": conv_filters_kernel,
    "take": take_kernel,
    "put": put_kernel,
    "arg": arg_kernel,
    "concat": concat_kernel,
    "fold": fold_kernel,
}


def has_kernel(node: Node) -> bool:
    """Is there a template for an operation that stands by itself?"""
    known = all(d in C_TYPES for d in (node.dtype, *(x.dtype for x in node.inputs)))
    return (
        node.op in KERNELS
        and known
        and node.size > 0
        and all(x.size for x in node.inputs)
    )
