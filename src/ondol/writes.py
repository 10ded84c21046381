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
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from opcode import opmap
from operator import is_, itemgetter
from threading import RLock
from types import CodeType, FrameType
from typing import Any, NamedTuple
from zlib import crc32

import numpy as np
from numpy.lib.array_utils import byte_bounds

from .errors import Birth, caller, internal, overwritten

# Words of 64 bits: equal places in rows of so many are summed up. A prime that does not
# divide the strides, and an odd number of rows, so that neither rows that change places
# nor signs that do cancel out.
ROWS = (1021, 1019)

LARGE = 1 << 20  # bytes; from there on a fingerprint takes longer than most calls
OFTEN = 8  # a large array that was read so often, and not written into, is data

PARTS = 1000  # of one memory, slices of a data set say, are told apart

# Of what owns memory the piece that an array shows: where it begins, its shape, its
# strides, and the bytes of an element; None for all.
Part = tuple[int, tuple[int, ...], tuple[int, ...], int] | None


class Write(NamedTuple):
    """The last write into a part of memory.

    Attributes:
        number: how many writes there were then, with this one.
        births: where it was made: the line, or the lines of which one has to be it.
        passes: how many backward passes there had been.
        start: the number after which all writes into this part are in `earlier`,
        earlier: each with its number, and the place and the fingerprint of what was
            there before it. They begin anew after a backward pass.
    """

    number: int
    births: tuple[Birth, ...]
    passes: int
    start: int
    earlier: tuple[tuple[int, Any], ...] = ()


class Loan(NamedTuple):
    """An array that the program has got out of a Variable since the last call.

    Attributes:
        array: a reference to it.
        mark: its fingerprint, when it was first read.
        births: where it was read, each place once: a code object itself hashes slowly.
    """

    array: weakref.ref[Any]
    mark: int
    births: dict[tuple[int, int], Birth]


