"""The Optimizer: two rules on one array, applied to every parameter of a model."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Self

import numpy as np

from ondol.arrays import as_array
from ondol.core import Parameter
from ondol.core.graph import data_of
from ondol.errors import (
    ArgumentError,
    DtypeError,
    MissingMethodError,
    UsageError,
    tell,
    text,
)
from ondol.tree import Tree, children, collect

from .. import hot
from ..writes import WRITES
from . import saved
from .fused import fused_step
from .hyper import non_negative
from .saved import Array, describe

State = dict[str, Array]
Hook = Callable[[list[Parameter]], object]

PARTS = (Parameter, Tree, list, tuple, dict)


class Optimizer:
    """Hyperparameters, and the rules `init` and `step` for a single array.

    The rules know no model and no Variable. They are written in operators and ``np.*``,
    change nothing in place and branch on no value, so that a compiler can trace them.
    A new optimizer is a class with a `step`, and an `init` if it keeps state:

        class SignSGD(Optimizer):
            def step(self, grad, state, param):
                return self.lr * np.sign(grad), state

    Attributes:
        lr: the learning rate, a float in [0, inf); it may be changed at any time.
        t: the number of updates so far, a 0-d int64 array.
        state: dotted parameter name -> what `init` and `step` returned for it.
        hooks: what `update` calls before the rules, in order.

    Raises:
        TypeError: `lr` is not a number.
        ValueError: `lr` is negative or not finite.
    """

    lr: float = non_negative()

    def __init__(self, lr: float) -> None:
        self.lr = lr
        self.t: Array = np.zeros((), np.int64)
        self.target: Any = None
        self.state: dict[str, State] = {}
        self.hooks: list[Hook] = []

    # The rules: what a subclass writes.

    def init(self, param: Array) -> State:
        """The state of a parameter before its first step.

        Args:
            param: the parameter's array.

        Returns:
            Name -> array of the shape and dtype of `param`. A name has no dot in it.
        """
        return {}

    def begin(self) -> None:
        """Compute, once per update, what depends on `t` but not on the parameter."""

    def fit(self, grad: Array, param: Array) -> Array:
        """A gradient of another dtype than its parameter, as `step` shall see it."""
        return grad.astype(param.dtype)

    def step(self, grad: Array, state: State, param: Array) -> tuple[Array, State]:
        """One step for one parameter.

        Args:
            grad: the gradient, of the shape and dtype of `param`.
            state: what `init` or the previous `step` returned for this parameter.
            param: the parameter's array before the step.

        Returns:
            The amount to subtract from `param`, and the new state.
        """
        raise tell(MissingMethodError, "optimizer-no-step", name=type(self).__name__)

    # The use of them: what a user calls.

    def setup(self, target: Any) -> Self:
        """Say what to update: ``optimizer = SGD(lr=0.1).setup(model)``.

        Args:
            target: a model, or an iterable (or dict) of Parameters or models. It is
                walked at every update, so parameters that come later are found.

        Returns:
            This optimizer.

        Raises:
            TypeError: `target` is something else.
            ValueError: `target` is an empty iterable.
            RuntimeError: this optimizer has already updated another target.
        """
        target = as_tree(target)
        if self.target is not None and target is not self.target and self.t > 0:
            named = {"name": type(self).__name__, "lr": self.lr, "t": self.t}
            raise tell(UsageError, "optimizer-new-target", **named)
        self.target = target
        return self

    def add_hook(self, hook: Hook) -> Self:
        """Have `update` call ``hook(parameters)`` first, after the hooks added before.

        Args:
            hook: any callable that takes the list of the parameters that (still) have
                a gradient. It may set ``parameter.grad`` to a new array, or to None:
                the parameter is then left as it is.

        Returns:
            This optimizer.

        Raises:
            TypeError: `hook` cannot be called.
        """
        if not callable(hook):
            got = {"got": hook, "kind": type(hook).__name__}
            raise tell(DtypeError, "hook-not-callable", **got)
        self.hooks.append(hook)
        return self

    def parameters(self) -> dict[str, Parameter]:
        """Dotted name -> Parameter, as the target is now; a tied one comes once.

        Raises:
            RuntimeError: there is no target yet.
            ValueError: two parameters have the same dotted name.
        """
        if self.target is None:
            named = {"name": type(self).__name__, "lr": self.lr}
            raise tell(UsageError, "optimizer-no-target", **named)
        return collect(self.target, Parameter)

    def update(self) -> None:
        """Make one step: run the hooks, then change each parameter's array in place.

        Parameters without a gradient are left as they are. Everything is checked
        before anything is changed. The step counts (`t`) if a parameter is changed.

        Raises:
            RuntimeError: there is no target, or no parameter has a gradient.
            TypeError: a parameter with a gradient is not of a real float dtype.
            ValueError: a parameter is read-only, or its shape or dtype is no longer
                that of its gradient or state.
        """
        named = self.parameters()
        ready = with_gradient(named)
        if not ready:
            raise tell(UsageError, "optimizer-no-gradient", count=len(named))
        for hook in self.hooks:
            hook([named[name] for name, *_ in ready])
            ready = with_gradient({name: named[name] for name, *_ in ready})
            if not ready:  # the hook asked to skip this step
                return
        for name, data, grad in ready:
            check(name, data, grad, self.state.get(name, {}))
        self.t.fill(self.t[()] + 1)  # some five times quicker than +=
        self.begin()
        for name, data, grad in ready:
            if grad.dtype != data.dtype:
                grad = self.fit(grad, data)
            state = self.state[name] if name in self.state else self.init(data)
            if data.size < hot.LARGE or not fused_step(self, grad, state, data):
                delta, state = self.step(grad, state, data)
                if not data.shape:  # NumPy made scalars; state holds arrays
                    state = {k: np.asarray(x, like=data) for k, x in state.items()}
                if delta.dtype == data.dtype:
                    data -= delta  # in place: others may hold the same array
                else:
                    data[...] = data - delta  # quicker than NumPy's casting on the way
            self.state[name] = state
        WRITES.note(*[data for _, data, _ in ready])

    # Saving: everything but the hyperparameters, as flat named arrays.

    def state_arrays(self, copy: bool = True) -> dict[str, Array]:
        """The state under flat names: ``t``, ``blocks.0.W.m``, ...

        Args:
            copy: False gives the arrays themselves but for ``t``, for who writes them
                down before the next update.

        Returns:
            Name -> array: ``t`` is 0-d int64, the others are of the shape and dtype of
            their parameter. Hyperparameters and hooks are not in it.
        """
        arrays = {"t": self.t.copy()}
        for name, state in self.state.items():
            arrays |= {f"{name}.{key}": part for key, part in state.items()}
        if copy:
            return {name: part.copy() for name, part in arrays.items()}
        return arrays

    def load_state_arrays(self, arrays: Mapping[str, Array], copy: bool = True) -> None:
        """Take over what `state_arrays` of an equal optimizer returned.

        It works before `setup` and before the first update; a state waits until the
        parameter of its name appears.

        Args:
            arrays: full name -> array.
            copy: False takes the arrays themselves, which nobody else may change then.

        Raises:
            ValueError: names are missing or unknown, or arrays do not fit the known
                parameters. All problems are listed, and nothing has been changed.
        """
        known = {} if self.target is None else self.parameters()
        keys = tuple(self.init(np.zeros(())))
        if problems := list(saved.problems(arrays, keys, known)):
            lines = "".join(f"\n  {problem}" for problem in problems)
            kept = ", ".join(keys) or text("word-state-none")
            what = {"name": type(self).__name__, "keys": kept}
            raise tell(ArgumentError, "optimizer-state-misfit", (), lines, **what)
        self.t[...] = arrays["t"]
        self.state = {} if keys else {name: {} for name in known}
        for name, key, part in saved.parts(arrays):
            self.state.setdefault(name, {})[key] = part.copy() if copy else part
        if self.t > 0:  # all is then as after the last update, also for a compiled step
            self.begin()


def as_tree(target: Any) -> Any:
    """A target that can be walked again and again; refuses what holds no Parameters."""
    if isinstance(target, Tree):
        return target
    if isinstance(target, (Parameter, str, np.ndarray)) or not hasattr(
        target, "__iter__"
    ):
        raise tell(DtypeError, "optimizer-target-type", kind=type(target).__name__)
    tree = target if isinstance(target, (list, tuple, dict)) else list(target)
    for name, part in children(tree):
        if not isinstance(part, PARTS):
            item = {"item": name, "kind": type(part).__name__}
            raise tell(DtypeError, "optimizer-target-item", **item)
    if not tree:
        raise tell(ArgumentError, "optimizer-target-empty", kind=type(target).__name__)
    return tree


def gradient(parameter: Parameter) -> Array:
    """The array of the gradient of a parameter that has one."""
    # `parameter.grad` would make a Variable of it, for each parameter at each step.
    grad = parameter._grad
    return grad if type(grad) is np.ndarray else as_array(data_of(grad))


def with_gradient(named: dict[str, Parameter]) -> list[tuple[str, Array, Array]]:
    """Name, data and gradient of those that have a gradient."""
    return [
        (name, p._data, gradient(p)) for name, p in named.items() if p._grad is not None
    ]


def check(name: str, data: Array, grad: Array, state: State) -> None:
    """Refuse a parameter that has a gradient but cannot be updated."""
    if data is None or data.dtype.kind != "f" or grad.dtype.kind == "c":
        kinds = {"data": describe(data), "grad": describe(grad)}
        raise tell(DtypeError, "optimizer-not-float", name=name, **kinds)
    if isinstance(data, np.ndarray) and not data.flags.writeable:
        raise tell(ArgumentError, "optimizer-read-only", name=name)
    if grad.shape != data.shape:
        shapes = {"shape": data.shape, "grad": grad.shape}
        raise tell(ArgumentError, "optimizer-stale-gradient", name=name, **shapes)
    for key, part in state.items():
        if part.shape != data.shape or part.dtype != data.dtype:
            kinds = {"data": describe(data), "part": describe(part), "key": key}
            raise tell(ArgumentError, "optimizer-stale-state", name=name, **kinds)
