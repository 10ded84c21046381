"""The call of a compiled trace: a Python function, written for it.

It is straight-line code: look whether all is as it was when the function was traced,
tell C of arrays that are new, run, and put what was computed where it belongs. A step
of a small network takes microseconds, so that nothing here is looked up twice.
"""

from __future__ import annotations

import sys
import weakref
from collections.abc import Callable
from typing import Any

import numpy as np

from .. import errors
from ..core import modes
from ..core.graph import _make, data_of
from ..writes import WRITES
from .graph import Node, order
from .ops import OPS
from .program import SMALL, Program
from .schedule import VIEWS
from .state import PLAIN, same
from .trace import AFTER, Input, Same, Slot, Trace

MISS = object()  # what a call returns that was not meant for this trace
FILE = errors.places.Internal.root + "compiler/<call>"
INDENT = "\n        "


class Call:
    """The text of a call, and the program behind it.

    Attributes:
        program: what runs.
        text: the Python function.
        function: ``(args, kwargs)`` -> the result, or `MISS`.
    """

    def __init__(self, trace: Trace) -> None:
        self.trace, self.names = trace, trace.names
        self.number = {new.node: i for i, new in enumerate(trace.inputs)}
        self.slots: list[Slot] = list(_slots(trace.result))
        self.program = self._planned()
        self.values: dict[str, Any] = self.names.values
        self.values |= {
            "MISS": MISS, "same": same, "refs": sys.getrefcount, "data_of": data_of,
            "make": _make, "AFTER": AFTER, "note": self._note(),
            "training": modes.training.get, "recording": modes.recording.get,
            "table": self.program.pointer, "ALONE": _references(), "scattered": [],
        }  # fmt: skip
        self.bindings: list[Binding] = []
        self.outs: dict[Node, str] = {}
        self.before: list[str] = []
        self.text = self._written()
        exec(compile(self.text, FILE, "exec"), self.values)
        self.function: Callable[..., Any] = self.values["call"]

    # -- the program ------------------------------------------------------------------

    def _planned(self) -> Program:
        trace = self.trace
        results = [slot.node for slot in self.slots]
        results += [node for _, node in trace.sets]
        for new in trace.inputs:
            results += [node for node in (new.changed, new.replaced) if node]
        inputs = [new.node for new in trace.inputs]
        return Program(list(dict.fromkeys(results)), inputs, self._homes(results))

    def _homes(self, results: list[Node]) -> dict[Node, Node]:
        """The results that may be written over an array of the state.

        Not if something can go wrong half-way: then nothing has been changed.
        """
        if any(node.op == "host" for node in order(results)):
            return {}
        needed = {_base(node) for node in results}
        needed |= {new.node for _, new in self.trace.moves}
        homes: dict[Node, Node] = {}
        for new in self.trace.inputs:
            node = new.changed or new.replaced
            if node and not new.is_argument and new.node not in needed:
                homes.setdefault(node, new.node)
        return homes

    # -- the text ---------------------------------------------------------------------

    def _written(self) -> str:
        inputs = [line for new in self.trace.inputs for line in self._input(new)]
        after = self._after()
        guards = [*self.trace.first, *self.trace.checks, *self._guards(), *inputs]
        misses = "(LookupError, AttributeError, ValueError, TypeError)"
        return (
            f"def call(args, kwargs):\n    try:{INDENT}{INDENT.join(guards)}"
            f"\n    except {misses}: return MISS\n    "
            + "\n    ".join([*self.before, *self._run(), *after])
        )

    def _guards(self) -> list[str]:
        """Leave if something else than numbers in arrays is not as it was."""
        names, state = self.names, self.trace.state
        now = modes.training.get(), modes.recording.get()
        lines = [
            f"if training() is not {now[0]} or recording() is not {now[1]}: return MISS"
        ]
        lines += [
            f"if len({names.of(box)}) != {len(box)}: return MISS"
            for box in state.boxes
            if not (isinstance(box, dict) and "__name__" in box)
        ]
        for path, (place, value) in state.places.items():
            if path in self.trace.free:
                continue
            text, name = names.read(place), names.of(value)
            equal = f" and not same({text}, {name})" if isinstance(value, PLAIN) else ""
            lines.append(f"if {text} is not {name}{equal}: return MISS")
        for array, numbers in self.trace.constants():
            if array.flags.writeable:
                pair = names.of(array), names.of(numbers)
                lines.append(f"if {pair[0]}.tobytes() != {pair[1]}: return MISS")
        return lines

    def _input(self, new: Input) -> list[str]:
        """Take in an array, and tell C of it if it is not the one of last time."""
        i = self.number[new.node]
        binding = Binding(i, new, self.program, self.values, self.bindings)
        self.values |= {f"bind{i}": binding.bind, f"own{i}": binding.own}
        self.values |= {f"h{i}": None, f"r{i}": lambda: MISS, f"b{i}": binding.buffer}
        a, lines = f"a{i}", [f"a{i} = {new.text}"]
        if new.is_rate:
            return [*lines, f"if {a} is not h{i} and not bind{i}({a}): return MISS"]
        if binding.buffer is not None:
            return [*lines, f"b{i}[{'...' if new.node.shape else '()'}] = {a}"]
        if not new.replaced:
            last = f"r{i}()" if new.is_argument else f"h{i}"
            lines.append(f"if {a} is not {last} and not bind{i}({a}): return MISS")
            if new.changed:
                lines.append(f"if not {a}.flags.writeable: return MISS")
            return lines if new.is_argument else [*lines, *self._unwrapped(new, a)]
        return [
            *lines,
            f"if r{i}() is not {a} or refs({a}) != ALONE:",
            # Counted first: as an argument it has a reference more.
            f"    {a} = own{i}(refs({a}) == ALONE, {a})",
            f"    if {a} is None: return MISS",
            f"    {new.assignment.format(value=a)}",
        ]

    def _unwrapped(self, new: Input, a: str) -> list[str]:
        return [f"{a} = data_of({a})"] if new.text.endswith("._grad") else []

    def _run(self) -> list[str]:
        """Let C compute."""
        steps = self.program.steps
        if len(steps) == 1 and not isinstance(steps[0], Node):
            lines = [f"{self.names.of(steps[0])}(table)"]
        elif steps:
            pairs = [
                (self.program.slots[new.node], i, self.values[f"b{i}"] is not None)
                for new, i in zip(self.trace.inputs, self.number.values(), strict=True)
            ]
            arrays = self.names.of(self.program.arrays)
            given = [
                f"{arrays}[{slot}] = {'b' if small else 'a'}{i}"
                for slot, i, small in pairs
            ]
            lines = [*given, f"{self.names.of(self.program.execute)}()"]
            lines += [f"{arrays}[{slot}] = None" for slot, _, _ in pairs]
        else:
            lines = []
        changed = [new for new in self.trace.inputs if new.changed]
        if changed:
            lines.append(f"if scattered: {self.names.of(self._gather)}()")
        return lines

    def _note(self) -> Callable[..., None]:
        """What says which arrays were written into; it must not hold arguments."""
        changed = (new for new in self.trace.inputs if new.changed)
        lent = any(new.is_argument for new in changed)
        return WRITES.note if lent else WRITES.noter()

    def _gather(self) -> None:
        """Put back what C has written into copies of arrays that are not in a row."""
        scattered = self.values["scattered"]
        for array, copy in scattered:
            array[...] = copy
        scattered.clear()

    def _after(self) -> list[str]:
        """Put what was computed where it belongs, and return the result."""
        early: list[str] = []
        late: list[str] = []
        result = f"return {self._result(self.trace.result, early)}"
        for i, new in enumerate(self.trace.inputs):
            node = new.changed or new.replaced
            if node and self.program.at_home.get(node) is not new.node:
                late.append(f"a{i}[...] = {self._value(node, early)}")
        for assignment, node in self.trace.sets:
            late.append(assignment.format(value=self._taken(node, early)))
        for assignment, new in self.trace.moves:
            late.append(assignment.format(value=f"a{self.number[new.node]}"))
        late += [text.format(value="None") for text in self.trace.clears]
        changed = [f"a{i}" for i, x in enumerate(self.trace.inputs) if x.changed]
        note = [f"note({', '.join(changed)})"] if changed else []
        return [*early, *late, *note, result]

    def _value(self, node: Node, early: list[str]) -> str:
        """Text for the array of a node, as it is when the program has run."""
        home = self.program.at_home.get(node)
        if home is not None:
            return f"a{self.number[home]}"
        if node in self.outs:
            return self.outs[node]
        if node in self.program.slots and node.op != "input":
            return self.names.of(self.program.arrays[self.program.slots[node]])
        # It shows an input, which what follows may change.
        name = f"e{len(early)}"
        early.append(f"{name} = {self._view(node)}.copy()")
        return name

    def _view(self, node: Node) -> str:
        if node.op == "input":
            i = self.number[node]
            return f"a{i}" if self.values[f"b{i}"] is None else f"b{i}"
        if node in self.program.slots:
            return self.names.of(self.program.arrays[self.program.slots[node]])
        compute = self.names.of(lambda *xs: OPS[node.op].compute(xs, *node.attrs))
        return f"{compute}({', '.join(map(self._view, node.inputs))})"

    def _taken(self, node: Node, early: list[str]) -> str:
        """Text for an array that whoever gets it may keep."""
        i = self.program.slots.get(node)
        large = node.size * node.dtype.itemsize > SMALL
        ours = i is not None and node in self.program.schedule.step_of
        if large and ours and node not in self.program.at_home | self.outs:
            self.outs[node] = name = f"y{len(self.outs)}"
            out = Out(self.program, i or 0, node)
            self.before.append(f"{name} = {self.names.of(out)}()")
            return name
        return f"{self._value(node, early)}.copy()"

    def _result(self, x: Any, early: list[str]) -> str:
        """Text that makes the result."""
        if isinstance(x, Slot):
            return (x.variable or "{value}").format(value=self._taken(x.node, early))
        if isinstance(x, Same):
            return x.text
        if isinstance(x, dict):
            items = (
                f"{self.names.key(k)}: {self._result(v, early)}" for k, v in x.items()
            )
            text = f"{{{', '.join(items)}}}"
            return text if type(x) is dict else f"{self.names.of(type(x))}({text})"
        if isinstance(x, list | tuple):
            parts = ", ".join(self._result(part, early) for part in x)
            kind = self.names.of(type(x))
            return f"{kind}({parts})" if hasattr(x, "_fields") else f"{kind}([{parts}])"
        return self.names.of(x)


