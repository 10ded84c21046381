"""`vmap`: axes, nesting, what is batched beside data, and what it refuses."""

import numpy as np
import pytest

import ondol
import ondol.functions as F
from ondol import (
    Function,
    Variable,
    grad,
    jacobian,
    no_grad,
    value_and_grad,
    vmap,
)
from ondol.errors import (
    ArgumentError,
    DtypeError,
    IndexingError,
    ShapeError,
    UnsupportedError,
    UsageError,
)
from ondol.models import MLP

B, M, N = 4, 3, 2


@pytest.fixture
def x(rng):
    return rng.normal(size=(B, M, N))


def same(got, expected):
    assert isinstance(got, Variable)
    assert got.dtype == np.asarray(expected).dtype
    np.testing.assert_allclose(got.data, np.asarray(expected), 1e-12, 1e-14)


def looped(f, *xs):
    return np.stack([np.asarray(f(*one)) for one in zip(*xs, strict=True)])


# -- axes ------------------------------------------------------------------------------


@pytest.mark.parametrize("axis", [0, 1, 2, -1, -2])
def test_any_axis_of_an_argument_counts_the_examples(axis, x):
    xs = np.moveaxis(x, axis, 0)
    same(
        vmap(lambda a: a @ a.T if a.ndim > 1 else a, axis)(x),
        looped(lambda a: a @ a.T, xs),
    )


@pytest.mark.parametrize("axis", [0, 1, 2, -1])
def test_the_axis_goes_where_it_is_wanted(axis, x):
    same(vmap(np.tanh, out_axes=axis)(Variable(x)), np.moveaxis(np.tanh(x), 0, axis))


def test_a_shared_argument_is_seen_whole(x, rng):
    W = rng.normal(size=(N, 5))
    same(vmap(np.matmul, (0, None))(Variable(x), W), x @ W)
    same(vmap(np.matmul, [0, None])(Variable(x), W), x @ W)
    same(vmap(lambda a, W: F.matmul(a, W))(x, np.stack([W] * B)), x @ W)


def test_a_shared_setting_is_handed_on_as_it_is(x):
    f = lambda a, axis, words, scale: np.sum(a, axis) * scale if words else a
    y = vmap(f, (0, None, None, None))(x.astype("f"), 0, "yes", 2.0)
    same(y, 2 * x.astype("f").sum(1))


def test_axes_belong_to_parts_by_name(x):
    f = lambda d: d["a"] * d["b"].sum()
    y = vmap(f, ({"b": None, "a": np.int64(0)},))({"a": x, "b": x[0]})
    same(y, x * x[0].sum())


def test_arguments_by_name_are_shared(x):
    same(vmap(F.sum)(x, axis=0), x.sum(1))
    same(vmap(lambda a, *, scale: a * scale)(x, scale=np.arange(N)), x * np.arange(N))


def test_structures_in_and_out(x):
    def f(pair, more):
        a, b = pair
        return {"sum": a + b, "rest": [a * more["c"], (b, None)]}

    y = vmap(f, in_axes=((0, None), {"c": 1}))((x, x[0]), {"c": np.moveaxis(x, 0, 1)})
    same(y["sum"], x + x[0])
    same(y["rest"][0], x * x)
    same(y["rest"][1][0], np.stack([x[0]] * B))
    assert y["rest"][1][1] is None


def test_out_axes_of_each_result(x):
    f = vmap(lambda a: (a, 2 * a, np.ones(3)), out_axes=(1, 0, None))
    a, b, c = f(x)
    same(a, np.moveaxis(x, 0, 1))
    same(b, 2 * x)
    same(c, np.ones(3))


def test_plain_numbers_and_results_that_are_constants(x):
    same(vmap(lambda a: 3.0)(x), np.full(B, 3.0))
    same(vmap(lambda a, b: a * b, (0, None))(x, 2.0), 2 * x)


