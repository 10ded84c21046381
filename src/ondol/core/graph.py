"""Variable and Function: the two kinds of node of the graph, and how calls link them.

A `Variable` holds an array and knows its `creator`, the `Function` call that made it; a
Function call knows its inputs. `backward` follows these links from a result to
everything it was computed from. The links from a Function to its outputs are weak, so
that a graph is freed the moment its last result is dropped.
"""

from __future__ import annotations

import copy
import sys
import weakref
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from operator import getitem
from types import CodeType
from typing import Any, Union

import numpy as np

from ..arrays import SCALARS, as_array, astype, is_array
from .backward import backward
from .errors import (
    Birth,
    DtypeError,
    GradientError,
    ShapeError,
    UnsupportedError,
    caller,
    describe,
    explain,
    internal,
    operands,
    place,
)
from .modes import recording
from .rules import COMPOSITES, RULES, name_of, unsupported

ArrayLike = Union["Variable", np.ndarray, float]
Axes = int | tuple[int, ...] | None

_new = object.__new__
_ref = weakref.ref
_getframe = sys._getframe
_no_kwargs: dict[str, Any] = {}


def _binary(ufunc: np.ufunc) -> tuple[Callable[..., Variable], Callable[..., Variable]]:
    """An operator's method and its reflected method."""

    def method(a: Variable, b: Any) -> Variable:
        return apply(ufunc, (a, b))

    def reflected(a: Variable, b: Any) -> Variable:
        return apply(ufunc, (b, a))

    return method, reflected


