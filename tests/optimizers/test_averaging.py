"""Averages of the weights."""

import copy

import numpy as np
import pytest

import ondol
import ondol.functions as F
import ondol.layers as L
from ondol import Variable
from ondol.compiler import build
from ondol.core import Parameter, State
from ondol.models import Model
from ondol.optimizers import EMA, SGD, WeightAverage
from ondol.tree import Tree

MAKERS = {
    "EMA": lambda model: EMA(model, 0.9),
    "EMA, warmup": lambda model: EMA(model, 0.9, warmup=True),
    "WeightAverage": WeightAverage,
}
EACH = pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
compiling = pytest.mark.skipif(
    build.compiler() is None, reason="there is no C compiler on this machine"
)


class Net(Model):
    def __init__(self):
        self.first, self.norm, self.second = L.Linear(6), L.BatchNorm(), L.Linear(3)

    def forward(self, x):
        return self.second(F.relu(self.norm(self.first(x))))


def batches(n):
    rng = np.random.default_rng(0)
    return [
        (rng.normal(size=(8, 4)).astype(np.float32), rng.integers(0, 3, 8))
        for _ in range(n)
    ]


def training(model, make):
    optimizer = SGD(lr=0.1).setup(model)
    average = make(model)

    def step(x, t):
        loss = F.softmax_cross_entropy(model(x), t)
        model.cleargrads()
        loss.backward()
        optimizer.update()
        average.update()
        return loss

    return step, average


def weights(model):
    return {
        name: x.data.copy()
        for name, x in ondol.tree.walk(model, (Parameter, State))
        if x.data is not None
    }


def assert_equal(a, b):
    assert list(a) == list(b)
    for name in a:
        np.testing.assert_array_equal(a[name], b[name], err_msg=name)


# -- the numbers ----------------------------------------------------------------------


def follow(make, values):
    """The average after each value of one parameter."""
    parameter = Parameter(np.zeros(1))
    average = make([parameter])
    found = []
    for value in values:
        parameter.data = np.array([float(value)])
        average.update()
        found.append(average.averages["0"].item())
    return found


def test_the_exponential_average():
    got = follow(lambda model: EMA(model, 0.75), [1, 2, 4, 4])
    assert got == [1, 1.25, 1.9375, 2.453125]


def test_with_a_warmup_the_first_values_weigh_less():
    expected = value = 1.0
    values, found = [1, 5, 2, 7, 7, 3], [1.0]
    for n, value in enumerate(values[1:], 1):
        decay = min(0.3, (1 + n) / (10 + n))
        expected = decay * expected + (1 - decay) * value
        found.append(expected)
    got = follow(lambda model: EMA(model, 0.3, warmup=True), values)
    assert got == pytest.approx(found, rel=1e-14)


def test_the_equal_average(rng):
    values = rng.normal(size=40)
    means = np.cumsum(values) / np.arange(1, 41)
    np.testing.assert_allclose(follow(WeightAverage, values), means, rtol=1e-12)


@EACH
def test_what_does_not_change_is_its_own_average(make):
    assert follow(make, [3] * 20) == pytest.approx([3] * 20, rel=1e-15)


def test_small_steps_are_not_lost_in_float16():
    parameter = Parameter(np.ones(1, np.float16))
    average = EMA([parameter], 0.999)
    average.update()
    parameter.data = np.array([1.1], np.float16)
    for _ in range(1000):
        average.update()
    assert average.averages["0"].dtype == np.float32
    expected = 1 + (float(np.float16(1.1)) - 1) * (1 - 0.999**1000)
    assert average.averages["0"].item() == pytest.approx(expected, rel=1e-4)
    with average.applied():
        assert parameter.dtype == np.float16


# -- what is averaged -----------------------------------------------------------------


@EACH
def test_parameters_and_states_are_averaged_and_counters_taken_as_they_are(make):
    model = Net()
    model.steps = State(np.zeros((), np.int64), "steps")
    step, average = training(model, make)
    seen = []
    for x, t in batches(3):
        model.steps.data = model.steps.data + 1
        step(x, t)
        seen.append(weights(model))
    assert [*average.averages] == [*seen[-1]]
    for name, got in average.averages.items():
        one, two, three = (values[name] for values in seen)
        if name == "steps":
            assert got == 3
            assert got.dtype == np.int64
        elif make is WeightAverage:
            np.testing.assert_allclose(got, (one + two + three) / 3, 1e-5, 1e-6)
        else:
            assert got.dtype == one.dtype
            assert (got >= np.min([one, two, three], axis=0) - 1e-6).all()
            assert (got <= np.max([one, two, three], axis=0) + 1e-6).all()


@EACH
def test_scalars_and_complex_weights(make):
    model = [Parameter(np.array(2.0)), Parameter(np.array([1j]))]
    average = make(model)
    average.update()
    model[0].data, model[1].data = np.array(4.0), np.array([3j])
    average.update()
    assert 2 < average.averages["0"] < 4.001
    assert type(average.averages["0"]) is np.ndarray
    assert 1 < average.averages["1"].imag < 3.001


