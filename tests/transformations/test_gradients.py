"""Gradients and products with Jacobians, of functions of any form, nested."""

from collections import namedtuple

import numpy as np
import pytest

import ondol
import ondol.functions as F
from ondol import (
    Function,
    Parameter,
    Variable,
    grad,
    hessian,
    hvp,
    jacobian,
    jvp,
    no_grad,
    value_and_grad,
    vjp,
    vmap,
)
from ondol.core import backward as engine
from ondol.errors import ArgumentError, DtypeError, GradientError, ShapeError
from ondol.layers import BatchNorm, Dropout, Linear, Sequential
from ondol.models import MLP
from ondol.optimizers import SGD
from ondol.testing import check_grads, numerical_gradient


def cubes(x):
    return np.sum(np.tanh(x) ** 3)


@pytest.fixture
def x(rng):
    return rng.normal(size=(2, 3))


@pytest.fixture
def model():
    ondol.seed(0)
    model = MLP((4, 2), activation=F.tanh)
    model(np.ones((1, 3), np.float32))
    return model


def close(got, expected, tolerance=1e-12):
    assert isinstance(got, Variable)
    np.testing.assert_allclose(got.data, np.asarray(expected), tolerance, tolerance)


def by_backward(f, *xs):
    inputs = [Variable(x) for x in xs]
    f(*inputs).backward()
    return [v.grad.data for v in inputs]


# -- what is returned ------------------------------------------------------------------


def test_a_gradient_is_that_of_backward(x):
    y, g = value_and_grad(cubes)(x)
    np.testing.assert_array_equal(g.data, by_backward(cubes, x)[0])
    np.testing.assert_array_equal(y.data, cubes(x))
    np.testing.assert_array_equal(grad(cubes)(x).data, g.data)
    assert g.dtype == np.float64
    assert grad(cubes)(x.astype("f")).dtype == np.float32


def test_by_several_arguments(x):
    f = lambda a, b, c: np.sum(a * b**2 + c)
    a, b, c = x, x + 1, x + 2
    ga, gc = grad(f, (0, -1))(a, b, c)
    close(ga, b**2)
    close(gc, np.ones_like(x))
    (gb,) = grad(f, [1])(a, b, c)
    close(gb, 2 * a * b)
    close(grad(f, -2)(a, b, c), 2 * a * b)


Pair = namedtuple("Pair", "left right")


def test_structures_of_arguments_and_results(x):
    def f(tree, scale=1):
        return scale * np.sum(
            tree["pair"].left * tree["pair"].right + tree["list"][0][0]
        )

    tree = {"pair": Pair(x, Variable(x + 1)), "list": [(x, None)]}
    g = grad(f)(tree, scale=2)
    assert isinstance(g["pair"], Pair)
    close(g["pair"].left, 2 * (x + 1))
    close(g["pair"].right, 2 * x)
    close(g["list"][0][0], np.full_like(x, 2))
    assert g["list"][0][1] is None


def test_numbers_and_scalars():
    close(grad(lambda x: x**3)(2.0), 12.0)
    close(grad(lambda x: x**3)(np.float32(2)), 12.0)
    assert grad(lambda x: x**3)(np.float32(2)).dtype == np.float32


def test_something_beside_the_number(x):
    f = lambda x: (np.sum(x**2), {"twice": 2 * x, "note": "text"})
    (y, aux), g = value_and_grad(f, has_aux=True)(x)
    close(y, np.sum(x**2))
    close(g, 2 * x)
    close(aux["twice"], 2 * x)
    assert aux["note"] == "text"
    assert aux["twice"].creator is None
    g, aux = grad(f, has_aux=True)(x)
    close(g, aux["twice"].data)


def test_what_does_not_matter_has_a_gradient_of_zeros(x):
    _, gb = grad(lambda a, b: np.sum(a), (0, 1))(x, x)
    close(gb, np.zeros_like(x))
    close(grad(lambda a: 3.0)(x), np.zeros_like(x))
    close(grad(lambda a: np.sum(a.data))(x), np.zeros_like(x))
    close(jvp(lambda a: np.ones(2), (x,), (x,))[1], np.zeros(2))
    close(jacobian(lambda a: np.ones(2))(x), np.zeros((2, *x.shape)))
    close(grad(lambda a: a)(2.0), 1.0)


