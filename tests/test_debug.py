"""`debug.nan`, `debug.find`, and the place from which they see every computation."""

import asyncio
import sys
import threading
import warnings

import device
import numpy as np
import pytest

import ondol
import ondol.functions as F
import ondol.layers as L
from ondol import Function, Variable, debug, no_grad, optimizers
from ondol.compiler.compiled import Compiled
from ondol.core.graph import Primitive
from ondol.core.rules import RULES
from ondol.debug.watch import METHODS, Notes, sublayers, watching
from ondol.errors import NonFiniteError
from ondol.models import MLP


@pytest.fixture(autouse=True)
def _nothing_stays_in_the_place_of_the_functions():
    before = [vars(owner)[name] for owner, name, _ in METHODS]
    forward = {function: rule.forward for function, rule in RULES.items()}
    yield
    assert [vars(owner)[name] for owner, name, _ in METHODS] == before
    assert {function: RULES[function].forward for function in forward} == forward


def error_of(step, **options):
    """The lines of the error that `step` ends in."""
    with pytest.raises(NonFiniteError) as info, debug.nan(**options):
        step()
    assert isinstance(info.value, ArithmeticError)
    return str(info.value).split("\n")


def passes(step, **options):
    with debug.nan(**options):
        return step()


# -- forward ---------------------------------------------------------------------------


def test_the_first_operation_its_line_the_count_the_operands_and_what_fed_them():
    x = Variable(np.array([[1.0, -2.0], [0.0, 3.0]]), name="x")

    def step():
        h = x @ np.ones((2, 2))
        z = F.relu(h)
        y = np.log(z)
        return np.sum(y * 0)

    lines = error_of(step)
    assert lines[0] == (
        "np.log made 2 inf among 4 numbers in its result, the first at [0, 0]"
    )
    assert "called at " in lines[1]
    assert lines[1].endswith("y = np.log(z)")
    assert lines[2] == "  argument 1: float64 (2, 2), from 0 to 3"
    assert lines[3].startswith("    by relu at ")
    assert lines[3].endswith("z = F.relu(h)")
    assert lines[4].startswith("    fed by np.matmul at ")
    assert lines[4].endswith("h = x @ np.ones((2, 2)), from -1 to 3")
    assert lines[5].startswith("  fix: a logarithm needs numbers above 0")
    assert lines[5].endswith(" [debug-nonfinite]")


@pytest.mark.parametrize("record", [True, False])
def test_what_was_given_is_shown_with_its_name_and_line(record):
    x = Variable(np.array([0.0, 1.0]), name="ages")

    def step():
        with ondol.using_config("enable_backprop", record):
            return 1 / x

    lines = error_of(step)
    assert lines[0].startswith("np.divide made 1 inf among 2 numbers in its result")
    assert lines[2] == "  argument 1: int 1"
    assert lines[3].startswith("  argument 2: float64 (2,), named 'ages', made at ")
    assert lines[3].endswith(", from 0 to 1")
    assert "the divisor is 0" in lines[4]


def test_no_graph_is_needed_to_tell_what_fed_it():
    def step():
        with no_grad():
            return np.log(F.relu(Variable(np.array([-1.0]))))

    assert any("by relu at" in line for line in error_of(step))


def test_numbers_without_axes():
    lines = error_of(lambda: np.sqrt(Variable(np.array(-1.0)) * 2))
    assert (
        lines[0] == "np.sqrt made 1 NaN among 1 numbers in its result, the first at []"
    )
    assert "by np.multiply at" in lines[3]


def test_complex_numbers():
    lines = error_of(lambda: np.log(Variable(np.array([0j, 3 + 4j]))))
    assert "from 0 to 5" in lines[2]


def test_a_function_of_several_results():
    x = Variable(np.array([[np.inf, 1.0]]))
    assert error_of(lambda: np.modf(x / np.inf))[0].startswith("np.divide made 1 NaN")


def test_a_composite_is_told_by_the_users_line():
    lines = error_of(lambda: F.normalize(Variable(np.full(2, 1e200)) * 1e200))
    assert "F.normalize(Variable(np.full(2, 1e200)) * 1e200)" in lines[1]


def test_a_function_of_the_users_own():
    class Divide(Function):
        def forward(self, x):
            return x / 0

        def backward(self, g):
            return g

    lines = error_of(lambda: Divide()(Variable(np.array([0.0, 1.0]))))
    assert lines[0] == (
        "Divide made 1 NaN, 1 inf among 2 numbers in its result, the first at [0]"
    )