class Variable:
    """An array that remembers how it was computed (book steps 1, 7 and 19).

    Args:
        data: an ndarray (or CuPy array), not copied; or None, to be set later.
        name: shown in errors and graph pictures.

    Raises:
        DtypeError: a TypeError; `data` is not an array, or one of objects or strings.
    """

    __slots__ = (
        "__weakref__",
        "_data",
        "_grad",
        "birth",
        "creator",
        "generation",
        "name",
    )
    __array_priority__ = 200

    def __init__(self, data: Any, name: str | None = None) -> None:
        self.data = data
        self._grad: Any = None
        self.creator: Function | None = None
        self.generation = 0
        self.name = name
        self.birth: Birth | None = caller(1)

    # -- what it holds ----------------------------------------------------------------

    @property
    def data(self) -> Any:
        """The array itself; computing with it leaves no trace in the graph."""
        return self._data

    @data.setter
    def data(self, data: Any) -> None:
        if data is not None:
            _check_data(data)
        self._data = as_array(data)

    @property
    def grad(self) -> Variable | None:
        """The gradient that `backward` left here, a Variable of the same shape."""
        grad = self._grad
        if grad is not None and not isinstance(grad, Variable):
            self._grad = grad = _wrap(as_array(grad))
        return grad

    @grad.setter
    def grad(self, grad: Any) -> None:
        if grad is not None:
            grad = as_variable(grad)
            if grad.shape != self.shape:
                raise ShapeError(
                    f"a gradient has the shape of its Variable: expected {self.shape}, "
                    f"got {grad.shape}{operands((self, grad))}"
                )
        self._grad = grad

    shape = property(lambda self: self._data.shape)
    ndim = property(lambda self: self._data.ndim)
    size = property(lambda self: self._data.size)
    dtype = property(lambda self: self._data.dtype)

    def __len__(self) -> int:
        return len(self._data)

    def __iter__(self) -> Iterator[Variable]:
        return (self[i] for i in range(len(self)))

    def __repr__(self) -> str:
        return f"variable({str(self._data).replace(chr(10), chr(10) + ' ' * 9)})"

    def __str__(self) -> str:
        return str(self._data)

    def __format__(self, spec: str) -> str:
        return format(self.item() if spec else self._data, spec)

    def item(self) -> Any:
        """The one element as a Python number."""
        return self._data.item()

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        """What ``np.asarray`` makes of it: the plain array, outside the graph."""
        return np.array(self._data, dtype=dtype, copy=copy)

    def __float__(self) -> float:
        return float(self.item())

    def __int__(self) -> int:
        return int(self.item())

    def __bool__(self) -> bool:
        return bool(self._data)

    def __copy__(self) -> Variable:
        return type(self)(self._data, self.name)

    def __deepcopy__(self, memo: dict[int, Any]) -> Variable:
        return type(self)(copy.deepcopy(self._data, memo), self.name)

    def __reduce__(self) -> Any:
        return type(self), (self._data, self.name)

    # -- the graph --------------------------------------------------------------------

    def set_creator(self, creator: Function) -> None:
        """Link this Variable to the call that computed it."""
        self.creator = creator
        self.generation = creator.generation + 1

    def unchain(self) -> None:
        """Forget the creator: nothing before this Variable gets a gradient through it."""
        if self.creator is not None:
            self.birth = self.creator.birth
        self.creator = None

    def unchain_backward(self) -> None:
        """Cut the graph behind this Variable's own creator, all the way (book step 59)."""
        todo = [self.creator] if self.creator else []
        while todo:
            for x in todo.pop().inputs:
                if x.creator is not None:
                    todo.append(x.creator)
                    x.unchain()

    def detach(self) -> Variable:
        """The same array in a new Variable that has no creator."""
        return Variable(self._data, self.name)

    def cleargrad(self) -> None:
        """Forget the gradient; without this the next `backward` adds to it."""
        self._grad = None

    def backward(self, retain_grad: bool = False, create_graph: bool = False) -> None:
        """Add the gradient of this Variable to every Variable it was computed from.

        Starts from this Variable's own `grad`, or from ones of its shape and dtype.

        Args:
            retain_grad: keep the gradients of results in between, not only of leaves.
            create_graph: record the backward pass too, so that gradients can be
                differentiated again. The graph then hangs on ``x.grad``: clear it when
                it is no longer needed.

        Raises:
            GradientError: nothing was recorded, or a gradient rule returned something
                that does not fit its input.
        """
        if self.creator is None and not hasattr(self, "birth"):
            raise GradientError(
                "backward: this Variable has no graph: it was computed under no_grad(), "
                "or by a function whose result carries no gradient\n  it is "
                f"{describe(self)}"
            )
        seed = np.ones_like(self._data) if self._grad is None else self._grad
        if create_graph:
            seed = as_variable(seed)
        elif isinstance(seed, Variable):
            seed = seed._data
        if self.creator is None:
            self._grad = seed
            return
        token = recording.set(create_graph)
        try:
            backward(self, seed, retain_grad, create_graph)
        finally:
            recording.reset(token)

    # -- NumPy's vocabulary -----------------------------------------------------------

    def __array_ufunc__(
        self, ufunc: Any, method: str, *args: Any, **kwargs: Any
    ) -> Any:
        if method == "__call__" and not kwargs:
            return call(ufunc, args, kwargs)
        how = f"{name_of(ufunc)}.{method}" if method != "__call__" else name_of(ufunc)
        raise UnsupportedError(
            f"{how}({', '.join(f'{key}=' for key in kwargs)}) is not differentiable: "
            f"call {name_of(ufunc)} itself (np.sum for add.reduce, np.where for "
            f"where=, a = a + b for out= and in-place operators){operands(args)}"
        )

    def __array_function__(self, function: Any, _: Any, args: Any, kwargs: Any) -> Any:
        return call(function, args, kwargs)

    __add__, __radd__ = _binary(np.add)
    __sub__, __rsub__ = _binary(np.subtract)
    __mul__, __rmul__ = _binary(np.multiply)
    __truediv__, __rtruediv__ = _binary(np.true_divide)
    __pow__, __rpow__ = _binary(np.power)
    __matmul__, __rmatmul__ = _binary(np.matmul)
    __floordiv__, __rfloordiv__ = _binary(np.floor_divide)
    __mod__, __rmod__ = _binary(np.remainder)
    __and__, __rand__ = _binary(np.bitwise_and)
    __or__, __ror__ = _binary(np.bitwise_or)
    __xor__, __rxor__ = _binary(np.bitwise_xor)
    __lt__, __gt__ = _binary(np.less)[0], _binary(np.greater)[0]
    __le__, __ge__ = _binary(np.less_equal)[0], _binary(np.greater_equal)[0]
    __eq__, __ne__ = _binary(np.equal)[0], _binary(np.not_equal)[0]
    __hash__ = object.__hash__  # equality is elementwise, identity is what sets need

    def __neg__(self) -> Variable:
        return apply(np.negative, (self,))

    def __pos__(self) -> Variable:
        return apply(np.positive, (self,))

    def __abs__(self) -> Variable:
        return apply(np.absolute, (self,))

    def __invert__(self) -> Variable:
        return apply(np.invert, (self,))

    def __getitem__(self, index: Any) -> Variable:
        if isinstance(index, tuple):
            index = tuple(data_of(part) for part in index)
        return call(getitem, (self, index), {})

    def __setitem__(self, index: Any, value: Any) -> None:
        raise UnsupportedError(
            "x[index] = value would change an array that the graph remembers. For a new "
            "Variable use np.where(mask, value, x); outside the graph x.data[index] = ..."
        )

    @property
    def T(self) -> Variable:
        """The axes in reverse order."""
        return np.transpose(self)

    def reshape(self, *shape: Any) -> Variable:
        """The same elements in another shape: ``x.reshape(2, -1)``."""
        return np.reshape(self, shape[0] if len(shape) == 1 else shape)

    def transpose(self, *axes: Any) -> Variable:
        """The axes in the given order, or reversed."""
        return np.transpose(self, axes[0] if len(axes) == 1 else axes or None)

    def sum(self, axis: Axes = None, keepdims: bool = False) -> Variable:
        """The sum over `axis`."""
        return np.sum(self, axis=axis, keepdims=keepdims)

    def mean(self, axis: Axes = None, keepdims: bool = False) -> Variable:
        """The mean over `axis`."""
        return np.mean(self, axis=axis, keepdims=keepdims)

    def max(self, axis: Axes = None, keepdims: bool = False) -> Variable:
        """The largest element over `axis`; ties share the gradient evenly."""
        return np.max(self, axis=axis, keepdims=keepdims)

    def min(self, axis: Axes = None, keepdims: bool = False) -> Variable:
        """The smallest element over `axis`; ties share the gradient evenly."""
        return np.min(self, axis=axis, keepdims=keepdims)

    def argmax(self, axis: int | None = None) -> Variable:
        """The position of the first largest element; carries no gradient."""
        return np.argmax(self, axis=axis)

    def dot(self, other: Any) -> Variable:
        """NumPy's dot: matrix product, or inner product of vectors."""
        return np.dot(self, other)

    def astype(self, dtype: Any) -> Variable:
        """The elements converted to `dtype`; the gradient is converted back."""
        return apply(astype, (self, dtype))


