"""What is wrong with the data that come in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from ..arrays import is_array
from ..core.graph import data_of
from ..errors import Birth
from .finding import Finding, finding
from .numbers import fingerprint, host
from .record import Check, Record
from .step import Step

FEW = 5  # steps that may well have the same batch
PART = 4  # how many times the batch the data are; a half may be all that is trained on
ROWS = 10_000  # rows of validation data that are looked at
SAMPLES = 1_000  # the same of a dataset that makes them one by one
SHARE = 0.02  # of the rows in training that may be in validation data too
NUMBERS = 4  # rows of fewer numbers are alike by chance


class Inputs(Check):
    """A check that sees what goes into the network.

    Attributes:
        fed: arrays that went into a layer which no other layer called.
    """

    def __init__(self, record: Record) -> None:
        super().__init__(record)
        self.fed: list[Any] = []

    def feed(self, arrays: list[Any]) -> None:
        """Arrays have gone into a layer."""
        self.fed += arrays

    def take(self, step: Step) -> tuple[list[Any], Birth | None]:
        """The arrays of this step, and the line where they meet the first weight."""
        met = [*step.inputs()]
        fed, self.fed = self.fed, []
        return [*(x for _, x in met), *fed], met[0][0].birth if met else None


class SameBatch(Inputs):
    """The same batch in each step, though there are more data."""

    def __init__(self, record: Record) -> None:
        super().__init__(record)
        self.prints: list[frozenset[int]] = []
        self.more = 0
        self.size = 0
        self.birth: Birth | None = None
        self.loaders: list[Any] = []

    def load(self, loader: Any) -> None:
        """A loader was asked for batches."""
        self.loaders.append(loader)

    def before(self, step: Step) -> Iterator[Finding]:
        """Note what the batch is, and of what it is a part."""
        arrays, self.birth = self.take(step)
        targets = [x for call in step.tail_calls() for x in step.constants(call)]
        self.prints.append(frozenset(map(fingerprint, [*arrays, *targets])))
        for x in arrays:
            self.more = max(self.more, rows_of_all(x))
            self.size = max(self.size, len(x))
        return iter(())

    def close(self) -> Iterator[Finding]:
        """Was it the same in all steps?"""
        loaders = [x for x in self.loaders if x.batch_size == self.size]
        counted = [x.dataset for x in loaders if hasattr(x.dataset, "__len__")]
        rows = max([self.more, *map(len, counted)])
        same = len({*self.prints}) == 1 and len(self.prints) >= FEW and self.prints[0]
        if same and rows >= PART * self.size > 0:
            yield finding(
                "doctor-same-batch",
                self.birth,
                steps=len(self.prints),
                size=self.size,
                rows=rows,
            )


def rows_of_all(x: Any) -> int:
    """How many rows the array has that `x` is a part of; 0 if it is all of one."""
    base: Any = getattr(x, "base", None)
    return len(base) if is_array(base) and base.ndim and base.size > x.size else 0


class Leak(Inputs):
    """Validation data in the training."""

    def __init__(self, record: Record, validation: Any) -> None:
        super().__init__(record)
        self.validation = validation
        self.seen: list[int] = []
        self.birth: Birth | None = None

    def before(self, step: Step) -> Iterator[Finding]:
        """Note the rows of this step."""
        arrays, self.birth = self.take(step)
        if self.validation is not None:
            longest = max((hashes(x) for x in arrays), key=len, default=[])
            self.seen += longest
        return iter(())

    def close(self) -> Iterator[Finding]:
        """Compare them with the rows of the validation data."""
        kept = {*self.seen}
        if self.validation is None or not kept:
            return
        known = {*hashes(first_rows(self.validation))}
        both = len(kept & known)
        if both > 1 and both >= SHARE * len(kept):
            yield finding("doctor-validation", self.birth, both=both, rows=len(kept))


def hashes(x: Any) -> list[int]:
    """A number for each row, whatever its shape and dtype."""
    if not is_array(x) or x.ndim < 1 or x.size < NUMBERS * len(x):
        return []
    rows = host(x).reshape(len(x), -1).astype(np.float32)
    numbers = [hash(row.tobytes()) for row in rows]
    return numbers if len({*numbers}) > 0.9 * len(numbers) else []


def first_rows(validation: Any) -> Any:
    """The inputs of validation data: an array, ``(x, t)``, a dataset or a loader."""
    if isinstance(validation, Callable):  # type: ignore[arg-type]
        validation = validation()
    dataset = getattr(validation, "dataset", validation)
    arrays = getattr(dataset, "arrays", dataset)
    arrays = data_of(arrays)
    if is_array(arrays) or arrays is None:
        return arrays if arrays is None else arrays[:ROWS]
    if isinstance(arrays, tuple) and arrays and is_array(data_of(arrays[0])):
        return data_of(arrays[0])[:ROWS]
    count = min(len(arrays), SAMPLES)
    return np.stack([np.asarray(data_of(arrays[i][0])) for i in range(count)])
