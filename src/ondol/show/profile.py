"""Where time and memory go: by function, by layer, and by line of the program."""

from __future__ import annotations

import functools
import json
import os
import threading
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from time import perf_counter_ns as now
from typing import Any

from ..debug.watch import (
    BACKWARD,
    COMPILED,
    FORWARD,
    LAYER,
    STEP,
    Event,
    watching,
)
from ..errors import ArgumentError, Birth, place, tell
from ..io.atomic import atomic_write
from ..layers.checks import whole
from ..writes import owner
from .cost import amount, new_arrays, table

TOP = 8  # rows of each table when a profile is printed
WIDTH = 72  # letters of a name that are shown


@dataclass(slots=True)
class Record:
    """One thing that was computed.

    Attributes:
        kind, name, layer, birth: see `ondol.debug.watch.Event`.
        start: on the clock of `time.perf_counter_ns`,
        end: likewise, when it was there,
        time: how long it took, without the work of recording what is inside of it,
        own: and without the time of that either; all in nanoseconds.
        bytes: memory of what it made.
    """

    kind: str
    name: str
    layer: str
    birth: Birth
    start: int
    end: int
    time: int
    own: int
    bytes: int

    @property
    def line(self) -> str:
        """The line of the user's program."""
        return _line(self.birth)


@dataclass
class Row:
    """What belongs to one function, layer or line; times in seconds.

    Attributes:
        name: which.
        calls: how many there were; gradients do not count.
        forward: time to compute results. A layer's is all of the time of its calls.
        backward: time to compute gradients.
        total: of both, and for updates and compiled functions.
        own: the part of `total` that was not spent in layers inside of it.
        memory: bytes of the results and gradients that were made.
    """

    name: str
    calls: int = 0
    forward: float = 0.0
    backward: float = 0.0
    total: float = 0.0
    own: float = 0.0
    memory: int = 0

    @property
    def cells(self) -> list[str]:
        """The row of the table."""
        times = (self.forward, self.backward, self.total, self.own)
        shown = (amount(time, "s") if time else "" for time in times)
        memory = amount(self.memory, "B") if self.memory else ""
        return [self.name[:WIDTH], str(self.calls), *shown, memory]


