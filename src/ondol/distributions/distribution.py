"""What all distributions share: parameters that broadcast and are checked, samples.

A distribution has a `batch_shape`, that of its parameters together, and an
`event_shape`, that of one draw: ``()`` for numbers, ``(d,)`` for vectors. Samples have
the shape ``(*shape, *batch_shape, *event_shape)``.
"""

from __future__ import annotations

from collections.abc import Callable
from operator import index
from typing import Any

import numpy as np

from .. import functions as F
from ..arrays import is_array
from ..core.graph import Variable, as_operand, data_of, lift
from ..core.modes import no_grad
from ..errors import (
    ArgumentError,
    DtypeError,
    ShapeError,
    UnsupportedError,
    tell,
)
from ..random import generator

Shape = int | tuple[int, ...]
Test = tuple[Callable[[Any], Any], str]

REAL: Test = (np.isfinite, "distribution-finite")
POSITIVE: Test = (lambda x: (x > 0) & np.isfinite(x), "distribution-positive")
PROBABILITY: Test = (lambda x: (x >= 0) & (x <= 1), "distribution-probability")


class Distribution:
    """A family of probability distributions, by its parameters.

    Args:
        parameters: each a number, array or Variable, and its test; they broadcast.
            Python numbers take the dtype of what they meet; a distribution of Python
            numbers alone draws float32.

    Raises:
        ArgumentError: a parameter is outside of what it may be.
        ShapeError: the parameters do not broadcast.
    """

    reparameterized = False  # do gradients flow through its samples?

    def __init__(self, **parameters: tuple[Any, Test]) -> None:
        self._names = tuple(parameters)
        for name, (value, test) in parameters.items():
            setattr(self, name, _parameter(f"{self}: {name}", value, test))
        arrays = [v for v in self._values() if isinstance(v, Variable)]
        self.dtype = np.result_type(
            *(v.dtype for v in arrays), *(() if arrays else (np.float32,))
        )
        self._like = arrays[0].data if arrays else None
        try:
            self.batch_shape, self.event_shape = self._shapes()
        except ValueError as error:
            if isinstance(error, ShapeError):
                raise
            code = "distribution-broadcast"
            names = dict(zip(self._names, self._values(), strict=True))
            raise tell(ShapeError, code, names, name=self) from None

    def _shapes(self) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """The shape of the batch, and that of one draw."""
        return np.broadcast_shapes(*(np.shape(data_of(v)) for v in self._values())), ()

    def __repr__(self) -> str:
        return type(self).__name__

    def _values(self) -> list[Any]:
        return [getattr(self, name) for name in self._names]

    def _own(self) -> list[Variable]:
        """The parameters as Variables."""
        return [self._array(v, self.dtype) for v in self._values()]

    def _array(self, x: Any, dtype: Any) -> Variable:
        """A Python number, or an array of the host, as a constant where we live."""
        if isinstance(x, Variable):
            return x
        return lift(np.asarray(x, dtype, like=self._like))

    def _ready(self, x: Any) -> tuple[Variable, list[Variable]]:
        """A value, and the parameters to compute with it."""
        if not isinstance(x, int | float):
            x = lift(as_operand(x))
            if x.dtype.kind != "f":
                x = F.astype(x, self.dtype)
        x = self._array(x, self.dtype)
        return x, [self._array(v, x.dtype) for v in self._values()]

    # -- samples ----------------------------------------------------------------------

    def sample(self, shape: Shape = ()) -> Variable:
        """Draw from ``ondol.random.generator``; the draws are constants.

        Args:
            shape: how many, in front of the batch's shape.
        """
        with no_grad():
            return self._drawn(self._full(shape)).detach()

    def rsample(self, shape: Shape = ()) -> Variable:
        """Draw so that the gradients of the draws reach the parameters.

        Raises:
            UnsupportedError: the values jump, there is no such gradient.
        """
        if not self.reparameterized:
            raise tell(UnsupportedError, "distribution-rsample", name=self)
        return self._drawn(self._full(shape))

    def _full(self, shape: Shape) -> tuple[int, ...]:
        """The shape of a sample without its event."""
        try:
            numbers = [
                index(n) for n in (shape if isinstance(shape, tuple) else [shape])
            ]
        except TypeError:
            numbers = [-1]
        if any(n < 0 for n in numbers):
            raise tell(ArgumentError, "distribution-samples", name=self, got=shape)
        return (*numbers, *self.batch_shape)

    def _uniform(self, shape: tuple[int, ...]) -> Any:
        """Numbers from (0, 1]: their logarithm is finite."""
        dtype = np.result_type(self.dtype, np.float32)
        u = 1 - generator.uniform(shape, dtype)
        return np.asarray(u.astype(self.dtype), like=self._like)

    def _normal(self, shape: tuple[int, ...]) -> Any:
        return np.asarray(generator.normal(shape, self.dtype), like=self._like)

    def _drawn(self, shape: tuple[int, ...]) -> Variable:
        return self._draw(shape, *self._own())

    def _draw(self, shape: tuple[int, ...], *parameters: Any) -> Variable:
        raise NotImplementedError

    # -- densities --------------------------------------------------------------------

    def log_prob(self, x: Any) -> Variable:
        """The logarithm of the density, or of the probability, of `x`.

        Args:
            x: broadcasts against ``(*batch_shape, *event_shape)``.

        Returns:
            Without the event's axes; minus infinity where `x` cannot be drawn.
        """
        x, parameters = self._ready(x)
        self._check_event(x)
        outside = self._outside(x.data, *(p.data for p in parameters))
        if outside is None:
            return self._log_prob(x, *parameters)
        rows = outside[(..., *(None,) * len(self.event_shape))]
        y = self._log_prob(F.where(rows, self._inside(x), x), *parameters)
        return F.where(outside, np.asarray(-np.inf, y.dtype, like=y.data), y)

    def _check_event(self, x: Variable) -> None:
        n = len(self.event_shape)
        if n and x.shape[-n:] != self.event_shape:
            event = ", ".join(map(str, self.event_shape))
            raise tell(ShapeError, "distribution-draw", [x], name=self, event=event)

    def _log_prob(self, x: Any, *parameters: Any) -> Variable:
        raise NotImplementedError

    def _outside(self, x: Any, *parameters: Any) -> Any:
        """Which values cannot be drawn; None if all can."""
        return None

    def _inside(self, x: Variable) -> Any:
        """A value that can be drawn, to compute with in place of one that cannot."""
        return 1

    def cdf(self, x: Any) -> Variable:
        """The probability of a draw of at most `x`."""
        x, parameters = self._ready(x)
        return self._cdf(x, *parameters)

    def icdf(self, p: Any) -> Variable:
        """The quantile: what a draw is below with probability `p`; NaN outside 0..1."""
        p, parameters = self._ready(p)
        inside = (p.data >= 0) & (p.data <= 1)
        return F.where(inside, self._icdf(F.where(inside, p, 0.5), *parameters), np.nan)

    def _cdf(self, x: Any, *parameters: Any) -> Variable:
        raise self._no_formula("cdf")

    def _icdf(self, p: Any, *parameters: Any) -> Variable:
        raise self._no_formula("icdf")

    # -- numbers about it -------------------------------------------------------------

    def entropy(self) -> Variable:
        """The mean of ``-log_prob``, in nats; `batch_shape`."""
        return self._spread(self._entropy(*self._own()), self.batch_shape)

    @property
    def mean(self) -> Variable:
        """The mean, ``(*batch_shape, *event_shape)``; NaN where there is none."""
        shape = (*self.batch_shape, *self.event_shape)
        return self._spread(self._mean(*self._own()), shape)

    @property
    def variance(self) -> Variable:
        """The variance of each number of a draw; NaN where there is none."""
        shape = (*self.batch_shape, *self.event_shape)
        return self._spread(self._variance(*self._own()), shape)

    @property
    def stddev(self) -> Variable:
        """The root of the variance."""
        return F.sqrt(self.variance)

    def _entropy(self, *parameters: Any) -> Variable:
        raise self._no_formula("entropy")

    def _mean(self, *parameters: Any) -> Variable:
        raise self._no_formula("mean")

    def _variance(self, *parameters: Any) -> Variable:
        raise self._no_formula("variance")

    def _spread(self, y: Variable, shape: tuple[int, ...]) -> Variable:
        return y if y.shape == shape else F.broadcast_to(y, shape)

    def _no_formula(self, what: str) -> UnsupportedError:
        return tell(UnsupportedError, "distribution-formula", name=self, what=what)


