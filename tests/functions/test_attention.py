"""What attention does where a row of numbers cannot tell: masks, extremes, errors."""

import tracemalloc

import numpy as np
import pytest

import ondol
import ondol.functions as F
from ondol import Variable
from ondol.errors import ArgumentError, DtypeError, ShapeError
from ondol.functions import attention
from ondol.testing import check_grads


def qkv(rng, *, heads=4, kv_heads=2, queries=3, keys=5, dtype=np.float64):
    shapes = (2, heads, queries, 4), (2, kv_heads, keys, 4), (2, kv_heads, keys, 6)
    return [rng.normal(size=shape).astype(dtype) for shape in shapes]


# -- masks -----------------------------------------------------------------------------


def test_a_query_that_sees_nothing_gets_zeros_and_passes_on_no_gradient(rng):
    q, k, v = map(Variable, qkv(rng))
    mask = np.ones((3, 5), bool)
    mask[1] = False
    y = F.scaled_dot_product_attention(q, k, v, mask)
    assert (y.data[..., 1, :] == 0).all()
    assert (y.data[..., 0, :] != 0).all()
    np.sum(y).backward()
    assert (q.grad.data[..., 1, :] == 0).all()
    assert all(np.isfinite(x.grad.data).all() for x in (q, k, v))
    nothing = F.scaled_dot_product_attention(q, k, v, np.zeros((1, 1), bool))
    assert (nothing.data == 0).all()


def test_derivatives_with_a_row_that_sees_nothing(rng):
    mask = np.arange(15).reshape(3, 5) % 3 > 0
    mask[2] = False

    def run(q, k, v):
        return F.scaled_dot_product_attention(q, k, v, mask)

    check_grads(run, *qkv(rng), order=2)


def test_adding_minus_infinity_is_masking(rng):
    q, k, v = qkv(rng)
    mask = rng.random((3, 5)) > 0.4
    mask[0] = False
    bias = np.where(mask, 0, -np.inf)
    a, b = (F.scaled_dot_product_attention(q, k, v, m) for m in (mask, bias))
    np.testing.assert_array_equal(a.data, b.data)


def test_what_is_masked_has_no_influence(rng):
    q, k, v = qkv(rng)
    mask = np.array([True, True, False, True, False])
    y = F.scaled_dot_product_attention(q, k, v, mask)
    k[..., ~mask, :] = 1e30
    np.testing.assert_allclose(
        F.scaled_dot_product_attention(q, k, v, mask).data, y.data
    )
    few = F.scaled_dot_product_attention(q, k[..., mask, :], v[..., mask, :])
    np.testing.assert_allclose(few.data, y.data)


def test_causal_is_aligned_at_the_last_query_and_key(rng):
    q, k, v = qkv(rng, queries=2)
    y = F.scaled_dot_product_attention(q, k, v, causal=True)
    v[..., 4, :] += 1  # the last key: only the last query sees it
    moved = F.scaled_dot_product_attention(q, k, v, causal=True)
    np.testing.assert_array_equal(moved.data[..., 0, :], y.data[..., 0, :])
    assert (moved.data[..., 1, :] != y.data[..., 1, :]).all()


def test_more_queries_than_keys_leave_the_first_with_nothing(rng):
    q, k, v = qkv(rng, queries=5, keys=3)
    y = F.scaled_dot_product_attention(q, k, v, causal=True).data
    assert (y[..., :2, :] == 0).all()
    np.testing.assert_allclose(y[..., 2, :], np.repeat(v[..., 0, :], 2, axis=1))


def test_a_bias_is_trained(rng):
    q, k, v = qkv(rng)
    bias = Variable(np.zeros((4, 1, 5), np.float32))
    y = F.scaled_dot_product_attention(q, k, v, bias)
    assert y.dtype == np.float64
    np.sum(y * y).backward()
    assert bias.grad.shape == bias.shape
    assert bias.grad.dtype == np.float32
    np.testing.assert_allclose(np.sum(bias.grad.data, axis=-1), 0, atol=1e-6)


def test_a_mask_of_a_comparison_may_be_a_variable(rng):
    q, k, v = qkv(rng)
    ids = Variable(np.array([[4, 2, 0, 1, 0]]))
    a = F.scaled_dot_product_attention(q, k, v, ids != 0)
    b = F.scaled_dot_product_attention(q, k, v, ids.data != 0)
    np.testing.assert_array_equal(a.data, b.data)