class Profile:
    """What was computed in a block of `profile`, and how long it took.

    Attributes:
        records: everything, in the order in which it ended.
        peak: the most bytes that results and gradients took at a time. What functions
            need only while they compute is not counted, nor are parameters.
    """

    def __init__(self) -> None:
        self.records: list[Record] = []
        self.peak = 0
        self._live = 0
        self._alive: dict[int, weakref.ref[Any]] = {}
        self._inside = [0]  # nanoseconds of what was recorded inside of each open event
        self._overhead = 0
        self._start, self._end = now(), 0

    @property
    def overhead(self) -> float:
        """Seconds that recording took; they are in none of the times."""
        return self._overhead / 1e9

    @property
    def seconds(self) -> float:
        """Of the whole block, without `overhead`."""
        return ((self._end or now()) - self._start - self._overhead) / 1e9

    # -- recording --------------------------------------------------------------------

    def _watch(self, event: Event, compute: Callable[[], Any]) -> Any:
        """Compute, and take the time."""
        if event.kind == STEP:
            return compute()
        self._inside.append(0)
        start = now()
        self._overhead += start - event.since
        before = self._overhead
        try:
            y = compute()
        finally:
            end = now()
            time = end - start - (self._overhead - before)
            own = time - self._inside.pop()
            self._inside[-1] += time
        self._record(event, start, end, time, own, self._made(event, y))
        self._overhead += now() - end
        return y

    def _record(self, event: Event, *numbers: int) -> None:
        name = event.name if event.kind != COMPILED else f"{event.name} (compiled)"
        birth = event.birth
        self.records.append(Record(event.kind, name, event.layer, birth, *numbers))

    def _made(self, event: Event, y: Any) -> int:
        """The memory of what was made."""
        if event.kind == BACKWARD:
            y = [g for _, g in y]
        elif event.kind != FORWARD:
            return 0
        made = new_arrays(event, y)
        for array in made:
            self._keep(owner(array))
        return sum(array.nbytes for array in made)

    def _keep(self, array: Any) -> None:
        """Count the memory of an array for as long as it lives."""
        key, size = id(array), array.nbytes
        if key not in self._alive:

            def gone(_: Any) -> None:
                self._live -= size
                del self._alive[key]

            self._alive[key] = weakref.ref(array, gone)
            self._live += size
            self.peak = max(self.peak, self._live)

    # -- what was found ---------------------------------------------------------------

    def rows(self, by: str = "function", sort: str = "total") -> list[Row]:
        """The time and memory of each function, layer or line.

        Args:
            by: ``"function"``, ``"layer"`` or ``"line"``.
            sort: what the first row has most of, the name of an attribute of `Row`; or
                ``"name"`` for the order of the alphabet.

        Raises:
            ArgumentError: a ValueError; there is no such grouping, or no such column.
        """
        _check(by, GROUPS)
        _check(sort, Row.__dataclass_fields__)
        rows = sorted(GROUPS[by](self.records).values(), key=lambda row: row.name)
        return rows if sort == "name" else sorted(rows, key=lambda r: -getattr(r, sort))

    def table(self, by: str = "function", sort: str = "total", top: int = 20) -> str:
        """The first `top` of `rows` as a table.

        Raises:
            DtypeError, ArgumentError: `top` is no whole number of 1 or more.
        """
        whole("top", top)
        head = [by, "calls", "forward", "backward", "total", "own", "memory"]
        return table([head, *(row.cells for row in self.rows(by, sort)[:top])])

    def __repr__(self) -> str:
        inside = sum(r.own for r in self.records if r.kind != LAYER) / 1e9
        return (
            f"{amount(self.seconds, 's')}, {inside / self.seconds:.0%} of it in "
            f"functions; recording took another {amount(self.overhead, 's')}; results "
            f"and gradients took {amount(self.peak, 'B')} at most\n\n"
            + "\n\n".join(self.table(by, top=TOP) for by in GROUPS)
        )

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write all records for Chrome's ``chrome://tracing``, or ui.perfetto.dev.

        Args:
            path: of a ``.json`` file; an existing one is replaced when the new one is
                complete.

        Returns:
            `path`, where the file is now.

        Raises:
            FileError: an OSError; the file cannot be written there.
        """
        events = [_traced(record) for record in self.records]
        text = json.dumps({"traceEvents": events, "displayTimeUnit": "ms"})
        with atomic_write(path) as temporary:
            temporary.write_text(text, encoding="utf-8")
        return Path(path)


@contextmanager
def profile() -> Iterator[Profile]:
    """Record how long everything takes inside the block, and how much memory.

    It sees what this thread, or async task, computes: functions, their gradients,
    layers, updates. A compiled function is one row, named ``(compiled)``; inside of
    ``ondol.eager()`` it is many.

    Yields:
        What was found: print it, or see `Profile`.
    """
    found = Profile()
    with watching(found._watch):
        found._start = now()
        try:
            yield found
        finally:
            found._end = now()


_line = functools.cache(place)

# -- rows ------------------------------------------------------------------------------


class _Rows(dict[str, Row]):
    """Name -> row, which is made when it is asked for."""

    def __missing__(self, name: str) -> Row:
        row = self[name] = Row(name)
        return row


def _by(name: str) -> Callable[[list[Record]], dict[str, Row]]:
    """A row for each value of an attribute of the records; none for layers."""

    def rows(records: list[Record]) -> dict[str, Row]:
        found = _Rows()
        for record in records:
            if record.kind != LAYER:
                row, seconds = found[getattr(record, name)], record.own / 1e9
                row.calls += record.kind != BACKWARD
                row.forward += seconds * (record.kind == FORWARD)
                row.backward += seconds * (record.kind == BACKWARD)
                row.total += seconds
                row.own += seconds
                row.memory += record.bytes
        return found

    return rows


def _by_layer(records: list[Record]) -> dict[str, Row]:
    """A row for each layer, which has its part of what the layers inside of it do."""
    found = _Rows()
    layers = {record.layer for record in records if record.kind == LAYER}
    for record in records:
        seconds = record.time / 1e9
        if record.kind == LAYER:
            row = found[record.layer]
            row.calls += 1
            row.forward += seconds
            row.total += seconds
        if record.layer:
            found[record.layer].own += record.own / 1e9
        for name in layers.intersection(_holders(record.layer)):
            found[name].memory += record.bytes
            if record.kind == BACKWARD:
                found[name].backward += seconds
                found[name].total += seconds
    return found


GROUPS = {"layer": _by_layer, "function": _by("name"), "line": _by("line")}


def _holders(layer: str) -> Iterator[str]:
    """``Net.a.0`` and what may hold it: ``Net.a`` and ``Net``."""
    return accumulate(layer.split("."), "{}.{}".format)


def _check(got: str, known: Any) -> None:
    if got not in known:
        raise tell(ArgumentError, "profile-by", known=", ".join(known), got=got)


def _traced(record: Record) -> dict[str, Any]:
    """A record as Chrome's format has it, in microseconds."""
    return {
        "name": record.name,
        "cat": record.kind,
        "ph": "X",
        "ts": record.start / 1e3,
        "dur": (record.end - record.start) / 1e3,
        "pid": os.getpid(),
        "tid": threading.get_ident(),
        "args": {"layer": record.layer, "line": record.line, "bytes": record.bytes},
    }
