"""Schedules: the learning rate over the steps of a training."""

import copy
import json
from math import cos, inf, nan, pi

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import ondol
import ondol.functions as F
from ondol.compiler import build
from ondol.models import MLP
from ondol.optimizers import (
    SGD,
    Adam,
    Chain,
    Cosine,
    CosineRestarts,
    Exponential,
    Linear,
    MomentumSGD,
    MultiStep,
    OneCycle,
    Plateau,
    Polynomial,
    Schedule,
    Step,
    Warmup,
)

MAKERS = {
    "function": lambda: Schedule(lambda t: 1 / (1 + t)),
    "Step": lambda: Step(3),
    "MultiStep": lambda: MultiStep([2, 5]),
    "Exponential": lambda: Exponential(0.9),
    "Linear": lambda: Linear(8, warmup=2),
    "Polynomial": lambda: Polynomial(8),
    "Cosine": lambda: Cosine(8, warmup=3, lowest=0.1),
    "CosineRestarts": lambda: CosineRestarts(2, growth=2),
    "OneCycle": lambda: OneCycle(8),
    "Plateau": lambda: Plateau(0.5, patience=1),
    "Warmup": lambda: Warmup(3),
    "Warmup, Plateau": lambda: Warmup(3, Plateau(0.5, patience=0, mode="max")),
    "Chain": lambda: Chain([Warmup(2), Plateau(0.5, 0), Linear(3)], at=[2, 6]),
}
EACH = pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)


def rates(schedule, steps, lr=1.0):
    """The learning rate of each of so many steps."""
    optimizer = SGD(lr)
    schedule.setup(optimizer)
    found = []
    for _ in range(steps):
        found.append(optimizer.lr)
        schedule.update()
    return found


# -- the values -----------------------------------------------------------------------


def test_any_function_is_a_schedule():
    assert rates(Schedule(lambda t: 2.0**-t), 4, lr=8.0) == [8, 4, 2, 1]


def test_steps():
    assert rates(Step(2, 0.5), 7) == [1, 1, 0.5, 0.5, 0.25, 0.25, 0.125]
    assert rates(MultiStep([1, 3], 0.5), 5) == [1, 0.5, 0.5, 0.25, 0.25]
    assert rates(MultiStep(np.array([2])), 3, 10.0) == [10, 10, 1]
    assert rates(Exponential(2.0), 4) == [1, 2, 4, 8]


def test_falls_to_the_lowest_and_stays():
    assert rates(Linear(4), 6) == [1, 0.75, 0.5, 0.25, 0, 0]
    assert rates(Linear(4, lowest=0.5), 6) == [1, 0.875, 0.75, 0.625, 0.5, 0.5]
    assert rates(Polynomial(4), 6) == [1, 0.5625, 0.25, 0.0625, 0, 0]
    assert rates(Polynomial(4, power=0.5), 5)[2] == pytest.approx(0.5**0.5)
    for t, rate in enumerate(rates(Cosine(10, lowest=0.2), 11, lr=3.0)):
        expected = 3 * (0.2 + 0.8 * (1 + cos(pi * t / 10)) / 2)
        assert rate == pytest.approx(expected, rel=1e-15)
    assert rates(Cosine(10), 30)[10:] == [0] * 20


@pytest.mark.parametrize("kind", [Linear, Polynomial, Cosine])
def test_a_warmup_is_a_part_of_the_steps(kind):
    got = rates(kind(7, warmup=3), 8)
    assert got[:4] == [0.25, 0.5, 0.75, 1]
    assert got[3:] == rates(kind(4), 5)


def test_restarts():
    one = [1, 0.5]
    assert rates(CosineRestarts(2), 6) == pytest.approx(one * 3)
    long = [(1 + cos(pi * t / 4)) / 2 for t in range(4)]
    longer = [(1 + cos(pi * t / 8)) / 2 for t in range(8)]
    got = rates(CosineRestarts(2, growth=2), 15)
    assert got == pytest.approx([*one, *long, *longer, 1])
    assert min(rates(CosineRestarts(5, lowest=0.3), 20)) > 0.3
    assert CosineRestarts(7).scale(7 * 10**12) == 1


