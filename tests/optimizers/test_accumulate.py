"""Accumulation: several small batches as one large batch."""

import copy

import numpy as np
import pytest

import ondol
import ondol.functions as F
from ondol.compiler import build
from ondol.core import Parameter
from ondol.models import MLP
from ondol.optimizers import SGD, Accumulate, Adam, ClipGrad


def data(n=24, seed=0):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, 4)), rng.integers(0, 3, n)


def twins(make=lambda: SGD(0.1)):
    """Two equal models in float64, each with an optimizer."""
    ondol.seed(0)
    model = MLP((5, 3), in_size=4)
    for parameter in model.params():
        parameter.data = parameter.data.astype(np.float64)
    both = [model, copy.deepcopy(model)]
    return [(model, make().setup(model)) for model in both]


def assert_same(a, b, rtol=1e-10):
    for p, q in zip(a.params(), b.params(), strict=True):
        np.testing.assert_allclose(p.data, q.data, rtol, 1e-13)


def large_step(model, optimizer, x, t, reduction="mean"):
    loss = F.softmax_cross_entropy(model(x), t, reduction=reduction)
    model.cleargrads()
    loss.backward()
    optimizer.update()


def small_steps(model, accumulate, x, t, cuts, reduction="mean"):
    done = []
    for part, ids in zip(np.split(x, cuts), np.split(t, cuts), strict=True):
        F.softmax_cross_entropy(model(part), ids, reduction=reduction).backward()
        done.append(accumulate.update(len(part)))
    return done


@pytest.mark.parametrize("cuts", [[6, 12, 18], [1, 2, 20]], ids=["equal", "unequal"])
@pytest.mark.parametrize("make", [lambda: SGD(0.1), lambda: Adam(0.1)])
def test_four_small_batches_are_one_large_batch(make, cuts):
    (one, first), (other, second) = twins(make)
    accumulate = Accumulate(second, every=4)
    for seed in range(5):
        x, t = data(seed=seed)
        large_step(one, first, x, t)
        done = small_steps(other, accumulate, x, t, cuts)
        assert done == [False, False, False, True]
        assert_same(one, other)
    assert second.t == 5


def test_sums_over_samples_are_added():
    (one, first), (other, second) = twins(lambda: SGD(0.01))
    accumulate = Accumulate(second, every=3, reduction="sum")
    x, t = data()
    large_step(one, first, x, t, "sum")
    small_steps(other, accumulate, x, t, [3, 20], "sum")
    assert_same(one, other)


def test_hooks_get_the_mean():
    clips = ClipGrad(0.05), ClipGrad(0.05)
    (one, first), (other, second) = twins()
    first.add_hook(clips[0])
    second.add_hook(clips[1])
    x, t = data()
    large_step(one, first, x, t)
    small_steps(other, Accumulate(second, every=4), x, t, [6, 12, 18])
    assert clips[1].norm == pytest.approx(clips[0].norm, rel=1e-12)
    assert_same(one, other)


def test_what_is_left_is_flushed():
    (one, first), (other, second) = twins()
    accumulate = Accumulate(second, every=4)
    x, t = data()
    assert small_steps(other, accumulate, x, t, [10]) == [False, False]
    assert (accumulate.count, second.t) == (2, 0)
    assert accumulate.flush() is True
    large_step(one, first, x, t)
    assert_same(one, other)
    assert accumulate.flush() is False
    assert (accumulate.count, second.t) == (0, 1)


def test_one_batch_is_an_update_as_without_it():
    (one, first), (other, second) = twins(lambda: Adam(0.1))
    x, t = data()
    large_step(one, first, x, t)
    assert small_steps(other, Accumulate(second, every=1), x, t, []) == [True]
    assert_same(one, other, rtol=0)


@pytest.mark.parametrize("clear", [True, False])
def test_gradients_are_taken_away_whoever_clears_them(clear):
    parameter = Parameter(np.zeros(1))
    accumulate = Accumulate(SGD(1.0).setup([parameter]), every=2)
    for slope in (1.0, 3.0, 10.0, 30.0):
        loss = np.sum(slope * parameter)
        if clear:
            parameter.cleargrad()
        loss.backward()
        accumulate.update()
        assert parameter.grad is None
    np.testing.assert_array_equal(parameter.data, [-2.0 - 20.0])