def test_a_pullback_takes_any_gradient_again_and_again(x, rng):
    W = rng.normal(size=(3, 4))
    y, pullback = vjp(lambda a, b: {"y": a @ b, "a": a}, x, W)
    close(y["y"], x @ W)
    for _ in range(2):
        u = rng.normal(size=(2, 4))
        ga, gW = pullback({"y": u, "a": np.zeros_like(x)})
        close(ga, u @ W.T)
        close(gW, x.T @ u)


def test_directions_belong_to_arguments_by_name():
    f = lambda p: p["a"] ** 2 + 5 * p["b"]
    p, v = {"a": 3.0, "b": 1.0}, {"b": 0.0, "a": 1.0}
    assert jvp(f, (p,), (v,))[1].data == 6
    assert hvp(f, (p,), (v,))[0]["a"].data == 2
    swapped = lambda x: {"a": 2 * x, "b": 3 * x}
    assert vjp(swapped, 1.0)[1](v)[0].data == 2


def test_a_function_that_returns_no_array(x):
    assert vjp(lambda x: None, x)[1](None)[0].data.tolist() == np.zeros_like(x).tolist()
    assert jvp(lambda x: [], (x,), (x,)) == ([], [])


def test_a_position_may_be_a_number_of_numpy():
    assert grad(np.multiply, np.int64(1))(2.0, 3.0).data == 2


def test_a_derivative_along_a_direction(x, rng):
    W, dx, dW = (
        rng.normal(size=(3, 4)),
        rng.normal(size=(2, 3)),
        rng.normal(size=(3, 4)),
    )
    y, dy = jvp(lambda a, b: (a @ b, [np.sin(a)]), (x, W), (dx, dW))
    close(y[0], x @ W)
    close(dy[0], dx @ W + x @ dW)
    close(dy[1][0], np.cos(x) * dx)


def test_second_derivatives(x, rng):
    v = rng.normal(size=x.shape)
    H = hessian(cubes)(x)
    assert H.shape == (2, 3, 2, 3)
    close(H, np.swapaxes(H.data.reshape(6, 6), 0, 1).reshape(H.shape))
    (Hv,) = hvp(cubes, (x,), (v,))
    close(Hv, np.tensordot(H.data, v))
    f = lambda a, b: np.sum(a**2 * b)
    blocks = hessian(f, (0, 1))(x, x)
    close(blocks[0][1].reshape(6, 6), np.diag(2 * x.ravel()))
    close(blocks[1][1].reshape(6, 6), np.zeros((6, 6)))
    ha, hb = hvp(f, (x, x + 1), (v, 0 * v))
    close(ha, 2 * (x + 1) * v)
    close(hb, 2 * x * v)


@pytest.mark.parametrize("outputs", [2, 30])
def test_rows_or_columns_of_a_jacobian(outputs, rng):
    A, x = rng.normal(size=(outputs, 3)), rng.normal(size=3)
    J = jacobian(lambda x: np.sin(A @ x).reshape(-1, 2))(x)
    expected = np.cos(A @ x)[:, None] * A
    close(J, expected.reshape(-1, 2, 3))


def test_a_jacobian_by_structures(x):
    f = lambda t: {"sum": t["a"] + t["b"], "n": np.sum(t["a"])}
    J = jacobian(f)({"a": x[0], "b": x[1]})
    close(J["sum"]["a"], np.eye(3))
    close(J["n"]["b"], np.zeros(3))
    a, b = jacobian(lambda a, b: a * b, (0, 1))(x[0], x[1])
    close(a, np.diag(x[1]))
    close(b, np.diag(x[0]))


def test_the_cost_of_a_gradient_is_that_of_one_backward(x, monkeypatch):
    """Counted in calls of the engine's rules, not in time."""
    calls = []

    @ondol.differentiable(lambda g, y, a: calls.append(1) or g * 2)
    def double(a):
        return a * 2

    f = lambda a: np.sum(double(double(double(a))))
    grad(f)(x)
    assert len(calls) == 3
    _, pullback = vjp(f, x)
    pullback(1.0)
    assert len(calls) == 6
    calls.clear()
    jacobian(lambda a: double(a).reshape(-1))(x)
    assert len(calls) == 1  # all rows at once


# -- nothing outside changes -----------------------------------------------------------