class Writes:
    """The log of writes, and what the backward pass asks it.

    Attributes:
        count: how many writes there were; a call remembers the count it was made at.
        passes: how many backward passes there were.
        busy: does a new call have to look, because of what was lent or is watched?
        watching: for how many blocks, of all threads, do calls take fingerprints of
            their arrays?
    """

    def __init__(self) -> None:
        self.count = 0
        self.passes = 0
        self.busy = False
        self.watching = 0
        # By identity, the arrays that were lent, and how often large ones were read.
        self._lent: dict[int, Loan] = {}
        self._reads: dict[int, tuple[weakref.ref[Any], int]] = {}
        # By the identity of what owns the memory, then by the part of it that was
        # written into, the last write, kept as a plain list, which is made in a third
        # of the time. And what takes the entry away with the memory.
        self._last: dict[int, dict[Part, Sequence[Any]]] = {}
        self._alive: dict[int, weakref.ref[Any]] = {}
        self._dropped = 0  # the number of the last write that was taken away before
        # What one thread looks for another must not take for written later than it was.
        self._lock = RLock()

    def note(self, *arrays: Any) -> None:
        """Say that these arrays have just been written into."""
        birth = caller(2)
        self._lock.acquire()  # `with` takes twice as long
        try:
            self._note(arrays, (birth,))
            if self._lent:
                self._take_back(arrays)
        finally:
            self._lock.release()

    def noter(self) -> Callable[..., None]:
        """A `note` for what writes into the same arrays, which it holds, each time.

        They have one entry together, of which only the numbers change if nobody else
        has written anything since: the writes of a step take no longer than one.
        """
        known: tuple[Any, ...] = ()
        entry: list[Any] = [-1]

        def note(*arrays: Any) -> None:
            nonlocal known, entry
            births = (caller(2),)
            self._lock.acquire()
            try:
                alone = entry[0] == self.count and not self._lent and not self._reads
                if alone and all(map(is_, arrays, known)):
                    self.count = count = self.count + 1
                    entry[:] = count, births, self.passes, count, ()
                    return
                known, entry = arrays, self._note(arrays, births)
                if self._lent:
                    self._take_back(arrays)
            finally:
                self._lock.release()

        return note

    def _note(
        self, arrays: Iterable[Any], births: tuple[Birth, ...], before: Any = None
    ) -> list[Any]:
        self.count = count = self.count + 1
        write = [count, births, self.passes, count, ()]
        for array in arrays:
            if self._reads:
                self._reads.pop(id(array), None)
            writes, part = self._last.get(id(array)), None
            if writes is None:  # it owns no memory, or was not written into before
                writes, part = self._of_memory(array)
            last = writes.pop(part, None)  # the last one written into comes last
            writes[part] = self._joined(last, write, before) if before else write
            if len(writes) > PARTS:
                number, *_ = writes.pop(next(iter(writes)))
                self._dropped = max(self._dropped, number)
        return write

    def _of_memory(self, array: Any) -> tuple[dict[Part, Sequence[Any]], Part]:
        """The writes into the memory of `array`, and the part of it that it shows."""
        memory = owner(array)
        key = id(memory)
        if key not in self._alive:
            self._last[key] = {}
            self._alive[key] = weakref.ref(memory, partial(self._forget, key))
        return self._last[key], _part(array, memory)

    def _joined(self, last: Any, write: Any, before: Any) -> Write:
        """The write, with what is known of those before it."""
        last = Write(*last or (self._dropped, (), -1, 0))
        write = Write(*write)
        more = last.passes == write.passes and len(last.earlier) < PARTS
        earlier = last.earlier if more else ()
        return write._replace(
            start=last.start if more else last.number,
            earlier=(*earlier, (write.number, before)),
        )

    def _forget(self, key: int, _: Any) -> None:
        del self._last[key], self._alive[key]

    def _take_back(self, arrays: tuple[Any, ...]) -> None:
        """Take no notice of a write that has been noted, under whatever name."""
        written: dict[int, list[Any]] = {}
        for array in arrays:
            written.setdefault(id(owner(array)), []).append(array)
        for key, loan in [*self._lent.items()]:
            lent = loan.array()
            near = written.get(id(owner(lent)), ())
            if any(np.may_share_memory(lent, array) for array in near):
                self._lent.pop(key, None)

    def lend(self, array: np.ndarray, to: FrameType) -> None:
        """Say that an array that others hold too has been read.

        Args:
            array: the array.
            to: who reads it: ondol itself does not write into it, a program may.
        """
        code, at = to.f_code, to.f_lasti
        if internal[code.co_filename] or _is_augmented(code, at):
            return
        key = id(array)
        with self._lock:
            loan = self._lent.get(key)
            if loan is None:
                if not array.flags.writeable or self._is_data(array):
                    return
                gone = partial(self._lent.pop, key)
                loan = Loan(weakref.ref(array, gone), _fingerprint(array), {})
                self._lent[key] = loan
                self.busy = True
            loan.births[id(code), at] = code, at

    def _is_data(self, array: np.ndarray) -> bool:
        """Is it large and only read? Then it is looked at more and more rarely."""
        if array.nbytes <= LARGE:
            return False
        key = id(array)
        gone = partial(self._reads.pop, key)
        alive, reads = self._reads.get(key) or (weakref.ref(array, gone), 0)
        self._reads[key] = alive, reads + 1
        return reads >= OFTEN and reads & (reads - 1) != 0

    def look(self) -> None:
        """Count the writes into what was lent."""
        with self._lock:
            loans = [*self._lent.values()]
            self._lent.clear()
            for loan in loans:
                array = loan.array()
                if array is not None and _fingerprint(array) != loan.mark:
                    before = _place(array), loan.mark
                    self._note([array], tuple(loan.births.values()), before)
            self.busy = self.watching > 0

    def begin(self) -> None:
        """Say that a backward pass begins."""
        if self.busy:
            self.look()
        self.passes += 1

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
            write = self.written_since(call._written, array)
            seen = marks[i] != _fingerprint(array) if marks else write
            if seen and (vjps is None or _is_read(i, arrays, call, vjps, gys)):
                raise overwritten(call, i, write.births if write else ())

    def written_since(self, count: int, array: Any) -> Write | None:
        """The last write into the memory of `array`, if its numbers are others now.

        Args:
            count: of the writes up to then.
            array: any array.
        """
        memory = owner(array)
        writes = self._last.get(id(memory))
        if not writes:
            return None
        part = _part(array, memory)
        hits = [
            write
            for other, last in writes.copy().items()
            if (write := Write(*last)).number > count
            and _overlap(other, part)
            and not _is_back(write, count, array)
        ]
        return max(hits, key=itemgetter(0), default=None)