# -- numbers ---------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_large_scores_do_not_overflow(dtype, rng):
    q, k, v = qkv(rng, dtype=dtype)
    q, k = (Variable(np.sign(x) * np.finfo(dtype).max ** 0.25 * 10) for x in (q, k))
    q, k = (x.detach().data.astype(dtype) for x in (q, k))
    inputs = [Variable(x) for x in (q, k, v)]
    y = F.scaled_dot_product_attention(*inputs, causal=True)
    np.sum(y).backward()
    assert y.dtype == dtype
    assert all(np.isfinite(x.grad.data).all() for x in inputs)


def test_a_mask_of_float64_does_not_widen(rng):
    q, k, v = qkv(rng, dtype=np.float32)
    bias = F.alibi_bias(np.arange(3), np.arange(5), 4, np.float64)
    assert F.scaled_dot_product_attention(q, k, v, bias).dtype == np.float32


def test_whole_numbers_are_taken_as_real_ones():
    x = np.arange(-3, 3, dtype=np.int8).reshape(3, 2)
    y = F.scaled_dot_product_attention(x, x, x)
    wide = F.scaled_dot_product_attention(*(x.astype(float),) * 3)
    np.testing.assert_array_equal(y.data, wide.data, strict=True)


def test_shared_heads_are_as_repeated_ones(rng):
    q, k, v = qkv(rng, heads=6, kv_heads=2)
    y = F.scaled_dot_product_attention(q, k, v, causal=True)
    k, v = (np.repeat(x, 3, axis=1) for x in (k, v))
    again = F.scaled_dot_product_attention(q, k, v, causal=True)
    np.testing.assert_allclose(y.data, again.data, rtol=1e-12)


def test_dropout_is_for_training_alone(rng):
    q, k, v = qkv(rng)
    plain = F.scaled_dot_product_attention(q, k, v)
    assert (F.scaled_dot_product_attention(q, k, v, dropout=0.5).data != plain).any()
    with ondol.test_mode():
        y = F.scaled_dot_product_attention(q, k, v, dropout=0.5)
    np.testing.assert_array_equal(y.data, plain.data)


# -- positions -------------------------------------------------------------------------


@pytest.mark.parametrize("interleaved", [False, True])
def test_turned_queries_and_keys_know_their_distance_alone(interleaved, rng):
    q, k = rng.normal(size=(2, 1, 8))

    def score(p, r):
        a = F.rotary_embedding(q, np.array([p]), interleaved=interleaved)
        b = F.rotary_embedding(k, np.array([r]), interleaved=interleaved)
        return float(np.sum(a * b))

    assert score(3, 1) == pytest.approx(score(1002, 1000))
    assert score(3, 1) != pytest.approx(score(1, 3))
    assert score(0, 0) == pytest.approx(float(q[0] @ k[0]))


def test_the_two_ways_to_pair_features_are_one_in_another_order(rng):
    x = rng.normal(size=(5, 6))
    order = [0, 2, 4, 1, 3, 5]
    half = F.rotary_embedding(x[:, order])
    pairs = F.rotary_embedding(x, interleaved=True)
    np.testing.assert_allclose(half.data, pairs.data[:, order])


def test_far_positions_are_exact_in_float32():
    x = np.ones((1, 2), np.float32)
    y = F.rotary_embedding(x, np.array([1_000_000])).data[0]
    angle = 1_000_000
    expected = np.cos(angle) - np.sin(angle), np.sin(angle) + np.cos(angle)
    np.testing.assert_allclose(y, expected, rtol=1e-6)
    wave = F.sinusoidal_encoding(np.array([angle]), 2).data[0]
    np.testing.assert_allclose(wave, [np.sin(angle), np.cos(angle)], rtol=1e-6)


def test_whole_positions_give_the_dtype_that_is_asked_for():
    assert F.sinusoidal_encoding(np.arange(3), 4).dtype == np.float32
    assert F.sinusoidal_encoding([0, 1], 4, dtype=np.float64).dtype == np.float64
    assert F.sinusoidal_encoding(np.zeros(2, np.float16), 4).dtype == np.float16


