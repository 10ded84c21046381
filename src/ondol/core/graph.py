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
from operator import getitem, setitem
from types import CodeType
from typing import Any

import numpy as np

from .. import errors
from ..arrays import SCALARS, as_array, astype, is_array
from ..writes import WRITES
from .backward import backward
from .modes import recording
from .rules import COMPOSITES, RULES

TAKES_OVER = 1 << 62  # the generation of Variables whose kind computes in its own way
_NO_KWARGS: dict[str, Any] = {}
_OBJECT = np.dtype(object)
_new, _ref, _ndarray = object.__new__, weakref.ref, np.ndarray
_asarray, _generic, _ufunc = np.asarray, np.generic, np.ufunc
_references, _getframe, _caller = sys.getrefcount, sys._getframe, errors.caller


def _binary(ufunc: np.ufunc) -> tuple[Callable[..., Variable], Callable[..., Variable]]:
    """An operator's method and its reflected method."""

    def method(a: Variable, b: Any) -> Variable:
        return apply(ufunc, (a, b))

    def reflected(a: Variable, b: Any) -> Variable:
        return apply(ufunc, (b, a))

    return method, reflected


def _method(function: Callable[..., Any]) -> Callable[..., Variable]:
    """A method that does what NumPy's function does, with the same arguments."""

    def method(self: Variable, *args: Any, **kwargs: Any) -> Variable:
        return call(function, (self, *args), kwargs)

    return method


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
    kind: type[Variable]  # the class of what is computed from this one
    take_over: Callable[..., Any]  # what computes with it, if it `TAKES_OVER`
    keeps_dtype = "fc"  # for data of these kinds a gradient gets the dtype of the data

    def __init__(self, data: Any, name: str | None = None) -> None:
        self._data: Any = None
        self._grad: Any = None
        self.data = data
        self.creator: Function | None = None
        self.generation = 0
        self.name = name
        self.birth = errors.caller(1)

    # -- what it holds ----------------------------------------------------------------

    @property
    def data(self) -> Any:
        """The array itself; computing with it leaves no trace in the graph."""
        if type(self._data) is _ndarray and (
            _references(self._data) > _ALONE or self._data.base is not None
        ):
            WRITES.lend(self._data, _getframe(1))
        return self._data

    @data.setter
    def data(self, data: Any) -> None:
        if data is self._data is not None:
            WRITES.note(data)  # what ``x.data -= d`` comes down to
            return
        data = as_array(data) if isinstance(data, _generic) else data
        if data is not None and not _is_numeric(data):
            raise errors.not_numbers(data)
        self._data = data

    @property
    def grad(self) -> Variable | None:
        """The gradient that `backward` left here, a Variable of the same shape."""
        grad = self._grad
        if grad is not None and not isinstance(grad, Variable):
            self._grad = grad = _make(as_array(grad), self.kind)
        return grad

    @grad.setter
    def grad(self, grad: Any) -> None:
        if grad is not None:
            grad = grad if isinstance(grad, Variable) else self.kind(grad)
            if grad.shape != self.shape:
                raise errors.wrong_grad(self, grad)
        self._grad = grad

    shape = property(lambda self: self._data.shape)
    ndim = property(lambda self: self._data.ndim)
    size = property(lambda self: self._data.size)
    dtype = property(lambda self: self._data.dtype)

    def __len__(self) -> int:
        if not self._data.ndim:
            raise errors.no_length(self)
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
        if self._data.size != 1:
            raise errors.not_one_number(self)
        return self._data.item()

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        """What ``np.asarray`` makes of it: the plain array, outside the graph."""
        array = np.array(self._data, dtype=dtype, copy=copy)
        if array is self._data:
            WRITES.lend(array, _getframe(1))
        return array

    def __float__(self) -> float:
        return float(self.item())

    def __int__(self) -> int:
        return int(self.item())

    def __bool__(self) -> bool:
        if self._data.size != 1:
            raise errors.no_truth(self)
        return bool(self._data)

    def __reduce__(self) -> Any:
        return type(self), (self._data, self.name)

    # -- the graph --------------------------------------------------------------------

    def set_creator(self, creator: Function) -> None:
        """Link this Variable to the call that computed it."""
        self.creator = creator
        self.generation = creator.generation + 1

    def unchain(self) -> None:
        """Forget the creator: nothing before this Variable gets a gradient by it."""
        if self.creator is not None:
            self.birth = self.creator.birth
        self.creator = None

    def unchain_backward(self) -> None:
        """Cut all of the graph behind this Variable's own creator (book step 59)."""
        todo = [self.creator] if self.creator else []
        while todo:
            for x in todo.pop()._args:
                if isinstance(x, Variable) and x.creator is not None:
                    todo.append(x.creator)
                    x.unchain()

    def detach(self) -> Variable:
        """The same array in a new Variable that takes no gradient."""
        return _make(self._data, self.kind)

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
        if self.generation < 0:
            raise errors.no_graph(self)
        seed = self._grad
        if seed is None:
            seed = self._data.copy()
            seed.fill(1)
        if create_graph:
            seed = seed if isinstance(seed, Variable) else self.kind(seed)
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

    def __array_ufunc__(self, ufunc: Any, how: str, *args: Any, **kwargs: Any) -> Any:
        if how == "__call__" and not kwargs:
            return call(ufunc, args, kwargs)
        raise errors.ufunc_call(errors.name_of(ufunc), how, kwargs, args)

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
    __eq__ = _binary(np.equal)[0]  # type: ignore[assignment]
    __ne__ = _binary(np.not_equal)[0]  # type: ignore[assignment]
    __hash__ = object.__hash__  # equality is elementwise, identity is what sets need

    __neg__, __pos__ = _method(np.negative), _method(np.positive)
    __abs__, __invert__ = _method(np.absolute), _method(np.invert)

    def __getitem__(self, index: Any) -> Variable:
        if isinstance(index, tuple):
            for part in index:
                if isinstance(part, Variable) and part.generation == TAKES_OVER:
                    return part.take_over(getitem, (self, index), _NO_KWARGS)
            index = tuple(data_of(part) for part in index)
        return call(getitem, (self, index), {})

    def __setitem__(self, index: Any, value: Any) -> None:
        raise errors.no_item_assignment()

    at = property(lambda self: call(setitem, (self,), {}))  # x.at[index].set(v)

    T = property(lambda self: call(np.transpose, (self,), {}))

    def reshape(self, *shape: Any) -> Variable:
        """The same elements in another shape: ``x.reshape(2, -1)``."""
        return call(np.reshape, (self, shape[0] if len(shape) == 1 else shape), {})

    def transpose(self, *axes: Any) -> Variable:
        """The axes in the given order, or reversed."""
        order = axes[0] if len(axes) == 1 else axes or None
        return call(np.transpose, (self, order), {})

    sum, mean, prod = _method(np.sum), _method(np.mean), _method(np.prod)
    max, min, cumsum = _method(np.max), _method(np.min), _method(np.cumsum)
    var, std, dot = _method(np.var), _method(np.std), _method(np.dot)
    any, all, clip = _method(np.any), _method(np.all), _method(np.clip)
    argmax, argmin, copy = _method(np.argmax), _method(np.argmin), _method(np.copy)
    squeeze, ravel, repeat = _method(np.squeeze), _method(np.ravel), _method(np.repeat)
    swapaxes, astype = _method(np.swapaxes), _method(astype)


