"""`ondol.compile`: a compiled step does what the step does."""

import copy

import numpy as np
import pytest

import ondol
import ondol.functions as F
import ondol.layers as L
from ondol import Variable, no_grad, optimizers
from ondol import test_mode as predicting
from ondol.compiler import build, compiled
from ondol.errors import UnsupportedError
from ondol.models import MLP, Model

pytestmark = pytest.mark.skipif(
    build.compiler() is None, reason="there is no C compiler on this machine"
)


@pytest.fixture(scope="module", autouse=True)
def _cache(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ONDOL_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


def batches(n=6, size=20, features=4, classes=3, dtype=np.float32):
    rng = np.random.default_rng(1)
    return [
        (
            rng.normal(size=(size, features)).astype(dtype),
            rng.integers(0, classes, size),
        )
        for _ in range(n)
    ]


def training(model, optimizer):
    def step(x, t):
        loss = F.softmax_cross_entropy(model(x), t)
        model.cleargrads()
        loss.backward()
        optimizer.update()
        return loss

    return step


def pair(make_model, make_optimizer):
    """A step and its compiled twin, with models of their own."""
    ondol.seed(0)
    eager = make_model()
    eager(batches()[0][0])  # so that it has its weights
    twin = copy.deepcopy(eager)
    both = [(model, make_optimizer().setup(model)) for model in (eager, twin)]
    steps = [training(*one) for one in both]
    return both, steps[0], ondol.compile(steps[1])


def assert_same_state(a, b, rtol=1e-4):
    for (name, p), (_, q) in zip(a.named_params(), b.named_params(), strict=True):
        np.testing.assert_allclose(p.data, q.data, rtol, 1e-5, err_msg=name)
        if p.grad is not None:
            np.testing.assert_allclose(p.grad.data, q.grad.data, 1e-3, 1e-5)


OPTIMIZERS = {
    "SGD": lambda: optimizers.SGD(lr=0.1),
    "momentum": lambda: optimizers.MomentumSGD(lr=0.1),
    "nesterov": lambda: optimizers.MomentumSGD(lr=0.1, nesterov=True),
    "AdaGrad": lambda: optimizers.AdaGrad(lr=0.1),
    "RMSprop": lambda: optimizers.RMSprop(lr=0.01),
    "AdaDelta": lambda: optimizers.AdaDelta(),
    "Adam": lambda: optimizers.Adam(lr=0.01),
    "AdamW": lambda: optimizers.AdamW(lr=0.01),
    "decay": lambda: optimizers.SGD(lr=0.1).add_hook(optimizers.WeightDecay(0.01)),
    "clip": lambda: optimizers.SGD(lr=0.1).add_hook(optimizers.ClipGrad(0.1)),
}


@pytest.mark.parametrize("make", OPTIMIZERS.values(), ids=OPTIMIZERS)
def test_training_with_each_optimizer(make):
    both, step, compiled = pair(lambda: MLP((5, 3)), make)
    for x, t in batches():
        assert compiled(x, t).item() == pytest.approx(step(x, t).item(), rel=1e-4)
    (a, first), (b, second) = both
    assert_same_state(a, b)
    assert first.t == second.t == 6
    assert len(compiled.programs) == 1


def test_a_learning_rate_is_read_at_each_call():
    both, step, compiled = pair(lambda: MLP((5, 3)), lambda: optimizers.Adam(lr=0.1))
    for i, (x, t) in enumerate(batches()):
        for _, optimizer in both:
            optimizer.lr = 0.1 / (i + 1)
        step(x, t)
        compiled(x, t)
    assert_same_state(both[0][0], both[1][0])
    assert len(compiled.programs) == 1


def test_another_shape_is_another_program_and_both_are_kept():
    both, step, compiled = pair(lambda: MLP((5, 3)), lambda: optimizers.SGD(lr=0.1))
    for x, t in batches():
        for part in (slice(None), slice(7)):
            step(x[part], t[part])
            compiled(x[part], t[part])
    assert_same_state(both[0][0], both[1][0])
    assert len(compiled.programs) == 2


class Normed(Model):
    def __init__(self):
        self.first, self.second = L.Linear(6), L.Linear(3)
        self.norm = L.BatchNorm()
        self.ratio = 0.3

    def forward(self, x):
        return self.second(F.dropout(F.relu(self.norm(self.first(x))), self.ratio))


def test_batch_norm_and_dropout_as_in_eager_mode():
    both, step, compiled = pair(Normed, lambda: optimizers.SGD(lr=0.1))
    for i, (x, t) in enumerate(batches()):
        ondol.seed(i)
        expected = step(x, t).item()
        ondol.seed(i)
        assert compiled(x, t).item() == pytest.approx(expected, rel=1e-4)
    a, b = both[0][0], both[1][0]
    assert_same_state(a, b)
    np.testing.assert_allclose(a.norm.mean.data, b.norm.mean.data, 1e-5, 1e-6)


def test_random_numbers_go_on():
    draw = ondol.compile(lambda x: F.dropout(x, 0.5))
    x = np.ones(50)
    ondol.seed(3)
    got = [draw(x).data for _ in range(4)]
    ondol.seed(3)
    expected = [F.dropout(x, 0.5).data for _ in range(4)]
    np.testing.assert_array_equal(got, expected)


def test_modes_and_flags_are_noticed():
    ondol.seed(0)
    model = Normed()
    x = batches()[0][0]
    model(x)
    predict = ondol.compile(lambda x: model(x))
    with predicting():
        for _ in range(2):
            np.testing.assert_allclose(predict(x).data, model(x).data, 1e-4, 1e-5)
    model.ratio = 0.0
    predict(x)
    ondol.seed(1)
    got = predict(x).data
    np.testing.assert_allclose(got, model(x).data, 1e-4, 1e-5)


def test_inference_without_a_graph():
    ondol.seed(0)
    model = MLP((5, 3), in_size=4)

    @ondol.compile
    def predict(x):
        with no_grad():
            return model(x)

    for x, _ in batches():
        y = predict(x)
        np.testing.assert_allclose(y.data, model(x).data, 1e-5, 1e-6)
        assert y.creator is None


def test_weights_that_are_loaded_are_used():
    ondol.seed(0)
    model = MLP((5, 3), in_size=4)
    predict = ondol.compile(lambda x: model(x))
    x = batches()[0][0]
    predict(x)
    predict(x)
    for parameter in model.params():
        parameter.data = parameter.data * 2
    np.testing.assert_allclose(predict(x).data, model(x).data, 1e-5, 1e-6)
    for parameter in model.params():
        parameter.data[...] += 1
    np.testing.assert_allclose(predict(x).data, model(x).data, 1e-5, 1e-6)


def test_an_eager_step_in_between_is_noticed():
    both, step, compiled = pair(lambda: MLP((5, 3)), lambda: optimizers.Adam(lr=0.1))
    plain = compiled.function
    for i, (x, t) in enumerate(batches()):
        step(x, t)
        (plain if i == 3 else compiled)(x, t)
    assert_same_state(both[0][0], both[1][0])


@pytest.mark.parametrize("dtype", [np.float16, np.complex64])
def test_windows_of_numbers_that_are_left_to_numpy(dtype, rng):
    x = Variable(rng.integers(-3, 4, (2, 3, 5, 6)).astype(dtype))
    W = Variable(rng.integers(-3, 4, (2, 3, 3, 2)).astype(dtype))

    def step():
        x.cleargrad()
        W.cleargrad()
        y = F.conv2d(x, W, pad=1)
        np.sum(np.real(y)).backward()
        return y, x.grad, W.grad

    expected = step()
    compiled = ondol.compile(step)
    for _ in range(2):
        for got, y in zip(compiled(), expected, strict=True):
            assert got.dtype == dtype
            np.testing.assert_array_equal(got.data, y.data)


def test_new_weights_of_another_dtype_or_layout_are_noticed():
    ondol.seed(0)
    model = MLP((5, 3), in_size=4)
    predict = ondol.compile(lambda x: model(x))
    x = batches()[0][0]
    for change in (
        lambda a: a.astype(np.float64),
        lambda a: np.asfortranarray(a * 2),
        lambda a: a.astype(np.float32)[::-1][::-1],
    ):
        predict(x)
        predict(x)
        for parameter in model.params():
            parameter.data = change(parameter.data)
        got, expected = predict(x), model(x)
        assert got.dtype == expected.dtype
        np.testing.assert_allclose(got.data, expected.data, 1e-5, 1e-6)


def test_a_layer_that_is_exchanged_or_added_is_noticed():
    ondol.seed(0)
    layers = [L.Linear(4, in_size=4), L.Linear(4, in_size=4)]

    @ondol.compile
    def function(x):
        for layer in layers:
            x = layer(x)
        return x

    x = batches()[0][0]
    for change in (
        lambda: layers.append(L.Linear(3, in_size=4)),
        lambda: layers.__setitem__(0, L.Linear(4, in_size=4)),
        lambda: layers.pop(),
    ):
        function(x)
        function(x)
        change()
        expected = x
        for layer in layers:
            expected = layer(expected)
        np.testing.assert_allclose(function(x).data, expected.data, 1e-5, 1e-6)


def test_weights_that_lie_scattered_in_memory_are_trained():
    W = ondol.Parameter(np.asfortranarray(np.ones((3, 2))))
    twin = ondol.Parameter(np.ones((3, 2)))

    def training_of(W, optimizer):
        def step(x):
            loss = np.sum((x @ W) ** 2)
            W.cleargrad()
            loss.backward()
            optimizer.update()

        return step

    compiled = ondol.compile(training_of(W, optimizers.SGD(0.01).setup([W])))
    eager = training_of(twin, optimizers.SGD(0.01).setup([twin]))
    for x in np.random.default_rng(0).normal(size=(4, 5, 3)):
        compiled(x)
        eager(x)
    np.testing.assert_allclose(W.data, twin.data, 1e-12)


def test_the_same_argument_with_other_numbers():
    double = ondol.compile(lambda x: x * 2)
    for x in (np.ones((60, 70)), np.ones((70, 60)).T):
        for n in range(4):
            x[:] = n
            assert np.all(double(Variable(x)).data == 2 * n)


def test_two_states_that_change_places():
    a, b = Variable(np.zeros(3)), Variable(np.ones(3))

    @ondol.compile
    def swap():
        a.data, b.data = b.data, a.data

    for _ in range(3):
        swap()
    assert a.data.tolist() == [1, 1, 1]
    assert b.data.tolist() == [0, 0, 0]


def test_gradients_that_add_up():
    W = ondol.Parameter(np.ones(3))

    @ondol.compile
    def collect(x):
        np.sum(W * x).backward()

    for _ in range(5):
        collect(np.arange(3.0))
    assert W.grad.data.tolist() == [0, 5, 10]
    W.cleargrad()
    collect(np.arange(3.0))
    assert W.grad.data.tolist() == [0, 1, 2]


def test_nested_arguments_and_results():
    @ondol.compile
    def function(batch, scale=2.0):
        return {
            "sum": batch["a"] + batch["b"][0] * scale,
            "pair": (batch["a"] * 2, "text"),
        }

    a, b = np.ones(3), np.arange(3.0)
    for scale in (2.0, 2.0, 3.0):
        got = function({"a": Variable(a), "b": [Variable(b)]}, scale=scale)
        assert got["sum"].data.tolist() == (a + b * scale).tolist()
        assert got["pair"][1] == "text"


def test_gradients_of_gradients():
    @ondol.compile
    def curvature(x):
        x = Variable(x)
        y = np.sum(np.sin(x) * x)
        y.backward(create_graph=True)
        slope = x.grad
        x.cleargrad()
        np.sum(slope).backward()
        return x.grad

    x = np.linspace(0, 1, 5)
    for _ in range(3):
        got = curvature(x)
    np.testing.assert_allclose(got.data, 2 * np.cos(x) - x * np.sin(x), rtol=1e-12)


def test_a_function_of_the_users_own():
    class Square(ondol.Function):
        def forward(self, x):
            return x**2

        def backward(self, gy):
            (x,) = self.inputs
            return 2 * x * gy

    @ondol.compile
    def slope(x):
        x = Variable(x)
        Square()(x).backward()
        return x.grad

    for _ in range(2):
        assert slope(np.array(3.0)).item() == 6


def test_a_branch_on_a_value_is_refused_with_its_line():
    @ondol.compile
    def function(x):
        if x.sum() > 0:  # the branch
            return x
        return -x

    function(Variable(np.ones(3)))
    with pytest.raises(UnsupportedError) as info:
        function(Variable(np.ones(3)))
    assert "if x.sum() > 0:  # the branch" in str(info.value)


def test_a_refused_trace_leaves_everything_as_it_was():
    ondol.seed(0)
    model = MLP((5, 3), in_size=4)
    optimizer = optimizers.Adam().setup(model)
    inner = training(model, optimizer)

    @ondol.compile
    def step(x, t):
        loss = inner(x, t)
        return loss.item()

    x, t = batches()[0]
    step(x, t)
    before = [p.data.copy() for p in model.params()]
    with pytest.raises(UnsupportedError):
        step(x, t)
    for p, data in zip(model.params(), before, strict=True):
        np.testing.assert_array_equal(p.data, data)
    assert optimizer.t == 1
    inner(x, t)


def test_without_a_compiler_functions_run_as_they_stand(monkeypatch):
    monkeypatch.setattr(compiled, "compiler", lambda: None)
    compiled._can_build.cache_clear()
    x = Variable(np.ones(2))
    double = ondol.compile(lambda x: x * 2)
    with pytest.warns(UserWarning, match="no C compiler"):
        double(x)
    assert double(x).data.tolist() == [2, 2]  # it is said once
    assert double.programs == []
    compiled._can_build.cache_clear()