def test_one_cycle_goes_up_and_down():
    got = rates(OneCycle(10, peak=0.4, start=0.1, lowest=0.01), 12, lr=2.0)
    up = [0.1 + 0.9 * (1 - cos(pi * t / 4)) / 2 for t in range(4)]
    down = [0.01 + 0.99 * (1 + cos(pi * t / 6)) / 2 for t in range(7)]
    assert got == pytest.approx([2 * x for x in (*up, *down, 0.01)])


def test_one_cycle_begins_and_ends_where_it_says():
    got = rates(OneCycle(100), 101)
    assert (got[0], max(got), got[30], got[-1]) == (0.04, 1, 1, 4e-6)


@pytest.mark.parametrize(("make", "name"), [(MomentumSGD, "momentum"), (Adam, "beta1")])
def test_one_cycle_moves_the_momentum_the_other_way(make, name):
    optimizer = make(lr=0.1)
    schedule = OneCycle(10, peak=0.5, momentum=(0.95, 0.85)).setup(optimizer)
    seen = []
    for _ in range(11):
        seen.append(getattr(optimizer, name))
        schedule.update()
    assert seen[0] == seen[10] == 0.95
    assert seen[5] == 0.85
    assert seen[:6] == sorted(seen[:6], reverse=True)
    assert seen[5:] == sorted(seen[5:])


def test_one_cycle_moves_the_momentum_as_a_part_of_others_too():
    optimizer = MomentumSGD(lr=0.1)
    cycle = OneCycle(4, peak=0.5, momentum=(0.95, 0.85))
    schedule = Warmup(2, Chain([cycle, Step(5)], at=[5])).setup(optimizer)
    seen = []
    for _ in range(10):
        seen.append(optimizer.momentum)
        schedule.update()
    assert seen == pytest.approx([0.95] * 3 + [0.9, 0.85, 0.9] + [0.95] * 4)


def test_a_plateau_deep_inside_hears_of_the_epochs_of_its_own_turn():
    optimizer = SGD(lr=1.0)
    inner = Chain([Step(100), Plateau(factor=0.5, patience=0)], at=[3])
    schedule = Chain([Step(100), Warmup(2, inner)], at=[4]).setup(optimizer)
    rates = []
    for _ in range(12):
        schedule.update()
        schedule.epoch(1.0)
        rates.append(optimizer.lr)
    assert rates[6:] == [1.0, 1.0, 1.0, 0.5, 0.25, 0.125]


def test_warmup_comes_before_another_schedule():
    assert rates(Warmup(3), 6) == [0.25, 0.5, 0.75, 1, 1, 1]
    assert rates(Warmup(1, Step(2, 0.5)), 5) == [0.5, 1, 1, 0.5, 0.5]


def test_a_chain_counts_anew_for_each_part():
    steady = Schedule(lambda t: 1.0)
    chain = Chain([Warmup(1), steady, Linear(4)], at=[2, 4])
    assert rates(chain, 9) == [0.5, 1, 1, 1, 1, 0.75, 0.5, 0.25, 0]


@EACH
def test_a_schedule_is_a_function_of_the_step_and_of_the_base(make):
    one, ten = rates(make(), 10), rates(make(), 10, lr=10.0)
    assert ten == pytest.approx([10 * rate for rate in one])
    assert [make().scale(t) for t in range(10)] == one