Variable.kind = Variable


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


def lift(x: Any) -> Variable:
    """A Variable as it is; anything else as a constant, which takes no gradient."""
    return x if isinstance(x, Variable) else _make(Variable(x)._data, Variable)


def as_operand(x: Any) -> Any:
    """A Variable or an array as it is; a number, a list or a tuple made one."""
    if hasattr(x, "__array_function__"):
        return x
    several = isinstance(x, (list, tuple)) and any(isinstance(v, Variable) for v in x)
    return call(np.stack, (x,), {}) if several else _from_list(x)


def _from_list(x: Any) -> np.ndarray:
    try:
        return np.asarray(x)
    except ValueError as error:
        raise errors.explain("np.asarray", (x,), error) from error


def data_of(x: Any) -> Any:
    """The array in a Variable; anything else as it is."""
    return x._data if isinstance(x, Variable) else x


class _Shown:
    """A property that an object's own attribute of that name goes before."""

    def __init__(self, get: Callable[[Any], Any]) -> None:
        self.get = get

    def __get__(self, owner: Any, kind: Any) -> Any:
        return self.get(owner)


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

    # Short of `generation` the names have a mark, so that a subclass may use its own.
    __slots__ = (
        "_args",
        "_code",
        "_instruction",
        "_link",
        "_recorded",
        "_result",
        "_written",
        "generation",
    )

    _args: tuple[Any, ...]  # the operands as they came: Variables, arrays, numbers
    _result: Any  # the array that came out, or a tuple of them
    _link: Any  # a weak reference to its Variable, or a tuple of them
    generation: int
    _code: CodeType  # with `_instruction`: the line of the program that made this call
    _instruction: int
    _written: int  # how many writes into arrays there had been
    _recorded: bool  # is a backward pass under create_graph reading the inputs?
    _fresh = False  # are gradients new arrays, that nobody else holds?
    _kind = Variable  # the class of the outputs

    def forward(self, *xs: Any) -> Any:
        """Compute on plain arrays."""
        raise errors.no_method(self.name, "forward(self, *xs)")

    def backward(self, *gys: Any) -> Any:
        """Turn the gradients of the outputs into the gradients of the inputs."""
        raise errors.no_method(self.name, "backward(self, *gys)")

    def __call__(self, *inputs: Any) -> Any:
        """Run `forward`, wrap what it returns, and link it to this call.

        Args:
            inputs: Variables, arrays or numbers; only Variables get a gradient.

        Returns:
            One Variable, or a tuple of them if `forward` returned a tuple.
        """
        args = tuple(
            x if isinstance(x, SCALARS) or is_array(x) else as_variable(x)
            for x in inputs
        )
        for x in args:
            if isinstance(x, Variable) and x.generation == TAKES_OVER:
                return x.take_over(self, args, _NO_KWARGS)
        if hasattr(self, "_link"):
            self._hand_over()
        results = self.forward(*map(data_of, args))
        several = isinstance(results, tuple | list)
        results = [as_array(data_of(y)) for y in (results if several else [results])]
        for y in results:
            if not _is_numeric(y):
                raise errors.bad_result(self, y)
        results = results if several else results[0]
        generation = max(
            (x.generation for x in args if isinstance(x, Variable)), default=-1
        )
        if generation < 0 or not recording.get():
            return _outputs(results, self._kind)
        self._recorded = False
        return _link(self, args, results, generation)

    def _hand_over(self) -> None:
        """Let a copy be the creator of what this instance computed before."""
        earlier = copy.copy(self)
        for link in self._links:
            output = link()
            if output is not None and output.creator is self:
                output.creator = earlier

    @_Shown
    def name(self) -> str:
        """What the function is called in errors and graph pictures."""
        return type(self).__name__

    @_Shown
    def inputs(self) -> tuple[Variable, ...]:
        """The inputs as Variables."""
        see = _Recorded if self._recorded else as_variable
        return tuple(see(as_variable(as_array(x))) for x in self._args)

    birth = _Shown(lambda self: (self._code, self._instruction))

    @property
    def _links(self) -> tuple[weakref.ref[Variable], ...]:
        """Weak references to the outputs, which live elsewhere."""
        return self._link if isinstance(self._link, tuple) else (self._link,)

    @_Shown
    def outputs(self) -> tuple[Callable[[], Variable | None], ...]:
        """Weak references to the outputs: ``f.outputs[0]()`` (book step 17)."""
        if not self._recorded:
            return self._links
        return tuple(partial(_Recorded, y) for y in self.output_variables())

    input = _Shown(lambda self: self.inputs[0])  # the book's words up to step 10
    output = _Shown(lambda self: self.outputs[0]())

    def output_variables(self) -> list[Variable]:
        """The outputs; one that the program has dropped is made anew."""
        several = isinstance(self._result, tuple)
        ys = self._result if several else (self._result,)
        outputs = []
        for link, y in zip(self._links, ys, strict=True):
            x = link()
            outputs.append(_make(y, self._kind, self) if x is None else x)
        refs = tuple(map(_ref, outputs))
        self._link = refs if several else refs[0]
        return outputs

    def position(self, x: Variable) -> int:
        """Which of the outputs is `x`?"""
        x = x.source if isinstance(x, _Recorded) else x
        return next(i for i, link in enumerate(self._links) if link() is x)

    def gradients(self, gys: Any, record: bool) -> Iterable[tuple[Variable, Any]]:
        """Pairs of an input that is a Variable and its gradient, for the engine.

        Args:
            gys: the gradient of the output, or a list of them for several outputs.
            record: hand out Variables, and record what is done with them.
        """
        if self._written != WRITES.count:
            WRITES.check(self)
        self._recorded = record
        try:
            gys = gys if isinstance(gys, list) else [gys]
            grads = self.backward(*map(as_array, gys))
        finally:
            self._recorded = False
        grads = grads if isinstance(grads, tuple | list) else (grads,)
        if len(grads) != len(self._args):
            raise errors.gradient_count(self, len(grads))
        see = as_variable if record else data_of
        for x, g in zip(self._args, grads, strict=True):
            if g is not None and isinstance(x, Variable) and x.generation >= 0:
                if not hasattr(as_array(g), "__array_function__"):
                    raise errors.gradient_misfit(self, "type", type(g), type(x))
                yield x, see(as_array(g))