# -- errors ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("shapes", "message"),
    [
        (((2,), (3, 2), (3, 2)), r"expected queries .* got \(2,\) and \(3, 2\)"),
        (((3, 2), (2,), (3, 2)), "expected queries"),
        (((3, 2), (5, 4), (5, 2)), r"got \(3, 2\) and \(5, 4\)"),
        (((3, 2), (5, 2), (4, 2)), r"one value for each key, \(..., kv_heads, 5, out"),
        (((4, 3, 2), (3, 5, 2), (3, 5, 2)), "a multiple of those of the keys"),
        (((2, 3, 2), (4, 5, 2), (4, 5, 2)), "a multiple of those of the keys"),
        (((4, 3, 2), (4, 5, 2), (3, 5, 2)), "one value for each key"),
    ],
)
def test_shapes_that_do_not_fit(shapes, message):
    with pytest.raises(ShapeError, match=message):
        F.scaled_dot_product_attention(*map(np.ones, shapes))


def test_masks_that_could_mean_something_else_are_refused(rng):
    q, k, v = qkv(rng)
    with pytest.raises(DtypeError, match=r"(?s)True: may attend.*astype\(bool\)"):
        F.scaled_dot_product_attention(q, k, v, np.ones((3, 5), int))
    for shape in ((5, 3), (2, 3, 5), (1, 2, 4, 3, 5)):
        with pytest.raises(ShapeError, match=r"broadcasts to the scores, \(2, 4, 3, 5"):
            F.scaled_dot_product_attention(q, k, v, np.ones(shape, bool))


def test_a_bad_share_of_dropout(rng):
    with pytest.raises(ArgumentError, match="ratio is from 0 up to"):
        F.scaled_dot_product_attention(*qkv(rng), dropout=1.0)


def test_positions_that_do_not_fit():
    with pytest.raises(ShapeError, match="even number of features"):
        F.rotary_embedding(np.ones((2, 3)))
    with pytest.raises(ShapeError, match=r"broadcast to \(2, 3\), got \(4,\)"):
        F.rotary_embedding(np.ones((2, 3, 4)), np.arange(4))
    with pytest.raises(ArgumentError, match="sines and cosines come in pairs, got 3"):
        F.sinusoidal_encoding(np.arange(4), 3)
    with pytest.raises(ShapeError, match="positions of queries"):
        F.alibi_bias(np.ones((2, 2)), np.arange(2), 2)


def test_a_scale_of_numpy_keeps_the_dtype():
    q = np.ones((2, 3), np.float32)
    assert F.attention_weights(q, q, scale=np.float64(0.5)).dtype == np.float32


@pytest.mark.parametrize(
    "call",
    [
        lambda: F.alibi_bias(np.arange(2), np.arange(2), 2.5),
        lambda: F.sinusoidal_encoding(np.arange(2), 4.0),
        lambda: F.sinusoidal_encoding(np.arange(2), "a"),
    ],
)
def test_counts_are_whole_numbers(call):
    with pytest.raises(ValueError, match="got"):
        call()


# -- without a matrix of all scores ----------------------------------------------------

SHAPES = {
    "heads": ((2, 4, 7, 16), (2, 4, 9, 16), (2, 4, 9, 32)),
    "shared": ((2, 4, 7, 16), (2, 2, 9, 16), (2, 2, 9, 32)),
    "no_heads": ((7, 16), (9, 16), (9, 32)),
    "more_queries": ((3, 9, 16), (3, 4, 16), (3, 4, 16)),
}
SETTINGS = [{}, {"causal": True}, {"scale": 0.3}, {"scale": np.float64(2)}]


@pytest.fixture
def any_is_large(monkeypatch):
    """What is one call only for large arguments is one for all; of a few queries."""
    monkeypatch.setattr(attention, "LARGE", 1)
    monkeypatch.setattr(attention, "FEW", 1)
    monkeypatch.setattr(attention, "AT_A_TIME", 200)


def apart(run, *xs, **kwargs):
    """The result and the gradients of a run."""
    xs = [Variable(x) for x in xs]
    y = run(*xs, **kwargs)
    np.sum(y * np.cos(np.arange(y.size)).reshape(y.shape)).backward()
    return [y.data, *(x.grad.data for x in xs)]


def composed(q, k, v, mask=None, causal=False, scale=None):
    """By way of all weights."""
    w = F.attention_weights(q, k, mask, causal, scale)
    repeats = 1 if q.ndim < 3 else q.shape[-3] // k.shape[-3]
    return w @ (v if repeats == 1 else F.repeat(v, repeats, axis=-3))


def calls(y):
    """The names of the calls behind a result."""
    todo, names = [y.creator], set()
    while todo:
        f = todo.pop()
        names.add(f.name)
        todo += [x.creator for x in f.inputs if x.creator is not None]
    return names