@EACH
def test_a_layer_that_is_made_later_joins(make):
    model = Net()
    average = make(model)
    with pytest.raises(RuntimeError, match="has no average yet"):
        average.copy_to(model)
    first = batches(1)[0][0]
    model.first(first)
    average.update()
    assert [*average.averages] == ["first.W", "first.b", "second.b"]
    model(first)
    average.update()
    np.testing.assert_array_equal(average.averages["second.W"], model.second.W.data)
    model.second.W.data = model.second.W.data + 2
    average.update()
    if make is WeightAverage:  # of the two values that it had since
        expected = model.second.W.data - 1
        np.testing.assert_allclose(average.averages["second.W"], expected, 1e-6, 1e-6)


def test_tied_weights_are_averaged_once():
    model = Tree()
    model.a = model.b = Parameter(np.ones(2))
    average = WeightAverage(model)
    average.update()
    model.a.data = np.full(2, 3.0)
    average.update()
    assert [*average.averages] == ["a"]
    with average.applied():
        np.testing.assert_array_equal(model.b.data, [2, 2])


def test_an_update_changes_its_arrays_in_place():
    parameter = Parameter(np.ones(3))
    average = EMA([parameter])
    average.update()
    array = average.averages["0"]
    assert array is not parameter.data
    average.update()
    assert average.averages["0"] is array
    np.testing.assert_array_equal(parameter.data, np.ones(3))


# -- in the place of the weights ------------------------------------------------------


@EACH
def test_the_average_stands_in_the_block_alone(make):
    model = Net()
    step, average = training(model, make)
    for x, t in batches(4):
        step(x, t)
    own, x = weights(model), batches(1)[0][0]
    arrays = {name: p.data for name, p in model.named_params()}
    before = model.predict(x)
    with average.applied():
        for name, got in weights(model).items():
            np.testing.assert_array_equal(got, average.averages[name])
        inside = model.predict(x)
    assert not np.array_equal(inside, before)
    assert_equal(weights(model), own)
    assert all(p.data is arrays[name] for name, p in model.named_params())
    np.testing.assert_array_equal(model.predict(x), before)


def test_lazy_layers_are_lazy_again_after_the_block():
    model, fresh = Net(), Net()
    step, average = training(model, WeightAverage)
    step(*batches(1)[0])
    loaded = WeightAverage(fresh)
    loaded.load_state_dict(average.state_dict())
    with loaded.applied():
        x = batches(1)[0][0]
        np.testing.assert_array_equal(fresh.predict(x), model.predict(x))
    assert fresh.first.W.data is None


def test_a_part_that_has_changed_its_shape_is_told():
    parameters = [Parameter(np.ones(2)), Parameter(np.ones(2))]
    average = WeightAverage(parameters)
    average.update()
    parameters[0].data = np.zeros(2)
    parameters[1].data = np.ones(3)
    with pytest.raises(
        ValueError, match=r"1 is float64 \(2,\), its parameter .*\(3,\)"
    ):
        average.update()
    np.testing.assert_array_equal(average.averages["0"], np.ones(2))
    assert average.t == 1


def test_an_error_in_the_block_brings_the_weights_back():
    model = Net()
    step, average = training(model, WeightAverage)
    for x, t in batches(2):
        step(x, t)
    own = weights(model)
    with pytest.raises(ZeroDivisionError), average.applied():
        raise ZeroDivisionError
    assert_equal(weights(model), own)
    average.update()  # it is free again


def test_what_happens_in_the_block_touches_neither():
    model = Net()
    step, average = training(model, WeightAverage)
    for x, t in batches(2):
        step(x, t)
    own, averages = weights(model), average.state_dict()["averages"]
    optimizer = SGD(0.1).setup(model)
    with average.applied():
        with average.applied():
            pass
        loss = F.softmax_cross_entropy(model(x), t)
        model.cleargrads()
        loss.backward()
        optimizer.update()
    assert_equal(weights(model), own)
    assert_equal(average.averages, averages)


def test_an_update_in_the_block_is_refused():
    model = Net()
    step, average = training(model, EMA)
    step(*batches(1)[0])
    refused = pytest.raises(RuntimeError, match="would average the average")
    with average.applied(), refused:
        with average.applied():
            pass
        average.update()
    assert average.t == 1


def test_a_backward_pass_goes_on_over_updates_of_the_average():
    parameter = Parameter(np.full(2, 3.0))
    average = EMA([parameter])
    average.update()
    y = np.sum(parameter * parameter)
    average.update()
    with average.applied():
        pass
    y.backward()
    np.testing.assert_array_equal(parameter.grad.data, [6, 6])


def test_the_average_can_be_kept():
    model, other = Net(), Net()
    step, average = training(model, WeightAverage)
    for x, t in batches(3):
        step(x, t)
    average.copy_to(other)
    assert_equal(weights(other), {n: average.averages[n] for n in weights(other)})
    with average.applied():
        inside = model.predict(x)
    np.testing.assert_array_equal(other.predict(x), inside)
    average.copy_to(model)
    step(x, t)  # training goes on from there, and leaves the average's arrays alone
    np.testing.assert_array_equal(other.predict(x), inside)


