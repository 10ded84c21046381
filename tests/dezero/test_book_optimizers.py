"""The book's optimizers and hooks: its numbers, and right where it was not.

Numbers to compare with are those of the original package (at commit b5f3cf1, with
NumPy 1.26).
"""

import inspect

import numpy as np
import pytest

import ondol.dezero.functions as F
import ondol.dezero.layers as L
from ondol.dezero import Layer, Parameter, Variable
from ondol.dezero import optimizers as O


class Pair(Layer):
    def __init__(self, a=(1.0, -2.0), b=(1.0, 1.0), dtype=float):
        super().__init__()
        self.a = Parameter(np.array(a, dtype), "a")
        self.b = Parameter(np.array(b, dtype), "b")


def steps(optimizer, start=(1.0, -2.0), dtype=float, count=3):
    """The parameter after some steps down ``sum(a * a)``."""
    model = Pair(start, dtype=dtype)
    assert optimizer.setup(model) is optimizer
    for _ in range(count):
        loss = F.sum(model.a * model.a)
        model.cleargrads()
        loss.backward()
        optimizer.update()
    assert type(model.a.data) is np.ndarray
    assert model.a.dtype == dtype
    return model.a.data.tolist()


def one_step(loss, hook=None, lr=1.0):
    """The two parameters (1, 1) after one step of SGD."""
    model = Pair((1.0, 1.0))
    optimizer = O.SGD(lr).setup(model)
    if hook:
        optimizer.add_hook(hook(model))
    loss(model.a, model.b).backward()
    optimizer.update()
    return model.a.data.tolist(), model.b.data.tolist()


# -- the names -------------------------------------------------------------------------

SIGNATURES = {
    "SGD": "(lr=0.01)",
    "MomentumSGD": "(lr=0.01, momentum=0.9)",
    "AdaGrad": "(lr=0.001, eps=1e-08)",
    "AdaDelta": "(rho=0.95, eps=1e-06)",
    "Adam": "(alpha=0.001, beta1=0.9, beta2=0.999, eps=1e-08)",
    "WeightDecay": "(rate)",
    "ClipGrad": "(max_norm)",
    "FreezeParam": "(*layers)",
}


@pytest.mark.parametrize("name", list(SIGNATURES)[:-1])
def test_signatures(name):
    said = []
    for parameter in inspect.signature(getattr(O, name)).parameters.values():
        bare = parameter.default is parameter.empty
        said.append(parameter.name if bare else f"{parameter.name}={parameter.default}")
    assert f"({', '.join(said)})" == SIGNATURES[name]


def test_the_settings_are_attributes():
    assert O.SGD().lr == 0.01
    assert O.MomentumSGD(0.1, 0.5).momentum == 0.5
    assert (O.AdaGrad().lr, O.AdaGrad().eps) == (0.001, 1e-8)
    assert (O.AdaDelta().rho, O.AdaDelta().eps) == (0.95, 1e-6)
    adam = O.Adam()
    settings = (adam.alpha, adam.beta1, adam.beta2, adam.eps, adam.t)
    assert settings == (0.001, 0.9, 0.999, 1e-8, 0)
    assert (adam.hooks, adam.target) == ([], None)


# -- the rules -------------------------------------------------------------------------

THREE_STEPS = [
    (O.SGD(), [0.941192, -1.882384]),
    (O.SGD(0.1), [0.512, -1.024]),
    (O.MomentumSGD(), [0.889712, -1.779424]),
    (O.MomentumSGD(0.1, 0.5), [0.302, -0.604]),
    (O.AdaGrad(), [0.9977163618180351, -1.9977159522112307]),
    (O.AdaGrad(0.1, 1e-3), [0.7805432082955719, -1.775866327854977]),
    (O.AdaDelta(), [0.9864644623414908, -1.9864477469338382]),
    (O.AdaDelta(0.5, 1e-3), [0.8497465573792484, -1.848184500845901]),
    (O.Adam(), [0.9970000964115369, -1.9970000480704415]),
    (O.Adam(0.1, 0.5, 0.7, 1e-3), [0.7038072309356749, -1.701676635866229]),
    (
        O.Adam(alpha=0.1, beta1=0.5, beta2=0.7, eps=1e-3),
        [0.7038072309356749, -1.701676635866229],
    ),
]


@pytest.mark.parametrize(("optimizer", "expected"), THREE_STEPS)
def test_three_steps_of_the_original(optimizer, expected):
    np.testing.assert_allclose(steps(optimizer), expected, rtol=1e-14)


