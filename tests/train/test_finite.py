import numpy as np
import pytest
from small import bits, made, points

import ondol
import ondol.functions as F
from ondol import Parameter, optimizers
from ondol.data import DataLoader
from ondol.errors import NonFiniteError
from ondol.io import Checkpoints
from ondol.models import Model
from ondol.train import Callback, FiniteStep, finite, fit, make_step

pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")  # NumPy's own
BOTH = pytest.mark.parametrize("compiled", [False, True], ids=["eager", "compiled"])
QUIET = {"progress": False, "doctor": False}
loss = F.softmax_cross_entropy


class Falling(Model):
    """A weight that falls by 1 in each step, and its square root."""

    def __init__(self, start):
        self.w = Parameter(np.array([start], np.float32))

    def forward(self, x):
        return x * self.root()

    def root(self):
        return np.sqrt(self.w)


def mean(y, t):
    return np.mean(y) * 0 + np.mean(t * y)


class Steps(Callback):
    def __init__(self):
        self.kept = []

    def step(self, run):
        self.kept.append(run.model.w.data.item())


def falling(start, n=12, batch_size=1, **options):
    """Train it until the square root of what is negative."""
    model, steps = Falling(start), Steps()
    data = np.ones((n, 1), np.float32), np.ones((n, 1), np.float32)
    optimizer = optimizers.SGD(lr=1.0)

    @ondol.train.objective
    def sinking(model, batch):
        x, t = batch
        y = model(x)
        return np.sum(model.w) + 0 * np.sum(y * t)

    with pytest.raises(NonFiniteError) as error:
        fit(model, data, sinking, optimizer, 2, batch_size=batch_size,
            callbacks=[steps], **QUIET, **options)  # fmt: skip
    return str(error.value), model, optimizer, steps.kept


@BOTH
@pytest.mark.parametrize("memory", [0, 1 << 20], ids=["each step", "now and then"])
def test_the_operation_the_line_and_the_step_are_named(compiled, memory, monkeypatch):
    monkeypatch.setattr(finite, "MEMORY", memory)
    said, model, optimizer, steps = falling(4.5, compiled=compiled)
    assert said.startswith("step 6 made a NaN or an infinity\n")
    assert "sqrt" in said
    assert "np.sqrt(self.w)" in said
    assert "[fit-nonfinite]" in said
    assert steps == [3.5, 2.5, 1.5, 0.5, -0.5]
    assert model.w.data.item() == -0.5  # as it was before the step
    assert optimizer.t == 5


@BOTH
def test_a_gradient_that_ruins_weights_is_found_though_its_loss_was_finite(compiled):
    model = Falling(0.0)  # the gradient of the square root of zero is infinite
    data = np.ones((8, 1), np.float32), np.ones((8, 1), np.float32)
    optimizer = optimizers.SGD(lr=0.1)
    with pytest.raises(NonFiniteError, match="step 1 made") as error:
        fit(model, data, mean, optimizer, 3, batch_size=1, compiled=compiled,
            **QUIET)  # fmt: skip
    assert "sqrt" in str(error.value)
    assert model.w.data.item() == 0
    assert optimizer.t == 0


@pytest.mark.parametrize("every", [None, 1], ids=["last step", "within"])
def test_no_checkpoint_has_weights_that_a_finite_loss_has_ruined(every, tmp_path):
    def ruined(y, t):
        return np.mean(y) * 0 + np.mean(t * y)

    def go(data):
        model = Falling(0.0)  # the gradient of its square root is infinite
        fit(model, (data, data), ruined, optimizers.SGD(lr=0.1), 1, batch_size=1,
            every=every, folder=tmp_path, **QUIET)  # fmt: skip

    ones = np.ones((1 if every is None else 9, 1), np.float32)
    with pytest.raises(NonFiniteError, match="step 1 made"):
        go(ones)
    assert Checkpoints(tmp_path).paths() == []


def test_random_numbers_of_the_program_are_drawn_again():
    def moody(y, t):
        return np.mean(y) / np.float32(np.random.random() > 0.1)

    np.random.seed(0)
    model, optimizer = made()
    with pytest.raises(NonFiniteError, match="step 15 made a NaN") as error:
        fit(model, points(), moody, optimizer, 9, batch_size=8, **QUIET)
    assert error.value.code == "fit-nonfinite"


def test_the_last_step_is_looked_at_too():
    model = Falling(0.0)
    ones = np.ones((1, 1), np.float32)
    with pytest.raises(NonFiniteError, match="step 1 made"):
        fit(model, (ones, ones), mean, optimizers.SGD(lr=0.1), 1, **QUIET)


def test_data_that_are_not_finite_are_named():
    x, t = points()
    x[20, 3] = np.nan
    model, optimizer = made()
    with pytest.raises(NonFiniteError) as error:
        fit(model, DataLoader((x, t), 16, shuffle=False), loss, optimizer, 2,
            **QUIET)  # fmt: skip
    assert "step 2 made a NaN" in str(error.value)
    assert (
        "array 0 of the batch is not finite: 1 of 64 elements, first in sample 4"
        in (str(error.value))
    )
    assert np.isfinite(model.out.W.data).all()


def test_weights_that_were_not_finite_before_are_named():
    model, optimizer = made()
    model(points()[0])
    model.out.b.data[1] = np.inf
    with pytest.raises(NonFiniteError, match=r"out\.b was not finite before: 1 of 3"):
        fit(model, points(), loss, optimizer, 2, **QUIET)


def test_a_nan_that_does_not_come_again_is_told_as_such():
    model, optimizer = made()
    calls = []

    def moody(y, t):
        calls.append(1)
        return loss(y, t) * (np.nan if len(calls) == 3 else 1.0)

    with pytest.raises(NonFiniteError, match=r"step 3 .* none when it was made again"):
        fit(model, points(), moody, optimizer, 9, **QUIET)


def test_it_changes_no_bit_and_can_be_switched_off():
    ends = []
    for check_finite in (True, False):
        pair = model, optimizer = made()
        ondol.seed(2)
        fit(model, points(), loss, optimizer, 3, seed=0, check_finite=check_finite,
            **QUIET)  # fmt: skip
        ends.append(bits(*pair))
    assert ends[0] == ends[1]
    model = Falling(-1.0)
    history = fit(model, points(9)[:1] * 2, mean, optimizers.SGD(lr=1.0), 1,
                  check_finite=False, **QUIET)  # fmt: skip
    assert np.isnan(history["loss"][0])


def test_in_a_loop_of_ones_own():
    model, optimizer = Falling(1.5), optimizers.SGD(lr=1.0)
    optimizer.setup(model)

    def falls(y, t):
        return np.sum(model.w) + 0 * np.sum(y)

    step = FiniteStep(make_step(model, falls, optimizer), model, optimizer)
    x = np.ones((1, 1), np.float32)
    step((x, x))
    step((x, x))
    with pytest.raises(NonFiniteError, match="step 3 made"):
        step((x, x))


def test_the_rate_of_each_step_is_that_of_the_step_when_it_is_made_again():
    model, optimizer = Falling(6.0), optimizers.SGD(lr=1.0)
    optimizer.setup(model)

    def falls(y, t):
        return np.sum(model.w) + 0 * np.sum(y)

    step = FiniteStep(make_step(model, falls, optimizer), model, optimizer)
    x = np.ones((1, 1), np.float32)
    for lr in (1.0, 0.5, 4.0, 3.0):
        optimizer.lr = lr
        step((x, x))
    with pytest.raises(NonFiniteError, match="step 5 made"):
        step((x, x))
    assert model.w.data.item() == -2.5
