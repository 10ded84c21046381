"""`checkpoint`: the same gradients with less memory."""

import tracemalloc

import numpy as np
import pytest

import ondol
import ondol.functions as F
from ondol import (
    Parameter,
    Variable,
    checkpoint,
    grad,
    hvp,
    jvp,
    no_grad,
    train_mode,
    vmap,
)
from ondol.errors import GradientError
from ondol.layers import BatchNorm, Linear, Sequential, SpectralNorm
from ondol.models import MLP
from ondol.random import generator


@pytest.fixture
def x(rng):
    return rng.normal(size=(5, 3)).astype("f")


@pytest.fixture
def model(x):
    ondol.seed(0)
    model = MLP((8, 3), activation=F.tanh)
    model(x)
    return model


def gradients(f, x, model):
    """The result and the gradients of the input and of all parameters."""
    model.cleargrads()
    ondol.seed(3)
    v = Variable(x)
    y = f(v)
    np.sum(y * y).backward()
    return [y.data, v.grad.data, *(p.grad.data for p in model.params())]


def assert_identical(a, b):
    for left, right in zip(a, b, strict=True):
        assert left.dtype == right.dtype
        np.testing.assert_array_equal(left, right)


def test_gradients_are_the_same_to_the_bit(x, model):
    def f(v):
        return F.dropout(model(F.dropout(v, 0.3)), 0.4)

    plain = gradients(f, x, model)
    state = generator.counter
    assert_identical(plain, gradients(checkpoint(f), x, model))
    assert generator.counter == state
    parts = lambda v: checkpoint(F.dropout)(
        checkpoint(model)(checkpoint(F.dropout)(v, 0.3)), 0.4
    )
    assert_identical(plain, gradients(parts, x, model))
    nested = checkpoint(lambda v: F.dropout(checkpoint(model)(F.dropout(v, 0.3)), 0.4))
    assert_identical(plain, gradients(nested, x, model))


def test_structures_and_settings(x):
    def f(pair, names, scale, offset=None):
        a, b = pair
        return {names[0]: a * b * scale + offset, "rest": [np.sum(a), 2.0]}

    a, b, o = (Variable(x + i) for i in range(3))
    y = checkpoint(f)((a, b), ["y"], 3, offset=o)
    assert y["rest"][1].data == 2
    (np.sum(y["y"]) + y["rest"][0]).backward()
    np.testing.assert_allclose(a.grad.data, 3 * b.data + 1)
    np.testing.assert_allclose(b.grad.data, 3 * a.data)
    np.testing.assert_allclose(o.grad.data, np.ones_like(x))


def test_what_takes_no_gradient(x):
    assert checkpoint(np.tanh)(Variable(x).detach()).creator is None
    assert checkpoint(lambda v: v * 2)(x).creator is None
    with no_grad():
        assert checkpoint(np.tanh)(Variable(x)).creator is None
    W, v = Parameter(np.ones((3, 2))), Variable(x)
    np.sum(checkpoint(lambda v: v.data @ W)(v)).backward()
    assert v.grad is None
    assert W.grad.shape == (3, 2)


def test_a_result_that_is_an_argument_or_a_parameter(x):
    W, v = Parameter(np.ones(3)), Variable(x)
    a, b = checkpoint(lambda v: (v, W))(v)
    np.sum(a * 2 + b).backward()
    np.testing.assert_array_equal(v.grad.data, np.full_like(x, 2))
    np.testing.assert_array_equal(W.grad.data, np.full(3, 5.0))


def test_a_result_of_outside_is_part_of_the_graph(x):
    v = Variable(np.ones(3))
    h = np.exp(v)
    np.sum(checkpoint(lambda a: a * h)(Variable(x)) + h).backward()
    np.testing.assert_allclose(v.grad.data, (x.sum(0) + 5) * np.exp(1), 1e-6)


def test_modes_are_those_of_the_first_run(x):
    layer = Sequential(Linear(4), BatchNorm())
    layer(x)
    with ondol.test_mode():
        plain = gradients(layer, x, layer)
        v = Variable(x)
        y = checkpoint(layer)(v)
    layer.cleargrads()
    with train_mode():
        np.sum(y * y).backward()
    assert_identical(
        plain, [y.data, v.grad.data, *(p.grad.data for p in layer.params())]
    )