FLOAT32 = [
    (O.SGD, [0.9411920309066772, -1.8823840618133545]),
    (O.MomentumSGD, [0.8897120356559753, -1.7794240713119507]),
    (O.AdaGrad, [0.9977163672447205, -1.997715950012207]),
    (O.AdaDelta, [0.9864644408226013, -1.986447811126709]),
    (O.Adam, [0.9970000982284546, -1.9970000982284546]),
]


@pytest.mark.parametrize(("kind", "expected"), FLOAT32)
def test_float32_parameters_stay_float32(kind, expected):
    np.testing.assert_allclose(steps(kind(), dtype=np.float32), expected, rtol=2e-7)


NUMBER = [
    (O.SGD, 1.4117879999999998),
    (O.MomentumSGD, 1.334568),
    (O.AdaGrad, 1.497716088708465),
    (O.AdaDelta, 1.4864533100268917),
    (O.Adam, 1.4970000641540369),
]


@pytest.mark.parametrize(("kind", "expected"), NUMBER)
def test_parameters_of_one_number(kind, expected):
    np.testing.assert_allclose(steps(kind(), 1.5), expected, rtol=1e-14)


def test_the_rate_may_change_on_the_way():
    optimizer = O.SGD()
    optimizer.lr = 0.5
    assert steps(optimizer) == [0, 0]
    adam = O.Adam()
    adam.alpha *= 100
    expected = [0.7015863085615979, -1.7006234096352553]
    np.testing.assert_allclose(steps(adam), expected, rtol=1e-14)


def test_adam_has_a_rate_before_the_first_step():  # quirk 61
    adam = O.Adam()
    assert adam.lr == 0.001
    steps(adam)
    assert adam.t == 3


def test_a_float32_layer_learns_from_float64_data():
    layer = L.Linear(1, in_size=2)
    layer.W.data = np.ones((2, 1), np.float32)
    optimizer = O.SGD(0.1).setup(layer)
    F.mean_squared_error(layer(np.ones((3, 2))), np.zeros((3, 1))).backward()
    assert layer.W.grad.dtype == np.float64  # the book's rule
    optimizer.update()
    assert layer.W.dtype == np.float32
    np.testing.assert_allclose(layer.W.data, [[0.6], [0.6]], rtol=1e-6)


def test_updates_change_the_array_in_place():  # quirk 62, the book's rule
    model, array = Pair(), np.array([1.0, 2.0])
    model.a.data = array
    F.sum(model.a).backward()
    O.SGD(1.0).setup(model).update()
    assert array.tolist() == [0, 1]
    assert model.a.data is array


# -- Optimizer -------------------------------------------------------------------------


def test_an_optimizer_of_ones_own():
    class Mine(O.Optimizer):
        def __init__(self, lr=0.1):
            super().__init__()
            self.lr = lr
            self.seen = {}

        def update_one(self, param):
            self.seen[id(param)] = True
            param.data -= self.lr * param.grad.data

    mine = Mine()
    assert steps(mine) == steps(O.SGD(0.1))
    assert len(mine.seen) == 1


@pytest.mark.parametrize("kind", [O.SGD, O.Adam])
def test_a_rule_that_a_subclass_replaces(kind):
    class Up(kind):
        def update_one(self, param):
            param.data += 0.01 * param.grad.data

    np.testing.assert_allclose(steps(Up()), [1.061208, -2.122416])


def test_a_rule_that_a_subclass_adds_to():
    class Positive(O.SGD):
        def update_one(self, param):
            super().update_one(param)
            param.data = np.abs(param.data)

    np.testing.assert_allclose(steps(Positive()), [0.941192, 1.882384])


def test_an_update_that_a_subclass_adds_to():
    class Counting(O.Adam):
        count = 0

        def update(self, *args, **kwargs):
            self.count += 1
            super().update(*args, **kwargs)

    adam = Counting()
    assert steps(adam) == steps(O.Adam())
    assert adam.count == 3


def test_what_has_to_be_defined_is_named():
    model = Pair()
    F.sum(model.a).backward()

    class Empty(O.Optimizer):
        pass

    with pytest.raises(NotImplementedError, match=r"Empty.*update_one"):
        Empty().setup(model).update()


def test_an_update_without_a_target_says_what_to_do():  # quirk 61
    with pytest.raises(RuntimeError, match=r"setup\(model\)"):
        O.SGD().update()


def test_an_update_without_any_gradient_says_why():  # quirk 61
    with pytest.raises(RuntimeError, match="backward"):
        O.SGD().setup(Pair()).update()