@given(st.integers(1, 50), st.integers(0, 40), st.floats(0, 1), st.integers(0, 10**6))
def test_falling_schedules_stay_between_1_and_the_lowest(steps, warmup, lowest, t):
    for kind in (Linear, Polynomial, Cosine):
        schedule = kind(steps + warmup, warmup=warmup, lowest=lowest)
        assert 0 < schedule.scale(min(t, steps - 1)) <= 1 or lowest == 0
        assert lowest <= schedule.scale(warmup + t) <= 1 + 1e-15
        assert schedule.scale(warmup) == 1
        assert schedule.scale(steps + warmup) == pytest.approx(lowest, abs=1e-15)


# -- Plateau --------------------------------------------------------------------------


def plateau_rates(schedule, metrics):
    optimizer = SGD(1.0)
    schedule.setup(optimizer)
    found = []
    for metric in metrics:
        schedule.epoch(metric)
        found.append(optimizer.lr)
    return found


def test_a_plateau_cuts_after_its_patience():
    schedule = Plateau(0.5, patience=1)
    got = plateau_rates(schedule, [3, 2, 2, 2, 2, 2, 1, 1])
    assert got == [1, 1, 1, 0.5, 0.5, 0.25, 0.25, 0.25]


def test_more_is_better_with_max():
    got = plateau_rates(Plateau(0.5, patience=0, mode="max"), [0.1, 0.2, 0.2, 0.3])
    assert got == [1, 1, 0.5, 0.5]


def test_small_improvements_do_not_count():
    schedule = Plateau(0.5, patience=0, threshold=0.1)
    assert plateau_rates(schedule, [1.0, 0.91, 0.89]) == [1, 0.5, 0.5]
    schedule = Plateau(0.5, patience=0, threshold=0.1)  # of the size, below 0 too
    assert plateau_rates(schedule, [-1.0, -1.09, -1.11]) == [1, 0.5, 0.5]


def test_a_cooldown_counts_nothing():
    schedule = Plateau(0.5, patience=0, cooldown=2)
    assert plateau_rates(schedule, [1, 1, 1, 1, 1]) == [1, 0.5, 0.5, 0.5, 0.25]


def test_it_stops_at_the_lowest():
    got = plateau_rates(Plateau(0.5, patience=0, lowest=0.2), [1] * 5)
    assert got == [1, 0.5, 0.25, 0.2, 0.2]


@pytest.mark.parametrize("bad", [nan, inf])
def test_what_is_not_finite_is_no_improvement(bad):
    got = plateau_rates(Plateau(0.5, patience=1), [bad, bad, 1.0, bad, bad, 0.5])
    assert got == [1, 0.5, 0.5, 0.5, 0.25, 0.25]


def test_metrics_may_be_arrays_and_variables_of_one_number():
    metrics = [np.float32(1), np.array(1.0), ondol.Variable(np.array(1.0))]
    assert plateau_rates(Plateau(0.5, patience=0), metrics) == [1, 0.5, 0.25]


def test_update_leaves_a_plateau_as_it_is():
    assert rates(Plateau(0.5, patience=0), 5) == [1] * 5


def test_a_plateau_inside_of_others_is_told():
    inner = Plateau(0.5, patience=0)
    optimizer = SGD(1.0)
    schedule = Chain([Warmup(1), Warmup(1, inner)], at=[2]).setup(optimizer)
    schedule.epoch(1.0)  # it is not its turn yet
    schedule.epoch(1.0)
    assert (inner.best, optimizer.lr) == (inf, 0.5)
    for _ in range(3):
        schedule.update()
    schedule.epoch(1.0)
    assert optimizer.lr == 1
    schedule.epoch(1.0)
    assert optimizer.lr == 0.5


# -- with an optimizer ----------------------------------------------------------------


def test_setup_takes_the_base_and_sets_the_first_rate():
    optimizer = Adam(lr=0.4)
    schedule = Cosine(10, warmup=3)
    assert schedule.setup(optimizer) is schedule
    assert (schedule.base, schedule.t, optimizer.lr) == (0.4, 0, 0.1)
    schedule.setup(optimizer)  # again: the base stays what it was
    assert (schedule.base, optimizer.lr) == (0.4, 0.1)
    assert type(optimizer.lr) is float


