"""A step for one large array in one pass over memory, in place, by a kernel."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..hot import Number, kernel_for, wanted

SETTINGS = (bool, int, str)


def fused_step(optimizer: Any, grad: Any, state: dict[str, Any], data: Any) -> bool:
    """Do what ``step`` and the update behind it do, in place; or nothing.

    A rule of the user's own may do more than compute, so that only ours are compiled.

    Returns:
        Was it done?
    """
    kind = type(optimizer)
    if not kind.step.__module__.startswith(__package__) or not wanted():
        return False
    arrays = (data, grad, *state.values())
    if not all(map(_is_plain, arrays)) or np.may_share_memory(data, grad):
        return False
    numbers: dict[str, Any] = {"lr": Number(optimizer.lr)}
    fixed: dict[str, Any] = {}
    for name, x in vars(optimizer).items():
        if type(x) is np.ndarray:
            numbers[name] = x
        elif type(x) is float:  # a schedule may change it at every step
            numbers[name] = Number(x)
        elif isinstance(x, SETTINGS) and name != "lr":
            fixed[name] = x

    def step(data: Any, grad: Any, *rest: Any) -> tuple[Any, ...]:
        twin = object.__new__(kind)
        vars(twin).update(fixed, **dict(zip(numbers, rest[len(state) :], strict=True)))
        before = dict(zip(state, rest, strict=False))
        delta, after = kind.step(twin, grad, before, data)
        return data - delta, *(after[key] for key in state)

    key = (kind, *fixed.items(), *state, *numbers)
    over = (0, *range(2, len(arrays)))
    kernel = kernel_for(step, (*arrays, *numbers.values()), {}, key, over)
    if kernel:
        kernel((*arrays, *numbers.values()))
    return bool(kernel)


def _is_plain(x: Any) -> bool:
    """Can it be written over from the first element to the last?"""
    return type(x) is np.ndarray and x.dtype == np.float32 and x.flags.carray
