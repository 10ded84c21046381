"""Arrays that were written into where a backward pass needs what was there before.

A call keeps the arrays that its gradient rules read; it does not copy them. Writing
into one of them before `backward` would make a gradient wrong without a word. The
writes that ondol sees (``x.data -= d``, an optimizer's update) are counted, and a call
that is older than the last write looks whether one of its arrays was hit. For those
that NumPy makes (``x.data[0] = 1``) reading ``x.data`` leaves a fingerprint, if others
hold the array too; the next call, or the backward pass, compares. What is written under
a name that is older (``a = x.data``, a call, ``a[0] = 1``) is found inside
``ondol.debug.writes()``, where each call takes fingerprints of all of its arrays.
"""

from __future__ import annotations

import weakref
from collections.abc import Iterable
from functools import partial
from operator import itemgetter
from threading import Lock
from typing import Any
from zlib import crc32

import numpy as np

from .errors import Birth, caller, overwritten

ROW = 1024  # words of 64 bits: equal places in these are summed up

Part = tuple[int, int] | None  # the bytes of an owner of memory; None for all


class Writes:
    """The log of writes, and what the backward pass asks it.

    Attributes:
        count: how many writes there were; a call remembers the count it was made at.
        busy: does a new call have to look, because of what was lent or is watched?
        watching: for how many blocks, of all threads, do calls take fingerprints of
            their arrays?
    """

    def __init__(self) -> None:
        self.count = 0
        self.busy = False
        self.watching = 0
        # By identity, the arrays that the program has got out of Variables since the
        # last call: a reference, their fingerprint then, and where.
        self._lent: dict[int, tuple[weakref.ref[Any], int, Birth]] = {}
        # By the identity of what owns the memory, then by the part of it that was
        # written into: the count at the last write, and from where it came. And what
        # takes the entry away with the memory.
        self._last: dict[int, dict[Part, tuple[int, Birth]]] = {}
        self._alive: dict[int, weakref.ref[Any]] = {}
        self._lock = Lock()  # a count that falls back would accuse the innocent

    def note(self, *arrays: Any) -> None:
        """Say that these arrays have just been written into."""
        self._note(arrays, caller(2))
        if self._lent:
            for array in arrays:
                self._lent.pop(id(array), None)

    def _note(self, arrays: Iterable[Any], birth: Birth) -> None:
        with self._lock:
            self.count += 1
            write = self.count, birth
        for array in arrays:
            writes = self._last.get(id(array))
            if writes is not None:  # it owns its memory, and was written into before
                writes[None] = write
                continue
            memory = _owner(array)
            key = id(memory)
            if key not in self._alive:
                self._last[key] = {}
                self._alive[key] = weakref.ref(memory, partial(self._forget, key))
            self._last[key][_part(array, memory)] = write

    def _forget(self, key: int, _: Any) -> None:
        del self._last[key], self._alive[key]

    def lend(self, array: np.ndarray) -> None:
        """Say that the program, not ondol itself, has got hold of an array."""
        lent = self._lent.get(id(array))
        if lent is None or lent[0]() is not array:
            mark = _fingerprint(array)
            self._lent[id(array)] = weakref.ref(array), mark, caller(1)
            self.busy = True

    def look(self) -> None:
        """Count the writes into what was lent."""
        lent, self._lent = self._lent, {}
        self.busy = self.watching > 0
        for reference, mark, birth in lent.values():
            array = reference()
            if array is not None and _fingerprint(array) != mark:
                self._note([array], birth)

    def watch_more(self, blocks: int) -> None:
        """Take fingerprints for so many blocks more, or for fewer."""
        with self._lock:
            self.watching += blocks
            self.busy = True

    def watch(self, call: Any) -> None:
        """Take what is to be known about the arrays of a call that was just made."""
        self.look()
        call._written = self.count
        if self.watching:
            call._args = _Watched(call._args)
            call._args.marks = [_fingerprint(array) for array in _arrays(call)]
            call._written = -1  # so that it will look in any case

    def check(self, call: Any, vjps: Any = None, gys: Any = None) -> None:
        """Refuse to differentiate a call whose arrays are not what they were.

        An array that was hit but that no rule looks into (those of a sum) is no harm:
        the rules are tried with other numbers in its place.

        Args:
            call: a recorded call.
            vjps: its gradient rules; None for a Function of the user's own, which may
                read all of its inputs.
            gys: the gradient of its result, or a list of them for several.

        Raises:
            GradientError: a rule would read what is no longer there.
        """
        arrays = _arrays(call)
        marks = getattr(call._args, "marks", None)
        for i, array in enumerate(arrays):
            count, birth = self._last_into(array)
            seen = marks[i] != _fingerprint(array) if marks else count > call._written
            if seen and (vjps is None or _is_read(i, arrays, call, vjps, gys)):
                raise overwritten(call, i, birth)

    def _last_into(self, array: Any) -> tuple[int, Birth | None]:
        """The last write into the memory of `array`: its count, and its place."""
        memory = _owner(array)
        writes = self._last.get(id(memory))
        if not writes:
            return -1, None
        part = _part(array, memory)
        hits = (w for p, w in writes.copy().items() if _overlap(p, part))
        return max(hits, key=itemgetter(0), default=(-1, None))


