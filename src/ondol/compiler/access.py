"""Where in memory an element stands: the ways to look at an array, as arithmetic.

A view (transpose, slice, broadcast, windows, pad, most reshapes) computes nothing. For
a loop over some axes it only says at which offset of a buffer each element is found, an
*affine* form of the loop's indices, and for `pad` where there is none.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from operator import mul
from typing import Any

from .graph import Node, Shape

VIEWS = {"reshape", "transpose", "broadcast", "slice", "pad", "windows", "panels"}


# Nobody changes what is below; frozen, it would take twice as long to make.
@dataclass(unsafe_hash=True, slots=True)
class Form:
    """``start + sum(steps[i] * index of axis i)``."""

    start: int
    steps: tuple[int, ...]

    def __add__(self, other: Form) -> Form:
        steps = zip(self.steps, other.steps, strict=True)
        return Form(self.start + other.start, tuple(a + b for a, b in steps))

    def times(self, n: int) -> Form:
        """Every part of it n times."""
        return Form(self.start * n, tuple(step * n for step in self.steps))

    def plus(self, n: int) -> Form:
        """It, moved by n."""
        return replace(self, start=self.start + n)


@dataclass(unsafe_hash=True, slots=True)
class Guard:
    """An element exists only where ``0 <= form < length``."""

    form: Form
    length: int


@dataclass(unsafe_hash=True, slots=True)
class Access:
    """How a loop reads a buffer.

    Attributes:
        buffer: the node whose memory it is.
        offset: where in it, counted in elements.
        guards: where there is nothing to be read, and `value` stands instead.
    """

    buffer: Node
    offset: Form
    guards: tuple[Guard, ...] = ()
    value: Any = None


class NotAffineError(Exception):
    """An index that would need divisions; the node has to be stored first."""

    def __init__(self, node: Node) -> None:
        super().__init__(node)
        self.node = node


def strides(shape: Shape) -> tuple[int, ...]:
    """Steps in elements along each axis of an array in row-major order."""
    return tuple(math.prod(shape[i + 1 :]) for i in range(len(shape)))


def identity(shape: Shape) -> list[Form]:
    """The indices of a loop over all of `shape`."""
    n = len(shape)
    return [Form(0, tuple(int(i == j) for j in range(n))) for i in range(n)]


def access(node: Node, forms: list[Form], domain: Shape, stored: set[Node]) -> Access:
    """Find the element of `node` at an index, through its views.

    Args:
        node: what is read.
        forms: the index along each of its axes, in terms of the loop's.
        domain: the lengths of the loop's axes.
        stored: the nodes that have memory.

    Returns:
        where it is; of what has no memory but is computed, where it would be.

    Raises:
        NotAffineError: a reshape in between cannot be said by steps.
    """
    guards: list[Guard] = []
    value = None
    zero = Form(0, (0,) * len(domain))
    while node not in stored and node.op in VIEWS:
        x = node.inputs[0]
        if node.op == "transpose":
            back = sorted(range(len(forms)), key=node.attrs[0].__getitem__)
            forms = [forms[i] for i in back]
        elif node.op == "broadcast":
            forms = aligned(forms, node.shape, x.shape, zero)
        elif node.op == "slice":
            cuts = zip(forms, node.attrs[0], strict=True)
            forms = [f.times(step).plus(start) for f, (start, step, _) in cuts]
        elif node.op == "windows":
            forms = _unwindowed(node, forms)
        elif node.op == "panels":
            pass  # not stored as such: the matrix as it is
        elif node.op == "pad":
            if value is not None and value != node.attrs[1]:
                raise NotAffineError(x)
            value = node.attrs[1]
            befores = zip(forms, node.attrs[0], strict=True)
            forms = [f.plus(-before) for f, (before, _) in befores]
            guards += [
                Guard(f, n)
                for f, n, widths in zip(forms, x.shape, node.attrs[0], strict=True)
                if any(widths)
            ]
        else:
            base = x
            while base.op == "reshape" and base not in stored:
                base = base.inputs[0]
            if base in stored or base.op not in VIEWS:
                return Access(
                    base, linear(forms, node.shape, zero), tuple(guards), value
                )
            forms = _reshaped(node, forms, domain, zero)
        node = x
    return Access(node, linear(forms, node.shape, zero), tuple(guards), value)


def aligned(forms: list[Form], shape: Shape, inner: Shape, zero: Form) -> list[Form]:
    """The index into an operand of `inner` shape that was broadcast to `shape`."""
    extra = len(shape) - len(inner)
    return [
        zero if n == 1 and shape[extra + i] != 1 else forms[extra + i]
        for i, n in enumerate(inner)
    ]


def linear(forms: list[Form], shape: Shape, zero: Form) -> Form:
    """Where the element at an index stands in a whole array."""
    if not forms:
        return zero
    ahead = strides(shape)
    start = sum(form.start * n for form, n in zip(forms, ahead, strict=True))
    columns = zip(*(form.steps for form in forms), strict=True)
    return Form(start, tuple(sum(map(mul, column, ahead)) for column in columns))


def _unwindowed(node: Node, forms: list[Form]) -> list[Form]:
    size, stride, dilation = node.attrs
    rank = len(size)
    lead = forms[: -2 * rank]
    inside, positions = forms[-2 * rank : -rank], forms[-rank:]
    parts = zip(positions, inside, stride, dilation, strict=True)
    return lead + [p.times(s) + k.times(d) for p, k, s, d in parts]


def _reshaped(node: Node, forms: list[Form], domain: Shape, zero: Form) -> list[Form]:
    """The index before a reshape, where whole groups of axes were merged or split."""
    before = node.inputs[0].shape
    found: list[Form] = []
    for ours, theirs in _groups(node.shape, before):
        shape = tuple(node.shape[i] for i in ours)
        total = linear([forms[i] for i in ours], shape, zero)
        rest = tuple(before[i] for i in theirs)
        found += indices(total, rest, domain, node.inputs[0])
    return found


def indices(offset: Form, shape: Shape, domain: Shape, node: Node) -> list[Form]:
    """The index along each axis of an element, from where it stands in a whole array.

    Raises:
        NotAffineError: it cannot be said by steps; names the node.
    """
    found: list[Form] = []
    for step in strides(shape):
        part, offset = _divided(offset, step, domain, node)
        found.append(part)
    return found


def _divided(form: Form, step: int, domain: Shape, node: Node) -> tuple[Form, Form]:
    """Quotient and remainder of a form, if both are forms."""
    whole = tuple(s if s % step == 0 else 0 for s in form.steps)
    left = Form(
        form.start % step, tuple(a - b for a, b in zip(form.steps, whole, strict=True))
    )
    ends = [s * (n - 1) for s, n in zip(left.steps, domain, strict=True)]
    lowest = left.start + sum(min(e, 0) for e in ends)
    highest = left.start + sum(max(e, 0) for e in ends)
    if lowest < 0 or highest >= step:
        raise NotAffineError(node)
    return Form(form.start // step, tuple(s // step for s in whole)), left


def _groups(a: Shape, b: Shape) -> list[tuple[list[int], list[int]]]:
    """Axes of two shapes that belong together: runs with the same product."""
    groups: list[tuple[list[int], list[int]]] = []
    i = j = 0
    while i < len(a) or j < len(b):
        ours: list[int] = []
        theirs: list[int] = []
        m = n = 1
        while True:
            if m <= n and i < len(a) and (m < n or not ours):
                ours.append(i)
                m *= a[i]
                i += 1
            elif j < len(b) and (n < m or not theirs):
                theirs.append(j)
                n *= b[j]
                j += 1
            else:
                break
        groups.append((ours, theirs))
    return groups