def test_no_grad_of_anything_changes(x, model):
    W, v = Parameter(np.ones((3, 2))), Variable(x)
    f = lambda a: np.sum((a @ W) ** 2) + np.sum(model(a.astype("f")) ** 2)
    for transform in (grad, hessian, lambda f: lambda a: jvp(f, (a,), (a,))):
        transform(f)(v)
    assert W.grad is None
    assert v.grad is None
    assert all(p.grad is None for p in model.params())
    f(v).backward()
    before = W.grad.data.copy()
    grad(f)(v)
    np.testing.assert_array_equal(W.grad.data, before)


def test_given_arrays_the_results_are_constants(x, model):
    y, g = value_and_grad(cubes)(x)
    _, dy = jvp(cubes, (x,), (x,))
    _, pullback = vjp(cubes, x)
    loss, by_name = value_and_grad(lambda m: np.sum(m(x.astype("f"))))(model)
    for v in (y, g, dy, pullback(1.0)[0], loss, *by_name.values(), hessian(cubes)(x)):
        assert v.creator is None
        assert v.generation == -1


def test_given_variables_the_results_belong_to_their_graph(x):
    v = Variable(x)
    y, g = value_and_grad(cubes)(v)
    np.sum(g * g + y).backward()
    f = lambda a: np.sum(grad(cubes)(a) ** 2) + a.size * cubes(a)
    close(
        v.grad,
        numerical_gradient(
            lambda a: np.sum(grad(cubes)(a).data ** 2) + a.size * cubes(a), [x], 0
        ),
        1e-6,
    )
    close(v.grad, grad(f)(x))
    with no_grad():
        y, g = value_and_grad(cubes)(v)
        assert g.creator is y.creator is None
    close(g, by_backward(cubes, x)[0])


def test_results_in_the_middle_of_a_graph(x):
    v = Variable(x)
    h = np.sin(v)
    np.sum(grad(cubes)(h) ** 2).backward()
    f = lambda a: np.sum(grad(cubes)(np.sin(a)) ** 2)
    close(v.grad, grad(f)(x))
    v.cleargrad()
    _, pullback = vjp(np.sin, h)
    np.sum(pullback(np.ones_like(x))[0]).backward()
    close(v.grad, -np.sin(np.sin(x)) * np.cos(x))
    v.cleargrad()
    _, dy = jvp(np.sin, (x,), (v,))
    np.sum(dy).backward()
    close(v.grad, np.cos(x))


def test_a_gradient_penalty_trains_the_critic(rng):
    """Gulrajani et al. 2017: the loss holds a gradient by the input."""
    x, W = rng.normal(size=(4, 3)), rng.normal(size=(3, 3))

    def penalty(W, x):
        g = grad(lambda x: np.sum(np.tanh(x @ W) ** 2))(x)
        return np.mean((np.sqrt(np.sum(g * g, axis=1)) - 1) ** 2)

    check_grads(lambda W: penalty(W, x), W, order=1)
    V = Variable(W)
    penalty(V, Variable(x)).backward()
    close(V.grad, grad(penalty)(W, x))


# -- nesting ---------------------------------------------------------------------------


def test_every_order_of_a_number():
    f, x = (lambda x: np.sin(2 * x)), 0.3
    for n in range(6):
        sign = [np.sin, np.cos, lambda a: -np.sin(a), lambda a: -np.cos(a)][n % 4]
        close(f(Variable(np.array(x))), 2**n * sign(2 * x), 1e-10)
        f = grad(f)


def along_one(f):
    return lambda x: jvp(f, (x,), (1.0,))[1]


@pytest.mark.parametrize("outer", [grad, along_one])
@pytest.mark.parametrize("inner", [grad, along_one])
def test_inner_and_outer_derivatives_are_not_confused(outer, inner):
    """The example of Siskind and Pearlmutter, "Perturbation confusion" (2005)."""
    close(outer(lambda x: x * inner(lambda y: x + y)(1.0))(1.0), 1.0)
    close(outer(lambda x: x * inner(lambda y: x * y**2)(2.0))(3.0), 24.0)


