"""Multi-head attention: heads, masks, positions and the cache."""

import copy
from functools import partial

import numpy as np
import pytest

import ondol
import ondol.functions as F
import ondol.layers as L
from ondol import Variable, no_grad
from ondol.errors import ArgumentError, DtypeError, ShapeError, UsageError
from ondol.testing import check_grads


def tokens(n=2, steps=5, size=8, dtype=np.float64, seed=0):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, steps, size)).astype(dtype)


def make(rng, heads=4, **options):
    layer = L.MultiHeadAttention(8, heads, dtype=np.float64, **options)
    for p in layer.params():
        p.data = rng.normal(size=p.shape)
    return layer


def reference(layer, x, memory=None, mask=None):
    """One head and one sequence at a time."""
    memory = x if memory is None else memory
    size = 8 // layer.heads
    share = layer.heads // layer.kv_heads
    y = np.zeros(x.shape)
    parts = {}
    for name in "qkv":
        linear = getattr(layer, name)
        parts[name] = (x if name == "q" else memory) @ linear.W.data
        if linear.b is not None:
            parts[name] = parts[name] + linear.b.data
    for i in range(len(x)):
        for head in range(layer.heads):
            mine = slice(head * size, (head + 1) * size)
            shared = slice(head // share * size, (head // share + 1) * size)
            q, k, v = parts["q"][i][:, mine], parts["k"][i], parts["v"][i]
            scores = q @ k[:, shared].T / np.sqrt(size)
            if mask is not None:
                scores = np.where(np.broadcast_to(mask, scores.shape), scores, -np.inf)
            e = np.exp(scores - scores.max(axis=1, keepdims=True))
            y[i][:, mine] = e / e.sum(axis=1, keepdims=True) @ v[:, shared]
    y = y @ layer.out.W.data
    return y if layer.out.b is None else y + layer.out.b.data


@pytest.mark.parametrize("kv_heads", [None, 1, 2, 4])
@pytest.mark.parametrize("nobias", [False, True])
def test_self_attention(kv_heads, nobias, rng):
    layer, x = make(rng, kv_heads=kv_heads, nobias=nobias), tokens()
    np.testing.assert_allclose(layer(x).data, reference(layer, x))
    mask = rng.random((5, 5)) > 0.5
    mask[:, 0] = True
    np.testing.assert_allclose(
        layer(x, mask=mask).data, reference(layer, x, None, mask)
    )


def test_causal(rng):
    layer, x = make(rng, causal=True), tokens()
    expected = reference(layer, x, mask=np.tri(5, dtype=bool))
    np.testing.assert_allclose(layer(x).data, expected)
    x[:, 3] += 1
    np.testing.assert_allclose(layer(x).data[:, :3], expected[:, :3])
    assert (layer(x).data[:, 3:] != expected[:, 3:]).all()


def test_cross_attention_of_another_size(rng):
    layer = make(rng, memory_size=6, causal=True)  # nothing is later in a memory
    x, memory = tokens(), tokens(steps=3, size=6, seed=1)
    y = layer(x, memory)
    np.testing.assert_allclose(y.data, reference(layer, x, memory))
    assert y.shape == x.shape


def test_the_padding_of_a_batch(rng):
    layer, x, lengths = make(rng), tokens(), np.array([5, 3])
    mask = (np.arange(5) < lengths[:, None])[:, None, None]
    y = layer(x, mask=mask).data
    np.testing.assert_allclose(y[1, :3], layer(x[1:, :3]).data[0])


def test_leading_axes_are_free(rng):
    layer, x = make(rng), tokens()
    y = layer(x).data
    np.testing.assert_allclose(layer(x[0]).data, y[0])
    np.testing.assert_allclose(layer(x.reshape(2, 1, 5, 8)).data[:, 0], y)


def test_gradients(rng):
    layer, x = make(rng, heads=2, kv_heads=1, causal=True), tokens(1, 3)
    names = [name for name, _ in layer.named_params()]

    def run(x, *values):
        for name, value in zip(names, values, strict=True):
            part, _, leaf = name.partition(".")
            setattr(getattr(layer, part), leaf, value)
        return layer(x)

    check_grads(run, x, *(p.data for p in layer.params()), order=1, rtol=1e-4)


# -- positions and the cache -----------------------------------------------------------


def test_rotary_attention_sees_distances_alone(rng):
    layer = make(rng, rotary=partial(F.rotary_embedding, interleaved=True))
    x = tokens()
    shifted = copy.copy(layer)
    shifted.rotary = lambda x, at: F.rotary_embedding(x, at + 100, interleaved=True)
    np.testing.assert_allclose(layer(x).data, shifted(x).data)
    assert np.abs(layer(x).data - reference(layer, x)).max() > 0.1


@pytest.mark.parametrize("rotary", [None, F.rotary_embedding])
@pytest.mark.parametrize("kv_heads", [None, 1])
@pytest.mark.parametrize("pieces", [[1, 1, 1, 1, 1], [2, 3], [4, 1]])
def test_tokens_in_pieces_are_as_tokens_at_once(rotary, kv_heads, pieces, rng):
    layer, x = make(rng, causal=True, rotary=rotary, kv_heads=kv_heads), tokens()
    cache, start, ys = L.KeyValueCache(), 0, []
    for n in pieces:
        assert len(cache) == start
        ys.append(layer(x[:, start : start + n], cache=cache).data)
        start += n
    np.testing.assert_allclose(np.concatenate(ys, axis=1), layer(x).data)


def test_a_cache_is_of_one_batch(rng):
    layer, cache = make(rng), L.KeyValueCache()
    with no_grad():
        layer(tokens(), cache=cache)
        with pytest.raises(ShapeError, match="a new cache for another batch"):
            layer(tokens(1), cache=cache)
    assert len(cache) == 5


# -- how it is made --------------------------------------------------------------------


def test_dropout_is_for_training_alone(rng):
    layer, x = make(rng, dropout=0.5), tokens()
    assert (layer(x).data != layer(x).data).any()
    with ondol.test_mode():
        np.testing.assert_allclose(layer(x).data, reference(layer, x))


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_dtypes_are_kept(dtype):
    layer = L.MultiHeadAttention(
        8, 2, causal=True, rotary=F.rotary_embedding, dropout=0.1, dtype=dtype
    )
    y = layer(Variable(tokens(dtype=dtype)))
    np.sum(y).backward()
    assert y.dtype == dtype
    assert {p.grad.dtype for p in layer.params()} == {np.dtype(dtype)}


def test_repr_is_the_call():
    layer = L.MultiHeadAttention(8, 4, 2, causal=True, rotary=F.rotary_embedding)
    assert repr(layer).startswith(
        "MultiHeadAttention(\n  size=8,\n  heads=4,\n  kv_heads=2,\n  causal=True,\n"
    )
    names = [name for name, _ in layer.named_params()]
    assert names == [f"{p}.{leaf}" for p in ("q", "k", "v", "out") for leaf in "Wb"]
    assert layer.k.W.shape == (8, 4)


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"size": 8, "heads": 3}, ArgumentError, "size is a multiple of heads"),
        ({"size": 8, "heads": 4, "kv_heads": 3}, ArgumentError, "heads of kv_heads"),
        (
            {"size": 8, "heads": 4, "kv_heads": 0},
            ArgumentError,
            "kv_heads: expected a whole number",
        ),
        (
            {"size": 8, "heads": 0},
            ArgumentError,
            "heads: expected a whole number of 1 or more",
        ),
        ({"size": 8.0, "heads": 2}, DtypeError, "size: expected a whole number"),
        ({"size": 8, "heads": 2, "rotary": True}, DtypeError, "a layer or a function"),
        ({"size": 8, "heads": 2, "dropout": 1}, ArgumentError, "dropout"),
        ({"size": 8, "heads": 2, "memory_size": 0}, ArgumentError, "in_size"),
    ],
)
def test_bad_arguments(options, error, message):
    with pytest.raises(error, match=message):
        L.MultiHeadAttention(**options)


def test_other_shapes_are_refused(rng):
    layer = make(rng, memory_size=6)
    for shape in ((2, 5, 7), (8,), ()):
        with pytest.raises(ShapeError, match=r"\(..., T, "):
            layer(np.ones(shape))
    with pytest.raises(ShapeError, match=r"\(..., S, 6\)"):
        layer(tokens(), tokens())
    with pytest.raises(ShapeError, match="a mask broadcasts"):
        layer(tokens(), tokens(size=6), np.ones((2, 5), bool))


def test_a_cache_keeps_no_memory():
    layer, x = L.MultiHeadAttention(4, 2), np.ones((1, 2, 4), np.float32)
    with pytest.raises(UsageError, match="cannot keep a memory"):
        layer(x, x, cache=L.KeyValueCache())