class Primitive(Function):
    """A recorded call of a function that has rules."""

    __slots__ = ("function", "kwargs", "values")

    function: Callable[..., Any]
    kwargs: dict[str, Any]
    values: Any  # the arguments with arrays for Variables, as they were then
    _fresh = True
    _recorded = False
    _kind = property(lambda self: self.inputs[0].kind)

    @_Shown
    def name(self) -> str:
        """The function's name."""
        return self.function.__name__.lstrip("_")

    @_Shown
    def inputs(self) -> tuple[Variable, ...]:
        """The arguments that are Variables."""
        return tuple(x for x in self._args if isinstance(x, Variable))

    def gradients(self, gys: Any, record: bool) -> Iterable[tuple[Variable, Any]]:
        """Apply each argument's rule, for the arguments that are Variables."""
        y, values, kwargs = self._result, self.values, self.kwargs
        vjps = RULES[self.function].vjps
        if self._written != WRITES.count:
            WRITES.check(self, vjps, gys)
        if record:
            for x, v in zip(self._args, values, strict=True):
                if isinstance(x, Variable) and x._data is not v:
                    raise errors.data_replaced(self, x)
            values, ys = self._args, self.output_variables()
            y = ys if isinstance(y, tuple) else ys[0]
        elif type(y) is not tuple and not y.ndim:
            # NumPy computes far quicker with scalars than with arrays of 0 dimensions.
            y, gys = y[()], gys[()] if type(gys) is _ndarray else gys
            values = [v[()] if type(v) is _ndarray else v for v in values]
        # Not strict: settings, the arguments after those with rules, get no gradient.
        for x, vjp in zip(self._args, vjps):  # noqa: B905
            if vjp is not None and isinstance(x, Variable) and x.generation >= 0:
                g = vjp(gys, y, *values, **kwargs) if kwargs else vjp(gys, y, *values)
                yield x, g