COMPOSED = {
    "jvp of grad": lambda f, x, v: jvp(grad(f), (x,), (v,))[1],
    "grad of jvp": lambda f, x, v: grad(lambda a: jvp(f, (a,), (v,))[1])(x),
    "jvp of vjp": lambda f, x, v: jvp(lambda a: vjp(f, a)[1](1.0)[0], (x,), (v,))[1],
    "vjp of vjp": lambda f, x, v: vjp(lambda a: vjp(f, a)[1](1.0)[0], x)[1](v)[0],
    "hvp": lambda f, x, v: hvp(f, (x,), (v,))[0],
    "hessian": lambda f, x, v: np.tensordot(hessian(f)(x), v, x.ndim),
    "jacobian of jvp": lambda f, x, v: jacobian(lambda a: jvp(f, (a,), (v,))[1])(x),
    "grad of a product": lambda f, x, v: grad(lambda a: np.sum(grad(f)(a) * v))(x),
}


@pytest.mark.parametrize("way", COMPOSED.values(), ids=COMPOSED)
def test_ways_to_a_second_derivative(way, x, rng):
    v = rng.normal(size=x.shape)
    close(way(cubes, x, v), np.tensordot(hessian(cubes)(x).data, v), 1e-10)
    third = grad(lambda a: np.sum(way(cubes, a, v) ** 2))
    expected = grad(lambda a: np.sum(hvp(cubes, (a,), (v,))[0] ** 2))
    close(third(x), expected(x).data, 1e-9)
    both = vmap(lambda a: way(cubes, a, np.ones(3)))(x)
    close(both, np.stack([way(cubes, row, np.ones(3)).data for row in x]), 1e-9)


def test_learning_to_learn(model, rng):
    """A step of gradient descent inside a loss (Finn et al. 2017)."""
    x, t = rng.normal(size=(5, 3)), rng.normal(size=(5, 2))
    loss = lambda W: np.mean((np.tanh(x @ W) - t) ** 2)
    step = lambda W: W - 0.5 * grad(loss)(W)
    check_grads(lambda W: loss(step(step(W))), rng.normal(size=(3, 2)), order=1)


def test_a_function_of_the_books_kind_nests(x):
    class Cube(Function):
        def forward(self, x):
            return x**3

        def backward(self, gy):
            (x,) = self.inputs
            return 3 * x.data**2 * gy

    f = lambda a: np.sum(Cube()(a))
    close(grad(lambda a: np.sum(grad(f)(a)))(x), 6 * x)
    close(hvp(f, (x,), (x,))[0], 6 * x * x)


# -- layers ----------------------------------------------------------------------------


def loss_of(model, x, t):
    return F.softmax_cross_entropy(model(x), t)


def test_by_the_parameters_of_a_model(model, rng):
    x, t = rng.normal(size=(4, 3)).astype("f"), np.array([0, 1, 1, 0])
    _, g = value_and_grad(loss_of)(model, x, t)
    loss_of(model, x, t).backward()
    for name, p in model.named_params():
        np.testing.assert_array_equal(g[name].data, p.grad.data)
    gm, gx = grad(loss_of, (0, 1))(model, x, t)
    assert gx.shape == x.shape
    assert list(gm) == list(g)


def test_an_optimizer_takes_the_gradients(rng):
    x, t = rng.normal(size=(4, 3)).astype("f"), np.array([0, 1, 1, 0])
    model = MLP((4, 2))
    optimizer = SGD(0.5).setup(model)
    losses = []
    for _ in range(20):
        y, grads = value_and_grad(loss_of)(model, x, t)
        for name, p in model.named_params():
            p.grad = grads[name]
        optimizer.update()
        losses.append(float(y))
    assert losses[-1] < losses[0]


def test_layers_that_make_their_parameters_on_the_way(rng):
    model = Sequential(Linear(4), BatchNorm(), F.tanh, Dropout(0.5), Linear(2))
    x = rng.normal(size=(5, 3)).astype("f")
    g = grad(lambda m, x: np.sum(m(x) ** 2))(model, x)
    assert {n: v.shape for n, v in g.items()} == {
        n: p.shape for n, p in model.named_params()
    }
    assert (model.layers[1].mean.data != 0).any()


