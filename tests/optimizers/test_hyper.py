import inspect
import re
from fractions import Fraction

import numpy as np
import pytest

from ondol import optimizers
from ondol.optimizers import SGD, AdamW, ClipGrad, MomentumSGD, WeightDecay
from ondol.optimizers.hyper import Bounded

OWNERS = [getattr(optimizers, name) for name in optimizers.__all__]


def bounded(owner):
    return {
        name: value
        for base in owner.__mro__
        for name, value in vars(base).items()
        if isinstance(value, Bounded)
    }


CASES = [(owner, name) for owner in OWNERS for name in bounded(owner)]
BAD = {
    "[0, inf)": [-0.1, -1e-300, float("inf"), float("nan")],
    "(0, inf)": [0, 0.0, -1e-8, float("inf"), float("nan")],
    "[0, 1)": [-0.1, 1, 1.0, 2, float("nan")],
}
GOOD = {"[0, inf)": [0, 0.5, 1e9], "(0, inf)": [1e-300, 3], "[0, 1)": [0, 0.999]}


def test_every_number_that_an_optimizer_takes_is_bounded():
    for owner in OWNERS:
        takes = inspect.signature(owner).parameters.values()
        numbers = {p.name for p in takes if type(p.default) is float}
        assert numbers <= set(bounded(owner))


@pytest.mark.parametrize(("owner", "name"), CASES)
def test_values_out_of_range_are_refused(owner, name):
    allowed = bounded(owner)[name].allowed
    required = {"WeightDecay": {"rate": 1}, "ClipGrad": {"max_norm": 1}}
    given = required.get(owner.__name__, {}) or {"lr": 0.1}
    for value in BAD[allowed]:
        message = f"{owner.__name__}: {name} must be a number in {allowed}, got {value}"
        with pytest.raises(ValueError, match=re.escape(message)):
            owner(**given | {name: value}) if name != "lr" else owner(lr=value)
        thing = owner(**given)
        with pytest.raises(ValueError, match=re.escape(message)):
            setattr(thing, name, value)
    for value in GOOD[allowed]:
        assert getattr(owner(**given | {name: value}), name) == value


@pytest.mark.parametrize(
    "value", ["0.1", None, True, 1j, [0.1], np.array(0.1), np.ones(3), b"1"]
)
def test_what_is_not_a_number_is_refused(value):
    for make in (SGD, MomentumSGD, AdamW, WeightDecay, ClipGrad):
        with pytest.raises(TypeError, match=r"must be a number in .*of type"):
            make(value)


def test_a_string_is_named():
    with pytest.raises(TypeError, match=r"SGD: lr must be .* got '0.1' of type str"):
        SGD(lr="0.1")
    with pytest.raises(TypeError, match="nesterov is one of False, True, got 'yes'"):
        MomentumSGD(nesterov="yes")


@pytest.mark.parametrize("value", [1, np.float64(1), np.float32(1), Fraction(1)])
def test_numbers_are_kept_as_python_floats(value):
    optimizer = SGD(value)
    assert type(optimizer.lr) is float
    optimizer.lr = value
    assert type(optimizer.lr) is float
    assert optimizer.lr == 1.0


def test_a_refused_value_leaves_the_old_one():
    optimizer = SGD(0.5)
    with pytest.raises(ValueError, match="lr"):
        optimizer.lr = -1
    assert optimizer.lr == 0.5