def test_a_vmap_inside_a_vmap(x, rng):
    W = rng.normal(size=(N, N))
    y = vmap(vmap(lambda row, W: row @ W @ row, (0, None)), (0, None))(x, W)
    same(y, np.einsum("bmi,ij,bmj->bm", x, W, x))
    pairs = vmap(lambda a: vmap(lambda b: np.sum(a * b))(x))(x)
    same(pairs, np.einsum("aij,bij->ab", x, x))
    crossed = vmap(vmap(lambda a: a * 2, in_axes=1, out_axes=1))(x)
    same(crossed, 2 * x)


def test_no_examples_at_all():
    same(vmap(lambda a: np.sum(np.tanh(a)))(np.ones((0, 3))), np.ones(0))
    with pytest.raises(ArgumentError, match="loop cannot tell the shape"):
        vmap(F.accuracy)(np.ones((0, 3, 2)), np.ones((0, 3), int))


# -- what differs between examples -----------------------------------------------------


@pytest.mark.parametrize(
    "index",
    [
        lambda a, i, j: a[i],
        lambda a, i, j: a[i, 0],
        lambda a, i, j: a[1, j],
        lambda a, i, j: a[:, j],
        lambda a, i, j: a[..., j],
        lambda a, i, j: a[i, :, None],
        lambda a, i, j: a[None, i],
        lambda a, i, j: a[:, :, None][:, j],
        lambda a, i, j: a[:, None, j, None],
        lambda a, i, j: a[..., None][:, j, 0],
        lambda a, i, j: a[i, None, j],
        lambda a, i, j: a[[0, 1], j],
        lambda a, i, j: a[np.array([[0], [2]]), j],
        lambda a, i, j: F.take(a, i, 0),
        lambda a, i, j: np.take(a, j, axis=1),
    ],
)
def test_indices_of_each_example(index, x, rng):
    i, j = rng.integers(-M, M, (B, 2)), rng.integers(0, N, (B, 2))
    same(vmap(index)(x, i, j), looped(lambda *xs: index(*map(Variable, xs)), x, i, j))
    one = i[:, 0], j[:, 0]
    same(vmap(index)(x, *one), looped(lambda *xs: index(*map(Variable, xs)), x, *one))

    def total(a, i, j):
        return np.sum(index(a, i, j) ** 3)

    got = vmap(grad(total))(x, i, j)
    same(got, looped(lambda *xs: grad(total)(*map(Variable, xs)).data, x, i, j))


def test_ids_in_a_shared_table(rng):
    table, ids = rng.normal(size=(5, N)), rng.integers(0, 5, (B, 3))
    same(vmap(F.embedding, (0, None))(ids, table), table[ids])
    same(vmap(lambda i, W: W[i], (0, None))(ids, Variable(table)), table[ids])
    same(
        vmap(lambda i, W: np.take(W, i, axis=0), (0, None))(ids, Variable(table)),
        table[ids],
    )
    tables = rng.normal(size=(B, 5, N))
    same(vmap(F.embedding)(ids, tables), looped(lambda i, W: W[i], ids, tables))
    with pytest.raises(IndexingError, match="id 5 is outside"):
        vmap(F.embedding)(ids * 0 + 5, tables)


def test_targets_of_each_example(rng):
    scores, t = rng.normal(size=(B, 3, 5)), rng.integers(0, 5, (B, 3))
    loss = F.softmax_cross_entropy
    same(vmap(loss)(scores, t), looped(lambda s, t: loss(s, t).data, scores, t))
    same(
        vmap(grad(loss))(scores, t),
        looped(lambda s, t: grad(loss)(s, t).data, scores, t),
    )
    with pytest.raises(IndexingError, match="id 5"):
        vmap(loss)(scores, t * 0 + 5)


def test_masks_of_each_example(x):
    mask = x > 0
    same(vmap(lambda m, a: np.where(m, a, 0))(mask, x), np.where(mask, x, 0))
    with pytest.raises(UnsupportedError, match=r"np\.where"):
        vmap(lambda m, a: a[m])(mask, x)
    with pytest.raises(UnsupportedError, match=r"np\.where"):
        vmap(np.nonzero)(Variable(x))
    with pytest.raises(UnsupportedError, match=r"np\.where"):
        vmap(F.trim_zeros)(x[:, 0])


# -- gradients -------------------------------------------------------------------------


