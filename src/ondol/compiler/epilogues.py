"""Loops that follow a product of matrices, on each block of rows in a cache.

A bias, an activation, a residual, a normalisation of rows: a loop that reads a product
row by row needs no pass over memory of its own, and its threads are not called again.
It becomes part of the product's step, and so does a loop behind it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

from .access import Access, strides
from .graph import Node
from .kernel import PARALLEL, Kernel
from .loops import LoopWriter, leading_axes
from .schedule import Call, Loop, Schedule, Step, computed, is_mapped, ordered
from .single import may_finish


def add_epilogues(schedule: Schedule, homes: Mapping[Node, Node]) -> None:
    """Make loops part of the products that they read, where the order allows it.

    Args:
        schedule: it is changed.
        homes: results that are written over an input, which is to stay possible.
    """
    if any(may_finish(step.node) for step in schedule.steps if isinstance(step, Call)):
        _Epilogues(schedule, homes).add()


class _Epilogues:
    def __init__(self, schedule: Schedule, homes: Mapping[Node, Node]) -> None:
        self.schedule, self.homes = schedule, homes
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

    def add(self) -> None:
        number = {step: i for i, step in enumerate(self.schedule.steps)}
        for loop in [step for step in self.schedule.steps if isinstance(step, Loop)]:
            calls = [s for s in self.before[loop] if isinstance(s, Call)]
            for call in sorted(calls, key=number.__getitem__, reverse=True):
                if may_finish(call.node) and self._may_join(loop, call):
                    self._join(loop, call)
                    break
        steps = [step for step in self.schedule.steps if step in self.before]
        self.schedule.steps = ordered(steps, self.before)

    def _may_join(self, loop: Loop, call: Call) -> bool:
        return (
            not self.homes.keys() & loop.nodes
            and by_rows(loop, call, self.schedule)
            and not self._leads_to(call, self.before[loop] - {call})
        )

    def _leads_to(self, call: Call, targets: set[Step]) -> bool:
        """Does one of the targets need this call?"""
        todo, seen = list(targets), set(targets)
        while todo:
            step = todo.pop()
            if step is call:
                return True
            new = self.before[step] - seen
            seen |= new
            todo += new
        return False

    def _join(self, loop: Loop, call: Call) -> None:
        call.epilogue.append(loop)
        for node in loop.nodes:
            self.schedule.step_of[node] = call
        self.before[call] = (self.before[call] | self.before.pop(loop)) - {call, loop}
        for needs in self.before.values():
            if loop in needs:
                needs.remove(loop)
                needs.add(call)


def by_rows(loop: Loop, call: Call, schedule: Schedule) -> bool:
    """Can a loop go over the rows of a product, and need of them only its own?"""
    rows = math.prod(call.node.shape[:-1])
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
    if writer.work <= PARALLEL and not call.epilogue:
        return False  # threads cost more than they bring
    if not inner and writer.slow:  # vectors of rows would depend on the blocks
        return False
    made = computed(call)
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
    """The products that only their own loops read, and the results that replace them.

    Such a product is written where the result will be: the memory stays in a cache
    meanwhile, and there is one array less.
    """
    wanted = {*schedule.results}
    for step in schedule.steps:
        wanted |= {x for x in _read(step, schedule) if schedule.step_of.get(x) != step}
    found: dict[Node, Node] = {}
    for step in schedule.steps:
        if isinstance(step, Call) and step.epilogue and step.node not in wanted:
            new = next(_successors(step, schedule), None)
            if new is not None and new not in at_home:
                found[step.node] = new
    return found


def _successors(call: Call, schedule: Schedule) -> Iterator[Node]:
    """The results that a product's last reader writes where it reads the product."""
    product = call.node
    readers = [loop for loop in call.epilogue if product in _read(loop, schedule)]
    last = readers[-1]
    writer = LoopWriter(last, schedule, Kernel())
    forms = {found.offset for found in writer.loads if found.buffer is product}
    for node in last.nodes:
        same = (node.size, node.dtype) == (product.size, product.dtype)
        if same and node in schedule.stored and is_mapped(node):
            where = strides(node.shape)
            if all((f.start, f.steps) == (0, where) for f in forms):
                yield node


def _read(step: Step, schedule: Schedule) -> set[Node]:
    """The nodes with memory that a step reads, those that it computes too."""
    inputs = (x for node in computed(step) for x in node.inputs)
    return {base for x in inputs for base in schedule.behind(x)}