def _parameter(what: str, value: Any, test: Test) -> Any:
    """A Python number as it is, anything else a Variable of real numbers; checked."""
    if not isinstance(value, int | float) or isinstance(value, np.generic):
        value = lift(as_operand(value))
        if value.dtype.kind not in "biuf":
            raise tell(DtypeError, "distribution-real", [value], name=what)
        if value.dtype.kind != "f":
            value = F.astype(value, np.float32)
    check(test, what, value)
    return value


def check(test: Test, what: str, value: Any) -> None:
    """Refuse a parameter with elements that fail a test.

    Args:
        test: tells of each element whether it is right, and the code of the error.
        what: the parameter, for the message.
        value: a number or a Variable.

    Raises:
        ArgumentError: one is not right.
    """
    holds, code = test
    data = data_of(value)
    if isinstance(value, Variable) and not is_array(data):
        return  # values are not known while a function is traced
    right = np.asarray(holds(data), like=getattr(value, "data", None))
    if right.all():
        return
    at = tuple(int(n[0]) for n in np.nonzero(~right)) if right.ndim else ()
    got = f"{data[at]} at {at}" if at else f"{data}"
    raise tell(ArgumentError, code, [value], name=what, got=got)


def split_event(what: str, value: Any, least: int) -> tuple[tuple[int, ...], int]:
    """The shape of a parameter whose last axis is not the batch's, in two parts."""
    shape = getattr(value, "shape", ())
    if not shape or shape[-1] < least:
        raise tell(ShapeError, "distribution-event", [value], name=what, least=least)
    return shape[:-1], shape[-1]


def off_simplex(x: Any) -> Any:
    """Are the last axis' numbers no probabilities that sum to 1?"""
    slack = x.shape[-1] * 8 * np.finfo(x.dtype).eps
    slack = max(float(slack), 1e-6)
    return np.any(x < 0, axis=-1) | (np.abs(np.sum(x, axis=-1) - 1) > slack)
