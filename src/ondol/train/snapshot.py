"""The state that a step changes: to be taken back, and to be saved."""

from __future__ import annotations

import random as python
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from ..core import Parameter, State
from ..io.parts import set_stream
from ..random import generator
from ..tree import walk


class GlobalRandom:
    """The random numbers that belong to the whole program: NumPy's and Python's.

    A dataset or a model may draw from them, though ondol itself does not.
    """

    def state_dict(self) -> dict[str, Any]:
        """Where both streams are."""
        _, words, position, has_gauss, gauss = np.random.get_state()
        version, numbers, next_gauss = python.getstate()
        return {
            "numpy": np.array(words),
            "numpy_position": [int(position), int(has_gauss), float(gauss)],
            "python": np.array(numbers, np.uint32),
            "python_position": [version, next_gauss],
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go where `state_dict` said.

        Raises:
            Exception: of many kinds; it is the state of something else.
        """
        position, has_gauss, gauss = state["numpy_position"]
        stream = {
            "bit_generator": "MT19937",
            "state": {"key": state["numpy"], "pos": int(position)},
            "has_gauss": int(has_gauss),
            "gauss": gauss,
        }
        set_stream(np.random.MT19937(), stream)  # it looks at what NumPy believes
        np.random.set_state(stream)
        version, next_gauss = state["python_position"]
        python.setstate((int(version), tuple(state["python"].tolist()), next_gauss))


def snapshot(model: Any, optimizer: Any) -> Callable[[], None]:
    """Copy what a step changes; the function that is returned brings it back.

    That is every parameter and state of the model, the optimizer's state and its
    hyperparameters, and the random numbers. Memory is written in place.
    """
    leaves = [(leaf, copied(leaf.data)) for _, leaf in walk(model, (Parameter, State))]
    arrays, numbers = optimizer.state_arrays(), numbers_of(optimizer)
    stream, streams = (generator.key.copy(), generator.counter.copy()), GlobalRandom()
    elsewhere = streams.state_dict()

    def restore() -> None:
        for leaf, data in leaves:
            leaf.data = put(leaf.data, data)
        optimizer.load_state_arrays(arrays)
        set_numbers(optimizer, numbers)
        generator.key, generator.counter = stream[0].copy(), stream[1].copy()
        streams.load_state_dict(elsewhere)

    return restore


def copied(data: Any) -> Any:
    """A copy of an array; None of a parameter that is not made yet."""
    return None if data is None else data.copy()


def put(data: Any, saved: Any) -> Any:
    """`saved` in the memory of `data`, which others may hold too."""
    if data is None or saved is None or data.shape != saved.shape:
        return copied(saved)
    data[...] = saved
    return data


def numbers_of(optimizer: Any) -> dict[str, float]:
    """The hyperparameters: what a schedule may change from step to step."""
    return {k: v for k, v in vars(optimizer).items() if isinstance(v, float)}


def set_numbers(optimizer: Any, numbers: Mapping[str, float]) -> None:
    """Set the hyperparameters that `numbers_of` gave."""
    for name, value in numbers.items():
        setattr(optimizer, name, value)


def size_of(model: Any, optimizer: Any) -> int:
    """How many bytes `snapshot` copies."""
    leaves = [leaf.data for _, leaf in walk(model, (Parameter, State))]
    states = [part for state in optimizer.state.values() for part in state.values()]
    return sum(array.nbytes for array in (*leaves, *states) if array is not None)