class Parameter(Variable):
    """A Variable that a layer trains."""

    __slots__ = ()


class State(Variable):
    """A Variable that a layer keeps and saves but does not train: a running mean."""

    __slots__ = ()


def as_variable(x: Any) -> Variable:
    """A Variable as it is, an array wrapped in one (book step 21).

    Raises:
        DtypeError: a TypeError; `x` is neither.
    """
    return x if isinstance(x, Variable) else Variable(x)


def as_operand(x: Any) -> Any:
    """A Variable or an array as it is; a number or a list made an array."""
    return x if hasattr(x, "__array_function__") else np.asarray(x)


def data_of(x: Any) -> Any:
    """The array in a Variable; anything else as it is."""
    return x._data if isinstance(x, Variable) else x


def _operand(x: Any) -> Any:
    """Let Variables, arrays and numbers into a Function; refuse anything else."""
    return x if isinstance(x, SCALARS) or is_array(x) else as_variable(x)


class Function:
    """One call in the graph; its subclasses are functions with a gradient of their own.

    A subclass defines ``forward(self, *xs)`` on plain arrays, returning one array or a
    tuple, and ``backward(self, *gys)``, returning one gradient for each input (None
    where there is none). Both are ordinary NumPy code. Calling an instance computes
    and links (book steps 2 to 17)::

        class Square(Function):
            def forward(self, x):
                return x ** 2

            def backward(self, gy):
                (x,) = self.inputs
                return 2 * x * gy

    `backward` is handed plain arrays, or Variables under ``create_graph``; what is read
    through ``self.inputs`` and ``self.outputs``, with or without ``.data``, follows
    suit, so that one text serves derivatives of any order.
    """

    __slots__ = (
        "__weakref__",
        "args",
        "code",
        "generation",
        "instruction",
        "link",
        "recorded",
        "results",
    )

    args: tuple[Any, ...]  # the operands as they came: Variables, arrays, scalars
    link: Any  # a weak reference to the output; of several outputs a tuple of them
    results: tuple[Any, ...] | None  # of several outputs the arrays: one may be dropped
    generation: int
    code: CodeType  # with `instruction`: the line of the program that made this call
    instruction: int
    recorded: bool  # is a backward pass under create_graph reading the inputs?

    def forward(self, *xs: Any) -> Any:
        """Compute on plain arrays."""
        raise NotImplementedError(f"{self.name} defines no forward(self, *xs)")

    def backward(self, *gys: Any) -> Any:
        """Turn the gradients of the outputs into the gradients of the inputs."""
        raise NotImplementedError(f"{self.name} defines no backward(self, *gys)")

    def __call__(self, *inputs: Any) -> Any:
        """Run `forward`, wrap what it returns, and link it to this call.

        Args:
            inputs: Variables, arrays or numbers; only Variables get a gradient.

        Returns:
            One Variable, or a tuple of them if `forward` returned a tuple.
        """
        args = tuple(_operand(x) for x in inputs)
        results = self.forward(*map(data_of, args))
        generation = max(
            (x.generation for x in args if isinstance(x, Variable)), default=-1
        )
        if generation < 0 or not recording.get():
            return _unlinked(results)
        if hasattr(self, "link"):
            self._hand_over()
        self.recorded = False
        return _link(self, args, results, generation)

    def _hand_over(self) -> None:
        """Let a copy be the creator of what this instance computed before."""
        earlier = copy.copy(self)
        for link in self.links:
            output = link()
            if output is not None and output.creator is self:
                output.creator = earlier

    @property
    def name(self) -> str:
        """What the function is called in errors and graph pictures."""
        return type(self).__name__

    @property
    def inputs(self) -> tuple[Variable, ...]:
        """The inputs as Variables."""
        see = _Recorded if self.recorded else as_variable
        return tuple(see(as_variable(as_array(x))) for x in self.args)

    @property
    def input(self) -> Variable:
        """The first input (book step 4)."""
        return self.inputs[0]

    @property
    def links(self) -> tuple[weakref.ref[Variable], ...]:
        """Weak references to the outputs."""
        return (self.link,) if self.results is None else self.link

    @property
    def outputs(self) -> tuple[Callable[[], Variable | None], ...]:
        """Weak references to the outputs: ``f.outputs[0]()`` (book step 17)."""
        if not self.recorded:
            return self.links
        return tuple(
            partial(_Recorded, self._output(i)) for i in range(len(self.links))
        )

    @property
    def output(self) -> Variable | None:
        """The first output, or None if the program has dropped it."""
        return self.outputs[0]()

    def gradients(self, gys: Any, record: bool) -> Iterable[tuple[Variable, Any]]:
        """Pairs of an input that is a Variable and its gradient, for the engine.

        Args:
            gys: the gradient of the output, or a list with one for each of several
                outputs (None where nothing came back).
            record: hand out Variables, and record what is done with them.
        """
        gys = (as_array(gys),) if self.results is None else self._complete(gys)
        self.recorded = record
        try:
            results = self.backward(*gys)
        finally:
            self.recorded = False
        results = results if isinstance(results, tuple | list) else (results,)
        if len(results) != len(self.args):
            raise GradientError(
                f"{self.name}.backward returned {len(results)} gradients for "
                f"{len(self.args)} inputs; return one for each, None where there is "
                f"none{self.call_site}"
            )
        see = as_variable if record else data_of
        return [
            (x, see(as_array(g)))
            for x, g in zip(self.args, results, strict=True)
            if g is not None and isinstance(x, Variable)
        ]

    @property
    def call_site(self) -> str:
        """The lines of an error that tell which call this was."""
        return f"\n  called at {place(self.birth)}{operands(self.args)}"

    @property
    def birth(self) -> Birth:
        """The line of the program that made this call."""
        return self.code, self.instruction

    def position(self, x: Variable) -> int:
        """Which of several outputs is `x`?"""
        x = x.source if isinstance(x, _Recorded) else x
        return next(i for i, link in enumerate(self.links) if link() is x)

    def _output(self, i: int) -> Variable:
        """Output `i`, made anew if the program has dropped it."""
        output = self.links[i]()
        if output is None:
            output = _wrap(self.results[i])
            output.set_creator(self)
            self.link = (*self.link[:i], _ref(output), *self.link[i + 1 :])
        return output

    def _complete(self, gys: list[Any]) -> list[Any]:
        """Gradients of several outputs, with zeros where nothing came back."""
        return [
            np.zeros_like(y) if g is None else g
            for g, y in zip(gys, self.results, strict=True)
        ]