def test_running_statistics_of_the_average_can_be_computed_anew():
    model, final = Net(), Net()
    step, average = training(model, WeightAverage)
    for x, t in batches(6):
        step(x, t)
    average.copy_to(final)
    with ondol.no_grad():
        for _ in range(20):
            for x, _ in batches(6):
                final(x)
    hidden = np.concatenate([final.first(x).data for x, _ in batches(6)])
    np.testing.assert_allclose(final.norm.mean.data, hidden.mean(axis=0), atol=0.2)
    np.testing.assert_array_equal(final.first.W.data, average.averages["first.W"])


# -- saving ---------------------------------------------------------------------------


@EACH
def test_averaging_goes_on_after_a_break(make):
    data = batches(6)
    model = Net()
    model(data[0][0])
    twin = copy.deepcopy(model)
    (step, whole), (other, half) = training(model, make), training(twin, make)
    for batch in data:
        step(*batch)
    for batch in data[:3]:
        other(*batch)
    state = half.state_dict()
    again = Net()
    again(data[0][0])
    for (_, p), (_, q) in zip(
        *(ondol.tree.walk(m, (Parameter, State)) for m in (again, twin)), strict=True
    ):
        p.data = q.data.copy()
    resumed, average = training(again, make)
    average.load_state_dict(state)
    for array in state["averages"].values():
        array[...] = 77  # it was copied
    for batch in data[3:]:
        resumed(*batch)
    assert_equal(average.averages, whole.averages)
    assert average.t == whole.t == 6


def test_a_state_waits_for_lazy_layers():
    model, fresh = Net(), Net()
    step, average = training(model, WeightAverage)
    step(*batches(1)[0])
    waiting = WeightAverage(fresh)
    waiting.load_state_dict(average.state_dict())
    waiting.copy_to(fresh)
    assert_equal(weights(fresh), weights(model))


@pytest.mark.parametrize("kind", [EMA, WeightAverage])
def test_states_that_do_not_fit_change_nothing(kind):
    parameter = Parameter(np.ones(2))
    average = kind([parameter])
    average.update()
    good = average.state_dict()
    bad = {
        "not the state": [{}, {"t": 1, "averages": {"0": np.ones(2)}}, {"t": -1}],
        r"(?s)do not fit.*5 is unknown": [
            good | {"averages": {"5": np.ones(2)}, "since": {"5": 0}}
        ],
        r"0 is float64 \(3,\), its parameter float64 \(2,\)": [
            good | {"averages": {"0": np.ones(3)}}
        ],
    }
    for message, states in bad.items():
        for state in states:
            with pytest.raises(ValueError, match=message):
                average.load_state_dict(state)
            assert_equal(average.averages, {"0": np.ones(2)})
            assert average.t == 1


def test_another_model_must_fit():
    average = WeightAverage([Parameter(np.ones(2))])
    average.update()
    other = [Parameter(np.zeros(3))]
    with pytest.raises(ValueError, match="nothing was changed"):
        average.copy_to(other)
    np.testing.assert_array_equal(other[0].data, np.zeros(3))


@pytest.mark.parametrize("model", [Tree(), [], None, np.ones(3), Variable(np.ones(2))])
def test_a_model_has_parameters(model):
    with pytest.raises(ValueError, match=r"EMA found no Parameter in this .*\n.*EMA\("):
        EMA(model)


# -- compiled -------------------------------------------------------------------------


@compiling
@EACH
def test_a_compiled_step_averages_as_an_eager_one(make, tmp_path, monkeypatch):
    monkeypatch.setenv("ONDOL_CACHE", str(tmp_path))
    data = batches(6)
    ondol.seed(0)
    model = Net()
    model(data[0][0])
    twin = copy.deepcopy(model)
    (step, average), (other, averaged) = training(model, make), training(twin, make)
    compiled = ondol.compile(other)
    for batch in data:
        step(*batch)
        compiled(*batch)
    for name, expected in average.averages.items():
        np.testing.assert_allclose(averaged.averages[name], expected, 1e-4, 1e-6)
    assert average.t == averaged.t == 6
    assert len(compiled.programs) == 1


@compiling
def test_compiled_predictions_see_the_average(tmp_path, monkeypatch):
    monkeypatch.setenv("ONDOL_CACHE", str(tmp_path))
    model = Net()
    step, average = training(model, WeightAverage)
    step = ondol.compile(step)
    predict = ondol.compile(model.predict)
    for x, t in batches(5):
        step(x, t)
        np.testing.assert_allclose(predict(x), model.predict(x), 1e-5, 1e-6)
        with average.applied():
            inside = model.predict(x)
            np.testing.assert_allclose(predict(x), inside, 1e-5, 1e-6)
            np.testing.assert_allclose(predict(x), inside, 1e-5, 1e-6)
        np.testing.assert_allclose(predict(x), model.predict(x), 1e-5, 1e-6)
    assert not np.allclose(inside, model.predict(x), 1e-5, 1e-6)
    assert (len(step.programs), len(predict.programs)) == (1, 1)