def test_the_layer_is_named():
    class Net(L.Layer):
        def __init__(self):
            self.blocks = [L.Linear(3), L.Linear(2)]

        def forward(self, x):
            return self.blocks[1](F.relu(self.blocks[0](x)))

    model = Net()
    model(np.ones((1, 2), np.float32))
    model.blocks[1].W.data[0, 0] = np.nan
    lines = error_of(lambda: model(np.ones((1, 2), np.float32)))
    assert lines[1].endswith(", in layer Net.blocks.1")


def test_arrays_on_a_gpu(monkeypatch):
    monkeypatch.setitem(sys.modules, "cupy", device.cupy())
    x = Variable(device.Array(np.array([[0.0, 4.0]])))

    def step():
        h = F.relu(x)
        return np.log(h)

    lines = error_of(step)
    assert lines[0].endswith(
        "made 1 inf among 2 numbers in its result, the first at [0, 0]"
    )
    assert lines[2] == "  argument 1: float64 (1, 2), from 0 to 4"
    assert lines[3].startswith("    by relu at ")
    y = passes(lambda: np.sum(np.sqrt(x + 1)))
    passes(lambda: y.backward())
    assert isinstance(x.grad.data, device.Array)


def test_korean(monkeypatch):
    monkeypatch.setenv("ONDOL_LANG", "ko")
    lines = error_of(lambda: np.log(F.relu(Variable(np.array([-1.0])))))
    assert lines[0].startswith(
        "np.log: 결과에 유한하지 않은 수가 생겼습니다(1개 가운데"
    )
    assert lines[-1].startswith("  해결: 로그는 0보다 큰 수에서만")


# -- infinities that are meant ---------------------------------------------------------

MASK = np.array([[True, False], [True, True]])


def test_masks_of_minus_infinity_are_no_mistake():
    scores = Variable(np.array([[1.0, 2.0], [3.0, 4.0]]))

    def step():
        masked = np.where(MASK, scores, -np.inf)
        added = scores + np.where(MASK, 0.0, -np.inf)
        weights = F.softmax(masked) + F.softmax(added)
        np.sum(weights * weights).backward()
        return weights

    assert np.isfinite(passes(step).data).all()


def test_a_row_that_is_masked_whole_is_one():
    def step():
        scores = np.where([[False, False]], Variable(np.ones((1, 2))), -np.inf)
        return scores - np.max(scores)

    lines = error_of(step)
    assert lines[0].startswith("np.subtract made 2 NaN among 2 numbers")
    assert "inf - inf" in lines[-1]


def test_infinities_pass_on_request():
    x = Variable(np.array([0.0, 1.0]))
    y = passes(lambda: np.where(x.data > 0, np.log(x), 0.0), inf=False)
    assert np.array_equal(y.data, [0, 0])
    lines = error_of(lambda: np.log(x) * 0, inf=False)
    assert lines[0].startswith("np.multiply made 1 NaN")


def test_max_pooling_and_padding_with_minus_infinity():
    image = Variable(np.ones((1, 1, 4, 4), np.float32))
    y = passes(lambda: F.max_pool2d(F.pad(image, ((0, 0), (0, 0), (1, 1), (1, 1))), 2))
    assert np.isfinite(y.data).all()


# -- NaN that was there before ---------------------------------------------------------


def test_a_nan_in_the_data_is_found_where_it_gets_into_a_result():
    x = np.array([[1.0, np.nan]])
    lines = error_of(lambda: Variable(x, name="batch") @ np.ones((2, 3)))
    assert lines[0] == (
        "np.matmul: 3 NaN among 3 numbers in its result, the first at [0, 0], "
        "from before this operation"
    )
    assert "named 'batch'" in lines[2]
    assert "1 NaN among 2 numbers" in lines[2]
    assert lines[-1].endswith(" [debug-nonfinite-came]")


def test_functions_that_leave_nan_out_may_have_it():
    x = Variable(np.array([1.0, np.nan, 2.0]))
    assert passes(lambda: F.nansum(x)).item() == 3
    assert passes(lambda: np.nan_to_num(x)).data[1] == 0


def test_a_nan_that_the_program_puts_in_is_meant():
    x = Variable(np.ones(2))

    def step():
        known = np.where([True, False], x, np.nan)
        return F.nanmean(known * 2)

    assert passes(step).item() == 2


# -- backward and updates --------------------------------------------------------------