def test_a_part_without_a_gradient_in_some_batches_counts_as_0():
    a, b = Parameter(np.zeros(1)), Parameter(np.zeros(1))
    accumulate = Accumulate(SGD(1.0).setup([a, b]), every=3)
    for loss in (lambda: 3 * a, lambda: 6 * b, lambda: 9 * a):
        np.sum(loss()).backward()
        accumulate.update()
    np.testing.assert_array_equal(a.data, [-4.0])
    np.testing.assert_array_equal(b.data, [-2.0])


@pytest.mark.parametrize("dtype", [np.float16, np.float32])
def test_gradients_keep_their_dtype_and_do_not_overflow(dtype):
    large = np.finfo(dtype).max / 2
    parameter = Parameter(np.zeros((), dtype))
    accumulate = Accumulate(SGD(1.0).setup([parameter]), every=4)
    for _ in range(4):
        parameter.grad = np.array(large, dtype)
        accumulate.update(100)
    assert parameter.dtype == dtype
    assert parameter.data == pytest.approx(-large, rel=1e-2)


def test_a_gradient_that_somebody_holds_is_left_as_it_is():
    parameter = Parameter(np.zeros(2))
    accumulate = Accumulate(SGD(1.0).setup([parameter]), every=3)
    held = []
    for _ in range(3):
        parameter.grad = np.ones(2)
        held.append(parameter.grad.data)
        accumulate.update()
    np.testing.assert_array_equal(held, np.ones((3, 2)))


@pytest.mark.skipif(build.compiler() is None, reason="no C compiler on this machine")
def test_gradients_of_a_compiled_function(tmp_path, monkeypatch):
    monkeypatch.setenv("ONDOL_CACHE", str(tmp_path))
    (one, first), (other, second) = twins()
    accumulate = Accumulate(second, every=4)

    @ondol.compile
    def gradients(x, t):
        loss = F.softmax_cross_entropy(other(x), t)
        other.cleargrads()
        loss.backward()
        return loss

    for seed in range(4):
        x, t = data(seed=seed)
        large_step(one, first, x, t)
        for part, ids in zip(np.split(x, 4), np.split(t, 4), strict=True):
            gradients(part, ids)
            accumulate.update(len(part))
        assert_same(one, other, rtol=1e-7)
    assert len(gradients.programs) == 1


def test_collecting_goes_on_after_a_break():
    (one, first), (other, second) = twins()
    x, t = data()
    small_steps(one, Accumulate(first, every=4), x, t, [6, 12, 18])
    before, after = Accumulate(second, every=4), Accumulate(second, every=4)
    small_steps(other, before, x[:12], t[:12], [6])
    state = before.state_dict()
    after.load_state_dict(state)
    for grad in state["gradients"].values():
        grad[...] = 77  # it was copied
    assert small_steps(other, after, x[12:], t[12:], [6]) == [False, True]
    assert_same(one, other, rtol=0)
    after.load_state_dict({"count": 0, "samples": 0.0})  # as an empty one comes back
    assert after.flush() is False


@pytest.mark.parametrize(
    "state",
    [
        {},
        {"count": 1},
        {"count": 1, "samples": 1.0, "gradients": {"nowhere": np.ones(2)}},
        {"count": 1, "samples": 1.0, "gradients": {"0": np.ones(3)}},
        {"count": 1, "samples": 1.0, "gradients": {"0": [1.0, 1.0]}},
        {"count": "1", "samples": 1.0},
    ],
)
def test_a_state_of_something_else_changes_nothing(state):
    parameter = Parameter(np.zeros(2))
    accumulate = Accumulate(SGD(1.0).setup([parameter]), every=2)
    parameter.grad = np.ones(2)
    accumulate.update()
    with pytest.raises(ValueError, match="not the state of an Accumulate"):
        accumulate.load_state_dict(state)
    assert accumulate.count == 1
    accumulate.flush()
    np.testing.assert_array_equal(parameter.data, [-1, -1])


def test_mistakes_are_told():
    parameter = Parameter(np.zeros(2))
    accumulate = Accumulate(SGD(1.0).setup([parameter]), every=2)
    with pytest.raises(RuntimeError, match="none of the 1 parameters has a gradient"):
        accumulate.update()
    for samples in (0, -1, float("nan")):
        with pytest.raises(ValueError, match="samples of a batch must be above 0"):
            accumulate.update(samples)
    with pytest.raises(TypeError, match="takes an optimizer, got MLP"):
        Accumulate(MLP((2,)), 4)
    with pytest.raises(ValueError, match="every must be a whole number"):
        Accumulate(SGD(), every=0)
    with pytest.raises(ValueError, match="reduction is one of 'mean', 'sum'"):
        Accumulate(SGD(), every=2, reduction="none")
    assert accumulate.count == 0