class Binding:
    """An input of the program, and the array that C was told of last.

    Attributes:
        buffer: memory that a small argument is copied into, which is quicker than
            asking for its address; None if C gets the array itself.
    """

    def __init__(
        self,
        i: int,
        new: Input,
        program: Program,
        values: dict[str, Any],
        all: list[Binding],
    ) -> None:
        all.append(self)
        self.all = all
        self.i, self.new, self.program, self.values = i, new, program, values
        self.slot, node = program.slots[new.node], new.node
        small = node.size * node.dtype.itemsize <= SMALL
        self.buffer: Any = None
        self.kept: Any = None
        if new.is_rate or (new.is_argument and small):
            self.buffer = np.empty(node.shape, node.dtype)
            self._tell(self.buffer)

    def bind(self, array: Any) -> bool:
        """Take in another array; false if it is not of the shape and dtype."""
        if self.new.is_rate:
            if type(array) is not float:
                return False
            self.buffer[()] = array
        elif not self._fits(data_of(array)) or self._is_shared(data_of(array)):
            return False
        elif self._is_plain(np.asarray(data_of(array))):
            self._tell(np.asarray(data_of(array)))
        else:
            self._scatter(np.asarray(data_of(array)))
            return True
        last = weakref.ref(array) if self.new.is_argument else array
        self.values[f"{'r' if self.new.is_argument else 'h'}{self.i}"] = last
        return True

    def own(self, alone: bool, array: Any) -> Any:
        """An array that nobody else has, to be written into; None if it cannot be."""
        data = data_of(array)
        if not self._fits(data):
            return None
        if not (alone and data is array and data.base is None and self._is_plain(data)):
            data = np.array(data, order="C", subok=False)
        self.values[f"r{self.i}"] = weakref.ref(data)
        self._tell(data)
        return data

    def _fits(self, data: Any) -> bool:
        node = self.new.node
        return (
            isinstance(data, np.ndarray | np.generic)
            and data.shape == node.shape
            and data.dtype == node.dtype
            and not (self.new.changed and not data.flags.writeable)
        )

    def _is_shared(self, data: Any) -> bool:
        """Can what is written in place be seen by another name?"""
        return any(
            _overlap(data, other.kept)
            for other in self.all
            if (self.new.changed or other.new.changed)
            and other is not self
            and other.kept is not None
        )

    def _is_plain(self, array: Any) -> bool:
        return bool(array.flags.c_contiguous and array.flags.aligned)

    def _tell(self, array: Any) -> None:
        self.program.table[self.slot] = array.ctypes.data
        self.kept = None if self.new.replaced or self.new.is_argument else array

    def _scatter(self, array: Any) -> None:
        """Give C a copy, at each call."""
        copy = np.array(array, order="C")
        self._tell(copy)
        self.kept = copy
        if self.new.changed:
            self.values["scattered"].append((array, copy))