def test_a_gradient_is_told_by_the_line_of_its_call():
    x = Variable(np.array([0.0, 4.0]), name="x")

    def step():
        y = np.sqrt(x)
        np.sum(y * 3).backward()

    lines = error_of(step)
    assert lines[0] == (
        "np.sqrt made 1 inf among 2 numbers in the gradient of argument 1, "
        "the first at [0]"
    )
    assert lines[1].endswith("y = np.sqrt(x)")
    assert lines[2] == "  gradient of the result: float64 (2,), from 3 to 3"
    assert lines[3].startswith("  argument 1: float64 (2,), named 'x', made at ")
    assert x.grad is None


def test_gradients_that_are_recorded():
    x = Variable(np.array([1.0, 0.0]))

    def step():
        np.sum(x**1.5).backward(create_graph=True)
        slope, x._grad = x.grad, None
        np.sum(slope).backward()

    lines = error_of(step)
    assert "in the gradient of argument" in lines[0]


def test_the_backward_of_a_users_function():
    class Wrong(Function):
        def forward(self, x):
            return x

        def backward(self, g):
            return g * np.nan

    lines = error_of(lambda: np.sum(Wrong()(Variable(np.ones(2)))).backward())
    assert lines[0].startswith("Wrong made 2 NaN among 2 numbers in the gradient")


def test_a_seed_that_is_not_finite_came_in():
    def step():
        y = Variable(np.ones(2)) * 2
        y.grad = Variable(np.array([1.0, np.inf]))
        y.backward()

    assert "from before this operation" in error_of(step)[0]


def test_an_update_is_stopped_before_it_is_taken():
    model = MLP((3, 2))
    x = np.ones((4, 2), np.float32)
    model(x)
    optimizer = optimizers.SGD(lr=1e38).setup(model)
    before = {name: p.data.copy() for name, p in model.named_params()}

    def step():
        model.cleargrads()
        np.sum(model(x) ** 2 * 1e4).backward()
        optimizer.update()

    lines = error_of(step)
    assert lines[0].startswith("SGD made ")
    assert " in the step of parameter layers.0.W, the first at [" in lines[0]
    assert lines[1].endswith("optimizer.update()")
    assert lines[2].startswith("  grad: float32 (2, 3), from ")
    assert lines[3].startswith("  layers.0.W: float32 (2, 3), ")
    assert "lower the learning rate" in lines[-1]
    for name, parameter in model.named_params():
        assert np.array_equal(parameter.data, before[name])
    assert "step" not in vars(optimizer)


def test_the_state_of_an_optimizer_is_shown():
    W = ondol.Parameter(np.ones(2), name="W")
    optimizer = optimizers.Adam(lr=0.1).setup([W])
    W.grad = Variable(np.ones(2))
    optimizer.update()
    optimizer.state["0"]["m"][0] = np.inf
    W.grad = Variable(np.ones(2))
    lines = error_of(lambda: optimizer.update())
    assert any(line.startswith("  m: float64 (2,), ") for line in lines)


def test_a_state_that_overflows_is_found_before_it_is_kept():
    W = ondol.Parameter(np.ones(2, np.float32), name="W")
    optimizer = optimizers.Adam(lr=0.1).setup([W])
    W.grad = Variable(np.full(2, 1e30, np.float32))  # its square is no float32
    assert error_of(lambda: optimizer.update())[0].startswith("Adam made 2 inf")


# -- what the block is about -----------------------------------------------------------


def test_a_step_without_nan_gives_what_it_always_gives(rng):
    x = rng.normal(size=(8, 1, 6, 6)).astype(np.float32)

    def run():
        ondol.seed(1)
        conv, norm, linear = L.Conv2d(3, 3), L.BatchNorm(), L.Linear(2)
        h = F.dropout(F.relu(norm(conv(x))), 0.3)
        loss = F.softmax_cross_entropy(linear(F.flatten(h)), np.zeros(8, int))
        loss.backward()
        return loss.data, conv.W.grad.data, linear.W.grad.data

    for usual, watched in zip(run(), passes(run), strict=True):
        assert np.array_equal(usual, watched)


def test_numpy_does_not_warn_inside():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        error_of(lambda: np.log(Variable(np.zeros(1))))


def test_compiled_functions_are_looked_into():
    @ondol.compile
    def step(x):
        y = F.relu(x)
        return np.log(y)

    for _ in range(3):
        step(np.ones(2))
    assert error_of(lambda: step(np.zeros(2)))[1].endswith("return np.log(y)")