def test_a_schedule_that_has_not_begun_may_change_its_optimizer():
    first, second = SGD(1.0), SGD(2.0)
    schedule = Linear(2).setup(first).setup(second)
    schedule.update()
    assert (first.lr, second.lr) == (1.0, 1.0)
    with pytest.raises(RuntimeError, match="Linear has made 1 steps with another"):
        schedule.setup(first)


@EACH
def test_training_goes_on_after_a_break(make):
    metrics = [3.0, 3.0, 2.0, 2.5, 2.5, 2.5, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0]

    def run(schedule, optimizer, metrics):
        found = []
        for metric in metrics:
            schedule.update()
            schedule.epoch(metric)
            found.append(optimizer.lr)
        return found

    optimizer = SGD(0.3)
    whole = run(make().setup(optimizer), optimizer, metrics)
    for cut in range(12):
        optimizer, again = SGD(0.3), SGD(7.0)
        schedule = make().setup(optimizer)
        before = run(schedule, optimizer, metrics[:cut])
        state = json.loads(json.dumps(schedule.state_dict()))
        resumed = make().setup(again)
        resumed.load_state_dict(state)
        assert again.lr == optimizer.lr
        assert before + run(resumed, again, metrics[cut:]) == whole


def test_a_schedule_can_be_copied():
    schedule = Chain([Warmup(2), Plateau()], at=[2]).setup(SGD(1.0))
    twin = copy.deepcopy(schedule)
    twin.update()
    assert (schedule.t, twin.t) == (0, 1)
    assert twin.optimizer is not schedule.optimizer


@pytest.mark.skipif(build.compiler() is None, reason="no C compiler on this machine")
def test_a_compiled_step_takes_each_new_rate_without_a_new_trace(tmp_path, monkeypatch):
    monkeypatch.setenv("ONDOL_CACHE", str(tmp_path))
    rng = np.random.default_rng(0)
    x, t = rng.normal(size=(8, 4)).astype(np.float32), rng.integers(0, 3, 8)
    ondol.seed(0)
    model = MLP((5, 3))
    model(x)

    def training(model):
        optimizer = Adam(lr=0.1).setup(model)
        schedule = Cosine(12, warmup=4).setup(optimizer)

        def step(x, t):
            loss = F.softmax_cross_entropy(model(x), t)
            model.cleargrads()
            loss.backward()
            optimizer.update()
            return loss

        return step, schedule

    (eager, first), (step, second) = training(copy.deepcopy(model)), training(model)
    compiled = ondol.compile(step)
    for _ in range(12):
        assert compiled(x, t).item() == pytest.approx(eager(x, t).item(), rel=1e-4)
        first.update()
        second.update()
    assert len(compiled.programs) == 1


def test_a_schedule_inside_of_a_compiled_step_is_refused(tmp_path, monkeypatch):
    monkeypatch.setenv("ONDOL_CACHE", str(tmp_path))
    model = MLP((3,), in_size=2)
    optimizer = SGD(0.1).setup(model)
    schedule = Linear(9).setup(optimizer)

    @ondol.compile
    def step(x):
        np.sum(model(x)).backward()
        optimizer.update()
        schedule.update()

    x = np.ones((1, 2), np.float32)
    step(x)
    if build.compiler() is not None:
        with pytest.raises(TypeError, match="cannot change t of schedule"):
            step(x)


# -- mistakes -------------------------------------------------------------------------


@pytest.mark.parametrize("call", [lambda s: s.update(), lambda s: s.epoch(1.0)])
def test_a_schedule_without_an_optimizer_says_so(call):
    schedule = Step(3)
    with pytest.raises(
        RuntimeError, match=r"schedule = Step\(\.\.\.\)\.setup"
    ) as error:
        call(schedule)
    assert error.value.code == "schedule-no-optimizer"
    assert schedule.t == 0
    with pytest.raises(RuntimeError, match="whose learning rate"):
        schedule.load_state_dict({"base": 1.0, "t": 0})


