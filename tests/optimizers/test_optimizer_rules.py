import math

import numpy as np
import pytest

from ondol.core import Parameter
from ondol.optimizers import SGD, AdaDelta, AdaGrad, Adam, AdamW, MomentumSGD, RMSprop

RULES = [SGD, MomentumSGD, AdaGrad, AdaDelta, RMSprop, Adam, AdamW]
KEYS = {
    SGD: set(),
    MomentumSGD: {"v"},
    AdaGrad: {"h"},
    AdaDelta: {"msg", "msdx"},
    RMSprop: {"ms"},
    Adam: {"m", "v"},
    AdamW: {"m", "v"},
}


# The formulas of the papers for one number, written without arrays. Each takes the
# gradients one by one and yields the parameter after each step.


def sgd(p, grads, lr=0.01):
    for g in grads:
        p = p - lr * g(p)
        yield p


def momentum(p, grads, lr=0.01, momentum=0.9):
    v = 0.0  # the book's sign: the velocity points downhill
    for g in grads:
        v = momentum * v - lr * g(p)
        p = p + v
        yield p


def nesterov(p, grads, lr=0.01, momentum=0.9):
    # Sutskever's form: the gradient is taken at `ahead = p + momentum * v`, and what
    # an implementation calls the parameter is `ahead`.
    v, theta, ahead = 0.0, p, p
    for g in grads:
        v = momentum * v - lr * g(ahead)
        theta = theta + v
        ahead = theta + momentum * v
        yield ahead


def adagrad(p, grads, lr=0.001, eps=1e-8):
    h = 0.0
    for g in grads:
        now = g(p)
        h += now**2
        p -= lr * now / (math.sqrt(h) + eps)
        yield p


def rmsprop(p, grads, lr=0.01, rho=0.99, eps=1e-8):
    ms = 0.0
    for g in grads:
        now = g(p)
        ms = rho * ms + (1 - rho) * now**2
        p -= lr * now / (math.sqrt(ms) + eps)
        yield p


def adadelta(p, grads, rho=0.95, eps=1e-6, lr=1.0):
    msg = msdx = 0.0
    for g in grads:
        now = g(p)
        msg = rho * msg + (1 - rho) * now**2
        dx = -math.sqrt(msdx + eps) / math.sqrt(msg + eps) * now
        msdx = rho * msdx + (1 - rho) * dx**2
        p += lr * dx
        yield p


def adam(p, grads, lr=0.001, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=0.0):
    m = v = 0.0
    for t, g in enumerate(grads, 1):
        now = g(p)
        m = beta1 * m + (1 - beta1) * now
        v = beta2 * v + (1 - beta2) * now**2
        m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta2**t)
        p -= lr * (m_hat / (math.sqrt(v_hat) + eps) + weight_decay * p)
        yield p


def adamw(p, grads, **settings):
    return adam(p, grads, **{"weight_decay": 0.01} | settings)


REFERENCES = [
    (SGD, {}, sgd),
    (SGD, {"lr": 0.2}, sgd),
    (MomentumSGD, {}, momentum),
    (MomentumSGD, {"lr": 0.05, "momentum": 0.5}, momentum),
    (MomentumSGD, {"momentum": 0.0}, momentum),
    (AdaGrad, {}, adagrad),
    (AdaGrad, {"lr": 0.5, "eps": 0.1}, adagrad),
    (RMSprop, {}, rmsprop),
    (RMSprop, {"lr": 0.1, "rho": 0.5, "eps": 0.01}, rmsprop),
    (AdaDelta, {}, adadelta),
    (AdaDelta, {"rho": 0.8, "eps": 1e-3, "lr": 0.5}, adadelta),
    (Adam, {}, adam),
    (Adam, {"lr": 0.1, "beta1": 0.5, "beta2": 0.7, "eps": 0.1}, adam),
    (Adam, {"beta1": 0.0, "beta2": 0.0}, adam),
    (AdamW, {}, adamw),
    (AdamW, {"lr": 0.1, "weight_decay": 0.5, "eps": 1e-3}, adamw),
]


