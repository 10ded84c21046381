"""What is computed in one loop, and what has memory of its own.

Elementwise operations of one shape, and the reductions that they end in, become one
`Loop`: its intermediate results never leave the registers. Products of matrices are
calls of BLAS. What has no template in C is left to NumPy.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np

from .access import (
    VIEWS,
    Access,
    Form,
    NotAffineError,
    access,
    aligned,
    identity,
    indices,
    strides,
)
from .graph import Node, Shape, order
from .templates import SLOW, template

# dtypes that C computes with here; what has others is left to NumPy.
KINDS = {
    np.dtype(kind) for kind in ("?", "b", "B", "h", "H", "i", "I", "q", "Q", "f", "d")
}
KINDS |= {np.dtype(np.intp), np.dtype(np.uintp)}


@dataclass(eq=False)
class Loop:
    """Elementwise operations over one shape, with reductions over the same axes.

    Attributes:
        shape: the lengths of the loop's axes.
        nodes: what is computed for each index, in order.
        axes: what the reductions among them fold; None if there is none.
        epilogue: loops that follow it, on each block of rows that is ready.
    """

    shape: Shape
    nodes: list[Node] = field(default_factory=list)
    axes: Shape | None = None
    epilogue: list[Loop] = field(default_factory=list)

    @property
    def rows(self) -> int:
        """How many rows the reductions fold, of as many axes as they leave in front."""
        return math.prod(self.shape[: min(self.axes)]) if self.axes else 0


@dataclass(eq=False)
class Call:
    """One operation by itself: a product of matrices, or a call of NumPy.

    Attributes:
        node: the operation.
        epilogue: loops that follow a product, on each block of rows that is ready.
    """

    node: Node
    epilogue: list[Loop] = field(default_factory=list)

    @property
    def rows(self) -> int:
        """How many rows the result of a product has."""
        return math.prod(self.node.shape[:-1])


Step = Loop | Call
COMPARISONS = {"less", "less_equal", "greater", "greater_equal", "equal", "not_equal"}
# What C can fold in any order; every other ufunc is left to NumPy.
FOLDS = {
    np.add, np.multiply, np.maximum, np.minimum, np.logical_or, np.logical_and,
}  # fmt: skip
# What reads plain arrays, without gaps.
PLAIN = {
    "take", "put", "arg", "scan", "argsort", "concat", "fold", "conv", "conv_filters"
}  # fmt: skip
ATTENTION = {"attention", "attention_back"}  # reads rows without gaps
GIVEN = {"input", "const", "iota"}  # what is there before the first step
MANY = 4  # products with one matrix, from which on panels pay
# What may be computed again: so many operations, for arrays of so many elements; none
# that are slow, nor `where`, of which compilers make a branch around all that follows.
FEW_OPERATIONS = 8
LARGE = 1 << 14
SHORT = 8  # numbers in a row, below which vectors hardly pay
DEAR = SLOW | {"where"}


def is_mapped(node: Node) -> bool:
    """Is it computed element by element, in C?"""
    dtypes = {node.dtype, *(x.dtype for x in node.inputs)}
    if node.op == "cast":
        return dtypes <= KINDS
    kinds = [x.dtype for x in node.inputs]
    name = getattr(node.attrs[0], "__name__", "") if node.op == "map" else ""
    if name in COMPARISONS and kinds[0] != kinds[1]:
        return False  # C would take the signed one of two integers for unsigned
    return bool(name) and dtypes <= KINDS and template(name, kinds) is not None


def is_folded(node: Node) -> bool:
    """Is it a reduction in C?"""
    known = node.op == "reduce" and node.attrs[0] in FOLDS
    return known and node.dtype in KINDS and node.inputs[0].size > 0


class Schedule:
    """The steps of a graph in order, and the nodes that have memory.

    Args:
        results: the nodes that are asked for.
    """

    def __init__(self, results: Iterable[Node]) -> None:
        self.results = list(results)
        self.nodes = order(self.results)
        self._number = {node: i for i, node in enumerate(self.nodes)}
        self._mapped = {n for n in self.nodes if is_mapped(n)}
        self._folded = {n for n in self.nodes if is_folded(n)}
        self.stored = {n for n in self.nodes if n.op not in VIEWS}
        self.stored.update(n for n in self.results)
        self._store_what_is_divided()
        self._store_what_blas_cannot_read()
        self._store_panels()
        self.step_of: dict[Node, Step] = {}
        self.steps = ordered(self._grouped(), self._before)
        self._keep_what_leaves()
        self._compute_again()
        self._behind: dict[Node, list[Node]] = {}  # from now on nothing more is stored

    # -- memory -----------------------------------------------------------------------

    def _store_what_is_divided(self) -> None:
        """Give memory to the inputs of reshapes that steps alone cannot say."""
        for node in self.nodes:
            while node.op in VIEWS:
                try:
                    access(node, identity(node.shape), node.shape, self.stored - {node})
                    break
                except NotAffineError as error:
                    self.stored.add(error.node)

    def _store_what_blas_cannot_read(self) -> None:
        for node in self.nodes:
            if node.op == "matmul":
                for x in node.inputs:
                    if x not in self.stored and not _is_matrix(
                        x, node.shape[:-2], self.stored
                    ):
                        self.stored.add(x)
            elif node.op in ATTENTION:
                for x in node.inputs:
                    if x not in self.stored and not _has_rows(x, self.stored):
                        self.stored.add(x)
            elif node.op in PLAIN:
                for x in node.inputs:
                    if run(x, self.stored) is None:
                        self.stored.add(x)

    def _store_panels(self) -> None:
        """A matrix with which many products are made is put into panels once."""
        products = (node for node in self.nodes if node.op == "matmul")
        times = Counter(node.inputs[1] for node in products)
        self.stored |= {x for x, n in times.items() if x.op == "panels" and n >= MANY}

    def _keep_what_leaves(self) -> None:
        """What only its own loop uses needs no memory."""
        leaving = set(self.results)
        for node in self.nodes:
            for x in node.inputs:
                base = x
                while base.op in VIEWS and base not in self.stored:
                    base = base.inputs[0]
                mine = self.step_of.get(node)
                same = base is x and mine is not None and self.step_of.get(x) is mine
                if not same or not isinstance(mine, Loop) or x in self._folded:
                    leaving.add(base)
        for node in list(self.stored):
            if node in self._mapped and node not in leaving:
                self.stored.discard(node)

    # -- computing again --------------------------------------------------------------

    def _compute_again(self) -> None:
        """What is cheap is computed by each loop that reads it, and not stored.

        A loop over large arrays takes as long as it takes to read and write them.
        """
        # Of each node the steps that read it, and at which of its elements; None if it
        # has to be in memory.
        readers: dict[Node, dict[Step, set[Form]] | None] = {}
        for node in self.nodes:
            step = self.step_of.get(node)
            if step is None:
                continue  # a view, or an input
            for base, x in zip(self._bases(node), node.inputs, strict=True):
                place = self._place_read(base, x, node, step)
                steps = readers.setdefault(base, {})
                if place is None:
                    readers[base] = None
                elif steps is not None:
                    steps.setdefault(step, set()).add(place)
        for x in self.nodes:
            steps = readers.get(x)
            candidate = x in self.stored and x in self._mapped and x.size >= LARGE
            if not candidate or not steps or x in self.results:
                continue
            if _reads_once(x, steps) and self._saves(x, set(steps)):
                self.stored.discard(x)
        self._drop_what_nobody_reads()

    def _place_read(self, base: Node, x: Node, node: Node, step: Step) -> Form | None:
        """Which element of `base` a step reads that may compute it anew; None for no.

        It reads it by way of `x`, an input of `node`, which may be a view of it.
        """
        whole = Form(0, strides(base.shape))
        if isinstance(step, Call):
            apart = node.op == "fold" and lies_apart(node)
            return whole if apart and base is x else None
        if base is x and node.op not in VIEWS:
            return whole if x.shape == step.shape else None
        if base.size < LARGE or step.shape[-1] < SHORT:
            return None
        try:
            if node.op in VIEWS:  # one that is written out
                inside = self.stored - {node}
                found = access(node, identity(node.shape), node.shape, inside)
            else:
                found = self.read(x, step)
            indices(found.offset, base.shape, step.shape, base)
        except NotAffineError:
            return None
        return None if found.guards else found.offset

    def computes(self, x: Node) -> bool:
        """Is it computed wherever it is read?"""
        return x in self._mapped and x not in self.stored

    def _saves(self, x: Node, readers: set[Step]) -> bool:
        """Is less read and written, if those who read `x` compute it anew?"""
        parts, leaves = self._made_of(x)
        last = all(isinstance(step, Call) for step in readers)  # nothing follows it
        dear = parts - {x} if last else parts
        slow = any(p.op == "map" and p.attrs[0].__name__ in DEAR for p in dear)
        if slow or len(parts) > FEW_OPERATIONS:
            return False
        more = 0
        for step in readers - {self.step_of[x]}:
            inputs = (i for n in computed(step) for i in n.inputs if i is not x)
            read = {b for i in inputs for b in self._found_behind(i)}
            more += len(leaves - read) - 1
        return more < 2  # it is not written, for which memory is read and written

    def _made_of(self, x: Node) -> tuple[set[Node], set[Node]]:
        """The operations behind a node since memory was read; the large arrays read."""
        parts, leaves, todo = {x}, set(), [x]
        while todo and len(parts) <= FEW_OPERATIONS:
            for y in todo.pop().inputs:
                if self.computes(y):
                    todo += [y] * (y not in parts)
                    parts.add(y)
                else:
                    leaves |= {b for b in self._found_behind(y) if b.size >= x.size}
        return parts, leaves

    def _drop_what_nobody_reads(self) -> None:
        """Leave out of each loop what it does not need itself."""
        for loop in [step for step in self.steps if isinstance(step, Loop)]:
            needed: set[Node] = set()
            for node in reversed(loop.nodes):
                if node in self.stored or node in self._folded or node in needed:
                    needed |= {node, *node.inputs}
            loop.nodes = [node for node in loop.nodes if node in needed]
        empty = {s for s in self.steps if isinstance(s, Loop) and not s.nodes}
        self.steps = [step for step in self.steps if step not in empty]

    # -- grouping ---------------------------------------------------------------------

    def _grouped(self) -> list[Step]:
        """Put each computed node into the loop of an input where that is possible."""
        steps: list[Step] = []
        self._before: dict[Step, set[Step]] = {}
        for node in self.nodes:
            if node.op in GIVEN or node not in self.stored:
                continue
            needs = set(self._steps_needed(node))
            if not (node in self._mapped or node in self._folded):
                shown = node.op in VIEWS - {"panels"} and node.dtype in KINDS
                step: Step = self._copy(node) if shown else Call(node)
                steps.append(step)
                self._before[step] = needs
            else:
                step = self._loop_for(node, needs, steps)
            self.step_of[node] = step
        return steps

    def _copy(self, node: Node) -> Loop:
        """A loop that writes out what a view shows."""
        return Loop(node.shape, [node])

    def _loop_for(self, node: Node, needs: set[Step], steps: list[Step]) -> Loop:
        shape = node.inputs[0].shape if node in self._folded else node.shape
        found: Loop | None = None
        for x in reversed(node.inputs):
            loop = self.step_of.get(x)
            if not isinstance(loop, Loop) or not self._may_join(node, loop, shape, x):
                continue
            if found is None and not self._leads_to(loop, needs - {loop}):
                self._join(node, loop, needs)
                found = loop
            elif found not in (None, loop) and self._may_merge(found, loop):
                self._merge(found, loop, steps)
        if found is None:
            found = Loop(shape, [node], self._axes(node))
            steps.append(found)
            self._before[found] = needs
        return found

    def _may_merge(self, a: Loop, b: Loop) -> bool:
        """Can two loops be one: does neither need the other to be finished?"""
        if a.axes is not None and b.axes is not None and a.axes != b.axes:
            return False
        mine = self._before[a] - {b}
        others = self._before[b] - {a}
        if self._leads_to(a, others) or self._leads_to(b, mine):
            return False
        return not self._needs_end(a, b) and not self._needs_end(b, a)

    def _needs_end(self, a: Loop, b: Loop) -> bool:
        """Does `a` read a result of `b` that is there only when `b` has ended?"""
        return any(
            self.step_of.get(y) is b and (y is not z or y not in self._mapped)
            for node in a.nodes
            for y, z in zip(self._bases(node), node.inputs, strict=True)
        )

    def _merge(self, a: Loop, b: Loop, steps: list[Step]) -> None:
        """Let loop `a` do what `b` does, too."""
        a.nodes = sorted([*a.nodes, *b.nodes], key=self._number.__getitem__)
        a.axes = a.axes or b.axes
        for node in b.nodes:
            self.step_of[node] = a
        self._before[a] = (self._before[a] | self._before.pop(b)) - {a, b}
        steps.remove(b)
        for needs in self._before.values():
            if b in needs:
                needs.remove(b)
                needs.add(a)

    def _axes(self, node: Node) -> Shape | None:
        return node.attrs[1] if node in self._folded else None

    def _may_join(self, node: Node, loop: Loop, shape: Shape, x: Node) -> bool:
        if loop.shape != shape or x not in self._mapped:
            return False
        if any(
            self.step_of.get(y) is loop and y not in self._mapped
            for y in self._bases(node)
        ):
            return False  # it needs the end of a reduction of this loop
        if any(
            y is not z and self.step_of.get(y) is loop
            for y, z in zip(self._bases(node), node.inputs, strict=True)
        ):
            return False  # it reads a result of this loop at another index
        if node not in self._folded:
            return True
        return loop.axes in (None, node.attrs[1])

    def _join(self, node: Node, loop: Loop, needs: set[Step]) -> None:
        loop.nodes.append(node)
        loop.axes = self._axes(node) or loop.axes
        self._before[loop] |= needs - {loop}

    def _bases(self, node: Node) -> Iterator[Node]:
        """The nodes with memory that a node reads, through views."""
        for x in node.inputs:
            while x.op in VIEWS and x not in self.stored:
                x = x.inputs[0]
            yield x

    def behind(self, x: Node) -> list[Node]:
        """The nodes with memory that reading `x` reads, once all of them are known."""
        if x not in self._behind:
            self._behind[x] = self._found_behind(x)
        return self._behind[x]

    def _found_behind(self, x: Node) -> list[Node]:
        seen = {x: None}
        todo = [x]
        while todo:
            y = todo.pop()
            if y.op in VIEWS or self.computes(y):
                new = [z for z in y.inputs if z not in seen] * (y not in self.stored)
                seen |= dict.fromkeys(new)
                todo += new
        return [y for y in seen if y in self.stored or y.op in GIVEN]

    def _steps_needed(self, node: Node) -> Iterator[Step]:
        for x in self._bases(node):
            if x in self.step_of:
                yield self.step_of[x]

    def _leads_to(self, loop: Loop, targets: set[Step]) -> bool:
        """Does one of the targets need this loop to be finished?"""
        first = self._number[loop.nodes[0]]
        todo, seen = list(targets), set(targets)
        while todo:
            step = todo.pop()
            if step is loop:
                return True
            if self._number[_last(step)] < first:
                continue  # all that it needs comes before the loop
            new = self._before[step] - seen
            seen |= new
            todo += new
        return False

    # -- reading ----------------------------------------------------------------------

    def read(self, x: Node, loop: Loop) -> Access:
        """How a loop reads an operand."""
        forms = identity(loop.shape)
        zero = Form(0, (0,) * len(loop.shape))
        inner = aligned(forms, loop.shape, x.shape, zero)
        return access(x, inner, loop.shape, self.stored)


def ordered(steps: list[Step], before: dict[Step, set[Step]]) -> list[Step]:
    """The steps, each after those that it needs."""
    number = {step: i for i, step in enumerate(steps)}
    done: dict[Step, None] = {}
    todo = steps[::-1]
    while todo:
        step = todo[-1]
        missing = [s for s in before[step] if s not in done and s is not step]
        if missing:  # in an order that is the same in every process
            todo += sorted(missing, key=number.__getitem__, reverse=True)
        else:
            done[step] = None
            todo.pop()
    return list(done)


def loops(step: Step) -> list[Loop]:
    """The loops of a step, one after the other."""
    return [step, *step.epilogue] if isinstance(step, Loop) else step.epilogue


def computed(step: Step) -> list[Node]:
    """The nodes that a step computes."""
    product = [] if isinstance(step, Loop) else [step.node]
    return [*product, *(node for loop in loops(step) for node in loop.nodes)]


def _last(step: Step) -> Node:
    return step.nodes[-1] if isinstance(step, Loop) else step.node


def _reads_once(x: Node, steps: dict[Step, set[Form]]) -> bool:
    """Does each step read each element once at most? Those that add windows do."""
    return all(
        isinstance(step, Call) or len(places) * math.prod(step.shape) <= x.size
        for step, places in steps.items()
    )


def lies_apart(fold: Node) -> bool:
    """Are windows added back of which no two share an element?"""
    spatial, stride, dilation = fold.attrs
    rank = len(spatial)
    size = fold.inputs[0].shape[-2 * rank : -rank]
    spans = zip(size, stride, dilation, strict=True)
    return all(s > (k - 1) * d for k, s, d in spans)


def is_literal(node: Node) -> bool:
    """Is it one known number, also repeated?"""
    if node.op == "broadcast":
        return is_literal(node.inputs[0])
    return node.op == "const" and node.size == 1 and node.dtype in KINDS


def run(x: Node, stored: set[Node]) -> Access | None:
    """How an operand stands in memory, if in row-major order without gaps."""
    found = access(x, identity(x.shape), x.shape, stored)
    steps = zip(found.offset.steps, strides(x.shape), x.shape, strict=True)
    plain = not found.guards and all(a == b or n == 1 for a, b, n in steps)
    return found if plain else None


def _is_matrix(x: Node, lead: Shape, stored: set[Node]) -> bool:
    """Can BLAS read an operand as it stands: with one of its last axes in a run?"""
    found = matrix(x, lead, stored)
    rows, columns = found.offset.steps[-2:]
    m, n = x.shape[-2:]
    plain = (columns == 1 or n == 1) and (rows >= n or m == 1)
    turned = (rows == 1 or m == 1) and (columns >= m or n == 1)
    return not found.guards and (plain or turned)


def _has_rows(x: Node, stored: set[Node]) -> bool:
    """Do the numbers of a row stand side by side? Those of masks need not."""
    found = matrix(x, x.shape[:-2], stored)
    return not found.guards and (found.offset.steps[-1] == 1 or x.dtype == np.bool_)


def matrix(x: Node, lead: Shape, stored: set[Node]) -> Access:
    """How the matrices of an operand of a product stand in memory."""
    domain = (*lead, *x.shape[-2:])
    forms = identity(domain)
    zero = Form(0, (0,) * len(domain))
    return access(x, aligned(forms, domain, x.shape, zero), domain, stored)