def loss(model, x, t):
    return F.softmax_cross_entropy(model(x[None]), t[None])


def test_gradients_of_each_example_by_the_parameters_of_a_model(rng):
    x, t = rng.normal(size=(B, 5)), rng.integers(0, 3, B)
    model = MLP((4, 3), activation=F.tanh)
    model(x)
    each = vmap(grad(loss), in_axes=(None, 0, 0))(model, x, t)
    assert set(each) == {name for name, _ in model.named_params()}
    for i in range(B):
        for name, g in grad(loss)(model, x[i], t[i]).items():
            np.testing.assert_allclose(each[name].data[i], g.data, 1e-5, 1e-6)
    assert all(p.grad is None for p in model.params())


def test_parameters_that_are_not_made_yet_would_be_missed(rng):
    each = vmap(grad(lambda m, x: np.sum(m(x))), (None, 0))
    with pytest.raises(UsageError, match="call it once before"):
        each(MLP((3, 2)), rng.normal(size=(4, 1, 3)))


def test_gradients_of_each_example_by_filters(rng):
    x, W = rng.normal(size=(B, 2, 3, 5, 5)), rng.normal(size=(4, 3, 2, 2))
    f = lambda W, x: np.sum(F.relu(F.conv2d(x, W, stride=2)) ** 2)
    each = vmap(grad(f), in_axes=(None, 0))(W, x)
    same(each, np.stack([grad(f)(W, one).data for one in x]))


def test_a_gradient_of_a_vmap_reaches_shared_and_own_arguments(x, rng):
    W = Variable(rng.normal(size=(N, N)))
    v = Variable(x)
    np.sum(vmap(lambda a: np.tanh(a @ W))(v) ** 2).backward()
    w2, v2 = Variable(W.data), Variable(x)
    np.sum(np.tanh(v2 @ w2) ** 2).backward()
    same(W.grad, w2.grad.data)
    same(v.grad, v2.grad.data)
    f = lambda W, x: np.sum(vmap(lambda a: np.tanh(a @ W))(x) ** 2)
    same(grad(f)(W.data, x), W.grad.data)


def test_gradients_of_gradients_of_each_example(x):
    f = lambda a: np.sum(np.sin(a) * a**2)
    twice = grad(lambda a: np.sum(grad(f)(a) ** 2))
    same(vmap(twice)(x), np.stack([twice(one).data for one in x]))
    outer = grad(lambda x: np.sum(vmap(grad(f))(x) ** 2))
    same(outer(x), vmap(twice)(x).data)


def test_a_jacobian_inside_and_outside(x):
    f = lambda row: np.stack([np.sum(row**2), np.prod(row)])
    inside = vmap(vmap(jacobian(f)))(x)
    assert inside.shape == (B, M, 2, N)
    same(inside[1][2], jacobian(f)(x[1, 2]).data)
    outside = jacobian(vmap(f))(x[0])
    assert outside.shape == (M, 2, M, N)
    for i in range(M):
        same(outside[i, :, i], inside[0, i].data)


def test_constants_give_constants(x):
    assert vmap(grad(lambda a: np.sum(a * a)))(x).creator is None
    assert vmap(np.tanh)(x).creator is None
    assert vmap(np.tanh)(Variable(x)).creator is not None
    with no_grad():
        assert vmap(np.tanh)(Variable(x)).creator is None


def test_what_is_read_as_data_takes_no_gradient(x):
    f = lambda a: np.sum(a * a.data)
    same(vmap(grad(f))(x), x)
    same(vmap(grad(lambda a: np.sum(a * a.detach())))(x), x)


# -- what has no rule ------------------------------------------------------------------


class Cube(Function):
    """The book's kind of function."""

    def forward(self, x):
        assert x.shape == (M, N)
        return x**3

    def backward(self, gy):
        (x,) = self.inputs
        return 3 * x**2 * gy


@ondol.differentiable(lambda g, y, x: g[0] * np.ones_like(x) + g[1])
def both(x):
    assert x.shape == (M, N)
    return np.sum(x), x * 1