@pytest.mark.usefixtures("any_is_large")
@pytest.mark.parametrize("settings", SETTINGS, ids=str)
@pytest.mark.parametrize("shapes", SHAPES.values(), ids=SHAPES)
def test_the_one_call_gives_what_its_parts_give(shapes, settings, rng):
    xs = [rng.standard_normal(s, np.float32) for s in shapes]
    got = apart(F.scaled_dot_product_attention, *xs, **settings)
    for y, expected in zip(got, apart(composed, *xs, **settings), strict=True):
        np.testing.assert_allclose(y, expected, rtol=2e-5, atol=2e-6, strict=True)


@pytest.mark.usefixtures("any_is_large")
@pytest.mark.parametrize("seen", [(7, 9), (2, 1, 1, 9), (4, 7, 1), (9,), (1, 1), ()])
@pytest.mark.parametrize("causal", [False, True])
def test_the_one_call_with_masks(causal, seen, rng):
    xs = [rng.standard_normal(s, np.float32) for s in SHAPES["shared"]]
    mask = rng.random(seen) > 0.4
    got = apart(F.scaled_dot_product_attention, *xs, mask=mask, causal=causal)
    expected = apart(composed, *xs, mask=mask, causal=causal)
    for a, b in zip(got, expected, strict=True):
        np.testing.assert_allclose(a, b, atol=2e-6)


@pytest.mark.usefixtures("any_is_large")
def test_second_derivatives_of_the_one_call(rng):
    xs = [rng.standard_normal(s, np.float32) for s in SHAPES["shared"]]

    def gradients(run):
        q, k, v = (Variable(x) for x in xs)
        y = run(q, k, v, causal=True)
        np.sum(y * y).backward(create_graph=True)
        grads = [x.grad for x in (q, k, v)]
        for x in (q, k, v):
            x.cleargrad()
        sum(np.sum(g * g) for g in grads).backward()
        return [x.grad.data for x in (q, k, v)]

    expected = gradients(composed)
    for a, b in zip(gradients(F.scaled_dot_product_attention), expected, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-4 * np.abs(b).max())


@pytest.mark.usefixtures("any_is_large")
def test_many_examples_at_once(rng):
    xs = [rng.standard_normal((3, *s), np.float32) for s in SHAPES["heads"]]
    each = ondol.vmap(F.scaled_dot_product_attention)(*xs)
    for i in range(3):
        one = F.scaled_dot_product_attention(*(x[i] for x in xs))
        np.testing.assert_allclose(each.data[i], one.data, atol=1e-6)


@pytest.mark.usefixtures("any_is_large")
def test_what_is_one_call_and_what_is_not(rng):
    q, k, v = (Variable(rng.standard_normal(s, np.float32)) for s in SHAPES["heads"])
    one = {"scaled_dot_product_attention"}
    run = F.scaled_dot_product_attention
    assert calls(run(q, k, v)) == one
    assert calls(run(q, k, v, np.ones((7, 9), bool), True, 2)) == one
    with ondol.test_mode():
        assert calls(run(q, k, v, dropout=0.5)) == one
    for y in (
        run(q, k, v, np.zeros((7, 9), np.float32)),
        run(q, k, v, dropout=0.5),
        run(q, k, v, scale=Variable(np.array(0.5, np.float32))),
        run(q[0], k, v),
        run(q, k, v[..., :9]),
        run(*(F.astype(x, np.float64) for x in (q, k, v))),
    ):
        assert not one & calls(y)


def test_memory_grows_with_the_context_and_not_with_its_square():
    q = np.ones((2, 2048, 16), np.float32)  # all scores would take 33 MB
    x = Variable(q)
    tracemalloc.start()
    with ondol.numpy_only():
        y = F.scaled_dot_product_attention(x, x, x, causal=True)
        kept = tracemalloc.get_traced_memory()[0]
        y.backward()
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert kept < 2 * q.nbytes
    assert most < 24e6


@pytest.mark.usefixtures("any_is_large")
def test_errors_of_the_one_call_are_those_of_its_parts(rng):
    q, k, v = (rng.standard_normal(s, np.float32) for s in SHAPES["heads"])
    with pytest.raises(ShapeError, match=r"broadcasts to the scores, \(2, 4, 7, 9\)"):
        F.scaled_dot_product_attention(q, k, v, np.ones((9, 7), bool))
    with pytest.raises(ShapeError, match="one value for each key"):
        F.scaled_dot_product_attention(q, k, v[..., :8, :])
    with pytest.raises(ArgumentError, match="ratio is from 0 up to"):
        F.scaled_dot_product_attention(q, k, v, dropout=1.0)