def problem(seed, steps=20, shape=(3, 4)):
    """A start, and for each step a gradient that depends on the parameter."""
    rng = np.random.default_rng(seed)
    pulls = rng.normal(size=(steps, *shape)) * 10.0 ** rng.integers(-3, 3, size=shape)
    return rng.normal(size=shape), pulls


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(("rule", "settings", "reference"), REFERENCES)
def test_twenty_steps_follow_the_formula(rule, settings, reference, seed):
    start, pulls = problem(seed)
    parameter = Parameter(start.copy())
    optimizer = rule(**settings).setup([parameter])
    followers = {
        i: reference(
            start[i], [lambda p, a=a: 0.3 * p + a for a in pulls[:, *i]], **settings
        )
        for i in np.ndindex(start.shape)
    }
    for pull in pulls:
        parameter.grad = 0.3 * parameter.data + pull
        optimizer.update()
        expected = [next(follower) for follower in followers.values()]
        np.testing.assert_allclose(parameter.data.ravel(), expected, rtol=1e-11)


def test_nesterov_takes_the_gradient_ahead():
    start, pulls = problem(7)
    parameter = Parameter(start.copy())
    optimizer = MomentumSGD(nesterov=True).setup([parameter])
    for pull in pulls:
        parameter.grad = 0.3 * parameter.data + pull
        optimizer.update()
    for i in np.ndindex(start.shape):
        steps = nesterov(start[i], [lambda p, a=a: 0.3 * p + a for a in pulls[:, *i]])
        assert parameter.data[i] == pytest.approx(list(steps)[-1], rel=1e-11)


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (SGD, [0.941192, -1.882384]),
        (MomentumSGD, [0.889712, -1.779424]),
        (AdaGrad, [0.9977163618180351, -1.9977159522112307]),
        (AdaDelta, [0.9864644623414908, -1.9864477469338382]),
    ],
)
def test_three_steps_give_the_values_of_the_book(rule, expected):
    parameter = Parameter(np.array([1.0, -2.0]))
    optimizer = rule().setup([parameter])
    for _ in range(3):
        parameter.grad = 2 * parameter.data  # f(p) = sum(p ** 2)
        optimizer.update()
    np.testing.assert_allclose(parameter.data, expected, rtol=1e-15)


def test_adam_adds_eps_to_the_corrected_root_unlike_the_book():
    parameter = Parameter(np.array([1.0, -2.0]))
    optimizer = Adam().setup([parameter])
    for _ in range(3):
        parameter.grad = 2 * parameter.data
        optimizer.update()
    book = [0.9970000964115369, -1.9970000480704415]
    np.testing.assert_allclose(parameter.data, book, rtol=1e-9)
    expected = [list(adam(p, [lambda p: 2 * p] * 3))[-1] for p in (1.0, -2.0)]
    np.testing.assert_allclose(parameter.data, expected, rtol=1e-15)
    assert abs(parameter.data[0] - book[0]) > 1e-10


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize("rule", RULES)
def test_dtypes_stay(rule, dtype):
    parameter = Parameter(np.array([[1, -2, 0.5]], dtype))
    optimizer = rule().setup([parameter])
    for wide in (dtype, np.float64, np.float32):
        optimizer.lr = np.float64(0.01)
        parameter.grad = (2 * parameter.data).astype(wide)
        optimizer.update()
        assert parameter.data.dtype == dtype
        for part in optimizer.state["0"].values():
            assert part.dtype == dtype
            assert part.shape == (1, 3)
    assert set(optimizer.state["0"]) == KEYS[rule]


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize("rule", RULES)
def test_tiny_and_zero_gradients_stay_finite(rule, dtype):
    parameter = Parameter(np.array([1, 1, 1, 1], dtype))
    optimizer = rule().setup([parameter])
    for _ in range(5):
        parameter.grad = np.array([0, 1e-7, 1e-4, 1], dtype)
        optimizer.update()
    assert np.isfinite(parameter.data).all()
    assert parameter.data[0] in (1, pytest.approx(0.99995, abs=1e-3))  # AdamW decays
    assert parameter.data[3] < 1