class _Recorded(Variable):
    """A Variable as a `backward` sees it whose work is recorded.

    Reading its `data` does not leave the graph, so that ``x = self.input.data;
    return 2 * x * gy`` (book step 9) has a right second derivative too.
    """

    __slots__ = ("source",)

    def __init__(self, source: Variable) -> None:
        self.source = source
        self._data, self.name = source._data, source.name
        self.creator, self.generation = source.creator, source.generation

    data = property(lambda self: self.source)
    kind = property(lambda self: self.source.kind)
    _grad = property(
        lambda self: self.source._grad,
        lambda self, grad: setattr(self.source, "_grad", grad),
    )


def _make(data: Any, kind: type[Variable], creator: Function | None = None) -> Variable:
    """A Variable that a call made; without a creator a constant, of generation -1."""
    if getattr(data, "dtype", _OBJECT).kind not in "biufc":
        raise errors.not_numbers(data)
    x = _new(kind)
    x._data = data
    x._grad = x.name = None
    x.creator = creator
    x.generation = -1 if creator is None else creator.generation + 1
    return x


def apply(
    function: Callable[..., Any], args: tuple[Any, ...], kwargs: Any = _NO_KWARGS
) -> Any:
    """Compute `function` on the arrays in `args`; record the call if it has rules.

    This is the one door into the graph, and the hot path of eager mode: everything
    that can wait until an error or a backward pass does.
    """
    values: list[Any] = []
    generation, kind = -2, Variable
    for x in args:
        if isinstance(x, Variable):
            if x.generation > generation:
                generation, kind = x.generation, x.kind
            x = x._data
        elif (type(x) is list and x) or (type(x) is tuple and type(function) is _ufunc):
            i = len(values)
            return apply(function, (*args[:i], as_operand(x), *args[i + 1 :]), kwargs)
        values.append(x)
    if generation == TAKES_OVER:
        return kind.take_over(function, args, kwargs)
    rule = RULES[function]
    try:
        y = rule.forward(*values, **kwargs) if kwargs else rule.forward(*values)
    except (TypeError, ValueError, IndexError, AttributeError) as error:
        raise errors.explain(errors.name_of(function), args, error) from error
    if generation < 0 or not rule.vjps or not recording.get():
        return _outputs(y, kind)
    node = Primitive()
    node.function, node.kwargs, node.values = function, kwargs, values
    y = _asarray(y) if type(y) is not _ndarray and isinstance(y, _generic) else y
    if type(y) is not _ndarray or y.dtype.kind not in "biufc":
        return _link(node, args, y, generation)
    # What _link does, written out for the one case that nearly every call is.
    node._args, node.generation = args, generation
    node._code, node._instruction = _caller(2)  # whoever calls this is ondol's
    x = _new(kind)
    x._data = y
    x._grad = x.name = None
    x.creator, x.generation = node, generation + 1
    node._result, node._link, node._written = y, _ref(x), WRITES.count
    if WRITES.busy:
        WRITES.watch(node)
    return x