def test_functions_of_functions_are_looked_into():
    def f(x):
        return np.sum(np.log(x))

    x = Variable(np.zeros(2))
    assert error_of(lambda: ondol.grad(f)(x))[0].startswith("np.log made 2 inf")
    both = Variable(np.zeros((3, 2)))
    assert error_of(lambda: ondol.vmap(f)(both))[0].startswith("np.log made 6 inf")


def test_other_threads_are_left_alone():
    results = []

    def work():
        with np.errstate(all="ignore"):
            results.append(np.log(Variable(np.zeros(1))))

    def step():
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()

    passes(step)
    assert len(results) == 1


def test_tasks_do_not_see_each_other():
    async def watched():
        with debug.nan():
            await asyncio.sleep(0.01)
            return error_of(lambda: np.log(Variable(np.zeros(1))))

    async def free():
        await asyncio.sleep(0.005)
        with np.errstate(all="ignore"):
            return np.log(Variable(np.zeros(1)))

    async def both():
        return await asyncio.gather(watched(), free())

    lines, y = asyncio.run(both())
    assert lines[0].startswith("np.log")
    assert np.isinf(y.data).all()


def test_blocks_may_be_nested():
    def step():
        with debug.nan(inf=False):
            np.log(Variable(np.zeros(1)))

    assert error_of(step)[0].startswith("np.log")


def test_threads_may_open_blocks_side_by_side():
    start, found = threading.Barrier(4), []

    def work():
        start.wait()
        step = lambda: np.log(Variable(np.zeros(1)))
        found.extend(error_of(step)[0] for _ in range(20))

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(found) == 80


# -- find ------------------------------------------------------------------------------


class Training:
    """A step with all that it can change."""

    def __init__(self):
        ondol.seed(3)
        self.model = MLP((4, 2), activation=lambda x: F.dropout(F.relu(x), 0.5))
        self.optimizer = optimizers.Adam(lr=0.1).setup(self.model)
        self.count = np.zeros(())

    def step(self, x, t):
        self.count += 1
        loss = F.softmax_cross_entropy(self.model(x), t)
        self.model.cleargrads()
        loss.backward()
        self.optimizer.update()
        return loss

    def state(self):
        arrays = {name: p.data.copy() for name, p in self.model.named_params()}
        return {
            **arrays,
            **self.optimizer.state_arrays(),
            "count": self.count.copy(),
            "counter": ondol.random.generator.counter.copy(),
        }


T = np.zeros(4, int)


def same(a, b):
    return a.keys() == b.keys() and all(np.array_equal(a[key], b[key]) for key in a)


@pytest.mark.parametrize("compiled", [False, True])
def test_find_runs_a_step_again_and_leaves_no_trace(rng, compiled):
    training = Training()
    step = ondol.compile(training.step) if compiled else training.step
    x = rng.normal(size=(4, 3)).astype(np.float32)
    for _ in range(4):
        step(x, T)
    before = training.state()
    debug.find(step, x, T)
    assert same(training.state(), before)
    bad = x.copy()
    bad[1, 2] = np.nan
    with pytest.raises(NonFiniteError, match="1 NaN among 12 numbers") as info:
        debug.find(step, bad, t=T)
    assert "self.model(x)" in str(info.value)
    assert same(training.state(), before)
    assert np.isnan(bad[1, 2])
    assert np.isfinite(step(x, T).item())


def test_find_before_anything_was_made(rng):
    training = Training()
    before = [p.data for p in training.model.params()]
    debug.find(training.step, rng.normal(size=(4, 3)).astype(np.float32), T)
    assert training.optimizer.t == training.count == 0
    assert [p.data for p in training.model.params()] == before
    assert before[0] is None


def test_find_puts_globals_back():
    W = ondol.Parameter(np.array([1.0, 0.0]), name="W")

    def step():
        np.sum(np.sqrt(W)).backward()

    with pytest.raises(NonFiniteError, match="sqrt"):
        debug.find(step)
    assert W.grad is None


# -- watching --------------------------------------------------------------------------


def kinds_of(step):
    seen = []

    def watcher(event, compute):
        seen.append((event.kind, event.name, event.layer))
        return compute()

    with watching(watcher):
        step()
    return seen