class Out:
    """Memory for a large result: that of an earlier one if nobody has it any more."""

    def __init__(self, program: Program, slot: int, node: Node) -> None:
        self.program, self.slot, self.node = program, slot, node
        self.pool: list[Any] = [np.empty(node.shape, node.dtype)]
        self.alone = -1
        self.alone = self._count(0)

    def __call__(self) -> Any:
        """An array that C will write into."""
        free = [i for i in range(len(self.pool)) if self._count(i) == self.alone]
        if not free:
            self.pool = [*self.pool[-1:], np.empty(self.node.shape, self.node.dtype)]
        array = self.pool[free[0] if free else -1]
        self.program.table[self.slot] = array.ctypes.data
        return array

    def _count(self, i: int) -> int:
        return sys.getrefcount(self.pool[i])


def _references() -> int:
    """How many references a call counts of an array that only one place holds."""
    values: dict[str, Any] = {"refs": sys.getrefcount}
    exec("def probe(box):\n    a = box[0]\n    return refs(a)", values)
    return values["probe"]([np.empty(1)])


def _slots(x: Any) -> Any:
    """The arrays in the form of a result."""
    if isinstance(x, Slot):
        yield x
    elif isinstance(x, dict | list | tuple):
        for part in x.values() if isinstance(x, dict) else x:
            yield from _slots(part)


def _base(node: Node) -> Node:
    """The node whose elements a node shows."""
    while node.op in VIEWS:
        node = node.inputs[0]
    return node


def _overlap(a: Any, b: Any) -> bool:
    """Can two arrays show the same memory? Not if each has its own."""
    views = a.base is not None or b.base is not None
    return a is b or (views and np.may_share_memory(a, b))