def _link(node: Function, args: tuple[Any, ...], y: Any, generation: int) -> Any:
    """Make `node` the creator of Variables that hold `y`."""
    node._args, node.generation, node._written = args, generation, WRITES.count
    node._code, node._instruction = errors.caller(2)
    outputs = _outputs(y, node._kind, node)
    if isinstance(outputs, tuple):
        node._result = tuple(x._data for x in outputs)
        node._link = tuple(map(_ref, outputs))
    else:
        node._result, node._link = outputs._data, _ref(outputs)
    if WRITES.busy:
        WRITES.watch(node)
    return outputs


def _outputs(y: Any, kind: type[Variable], creator: Function | None = None) -> Any:
    """A Variable for an array that a function returned, a tuple of them for several."""
    if isinstance(y, tuple | list):
        return tuple(_make(as_array(part), kind, creator) for part in y)
    # A Variable: the function met one inside an argument, and its result is recorded.
    return y if isinstance(y, Variable) else _make(as_array(y), kind, creator)


def call(function: Callable[..., Any], args: tuple[Any, ...], kwargs: Any) -> Any:
    """Run a function that arrived by NumPy's protocols or by its ondol name."""
    if function in COMPOSITES:
        return COMPOSITES[function](*args, **kwargs)
    rule = RULES.get(function)
    if rule is None:
        known = map(errors.name_of, (*RULES, *COMPOSITES))
        raise errors.unknown_function(errors.name_of(function), known, args)
    if not rule.vjps:
        return apply(function, args, {key: data_of(x) for key, x in kwargs.items()})
    if kwargs or len(args) > len(rule.vjps):
        args, kwargs = rule.bind(function, args, kwargs)
    return apply(function, args, kwargs)


def _is_numeric(data: Any) -> bool:
    """Is `data` an array that a Variable can compute with?"""
    if type(data) is _ndarray:
        return data.dtype.kind in "biufc"
    numeric = hasattr(data, "__array_function__") and data.dtype.kind in "biufc"
    masked = hasattr(data, "mask")  # told so, because `np.ma` takes long to import
    return numeric and not (masked or isinstance(data, np.matrix | Variable))


# How many hold the array of a Variable that nobody shares: Python versions differ.
_ALONE = (lambda x: _references(x._data))(Variable(np.zeros(1)))
