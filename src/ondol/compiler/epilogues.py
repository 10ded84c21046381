"""Loops that follow a product of matrices, or a loop that folds rows, on each block.

A bias, an activation, a residual, a normalisation of rows: a loop that reads a product
row by row needs no pass over memory of its own, and its threads are not called again.
It becomes part of the product's step, and so does a loop behind it. The same holds for
what follows the largest element or the sum of each row, as in a softmax.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from .access import Access, strides
from .graph import Node
from .kernel import PARALLEL, Kernel
from .loops import LoopWriter, leading_axes
from .schedule import (
    Call,
    Loop,
    Schedule,
    Step,
    computed,
    is_folded,
    is_mapped,
    loops,
    ordered,
)
from .single import may_finish

MANY = 64  # rows, from which on threads may share them out


def add_epilogues(schedule: Schedule, homes: Mapping[Node, Node]) -> None:
    """Make loops part of the steps whose rows they read, where the order allows it.

    Args:
        schedule: it is changed.
        homes: results that are written over an input, which is to stay possible.
    """
    leads = {step for step in schedule.steps if _may_lead(step, schedule)}
    if leads:
        _Epilogues(schedule, homes).add(leads)


def _may_lead(step: Step, schedule: Schedule) -> bool:
    """Is it a product, or a reduction of rows, that something may follow?"""
    if isinstance(step, Call):
        return may_finish(step.node)
    if step.rows < MANY:
        return False
    writer = LoopWriter(step, schedule, Kernel(), leading_axes(step, step.rows))
    first, *inner = writer.axes
    whole = first.length == step.rows and not any(axis.leading for axis in inner)
    return whole and writer.work > PARALLEL


class _Epilogues:
    def __init__(self, schedule: Schedule, homes: Mapping[Node, Node]) -> None:
        self.schedule = schedule
        reads = {step: _read(step, schedule) for step in schedule.steps}
        made = schedule.step_of
        self.before: dict[Step, set[Step]] = {
            step: {made[x] for x in read if x in made} - {step}
            for step, read in reads.items()
        }
        readers: dict[Node, set[Step]] = {x: set() for x in homes.values()}
        for step, read in reads.items():
            for x in read & readers.keys():
                readers[x].add(step)
        for result, home in homes.items():
            self.before[made[result]] |= readers[home] - {made[result]}
        self.over = {result for result, home in homes.items() if readers[home]}

    def add(self, leads: set[Step]) -> None:
        number = {step: i for i, step in enumerate(self.schedule.steps)}
        leads = leads - {step for step in leads if self.over & {*computed(step)}}
        for loop in [step for step in self.schedule.steps if isinstance(step, Loop)]:
            steps = self.before[loop] & leads
            for step in sorted(steps, key=number.__getitem__, reverse=True):
                if self._may_join(loop, step):
                    self._join(loop, step)
                    break
        left = [step for step in self.schedule.steps if step in self.before]
        self.schedule.steps = ordered(left, self.before)

    def _may_join(self, loop: Loop, step: Step) -> bool:
        return (
            not self.over & {*loop.nodes}
            and by_rows(loop, step, self.schedule)
            and not self._leads_to(step, self.before[loop] - {step})
        )

    def _leads_to(self, step: Step, targets: set[Step]) -> bool:
        """Does one of the targets need this step?"""
        todo, seen = list(targets), set(targets)
        while todo:
            other = todo.pop()
            if other is step:
                return True
            new = self.before[other] - seen
            seen |= new
            todo += new
        return False

    def _join(self, loop: Loop, step: Step) -> None:
        step.epilogue.append(loop)  # which has none itself: those come later
        for node in loop.nodes:
            self.schedule.step_of[node] = step
        self.before[step] = (self.before[step] | self.before.pop(loop)) - {step, loop}
        for needs in self.before.values():
            if loop in needs:
                needs.remove(loop)
                needs.add(step)


def by_rows(loop: Loop, step: Step, schedule: Schedule) -> bool:
    """Can a loop go over the rows of a step, and need of them only its own?"""
    rows = step.rows
    leading = leading_axes(loop, rows)
    if leading is None:
        return False
    lengths = loop.shape[:leading]
    if any(axis < leading and lengths[axis] > 1 for axis in loop.axes or ()):
        return False
    writer = LoopWriter(loop, schedule, Kernel(), leading)
    first, *inner = writer.axes
    if first.length != rows or any(axis.leading for axis in inner):
        return False
    if writer.work <= PARALLEL and isinstance(step, Call) and not step.epilogue:
        return False  # threads cost more than they bring
    if not inner and writer.slow and isinstance(step, Call):
        return False  # vectors of rows would depend on the blocks, and these on threads
    made = computed(step)
    return all(
        _is_within_rows(found, writer) for found in writer.loads if found.buffer in made
    )


def _is_within_rows(found: Access, writer: LoopWriter) -> bool:
    """Does each row of a loop read only its own row of a buffer?"""
    first, *inner = writer.axes
    form = found.offset
    row = found.buffer.size // first.length
    ends = [axis.steps[form] * (axis.length - 1) for axis in inner]
    low = form.start + sum(min(end, 0) for end in ends)
    high = form.start + sum(max(end, 0) for end in ends)
    return not found.guards and first.steps[form] == row and 0 <= low <= high < row


def passing(schedule: Schedule, at_home: Mapping[Node, Node]) -> dict[Node, Node]:
    """What only the loops of its own step read, and the results that replace it.

    It is written where the result will be: that memory stays in a cache meanwhile, and
    there is one array less.
    """
    wanted = {*schedule.results}
    for step in schedule.steps:
        wanted |= {x for x in _read(step, schedule) if schedule.step_of.get(x) != step}
    found: dict[Node, Node] = {}
    taken = {*at_home}
    for step in schedule.steps:
        for x in computed(step) if step.epilogue else ():
            if x in schedule.stored and x not in wanted and not is_folded(x):
                for y in _successors(x, step, schedule):
                    if y not in taken:
                        found[x] = y
                        taken.add(y)
                        break
    return found


def _successors(x: Node, step: Step, schedule: Schedule) -> Iterator[Node]:
    """The results that the last loop that reads `x` writes where it reads it."""
    readers = [loop for loop in loops(step) if x in _read(loop, schedule)]
    last = readers[-1] if readers else None
    if last is None or x in last.nodes:
        return
    writer = LoopWriter(last, schedule, Kernel())
    forms = {found.offset for found in writer.loads if found.buffer is x}
    for node in last.nodes:
        same = (node.size, node.dtype) == (x.size, x.dtype)
        if same and node in schedule.stored and is_mapped(node):
            where = strides(node.shape)
            if all((f.start, f.steps) == (0, where) for f in forms):
                yield node


def _read(step: Step, schedule: Schedule) -> set[Node]:
    """The nodes with memory that a step reads, those that it computes too."""
    inputs = (x for node in computed(step) for x in node.inputs)
    return {base for x in inputs for base in schedule.behind(x)}