def test_running_statistics_move_once(x):
    layer = BatchNorm(size=3)
    gradients(layer, x, layer)
    once = [layer.mean.data, layer.var.data]
    other = BatchNorm(size=3)
    gradients(checkpoint(other), x, other)
    assert_identical(once, [other.mean.data, other.var.data])


def test_singular_vectors_move_once(x):
    def run(wrapped):
        ondol.seed(1)
        layer = SpectralNorm(Linear(4, in_size=3))
        results = [gradients(wrapped(layer), x, layer) for _ in range(2)]
        return [layer.u.data, *results[0], *results[1]]

    assert_identical(run(lambda layer: layer), run(checkpoint))


def test_it_nests_with_transformations(x):
    f = lambda v: np.sum(np.tanh(v) ** 3)
    g = checkpoint(f)
    x = x.astype(float)
    pairs = [
        (grad(f)(x), grad(g)(x)),
        (hvp(f, (x,), (x,))[0], hvp(g, (x,), (x,))[0]),
        (jvp(f, (x,), (x,))[1], jvp(g, (x,), (x,))[1]),
        (vmap(grad(f))(x), vmap(grad(g))(x)),
        (grad(lambda a: np.sum(vmap(f)(a)))(x), grad(lambda a: np.sum(vmap(g)(a)))(x)),
        (
            grad(lambda a: np.sum(grad(f)(a) ** 2))(x),
            grad(lambda a: np.sum(grad(g)(a) ** 2))(x),
        ),
        (grad(f)(x), checkpoint(grad(f))(x)),
        (hvp(f, (x,), (x,))[0], grad(lambda a: np.sum(checkpoint(grad(f))(a) * x))(x)),
    ]
    for plain, frugal in pairs:
        np.testing.assert_allclose(frugal.data, plain.data, 1e-12)


def test_a_parameter_that_an_outer_gradient_is_taken_by(x):
    w = Variable(np.array(2.0))
    f = lambda w: np.sum(checkpoint(lambda h: w**3 * h * h)(Variable(x)))
    expected = 12 * np.sum(x * x)
    for start in (w, np.array(2.0)):
        np.testing.assert_allclose(grad(f)(start).data, expected, 1e-6)
    np.testing.assert_allclose(grad(grad(f))(np.array(2.0)).data, expected, 1e-6)


def test_second_order_through_backward(x, model):
    def twice(f):
        model.cleargrads()
        v = Variable(x)
        np.sum(f(v) ** 2).backward(create_graph=True)
        g = v.grad
        v.cleargrad()
        model.cleargrads()
        np.sum(g * g).backward()
        return [
            v.grad.data,
            *(p.grad.data for p in model.params() if p.grad is not None),
        ]

    for a, b in zip(twice(model), twice(checkpoint(model)), strict=True):
        np.testing.assert_allclose(a, b, 1e-4, 1e-5)


# -- memory ----------------------------------------------------------------------------


def peak(run):
    tracemalloc.start()
    try:
        run()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_a_deep_chain_needs_a_fraction_of_the_memory():
    """100 functions of 80 kB: in 10 parts about 20 results are alive instead of 100."""
    x = np.ones(10_000)

    def part(v):
        for _ in range(10):
            v = np.sin(v)
        return v

    def chain(part):
        v = Variable(x)
        y = v
        for _ in range(10):
            y = part(y)
        np.sum(y).backward()
        assert v.grad is not None

    plain, frugal = peak(lambda: chain(part)), peak(lambda: chain(checkpoint(part)))
    assert plain > 100 * x.nbytes
    assert frugal < plain / 3


# -- what cannot be run again ----------------------------------------------------------


def test_a_function_with_a_state_is_refused(x):
    calls = []

    def f(v):
        calls.append(1)
        return v * len(calls)

    y = checkpoint(f)(Variable(x))
    with pytest.raises(GradientError, match=r"f gave other results.*state"):
        y.backward()


def test_data_that_was_replaced_is_noticed(x):
    W = Parameter(np.ones(3))
    y = checkpoint(lambda v: v * W)(Variable(x))
    W.data = W.data * 2
    with pytest.raises(GradientError, match="replaced"):
        y.backward()


def test_an_error_inside_leaves_everything_as_it_was(x):
    def f(v):
        raise ZeroDivisionError

    counter = generator.counter
    with pytest.raises(ZeroDivisionError):
        checkpoint(f)(Variable(x))
    assert generator.counter is counter