def test_tied_and_unused_parameters(rng):
    first = Linear(3, in_size=3)
    tree = {"a": first, "b": [first, Linear(2, in_size=3)]}
    x = rng.normal(size=(5, 3)).astype("f")
    g = grad(lambda t: np.sum(t["b"][0](t["a"](x))))(tree)
    W = first.W.data
    assert set(g["a"]) == {"W", "b"}
    np.testing.assert_allclose(g["b"][1]["W"].data, np.zeros((3, 2)))
    first.cleargrads()
    np.sum(first(first(x))).backward()
    np.testing.assert_allclose(g["a"]["W"].data, first.W.grad.data)
    assert W is first.W.data


def test_second_derivatives_by_a_model(model, rng):
    x = rng.normal(size=(4, 3)).astype("f")

    def sharpness(model):
        g = grad(lambda m: np.mean(m(x) ** 2))(model)
        return sum(np.sum(part**2) for part in g.values())

    by_name = grad(sharpness)(model)
    v, W = 1e-2, model.layers[0].W
    direction = rng.normal(size=W.shape).astype("f")
    ends = []
    for sign in (1, -1):
        W.data = W.data + sign * v * direction
        ends.append(float(sharpness(model)))
        W.data = W.data - sign * v * direction
    slope = float(np.sum(by_name["layers.0.W"].data * direction))
    assert slope == pytest.approx((ends[0] - ends[1]) / (2 * v), rel=2e-2)


# -- errors ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "kind", "words"),
    [
        (lambda: grad(np.sin)(np.ones(3)), ShapeError, "jacobian or vjp"),
        (lambda: grad(lambda x: (x, x))(1.0), ShapeError, "one number"),
        (lambda: grad(lambda x: x)(1), DtypeError, "make it float"),
        (lambda: grad(lambda x: x)("text"), DtypeError, "numbers|float"),
        (lambda: grad(np.sum, 2)(1.0), ArgumentError, "1 positional"),
        (lambda: grad(np.sum, ())(1.0), ArgumentError, "positions"),
        (lambda: grad(np.sum)(x=1.0), ArgumentError, "without its name"),
        (lambda: grad(lambda x: x, has_aux=True)(1.0), ArgumentError, "has_aux"),
        (lambda: vjp(np.sin, np.ones(3))[1](1.0), ShapeError, r"expected \(3,\)"),
        (lambda: vjp(np.sin, 1.0)[1]((1.0, 2.0)), ArgumentError, "expected 1 arrays"),
        (lambda: jvp(np.sin, (1.0,), (np.ones(2),)), ShapeError, r"expected \(\)"),
        (lambda: jvp(np.add, (1.0, 1.0), (1.0,)), ArgumentError, "expected 2"),
        (lambda: hvp(np.sin, (1.0,), (1.0, 1.0)), ArgumentError, "expected 1"),
        (lambda: hvp(np.sum, np.ones(1), np.ones(1)), ArgumentError, r"\(x,\)"),
        (lambda: jvp(np.sum, np.ones(1), np.ones(1)), ArgumentError, r"\(x,\)"),
        (lambda: jvp(np.sum, ({"a": 1.0},), ({"b": 1.0},)), ArgumentError, "same"),
        (lambda: jvp(np.sum, ([1.0],), (1.0,)), ArgumentError, "same lists"),
        (lambda: grad(np.add, (0, -2))(1.0, 1.0), ArgumentError, "each once"),
        (lambda: grad(np.add, "x")(1.0, 1.0), ArgumentError, "positions"),
        (lambda: grad(np.add, 0.0)(1.0, 1.0), ArgumentError, "positions"),
        (lambda: grad(np.square)(1j), GradientError, "real"),
    ],
)
def test_errors_teach(call, kind, words):
    with pytest.raises(kind, match=words):
        call()


def test_the_engine_alone_decides_where_a_walk_ends(x):
    v = Variable(x)
    y = np.sum(v * v)
    seen = []
    engine.backward(y, np.ones(()), False, False, lambda x, g: seen.append(x) or x is v)
    assert seen[0] is y
    assert v.grad is None


def test_only_a_function_is_transformed(x):
    y = Variable(x)
    for make in (
        lambda: grad(y),
        lambda: value_and_grad(3),
        lambda: jacobian(y),
        lambda: hessian("f"),
        lambda: vjp(y, y),
        lambda: jvp(None, (y,), (y,)),
        lambda: vmap(y),
        lambda: ondol.checkpoint([np.sin]),
        lambda: ondol.compile(y),
    ):
        with pytest.raises(DtypeError, match=r"^a function of arrays is needed, got"):
            make()