WRITES = Writes()

_COPY = bytes([opmap["COPY"]])
# By code and instruction: a reference to the code, and the answer of `_is_augmented`.
_readers: dict[tuple[int, int], tuple[weakref.ref[CodeType], bool]] = {}


def _is_augmented(code: CodeType, at: int) -> bool:
    """Is the data read by the first half of ``x.data -= d``? The second sets it."""
    key = id(code), at
    known = _readers.get(key)
    if known is None or known[0]() is not code:
        doubled = code.co_code[max(at - 2, 0) : max(at - 1, 0)] == _COPY
        known = weakref.ref(code, partial(_readers.pop, key)), doubled
        _readers[key] = known
    return known[1]


class _Watched(tuple[Any, ...]):
    """The arguments of a call that is watched."""

    marks: list[int]


def _data(x: Any) -> Any:
    return getattr(x, "_data", x)


def owner(array: Any) -> Any:
    """The array whose memory `array` shows; one on a foreign buffer counts as owner."""
    while hasattr(getattr(array, "base", None), "base"):
        array = array.base
    return array


def _part(array: Any, memory: Any) -> Part:
    """The piece of memory that `array` shows; None for all that `memory` has."""
    if array is memory or not isinstance(array, np.ndarray):
        return None
    start = array.__array_interface__["data"][0]
    return start, array.shape, array.strides, array.itemsize


class _Piece:
    """Stands for a part of memory without holding it; for NumPy, that looks at none."""

    def __init__(self, part: tuple[int, tuple[int, ...], tuple[int, ...], int]) -> None:
        start, shape, strides, size = part
        self.__array_interface__ = {
            "version": 3, "data": (start, True), "typestr": f"|V{size}",
            "shape": shape, "strides": strides,
        }  # fmt: skip


def _overlap(one: Part, other: Part) -> bool:
    """Is there a byte in both? Columns of one array, or its even rows, have none."""
    if not one or not other or one == other:
        return True
    try:
        pieces = np.asarray(_Piece(one)), np.asarray(_Piece(other))
        return np.shares_memory(*pieces, max_work=10_000)  # type: ignore[arg-type]
    except np.exceptions.TooHardError:
        return True


def _is_back(write: Write, count: int, array: Any) -> bool:
    """Does `array` hold again what it held before all the writes after `count`?"""
    if count < write.start:
        return False
    before = next((before for number, before in write.earlier if number > count), None)
    return before is not None and before == (_place(array), _fingerprint(array))


def _place(array: np.ndarray) -> Any:
    """Where the numbers are whose fingerprint is taken, and in which order."""
    return byte_bounds(array) if array.flags.forc else _part(array, None)


def _arrays(call: Any) -> list[Any]:
    """What a call has kept: its arguments, then its results."""
    if not hasattr(call, "values"):
        return [*map(_data, call._args)]
    results = call._result if isinstance(call._result, tuple) else (call._result,)
    return [*call.values, *results]


def _fingerprint(array: Any) -> int:
    """A number that other contents would hardly have, at the speed of memory."""
    if type(array) is not np.ndarray or array.nbytes <= 8 * max(ROWS):
        return crc32(array.tobytes()) if hasattr(array, "tobytes") else 0
    flat = array.ravel("K").view(np.uint8)
    row = ROWS[any(stride % (8 * ROWS[0]) == 0 for stride in array.strides)]
    count = (flat.size // (8 * row) - 1) | 1  # odd: of an even number one less
    whole = count * 8 * row
    rows = flat[:whole].view(np.uint64).reshape(count, row)
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
