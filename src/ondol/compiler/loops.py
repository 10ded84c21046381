"""Loops in C: elementwise operations, and the reductions that they end in."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import accumulate
from operator import mul
from typing import Any

import numpy as np

from .access import (
    VIEWS,
    Access,
    Form,
    access,
    aligned,
    identity,
    indices,
    linear,
    strides,
)
from .graph import Node, Shape
from .kernel import PARALLEL, STACK, Kernel, Rows
from .schedule import Loop, Schedule, is_folded, is_literal
from .templates import C_TYPES, REGISTER_TYPES, SLOW, expression, literal

NEAR = 1 << 15  # numbers that stay in a cache
ROWS = 32  # of a block, at most


@dataclass
class Axis:
    """One axis of a loop nest.

    Attributes:
        length: of it.
        folded: do reductions fold it?
        leading: how many indices of it are a row that is handed out; 0 if none are.
        steps: what one step along it adds to each form.
    """

    length: int
    folded: bool
    leading: int
    steps: dict[Any, int] = field(default_factory=dict)


def loop_kernel(loop: Loop, schedule: Schedule) -> Kernel:
    """Elementwise operations and the reductions they end in."""
    writer = LoopWriter(loop, schedule, Kernel())
    writer.write()
    return writer.kernel


def blocks_kernel(loop: Loop) -> Kernel:
    """Threads that share out blocks of rows, for a loop and those that follow it."""
    kernel = Kernel()
    kernel.finishes = True
    row = math.prod(loop.shape) // loop.rows * (1 + len(loop.epilogue))
    block = max(1, min(ROWS, NEAR // row))
    add = kernel.text.add
    add("#pragma omp parallel for schedule(static)")
    add(f"for (int64_t r = 0; r < {loop.rows}; r += {block})")
    last = f"r + {block} < {loop.rows} ? r + {block} : {loop.rows}"
    add(f"  finish(at, r, {last});")
    return kernel


def rows_kernel(loops: Iterable[Loop], schedule: Schedule, rows: int) -> Kernel:
    """Loops one after the other, on some of so many rows."""
    kernel = Rows()
    for loop in loops:
        LoopWriter(loop, schedule, kernel, leading_axes(loop, rows)).write()
    return kernel


def leading_axes(loop: Loop, rows: int) -> int | None:
    """How many of the first axes of a loop count so many rows; None if none do."""
    lengths = accumulate(loop.shape, mul)
    return next((i + 1 for i, n in enumerate(lengths) if n == rows), None)


class LoopWriter:
    """A loop as C.

    Args:
        loop: what is computed.
        schedule: it is a step of.
        kernel: which the text becomes a part of.
        leading: how many of its axes count rows that are handed out: the text is for
            rows from `low` to `high`, on one thread.
    """

    def __init__(
        self,
        loop: Loop,
        schedule: Schedule,
        kernel: Kernel,
        leading: int | None = None,
    ) -> None:
        self.loop, self.schedule, self.kernel = loop, schedule, kernel
        self.leading = leading or 0
        self.forms: dict[Any, Form] = {}  # everything that moves with the indices
        self.body: list[str] = []
        self.stores: list[str] = []  # after all loads: a result may replace an operand
        self.names: dict[Node, str] = {}  # of what is at the loop's own index
        self.variables = 0
        self.folds: list[Node] = []
        self.loads: dict[Any, str] = {}
        self._fill()
        self.body += self.stores
        folded = loop.axes or ()
        for fold in self.folds:
            self._index(self._result_form(fold))
        self.axes = self._merged(self._loop_order(folded), folded)

    # -- what is computed for each index ----------------------------------------------

    def _fill(self) -> None:
        for node in self.loop.nodes:
            self._node(node)

    def _node(self, node: Node) -> None:
        if is_folded(node):
            self.folds.append(node)
            self._operand(node.inputs[0])
            return
        if node.op in VIEWS:  # one that is written out
            stored = self.schedule.stored - {node}
            forms = identity(self.loop.shape)
            value = self._load(access(node, forms, self.loop.shape, stored))
        else:
            value = _formula(node, [self._operand(x) for x in node.inputs])
        name = self.names[node] = self._variable(node, value)
        if node in self.schedule.stored:
            out = self.kernel.buffer(node, write=True)
            at = self._index(self._whole(node))
            self.stores.append(f"{out}[{at}] = {name};")

    def _variable(self, node: Node, value: str) -> str:
        name = f"v{self.variables}"
        self.variables += 1
        self.body.append(f"const {REGISTER_TYPES[node.dtype]} {name} = {value};")
        return name

    def _whole(self, node: Node) -> Form:
        return Form(0, strides(node.shape))

    def _operand(self, x: Node) -> str:
        if x in self.names:
            return self.names[x]
        if self.schedule.computes(x):
            self._node(x)
            return self.names[x]
        if is_literal(x):
            return _written(x)
        return self._load(self.schedule.read(x, self.loop))

    def _load(self, found: Access) -> str:
        if found not in self.loads and self.schedule.computes(found.buffer):
            self.loads[found] = self._elsewhere(found.buffer, found.offset)
        elif found not in self.loads:
            name = self.loads[found] = f"x{len(self.loads)}"
            kind = REGISTER_TYPES[found.buffer.dtype]
            value = f"{self.kernel.buffer(found.buffer)}[{self._index(found.offset)}]"
            for guard in found.guards:
                i = self._index(guard.form)
                value = f"({i} >= 0 && {i} < {guard.length}) ? {value}"
            if found.guards:
                rest = literal(found.value)
                value += "".join(f" : {rest}" for _ in found.guards)
            self.body.append(f"const {kind} {name} = {value};")
        return self.loads[found]

    def _elsewhere(self, node: Node, offset: Form) -> str:
        """An element of what is computed anew, at another index than the loop's."""
        domain = self.loop.shape
        forms = indices(offset, node.shape, domain, node)
        zero = Form(0, (0,) * len(domain))
        xs = [
            self._element(x, aligned(forms, node.shape, x.shape, zero))
            for x in node.inputs
        ]
        return self._variable(node, _formula(node, xs))

    def _element(self, x: Node, forms: list[Form]) -> str:
        """An element at an index."""
        if is_literal(x):
            return _written(x)
        return self._load(access(x, forms, self.loop.shape, self.schedule.stored))

    def _index(self, form: Form) -> str:
        """A mark that becomes an index once the order of the loops is known."""
        self.forms[form] = form
        return f"@{list(self.forms).index(form)}@"

    # -- the loops around it ----------------------------------------------------------

    def write(self) -> None:
        """Put the text into the kernel."""
        work = 0 if self.leading else self.work
        if self.leading and not self.folds and not self.slow:
            self._flatten()
        if not self.folds:
            self._nest(self.axes, work > PARALLEL)
        elif self.axes and not self.axes[-1].folded:
            self._fold_rows(work)
        else:
            self._fold_scalars(work)

    @property
    def slow(self) -> int:
        """How many functions there are whose vectors differ from single numbers."""
        return sum(
            node.op == "map" and node.attrs[0].__name__ in SLOW
            for node in self.loop.nodes
        )

    @property
    def work(self) -> int:
        """About how many simple operations it takes; memory takes some, too."""
        each = len(self.loop.nodes) + len(self.kernel.buffers) + 16 * self.slow
        return math.prod(self.loop.shape) * each

    def _flatten(self) -> None:
        """Take rows that stand one after the other as one run.

        Vectors then go across them, and so on as the rows are shared out.
        """
        if len(self.axes) != 2:
            return
        rows, row = self.axes
        if all(rows.steps[f] == row.steps[f] * row.length for f in self.forms):
            row.leading, row.length = row.length, rows.length * row.length
            self.axes = [row]

    def _loop_order(self, folded: Shape) -> list[int]:
        n = len(self.loop.shape)
        kept = [i for i in range(n) if i not in folded]
        inner = list(folded)
        if not folded or (n - 1) in folded:
            return kept + inner
        return kept[:-1] + inner + kept[-1:]

    def _merged(self, order: list[int], folded: Shape) -> list[Axis]:
        """The axes in loop order; neighbours that all memory runs through are one."""
        axes: list[Axis] = []
        for i in order:
            n = self.loop.shape[i]
            if n == 1:
                continue
            steps = {f: f.steps[i] for f in self.forms}
            new = Axis(n, i in folded, int(i < self.leading), steps)
            before = axes[-1] if axes else None
            if (
                before
                and (before.folded, before.leading) == (new.folded, new.leading)
                and all(before.steps[f] == new.steps[f] * n for f in self.forms)
            ):
                new.length *= before.length
                axes[-1] = new
            else:
                axes.append(new)
        return axes

    def _result_form(self, fold: Node) -> Form:
        """Where a reduction writes, in terms of the loop's indices."""
        kept = [i for i in range(len(self.loop.shape)) if i not in fold.attrs[1]]
        steps = [0] * len(self.loop.shape)
        for i, step in zip(kept, strides(fold.shape), strict=True):
            steps[i] = step
        return Form(0, tuple(steps))

    def _at(self, form: Form, axes: Iterable[Axis] | None = None) -> str:
        parts = [str(form.start)] if form.start else []
        for k, axis in enumerate(self.axes):
            if axes is not None and axis not in axes:
                continue
            step = axis.steps[form]
            if step:
                parts.append(f"i{k}" if step == 1 else f"{step} * i{k}")
        return " + ".join(parts).replace("+ -", "- ") or "0"

    def _filled(self, line: str) -> str:
        parts = line.split("@")
        forms = list(self.forms)
        return "".join(
            self._at(forms[int(part)]) if k % 2 else part
            for k, part in enumerate(parts)
        )

    def _open(self, k: int, start: str = "0", end: str | None = None) -> None:
        end = str(self.axes[k].length) if end is None else end
        row = self.axes[k].leading
        if row:
            start, end = (f"{row} * {x}" if row > 1 else x for x in ("low", "high"))
        self.kernel.text.add(f"for (int64_t i{k} = {start}; i{k} < {end}; i{k}++) {{")

    def _close(self, count: int = 1) -> None:
        for _ in range(count):
            self.kernel.text.add("}")

    def _nest(self, axes: list[Axis], parallel: bool) -> None:
        add = self.kernel.text.add
        for k in range(len(axes)):
            last = k == len(axes) - 1
            if k == 0 and parallel:
                simd = " simd" if last else ""
                add(f"#pragma omp parallel for{simd} schedule(static)")
            elif last:
                add("#pragma omp simd")
            self._open(k)
        for line in self.body:
            add(self._filled(line))
        self._close(len(axes))

    # -- reductions -------------------------------------------------------------------

    def _fold_rows(self, work: int) -> None:
        """The last axis stays: rows are added to rows of the result."""
        outer = [k for k, axis in enumerate(self.axes[:-1]) if not axis.folded]
        folds = [k for k, axis in enumerate(self.axes) if axis.folded]
        parts = self._row_parts(folds) if work > PARALLEL and folds and not outer else 1
        if parts > 1:
            self._fold_rows_by_parts(folds, parts)
            return
        for position, k in enumerate(outer):
            if position == 0 and work > PARALLEL:
                self.kernel.text.add("#pragma omp parallel for schedule(static)")
            self._open(k)
        self._add_rows(folds, [out for out, _ in map(self._result, self.folds)])
        self._close(len(outer))

    def _row_parts(self, folds: list[int]) -> int:
        """Into how many parts to cut the rows; their sums have to fit on a stack."""
        size = 8 * self.axes[-1].length * len(self.folds)
        return min(16, self.axes[folds[0]].length, STACK // size)

    def _fold_rows_by_parts(self, folds: list[int], parts: int) -> None:
        """Sums of some rows each, by one thread each, then their sum in order."""
        add = self.kernel.text.add
        n, rows = self.axes[-1].length, self.axes[folds[0]].length
        for f, fold in enumerate(self.folds):
            add(f"{C_TYPES[fold.dtype]} rows{f}[{parts}][{n}];")
        add("#pragma omp parallel for schedule(static)")
        add(f"for (int64_t p = 0; p < {parts}; p++) {{")
        add(
            f"const int64_t lo = {rows} * p / {parts}, hi = {rows} * (p + 1) / {parts};"
        )
        names = [f"rows{f}[p]" for f in range(len(self.folds))]
        self._add_rows(folds, names, "lo", "hi")
        self._close()
        last = len(self.axes) - 1
        for p in ("0", "p"):
            if p == "p":
                add(f"for (int64_t p = 1; p < {parts}; p++)")
            self._open(last)
            for f, fold in enumerate(self.folds):
                out, at = self._result(fold)
                part = f"rows{f}[{p}][{at}]"
                both = self._combined(fold, f"{out}[{at}]", part)
                add(f"{out}[{at}] = {part if p == '0' else both};")
            self._close()

    def _add_rows(
        self, folds: list[int], names: list[str], lo: str = "0", hi: str | None = None
    ) -> None:
        """Rows added up in arrays of these names, from row `lo` to row `hi`."""
        add, last = self.kernel.text.add, len(self.axes) - 1
        pairs = [
            (fold, f"{name}[{self._result(fold)[1]}]")
            for fold, name in zip(self.folds, names, strict=True)
        ]
        self._open(last)
        for fold, total in pairs:
            add(f"{total} = {self._start(fold)};")
        self._close()
        for k in folds:
            self._open(k, *((lo, hi) if k == folds[0] else ()))
        add("#pragma omp simd")
        self._open(last)
        for line in self.body:
            add(self._filled(line))
        for fold, total in pairs:
            x = self._operand(fold.inputs[0])
            add(f"{total} = {self._combined(fold, total, x)};")
        self._close(1 + len(folds))

    def _fold_scalars(self, work: int) -> None:
        """The last axis is folded: each result is one number in a register."""
        add = self.kernel.text.add
        outer = [k for k, axis in enumerate(self.axes) if not axis.folded]
        folds = [k for k, axis in enumerate(self.axes) if axis.folded]
        parts = self._parts(work) if folds and not outer else 1
        for position, k in enumerate(outer):
            if position == 0 and work > PARALLEL:
                add("#pragma omp parallel for schedule(static)")
            self._open(k)
        if parts > 1:
            self._fold_parts(folds, parts)
        else:
            self._start_totals()
            self._fold(folds)
        for f, fold in enumerate(self.folds):
            out, at = self._result(fold)
            add(f"{out}[{at}] = ({C_TYPES[fold.dtype]})total{f};")
        self._close(len(outer))

    def _parts(self, work: int) -> int:
        """Into how many parts to cut the first axis of all; threads do not matter."""
        n = self.axes[0].length
        most = n // 2048 if len(self.axes) == 1 else n
        return min(64, most) if work > PARALLEL else 1

    def _fold_parts(self, folds: list[int], parts: int) -> None:
        """Totals of parts, each by one thread, then their total in order."""
        add = self.kernel.text.add
        n = self.axes[folds[0]].length
        for f, fold in enumerate(self.folds):
            add(f"{self._total_type(fold)} totals{f}[{parts}];")
        add("#pragma omp parallel for schedule(static)")
        add(f"for (int64_t p = 0; p < {parts}; p++) {{")
        add(f"const int64_t lo = {n} * p / {parts}, hi = {n} * (p + 1) / {parts};")
        self._start_totals()
        self._fold(folds, "lo", "hi")
        for f in range(len(self.folds)):
            add(f"totals{f}[p] = total{f};")
        self._close()
        self._start_totals()
        add(f"for (int64_t p = 0; p < {parts}; p++) {{")
        for f, fold in enumerate(self.folds):
            both = self._combined(fold, f"total{f}", f"totals{f}[p]")
            add(f"total{f} = {both};")
        self._close()

    def _start_totals(self) -> None:
        for f, fold in enumerate(self.folds):
            kind = self._total_type(fold)
            self.kernel.text.add(f"{kind} total{f} = {self._start(fold)};")

    def _fold(self, folds: list[int], lo: str = "0", hi: str | None = None) -> None:
        """The loops over the folded axes, the first from `lo` to `hi`."""
        for k in folds[:-1]:
            self._open(k, *((lo, hi) if k == folds[0] else ()))
        if len(folds) == 1:
            self._innermost(folds[0], lo, hi)
        elif folds:
            self._innermost(folds[-1])
        else:
            self._single()
        self._close(len(folds[:-1]))

    def _single(self) -> None:
        add = self.kernel.text.add
        for line in self.body:
            add(self._filled(line))
        for f, fold in enumerate(self.folds):
            x = self._operand(fold.inputs[0])
            add(f"total{f} = {self._combined(fold, f'total{f}', x)};")

    def _innermost(self, k: int, lo: str = "0", hi: str | None = None) -> None:
        """The innermost loop: sums of floats in pieces, so that they stay exact."""
        add = self.kernel.text.add
        n = self.axes[k].length
        end = str(n) if hi is None else hi
        piece = 2048
        clauses = []
        if n > piece:
            add(f"for (int64_t start = {lo}; start < {end}; start += {piece}) {{")
            add(
                f"const int64_t end = start + {piece} < {end}"
                f" ? start + {piece} : {end};"
            )
        for f, fold in enumerate(self.folds):
            kind = C_TYPES[fold.dtype]
            add(f"{kind} part{f} = {self._start(fold)};")
            clauses.append(self._clause(fold, f"part{f}"))
            if self._watches_nan(fold):
                add(f"int nan{f} = 0;")
                clauses.append(f"reduction(|:nan{f})")
        add(f"#pragma omp simd {' '.join(clauses)}".rstrip())
        self._open(k, *(("start", "end") if n > piece else (lo, end)))
        for line in self.body:
            add(self._filled(line))
        for f, fold in enumerate(self.folds):
            x = self._operand(fold.inputs[0])
            if self._watches_nan(fold):
                sign = ">" if fold.attrs[0] is np.maximum else "<"
                add(f"part{f} = {x} {sign} part{f} ? {x} : part{f};")
                add(f"nan{f} |= {x} != {x};")
            else:
                add(f"part{f} = {self._combined(fold, f'part{f}', x)};")
        self._close()
        for f, fold in enumerate(self.folds):
            part = (
                f"(nan{f} ? NAN : part{f})" if self._watches_nan(fold) else f"part{f}"
            )
            add(f"total{f} = {self._combined(fold, f'total{f}', part)};")
        if n > piece:
            self._close()

    def _result(self, fold: Node) -> tuple[str, str]:
        return self.kernel.buffer(fold, write=True), self._at(self._result_form(fold))

    def _total_type(self, fold: Node) -> str:
        adds = fold.attrs[0] is np.add and fold.dtype == np.float32
        return "double" if adds else C_TYPES[fold.dtype]

    def _watches_nan(self, fold: Node) -> bool:
        return fold.dtype.kind == "f" and fold.attrs[0] in (np.maximum, np.minimum)

    def _start(self, fold: Node) -> str:
        ufunc, dtype = fold.attrs[0], fold.dtype
        if ufunc in (np.maximum, np.minimum):
            top = ufunc is np.minimum
            if dtype.kind == "f":
                return "INFINITY" if top else "-INFINITY"
            if dtype.kind == "b":
                return "1" if top else "0"
            info = np.iinfo(dtype)
            return literal(dtype.type(info.max if top else info.min))
        return literal(dtype.type(ufunc.identity))

    def _combined(self, fold: Node, a: str, b: str) -> str:
        return expression(fold.attrs[0].__name__, [fold.dtype] * 2, [a, b]).replace(
            f"({C_TYPES[fold.dtype]})({a}", f"({a}", 1
        )

    def _clause(self, fold: Node, name: str) -> str:
        signs = {"add": "+", "multiply": "*", "maximum": "max", "minimum": "min"}
        signs |= {"logical_or": "||", "logical_and": "&&"}
        sign = signs[fold.attrs[0].__name__]
        if fold.dtype.kind == "b":
            sign = {"+": "||", "*": "&&", "max": "||", "min": "&&"}.get(sign, sign)
        return f"reduction({sign}:{name})"


class FoldWriter(LoopWriter):
    """Windows that lie apart: each of their elements has a place of its own.

    The loop goes over images, all but the last axis within a window, and positions;
    elements along that axis stand side by side, and are written together.
    """

    def _fill(self) -> None:
        (node,) = self.loop.nodes
        (x,) = node.inputs
        spatial, stride, dilation = node.attrs
        rank, domain = len(spatial), self.loop.shape
        forms = identity(domain)
        lead, inner = forms[: 1 - 2 * rank], forms[1 - 2 * rank : -rank]
        positions = forms[-rank:]
        out = self.kernel.buffer(node, write=True)
        zero = Form(0, (0,) * len(domain))
        for k in range(x.shape[-rank - 1]):
            inside = [*inner, zero.plus(k)]
            value = self._element(x, [*lead, *inside, *positions])
            parts = zip(positions, stride, inside, dilation, strict=True)
            places = [p.times(s) + i.times(d) for p, s, i, d in parts]
            at = self._index(linear([*lead, *places], node.shape, zero))
            self.stores.append(f"{out}[{at}] = {value};")


def _formula(node: Node, xs: list[str]) -> str:
    """An elementwise operation on operands, as C."""
    if node.op == "map":
        return expression(node.attrs[0].__name__, [x.dtype for x in node.inputs], xs)
    if node.dtype == np.bool_:
        return f"({xs[0]} != 0)"
    return f"({C_TYPES[node.dtype]}){xs[0]}"


def _written(x: Node) -> str:
    """One known number, as C."""
    while x.op == "broadcast":
        x = x.inputs[0]
    return literal(x.attrs[0].reshape(())[()])
