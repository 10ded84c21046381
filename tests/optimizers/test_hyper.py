import inspect
import re
from fractions import Fraction

import numpy as np
import pytest

from ondol import optimizers
from ondol.core import Parameter
from ondol.optimizers import SGD, AdamW, ClipGrad, MomentumSGD, WeightDecay
from ondol.optimizers.hyper import Bounded, Choice, Count

OWNERS = [getattr(optimizers, name) for name in optimizers.__all__]


def bounded(owner, kind=Bounded):
    return {
        name: value
        for base in owner.__mro__
        for name, value in vars(base).items()
        if isinstance(value, kind)
    }


CASES = [(owner, name) for owner in OWNERS for name in bounded(owner)]
COUNTS = [(o, name) for o in OWNERS for name in bounded(o, Count)]
CHOICES = [(o, name) for o in OWNERS for name in bounded(o, Choice)]
BAD = {
    "[0, inf)": [-0.1, -1e-300, float("inf"), float("nan")],
    "(0, inf)": [0, 0.0, -1e-8, float("inf"), float("nan")],
    "[0, 1)": [-0.1, 1, 1.0, 2, float("nan")],
    "[0, 1]": [-0.1, 1.1, float("nan")],
    "(0, 1)": [0, 1, -0.1, float("nan")],
}
GOOD = {
    "[0, inf)": [0, 0.5, 1e9],
    "(0, inf)": [1e-300, 3],
    "[0, 1)": [0, 0.999],
    "[0, 1]": [0, 0.5, 1],
    "(0, 1)": [0.001, 0.999],
}
REQUIRED = {  # what an owner cannot be made without; the others take a learning rate
    "WeightDecay": {"rate": 1},
    "ClipGrad": {"max_norm": 1},
    "ClipValue": {"max_value": 1},
    "AdaptiveClip": {},
    "Accumulate": {"optimizer": SGD(), "every": 2},
    "EMA": {"model": [Parameter(np.ones(1))]},
    "Step": {"size": 3},
    "MultiStep": {"at": [3]},
    "Exponential": {"factor": 0.5},
    "Polynomial": {"steps": 9},
    "Linear": {"steps": 9},
    "Cosine": {"steps": 9},
    "CosineRestarts": {"steps": 9},
    "OneCycle": {"steps": 9},
    "Plateau": {},
    "Warmup": {"steps": 9},
}


def test_every_number_that_an_optimizer_takes_is_bounded():
    for owner in OWNERS:
        takes = inspect.signature(owner).parameters.values()
        numbers = {p.name for p in takes if type(p.default) is float}
        assert numbers <= set(bounded(owner))


@pytest.mark.parametrize(("owner", "name"), CASES)
def test_values_out_of_range_are_refused(owner, name):
    allowed = bounded(owner)[name].allowed
    given = REQUIRED.get(owner.__name__, {"lr": 0.1})
    for value in BAD[allowed]:
        message = f"{owner.__name__}: {name} must be a number in {allowed}, got {value}"
        with pytest.raises(ValueError, match=re.escape(message)):
            owner(**given | {name: value}) if name != "lr" else owner(lr=value)
        thing = owner(**given)
        with pytest.raises(ValueError, match=re.escape(message)):
            setattr(thing, name, value)
    for value in GOOD[allowed]:
        assert getattr(owner(**given | {name: value}), name) == value


def set_in(owner, name, value):
    """The attribute, set on an owner that was made with good values."""
    thing = owner(**REQUIRED.get(owner.__name__, {"lr": 0.1}))
    setattr(thing, name, value)
    return getattr(thing, name)


@pytest.mark.parametrize(("owner", "name"), COUNTS)
def test_counts_are_whole(owner, name):
    least = bounded(owner, Count)[name].least
    for value in (least, np.int64(least), least + 1000):
        kept = set_in(owner, name, value)
        assert type(kept) is int
        assert kept == value
    message = rf"{owner.__name__}: {name} must be a whole number of at least {least}"
    with pytest.raises(ValueError, match=message):
        set_in(owner, name, least - 1)
    for value in (1.5, float(least), "3", None, True):
        with pytest.raises(TypeError, match=message):
            set_in(owner, name, value)


@pytest.mark.parametrize(("owner", "name"), CHOICES)
def test_choices_are_one_of_a_few(owner, name):
    choices = bounded(owner, Choice)[name].choices
    for value in choices:
        assert set_in(owner, name, value) is value
    for value, kind in (("average", ValueError), (2, TypeError), (None, TypeError)):
        with pytest.raises(kind, match=rf"{name} is one of .*, got {value!r}"):
            set_in(owner, name, value)
    with pytest.raises(TypeError, match="is one of"):
        set_in(owner, name, np.ones(2))


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
    with pytest.raises(ValueError, match="nesterov is one of False, True, got 'yes'"):
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