def test_a_schedule_is_not_set_up_with_a_model():
    with pytest.raises(TypeError, match=r"takes an optimizer, got MLP.*\n.*optimizer"):
        Step(3).setup(MLP((3,)))


@pytest.mark.parametrize("scale", [-1, nan, inf, None, "1", 1j, np.ones(2)])
def test_a_function_that_gives_no_factor_is_named(scale):
    optimizer = SGD(0.5)
    schedule = Schedule(lambda t: 1.0 if t < 1 else scale).setup(optimizer)
    with pytest.raises(ValueError, match=r"number in \[0, inf\), got .* after 1 steps"):
        schedule.update()
    assert (schedule.t, optimizer.lr) == (0, 0.5)


@pytest.mark.parametrize(
    ("make", "kind", "message"),
    [
        (lambda: Schedule(0.1), TypeError, "function of the number of steps, got 0.1"),
        (lambda: Cosine(5, warmup=5), ValueError, "5 steps leaves nothing"),
        (lambda: MultiStep([3, 3]), ValueError, "each larger than the one before"),
        (lambda: MultiStep([0, 3]), ValueError, "above 0"),
        (lambda: MultiStep([1.5]), ValueError, "whole numbers"),
        (
            lambda: Chain([Step(1)], at=[3]),
            ValueError,
            "one step less than there are schedules, 1",
        ),
        (
            lambda: Chain([Step(1), 0.5], at=[3]),
            TypeError,
            "made of schedules, got 0.5",
        ),
        (lambda: Warmup(3, SGD()), TypeError, "Warmup is made of schedules"),
        (lambda: MultiStep(3), ValueError, "a list of whole numbers .* got 3"),
        (lambda: OneCycle(9, momentum=0.9), ValueError, "a pair of numbers .* got 0.9"),
        (lambda: OneCycle(9, momentum=(0.8, 1.9)), ValueError, "a pair of numbers in"),
        (lambda: OneCycle(9, momentum="ab"), ValueError, "a pair of numbers in"),
    ],
)
def test_a_schedule_that_makes_no_sense_is_refused(make, kind, message):
    with pytest.raises(kind, match=message):
        make()


def test_momentum_needs_an_optimizer_that_has_it():
    with pytest.raises(TypeError, match="SGD has neither"):
        OneCycle(10, momentum=(0.95, 0.85)).setup(SGD())


@pytest.mark.parametrize(
    "state",
    [
        {},
        {"base": 1.0},
        {"base": 1.0, "t": 3},
        {"base": 1.0, "t": 3, "0": {"best": 1.0}},
        {"base": 1.0, "t": 3, "0": [1]},
        {"base": -1.0, "t": 3, "0": {}},
        {"base": "1", "t": 3, "0": {}},
        {"base": nan, "t": 3, "0": {}},
        {"base": 1.0, "t": -3, "0": {}},
        {"base": 1.0, "t": None, "0": {}},
    ],
)
def test_a_state_of_something_else_changes_nothing(state):
    schedule = Warmup(3, Plateau()).setup(SGD(0.5))
    schedule.update()
    before = schedule.state_dict()
    if state.get("0") == {}:
        state["0"] = before["0"]
    with pytest.raises(ValueError, match="not the state of such a Warmup"):
        schedule.load_state_dict(state)
    assert schedule.state_dict() == before
    assert schedule.optimizer.lr == 0.25


@pytest.mark.parametrize("metric", [None, "good", [1.0, 2.0]])
def test_a_metric_that_is_no_number_is_told(metric):
    optimizer = ondol.optimizers.SGD(lr=0.1).setup([ondol.Parameter(np.ones(2))])
    schedule = ondol.optimizers.Plateau().setup(optimizer)
    with pytest.raises(TypeError, match="a schedule goes by a number"):
        schedule.epoch(metric)
