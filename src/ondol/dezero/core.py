"""The book's Variable and Function: ondol's, with the conventions of the book.

They differ from `ondol.Variable` and `ondol.Function` in what the book's programs can
see: ``print`` shows ``variable(...)``, a result gives up its gradient after
``backward`` (book step 18), and a Function's ``backward`` is handed Variables always.
"""

from __future__ import annotations

import functools
import inspect
from typing import Any

import numpy as np

import ondol
import ondol.functions as F

from ..arrays import SCALARS
from ..core.graph import data_of
from ..core.modes import SETTINGS, no_grad, test_mode, using_config
from ..errors import MissingAttributeError, gradient_count, tell
from ..writes import WRITES
from . import cuda

__all__ = [
    "Add",
    "Config",
    "Div",
    "Function",
    "Mul",
    "Neg",
    "Parameter",
    "Pow",
    "Sub",
    "Variable",
    "add",
    "as_array",
    "as_variable",
    "div",
    "mul",
    "neg",
    "no_grad",
    "pow",
    "rdiv",
    "rsub",
    "setup_variable",
    "sub",
    "test_mode",
    "using_config",
]


class _Settings(type):
    """Class attributes that are settings of the current context."""

    def __getattr__(cls, name: str) -> Any:
        if name not in SETTINGS:
            raise _unknown_setting(name)
        return SETTINGS[name].get()

    def __setattr__(cls, name: str, value: Any) -> None:
        if name not in SETTINGS:
            raise _unknown_setting(name)
        SETTINGS[name].set(value)


def _unknown_setting(name: str) -> MissingAttributeError:
    known = ", ".join(SETTINGS)
    return tell(MissingAttributeError, "book-setting", name=name, known=known)


class Config(metaclass=_Settings):
    """``Config.enable_backprop`` and ``Config.train``, to read and to set."""


class _OneNumber(np.ndarray):
    """An array of one element that ``float`` takes, whatever its axes.

    NumPy 2.4 refuses that for arrays with axes; steps 59 and 60 were written before.
    """

    def __float__(self) -> float:
        return float(self.item())

    def __int__(self) -> int:
        return int(self.item())

    def __format__(self, spec: str) -> str:
        return format(self.item() if spec else self.view(np.ndarray), spec)

    def __repr__(self) -> str:
        return repr(self.view(np.ndarray))

    def __array_wrap__(
        self, array: Any, context: Any = None, return_scalar: bool = False
    ) -> Any:
        """What is computed from it is a plain array; in place it stays what it is."""
        if array is self:
            return self
        array = np.asarray(array)
        return array[()] if return_scalar else array


def _shows(data: _OneNumber, held: Any) -> bool:
    """Is it the number that is held already, as after ``x.data -= d``?"""
    alike = isinstance(held, np.ndarray) and held.shape == data.shape
    return alike and (data.base is held or np.may_share_memory(data, held))


class _Freed(np.ndarray):
    """The shape and dtype of an array that the program has let go."""


Array = np.ndarray
_set_data: Any = ondol.Variable.data.fset  # type: ignore[attr-defined]


class Variable(ondol.Variable):
    """An array that remembers how it was computed; see `ondol.Variable`."""

    keeps_dtype = ""  # float32 weights get float64 gradients from float64 data
    __eq__ = object.__eq__  # type: ignore[assignment]
    __ne__ = object.__ne__  # type: ignore[assignment]
    __hash__ = object.__hash__

    def __repr__(self) -> str:
        return "variable(None)" if self.data is None else super().__repr__()

    def __str__(self) -> str:
        return repr(self)

    def __format__(self, spec: str) -> str:
        return super().__format__(spec) if spec else repr(self)

    @property
    def data(self) -> Any:
        """The array itself; computing with it leaves no trace in the graph."""
        data = self._data
        if type(data) is Array:
            return data if data.size != 1 or not data.ndim else data.view(_OneNumber)
        return None if type(data) is _Freed else data

    @data.setter
    def data(self, data: Any) -> None:
        held = self._data
        if type(data) is _OneNumber:
            data = held if _shows(data, held) else data.view(Array)
        if data is held is not None:
            WRITES.note(data)
        elif data is None and getattr(self, "creator", None) is not None:
            # Its memory is free (book step 43); its shape is needed on the way back.
            zero = np.zeros((), self.dtype)
            self._data = np.broadcast_to(zero, self.shape).view(_Freed)
        else:
            _set_data(self, data)

    def backward(self, retain_grad: bool = False, create_graph: bool = False) -> None:
        """Add the gradient of this Variable to every Variable it was computed from.

        Args:
            retain_grad: keep the gradients of results, of this one too.
            create_graph: record the backward pass, for derivatives of it.
        """
        super().backward(retain_grad, create_graph)
        if not retain_grad and self.creator is not None:
            self.cleargrad()

    def matmul(self, W: Any) -> Any:
        """The matrix product with `W`."""
        return F.matmul(self, W)

    def to_cpu(self) -> None:
        """Bring the data into main memory."""
        if self._data is not None:
            self.data = cuda.as_numpy(self._data)

    def to_gpu(self) -> None:
        """Bring the data onto the GPU."""
        if self._data is not None:
            self.data = cuda.as_cupy(self._data)