@pytest.mark.parametrize("f", [lambda a: Cube()(a), lambda a: both(a)[1] * both(a)[0]])
def test_a_function_of_ones_own_is_looped_over(f, x):
    total = lambda a: np.sum(f(a) ** 2)
    same(vmap(f)(x), looped(lambda a: f(a).data, x))
    same(vmap(grad(total))(x), np.stack([grad(total)(one).data for one in x]))
    v = Variable(x)
    np.sum(vmap(f)(v) ** 2).backward()
    same(v.grad, np.stack([grad(total)(one).data for one in x]))


# -- errors ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("use", "words"),
    [
        (lambda a: a if a.sum() > 0 else -a, "condition"),
        (lambda a: float(a[0, 0]), "number"),
        (lambda a: a[0, 0].item(), "number"),
        (lambda a: np.array(a), "number"),
        (lambda a: np.arange(3)[a[0, 0].astype(int)], "as_variable"),
    ],
)
def test_values_are_not_there_to_branch_on(use, words, x):
    with pytest.raises(UnsupportedError, match=words) as info:
        vmap(use)(x)
    assert "test_vmap.py" in str(info.value)


@pytest.mark.parametrize(
    ("call", "kind", "words"),
    [
        (lambda x: vmap(np.add)(Variable(x), x[1:]), ShapeError, r"\[3, 4\] examples"),
        (lambda x: vmap(np.add, None)(x, x), ArgumentError, "in_axes"),
        (lambda x: vmap(np.add)(x, 2.0), ArgumentError, "None shares an argument"),
        (lambda x: vmap(np.sin, 3)(x), ArgumentError, "no axis 3"),
        (lambda x: vmap(np.add, (0,))(x, x), ArgumentError, "does not fit"),
        (lambda x: vmap(np.sin, ({"a": 0},))(x), ArgumentError, "does not fit"),
        (lambda x: vmap(np.sin, ({"a": 0},))({"b": x}), ArgumentError, "does not fit"),
        (lambda x: vmap(np.sin, 0.0)(x), ArgumentError, "does not fit"),
        (lambda x: vmap(np.sin, out_axes=None)(Variable(x)), ArgumentError, "share"),
        (lambda x: vmap(lambda m: m.layers)(MLP((2,))), ArgumentError, "no axis"),
        (lambda x: vmap(lambda a: a.reshape(7))(x), ShapeError, "reshape"),
        (lambda x: vmap(lambda a: a.sum(axis=2))(x), ShapeError, "axis 2"),
        (lambda x: vmap(lambda a: a @ a)(x), ShapeError, "matmul"),
        (lambda x: vmap(lambda a: a.backward())(x), UsageError, r"ondol\.grad"),
        (lambda x: vmap(lambda a: "text")(x), DtypeError, "numbers"),
    ],
)
def test_errors_teach(call, kind, words, x):
    with pytest.raises(kind, match=words):
        call(x)


def test_a_value_that_left_its_vmap_is_refused(x):
    kept = []
    vmap(lambda a: kept.append(a) or a)(x)
    with pytest.raises(UsageError, match="left the vmap"):
        kept[0] + 1
    with pytest.raises(UsageError, match="left the vmap"):
        vmap(lambda a: a + kept[0])(x)


def test_running_statistics_cannot_move(rng):
    layer = ondol.layers.BatchNorm(size=3)
    with pytest.raises(DtypeError):
        vmap(layer)(rng.normal(size=(B, 2, 3)))


def test_random_numbers_are_shared(rng):
    ondol.seed(1)
    y = vmap(lambda a: F.dropout(a, 0.5))(np.ones((B, 20)))
    assert (y.data == y.data[0]).all()
    assert 0 < np.count_nonzero(y.data[0]) < 20


def test_how_it_shows_itself(x):
    seen = []
    vmap(lambda a: seen.extend([repr(a), f"{a}", f"{a:.2f}", len(a), a.size]) or a)(x)
    assert seen == ["batched(4 examples of float64 (3, 2))"] * 3 + [M, M * N]


def test_a_name_and_documentation():
    assert vmap(F.softmax).__name__ == "softmax"
    assert value_and_grad(F.mean_squared_error).__doc__ == F.mean_squared_error.__doc__