def test_float16_follows_float64_within_its_precision():
    for rule in RULES:
        ends = []
        for dtype in (np.float16, np.float64):
            parameter = Parameter(np.array([1.0, -2.0], dtype))
            optimizer = rule().setup([parameter])
            for _ in range(3):
                parameter.grad = 2 * parameter.data
                optimizer.update()
            ends.append(parameter.data)
        np.testing.assert_allclose(*ends, atol=3e-3)


@pytest.mark.parametrize("rule", RULES)
def test_a_scalar_parameter_keeps_arrays(rule):
    parameter = Parameter(np.array(2.0, np.float32))
    data = parameter.data
    optimizer = rule().setup([parameter])
    for _ in range(2):
        parameter.grad = np.array(1.0, np.float32)
        optimizer.update()
    assert parameter.data is data
    assert data < 2
    for part in optimizer.state_arrays().values():
        assert type(part) is np.ndarray
    for part in optimizer.state["0"].values():
        assert type(part) is np.ndarray
        assert part.shape == ()
        assert part.dtype == np.float32


@pytest.mark.parametrize("rule", RULES)
def test_an_empty_parameter_is_no_trouble(rule):
    parameter = Parameter(np.zeros((0, 3)))
    parameter.grad = np.zeros((0, 3))
    optimizer = rule().setup([parameter])
    optimizer.update()
    assert parameter.data.shape == (0, 3)


class Watched(np.lib.mixins.NDArrayOperatorsMixin):
    """What a compiler's tracer allows: NumPy's vocabulary, no look at a value."""

    def __init__(self, data):
        self.data = np.array(data)
        self.data.flags.writeable = False
        self.shape, self.dtype = self.data.shape, self.data.dtype

    def refuse(self, *args, **kwargs):
        raise AssertionError("a rule looked at a value or wrote into an array")

    __bool__ = __float__ = __int__ = __index__ = __array__ = refuse
    __getitem__ = __setitem__ = __iadd__ = __isub__ = __imul__ = __itruediv__ = refuse

    def astype(self, dtype):
        return Watched(self.data.astype(dtype))

    def __array_ufunc__(self, ufunc, method, *args, **kwargs):
        assert not kwargs, "out= and where= are no part of the vocabulary"
        return Watched(ufunc(*(getattr(x, "data", x) for x in args)))

    def __array_function__(self, function, types, args, kwargs):
        kwargs = {key: x for key, x in kwargs.items() if key != "like"}
        return Watched(function(*(getattr(x, "data", x) for x in args), **kwargs))


@pytest.mark.parametrize("rule", [*RULES, lambda: MomentumSGD(nesterov=True)])
def test_the_rules_can_be_traced(rule):
    start, pulls = problem(1, steps=3)
    start, pulls = start.astype(np.float32), pulls.astype(np.float32)
    parameter = Parameter(start.copy())
    eager, traced = rule().setup([parameter]), rule()
    state = traced.init(Watched(start))
    for t, pull in enumerate(pulls, 1):
        param = Watched(parameter.data)
        traced.t = Watched(np.array(t))
        traced.begin()
        delta, state = traced.step(Watched(pull), state, param)
        parameter.grad = pull
        eager.update()
        assert delta.dtype == np.float32
        np.testing.assert_array_equal((param - delta).data, parameter.data)
        for key, part in eager.state["0"].items():
            np.testing.assert_array_equal(state[key].data, part)


@pytest.mark.parametrize("rule", RULES)
def test_every_rule_goes_downhill(rule):
    goal = np.array([3.0, -1.0, 0.5])
    parameter = Parameter(np.zeros(3))
    optimizer = rule(lr=0.05) if rule is not AdaDelta else rule(lr=20.0)
    optimizer.setup([parameter])
    for _ in range(300):
        parameter.grad = parameter.data - goal
        optimizer.update()
    start, end = np.sum(goal**2), np.sum((parameter.data - goal) ** 2)
    assert end < 0.7 * start