def test_parameters_without_a_gradient_stay():
    model = Pair()
    F.sum(model.a).backward()
    O.SGD(1.0).setup(model).update()
    assert (model.a.data.tolist(), model.b.data.tolist()) == ([0, -3], [1, 1])


def test_a_layer_under_two_names_is_updated_once():  # quirk 63
    model = Layer()
    model.first = model.second = L.Linear(1, in_size=1)
    model.first.W.data = np.ones((1, 1))
    F.sum(model.first(np.ones((1, 1)))).backward()
    O.SGD(0.1).setup(model).update()
    np.testing.assert_allclose(model.first.W.data, [[0.9]])


def test_parameters_that_come_late_are_found():
    model = L.Linear(1)
    optimizer = O.Adam().setup(model)
    F.sum(model(np.ones((1, 2)))).backward()
    before = model.W.data.copy()
    optimizer.update()
    assert (model.W.data < before).all()


# -- hooks -----------------------------------------------------------------------------


def decay(model):
    return O.WeightDecay(0.5)


def clip(model):
    return O.ClipGrad(0.5)


def test_weight_decay_counts_once():  # quirk 57
    assert one_step(lambda a, b: F.sum((a + b) * 1.0), decay) == (
        [-0.5] * 2,
        [-0.5] * 2,
    )


def test_weight_decay_of_a_plain_sum():  # quirk 58
    assert one_step(lambda a, b: F.sum(a), decay) == ([-0.5, -0.5], [1, 1])


def test_clipping():
    a, b = one_step(lambda a, b: F.sum(a * b * 3), clip)
    np.testing.assert_allclose([a, b], np.full((2, 2), 0.75), rtol=1e-6)
    assert one_step(lambda a, b: F.sum(a * b * 3), lambda m: O.ClipGrad(50)) == (
        [-2, -2],
        [-2, -2],
    )


def test_clipping_counts_once():  # quirks 58 and 59
    a, b = one_step(lambda a, b: F.sum(a + b), clip)
    np.testing.assert_allclose([a, b], np.full((2, 2), 0.75), rtol=1e-6)


@pytest.mark.parametrize(
    ("frozen", "expected"),
    [
        (lambda m: O.FreezeParam(m.a), ([1, 1], [0, 0])),
        (lambda m: O.FreezeParam(m.a, m.b), ([1, 1], [1, 1])),
        (lambda m: O.FreezeParam(m), ([1, 1], [1, 1])),
    ],
)
def test_freezing(frozen, expected):  # quirk 60
    assert one_step(lambda a, b: F.sum(a * b), frozen) == expected


def test_hooks_of_ones_own():
    def in_place(params):
        for param in params:
            param.grad.data *= 0.1

    def anew(params):
        for param in params:
            param.grad.data = param.grad.data * 0.1

    def replaced(params):
        for param in params:
            param.grad = Variable(param.grad.data * 0.1)

    for hook in (in_place, anew, replaced):
        a, b = one_step(lambda a, b: F.sum(a + b), lambda m, h=hook: h)
        np.testing.assert_allclose([a, b], np.full((2, 2), 0.9))


def test_hooks_run_in_order():
    model, order = Pair(), []
    optimizer = O.SGD().setup(model)
    optimizer.add_hook(lambda params: order.append(("first", len(params))))
    optimizer.add_hook(lambda params: order.append(("second", len(params))))
    F.sum(model.a).backward()
    optimizer.update()
    assert order == [("first", 1), ("second", 1)]
    assert len(optimizer.hooks) == 2


@pytest.mark.parametrize("kind", [O.SGD, O.MomentumSGD, O.AdaGrad, O.AdaDelta, O.Adam])
def test_a_subclass_may_go_on_from_the_rule(kind):
    class Counting(kind):
        count = 0

        def update_one(self, param):
            self.count += 1
            super().update_one(param)

    def three_steps(optimizer):
        layer = Layer()
        layer.p, layer.q = (Parameter(np.array([1.0, -2.0])) for _ in "pq")
        optimizer.setup(layer)
        for _ in range(3):
            layer.cleargrads()
            F.sum(layer.p**2 + 3 * layer.q**2).backward()
            optimizer.update()
        return layer

    own, plain = Counting(), kind()
    a, b = three_steps(own), three_steps(plain)
    assert own.count == 6
    assert own.t == plain.t == 3
    np.testing.assert_array_equal(a.p.data, b.p.data)
    np.testing.assert_array_equal(a.q.data, b.q.data)


def test_one_parameter_may_be_updated_without_setup():
    p = Parameter(np.array([1.0]))
    p.grad = np.array([2.0])
    O.SGD(0.1).update_one(p)
    np.testing.assert_allclose(p.data, [0.8])