WRITES = Writes()


class _Watched(tuple[Any, ...]):
    """The arguments of a call that is watched."""

    marks: list[int]


def _data(x: Any) -> Any:
    return getattr(x, "_data", x)


def _owner(array: Any) -> Any:
    """The array whose memory `array` shows; one on a foreign buffer counts as owner."""
    while hasattr(getattr(array, "base", None), "base"):
        array = array.base
    return array


def _part(array: Any, memory: Any) -> Part:
    """Where `array` begins and ends in memory; None for all that `memory` has."""
    if array is memory or not isinstance(array, np.ndarray):
        return None
    return np.lib.array_utils.byte_bounds(array)


def _overlap(one: Part, other: Part) -> bool:
    return not one or not other or (one[0] < other[1] and other[0] < one[1])


def _arrays(call: Any) -> list[Any]:
    """What a call has kept: its arguments, then its results."""
    if not hasattr(call, "values"):
        return [*map(_data, call._args)]
    results = call._result if isinstance(call._result, tuple) else (call._result,)
    return [*call.values, *results]


def _fingerprint(array: Any) -> int:
    """A number that other contents would hardly have, at the speed of memory."""
    if type(array) is not np.ndarray or array.nbytes <= 8 * ROW:
        return crc32(array.tobytes()) if hasattr(array, "tobytes") else 0
    flat = np.frombuffer(np.ascontiguousarray(array), np.uint8)
    whole = flat.size - flat.size % (8 * ROW)
    rows = flat[:whole].view(np.uint64).reshape(-1, ROW)
    return crc32(flat[whole:].data, crc32(np.add.reduce(rows, axis=0).data))


def _is_read(i: int, arrays: list[Any], call: Any, vjps: Any, gys: Any) -> bool:
    """Would the gradients be others if other numbers stood in ``arrays[i]``?"""
    gys = [*map(_data, gys)] if isinstance(gys, list) else _data(gys)

    def gradients(other: Any) -> list[Any]:
        parts = [*arrays[:i], other, *arrays[i + 1 :]]
        values, ys = parts[: len(call.values)], parts[len(call.values) :]
        y = tuple(ys) if isinstance(call._result, tuple) else ys[0]
        asked = zip(call._args, vjps, strict=False)
        return [
            vjp(gys, y, *values, **call.kwargs)
            for x, vjp in asked
            if vjp is not None and getattr(x, "generation", -1) >= 0
        ]

    array = arrays[i]
    nan = array.dtype.kind in "fc"
    others = [np.full_like(array, np.nan if nan else 0), np.full_like(array, 1)]
    with np.errstate(all="ignore"):
        try:
            expected = gradients(array)
            return not all(
                np.array_equal(a, b, equal_nan=True)
                for other in others
                for a, b in zip(expected, gradients(other), strict=True)
            )
        except (ValueError, TypeError, IndexError, ArithmeticError):
            return True  # a rule that refuses these numbers has looked at them