Variable.kind = Variable


class Parameter(Variable, ondol.Parameter):
    """A Variable that a layer trains."""


class Function(ondol.Function):
    """A user's own function; see `ondol.Function`.

    `forward` computes on arrays; `backward` is handed Variables and may use the
    functions of the package, or NumPy.
    """

    _kind = Variable

    def __call__(self, *inputs: Any) -> Any:
        """Run `forward`, wrap what it returns, and link it to this call."""
        y = super().__call__(*(as_variable(as_array(x)) for x in inputs))
        return y[0] if isinstance(y, tuple) and len(y) == 1 else y

    def gradients(self, gys: Any, record: bool) -> Any:
        """Pairs of an input and its gradient, for the engine.

        `backward` may return fewer gradients than there are inputs: the last ones,
        targets for instance, then get none.
        """
        self._recorded = record
        try:
            gys = gys if isinstance(gys, list) else [gys]
            grads = self.backward(*(as_variable(as_array(gy)) for gy in gys))
        finally:
            self._recorded = False
        grads = grads if isinstance(grads, (tuple, list)) else (grads,)
        if len(grads) > len(self._args):
            raise gradient_count(self, len(grads))
        see = as_variable if record else data_of
        for x, g in zip(self._args, grads, strict=False):
            if g is not None:
                yield x, see(as_array(g))


def as_variable(obj: Any) -> Any:
    """A Variable as it is, an array wrapped in one."""
    return obj if isinstance(obj, ondol.Variable) else Variable(obj)


def as_array(x: Any, array_module: Any = np) -> Any:
    """A number as an array of 0 dimensions; anything else as it is."""
    plain = type(x) is Array  # nearly always, and the quicker question
    return x if plain or not isinstance(x, SCALARS) else array_module.array(x)


def lifted(function: Any) -> Any:
    """Let the first argument of a function be an array or a number, too.

    It becomes a Variable if no other argument is one, so that a Variable comes out.
    """
    first = next(iter(inspect.signature(function).parameters.values()))
    name = "x" if first.kind is first.VAR_POSITIONAL else first.name

    @functools.wraps(function)
    def named(*args: Any, **kwargs: Any) -> Any:
        if args and isinstance(args[0], ondol.Variable):
            return function(*args, **kwargs) if kwargs else function(*args)
        if not any(isinstance(x, ondol.Variable) for x in (*args, *kwargs.values())):
            if args:
                args = (as_variable(as_array(args[0])), *args[1:])
            elif name in kwargs:
                kwargs[name] = as_variable(as_array(kwargs[name]))
        return function(*args, **kwargs)

    return named


class Named(Function):
    """The book's class of a function: ``Pow(3)(x)`` is ``pow(x, 3)``."""

    function: Any

    def __init__(self, *settings: Any, **named: Any) -> None:
        self.settings, self.named = settings, named

    def __call__(self, *inputs: Any) -> Any:
        """What the function makes of the inputs."""
        return type(self).function(*inputs, *self.settings, **self.named)


def as_class(name: str, function: Any) -> Any:
    """The class `name` of a function."""
    attributes = {"function": staticmethod(function), "__doc__": function.__doc__}
    return type(name, (Named,), attributes)


@lifted
def add(x0: Any, x1: Any) -> Any:
    """``x0 + x1``."""
    return F.add(x0, x1)


@lifted
def mul(x0: Any, x1: Any) -> Any:
    """``x0 * x1``."""
    return F.multiply(x0, x1)


@lifted
def sub(x0: Any, x1: Any) -> Any:
    """``x0 - x1``."""
    return F.subtract(x0, x1)


@lifted
def rsub(x0: Any, x1: Any) -> Any:
    """``x1 - x0``."""
    return F.subtract(x1, x0)


@lifted
def div(x0: Any, x1: Any) -> Any:
    """``x0 / x1``."""
    return F.divide(x0, x1)


@lifted
def rdiv(x0: Any, x1: Any) -> Any:
    """``x1 / x0``."""
    return F.divide(x1, x0)


@lifted
def neg(x: Any) -> Any:
    """``-x``."""
    return F.negative(x)


@lifted
def pow(x: Any, c: Any) -> Any:
    """``x ** c``."""
    return F.power(x, c)


Add, Mul, Neg = as_class("Add", add), as_class("Mul", mul), as_class("Neg", neg)
Sub, Div, Pow = as_class("Sub", sub), as_class("Div", div), as_class("Pow", pow)


def setup_variable() -> None:
    """Nothing: the operators are there from the start."""