class Primitive(Function):
    """A call of a function that has rules, by NumPy's name for it."""

    __slots__ = ("function", "kwargs", "values", "vjps")

    values: list[Any]  # the arguments with arrays for Variables, as they were then

    @property
    def name(self) -> str:
        """The function's name."""
        return self.function.__name__

    @property
    def inputs(self) -> tuple[Variable, ...]:
        """The arguments that are Variables."""
        return tuple(x for x in self.args if isinstance(x, Variable))

    def gradients(self, gys: Any, record: bool) -> Iterable[tuple[Variable, Any]]:
        """Apply each argument's rule, for the arguments that are Variables."""
        if self.results is None:
            y = self.link() if record else self.link()._data
        else:
            gys = self._complete(gys)
            y = [self._output(i) for i in range(len(gys))] if record else self.results
        values = self.args if record else self.values
        kwargs = self.kwargs
        for x, vjp in zip(self.args, self.vjps):  # noqa: B905 (settings have no rule)
            if vjp is not None and isinstance(x, Variable):
                yield (
                    x,
                    vjp(gys, y, *values, **kwargs) if kwargs else vjp(gys, y, *values),
                )


class _Recorded(Variable):
    """A Variable as a `backward` sees it whose work is recorded.

    Reading its `data` does not leave the graph, so that ``x = self.input.data;
    return 2 * x * gy`` (book step 9) has a right second derivative too.
    """

    __slots__ = ("source",)

    def __init__(self, source: Variable) -> None:
        self.source = source
        self._data = source._data
        self.creator = source.creator
        self.generation = source.generation
        self.name = source.name

    data = property(lambda self: self.source)  # type: ignore[assignment]
    _grad = property(  # type: ignore[assignment]
        lambda self: self.source._grad,
        lambda self, grad: setattr(self.source, "_grad", grad),
    )