def test_a_watcher_is_told_of_everything():
    model, x = MLP((3, 2)), np.ones((4, 2), np.float32)
    model(x)
    optimizer = optimizers.SGD(lr=0.1).setup(model)

    def step():
        loss = np.sum(model(x))
        loss.backward()
        optimizer.update()

    assert kinds_of(step) == [
        ("layer", "MLP", "MLP"),
        ("layer", "Linear", "MLP.layers.0"),
        ("forward", "linear", "MLP.layers.0"),
        ("forward", "sigmoid", "MLP"),
        ("layer", "Linear", "MLP.layers.1"),
        ("forward", "linear", "MLP.layers.1"),
        ("forward", "np.sum", ""),
        ("backward", "np.sum", ""),
        ("backward", "linear", "MLP.layers.1"),
        ("backward", "sigmoid", "MLP"),
        ("backward", "linear", "MLP.layers.0"),
        ("update", "SGD", ""),
        *[("step", "SGD", "")] * 4,
    ]


def test_the_trace_of_a_compiled_function_is_not_watched():
    @ondol.compile
    def double(x):
        return Variable(x) * 2

    seen = kinds_of(lambda: [double(np.ones(2)) for _ in range(3)])
    assert [kind for kind, *_ in seen] == ["compiled", "forward", *["compiled"] * 2]


def test_a_layer_that_no_attribute_holds_is_named_by_its_class():
    class Outer(L.Layer):
        def forward(self, x):
            return L.Linear(2)(x)

    seen = kinds_of(lambda: Outer()(np.ones((1, 2))))
    assert ("layer", "Linear", "Outer.Linear") in seen


def test_sublayers_come_once_parents_first():
    shared = L.Linear(2)

    class Block(L.Layer):
        def __init__(self):
            self.parts = {"a": shared, "b": [L.Linear(3)]}

    outer = Block()
    outer.inner, outer.tied = Block(), shared
    outer.inner.parent = outer
    assert [name for name, _ in sublayers(outer)] == [
        "parts.a", "parts.b.0", "inner", "inner.parts.b.0",
    ]  # fmt: skip


def test_notes_go_with_their_arrays():
    notes, a = Notes(), np.ones(2)
    notes[a] = "first"
    notes[a] = "second"
    assert notes.get(a) == "second"
    assert notes.get(np.ones(2), "none") == "none"
    del a
    assert notes._notes == {}


def test_a_block_that_fails_puts_everything_back():
    with pytest.raises(KeyError), debug.nan():
        raise KeyError
    assert not hasattr(Compiled.__call__, "__wrapped__")
    assert not hasattr(Primitive.gradients, "__wrapped__")


@pytest.mark.parametrize("block", [debug.nan, ondol.profile])
def test_checkpoints_are_what_they_are_without(block):
    W = ondol.Parameter(np.array([2.0, 3.0]))

    def run():
        W.cleargrad()
        np.sum(
            ondol.checkpoint(lambda x: np.exp(x * W))(Variable(np.ones(2)))
        ).backward()
        return W.grad.data

    usual = run()
    with block():
        assert np.array_equal(run(), usual)


def test_a_class_that_defines_a_method_anew_is_watched_and_told_of_once():
    class Shouting(L.Layer):
        def __call__(self, x):
            return x * 1

    class Twice(L.Linear):
        def __call__(self, x):
            return super().__call__(super().__call__(x))

    class Slow(optimizers.SGD):
        def update(self):
            super().update()

    twice, x = Twice(2), np.ones((1, 2), np.float32)
    slow = Slow(lr=0.1).setup(twice)

    def step():
        Shouting()(np.sum(twice(x))).backward()
        slow.update()

    seen = [event for event in kinds_of(step) if event[0] in ("layer", "update")]
    assert seen == [
        ("layer", "Twice", "Twice"),
        ("layer", "Shouting", "Shouting"),
        ("update", "Slow", ""),
    ]


def test_the_books_layers_functions_and_optimizers_are_watched():
    import ondol.dezero as dezero
    import ondol.dezero.functions as DF
    import ondol.dezero.layers as DL

    layer = DL.Linear(2)
    optimizer = dezero.optimizers.SGD(0.1).setup(layer)

    def step():
        DF.sum(DF.Exp()(layer(dezero.Variable(np.ones((1, 2)))))).backward()
        optimizer.update()

    seen = kinds_of(step)
    assert seen[0] == ("layer", "Linear", "Linear")
    assert [name for kind, name, _ in seen if kind == "forward"].count("np.exp") == 1
    assert ("update", "SGD", "") in seen


def test_the_error_about_a_compiled_result_stays_what_it_is():
    double = ondol.compile(lambda x: x * 2)
    x = Variable(np.ones(2))
    for _ in range(3):
        y = double(x)

    def step():
        np.sum(y).backward()

    for block in (debug.nan, ondol.profile):
        with (
            pytest.raises(ondol.errors.UnsupportedError, match="leaves no graph"),
            block(),
        ):
            step()