def _wrap(data: Any) -> Variable:
    """A Variable that no call made and no user wrote."""
    out = _new(Variable)
    out._data = data
    out._grad = out.creator = out.name = None
    out.generation = 0
    return out


def apply(
    function: Callable[..., Any], args: tuple[Any, ...], kwargs: Any = _no_kwargs
) -> Any:
    """Compute `function` on the arrays in `args`; record the call if it has rules.

    This is the one door into the graph, and the hot path of eager mode: everything
    that can wait until an error or a backward pass does.
    """
    values = []
    generation = -1
    for x in args:
        if isinstance(x, Variable):
            values.append(x._data)
            if x.generation > generation:
                generation = x.generation
        else:
            values.append(x)
    try:
        y = function(*values, **kwargs) if kwargs else function(*values)
    except (TypeError, ValueError, IndexError) as error:
        raise explain(name_of(function), args, error) from error
    vjps = RULES[function].vjps
    if generation < 0 or not vjps or not recording.get():
        return _unlinked(y)
    node = Primitive()
    node.function = function
    node.kwargs = kwargs
    node.values = values
    node.vjps = vjps
    return _link(node, args, y, generation)


def _link(node: Function, args: tuple[Any, ...], y: Any, generation: int) -> Any:
    """Make `node` the creator of Variables that hold `y`."""
    node.args = args
    node.generation = generation
    node.results = None
    frame = _getframe(2)
    code = frame.f_code
    while internal[code.co_filename] and frame.f_back is not None:
        frame = frame.f_back
        code = frame.f_code
    node.code = code
    node.instruction = frame.f_lasti
    if type(y) is not np.ndarray:
        if isinstance(y, tuple | list):
            return _link_several(node, y)
        y = as_array(y)
        if isinstance(y, Variable):
            return y
    out = _new(Variable)
    out._data = y
    out._grad = out.name = None
    out.creator = node
    out.generation = generation + 1
    node.link = _ref(out)
    return out


def _link_several(node: Function, ys: Any) -> tuple[Variable, ...]:
    node.results = tuple(as_array(y) for y in ys)
    outs = tuple(_wrap(y) for y in node.results)
    for out in outs:
        out.set_creator(node)
    node.link = tuple(_ref(out) for out in outs)
    return outs


def _unlinked(y: Any) -> Any:
    """The result of a call that is not recorded."""
    if isinstance(y, tuple | list):
        return tuple(_wrap(as_array(part)) for part in y)
    return y if isinstance(y, Variable) else _wrap(as_array(y))


def call(function: Callable[..., Any], args: tuple[Any, ...], kwargs: Any) -> Any:
    """Run a function that arrived by NumPy's protocols or by its ondol name."""
    if function in COMPOSITES:
        return COMPOSITES[function](*args, **kwargs)
    rule = RULES.get(function)
    if rule is None:
        raise unsupported(function, args)
    if not rule.vjps:
        return apply(function, args, {key: data_of(x) for key, x in kwargs.items()})
    if kwargs or len(args) > len(rule.vjps):
        args, kwargs = rule.bind(name_of(function), args, kwargs)
    return apply(function, args, kwargs)


def _check_data(data: Any) -> None:
    """Refuse what a Variable cannot compute with."""
    if isinstance(data, np.ndarray) and (
        data.dtype.kind not in "biufc"
        or isinstance(data, np.ma.MaskedArray | np.matrix)
    ):
        raise DtypeError(
            f"a Variable holds numbers, not {type(data)} of dtype {data.dtype}: convert "
            "it first, for example data.astype(np.float32)"
        )
    if not hasattr(data, "__array_function__") or isinstance(data, Variable):
        raise DtypeError(
            f"{type(data)} is not supported: a Variable holds an ndarray or None; write "
            f"Variable(np.array({data!r:.60}))"
        )
