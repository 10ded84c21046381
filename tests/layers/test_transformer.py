"""Transformer blocks and stacks of them."""

from functools import partial

import numpy as np
import pytest

import ondol
import ondol.functions as F
import ondol.layers as L
from ondol import Variable
from ondol.errors import ArgumentError, DtypeError, ShapeError, UsageError
from ondol.io import load_weights, save_weights

both = pytest.mark.parametrize("pre_norm", [True, False])


def tokens(n=2, steps=5, size=8, dtype=np.float64, seed=0):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, steps, size)).astype(dtype)


def scrambled(layer, rng):
    for p in layer.params():
        p.data = rng.normal(size=p.shape).astype(p.dtype)
    return layer


def norm(layer, x):
    deviation = x - x.mean(axis=-1, keepdims=True)
    scale = np.sqrt((deviation**2).mean(axis=-1, keepdims=True) + layer.eps)
    return deviation / scale * layer.gamma.data + layer.beta.data


def network(mlp, x):
    first, second = (part for part in mlp.layers if isinstance(part, L.Linear))
    hidden = np.maximum(x @ first.W.data + first.b.data, 0)
    return hidden @ second.W.data + second.b.data


def residual(block, x, norm_layer, branch):
    """One branch of a block, as the paper has it or normalised before."""
    if block.pre_norm:
        return x + branch(norm(norm_layer, x))
    return norm(norm_layer, x + branch(x))


# -- blocks ----------------------------------------------------------------------------


@both
def test_an_encoder_block_is_two_branches(pre_norm, rng):
    block = L.TransformerEncoderBlock(
        8, 4, 16, activation=F.relu, pre_norm=pre_norm, dtype=np.float64
    )
    scrambled(block, rng)
    x, mask = tokens(), np.arange(5) < 4
    y = residual(
        block, x, block.attention_norm, lambda x: block.attention(x, mask=mask).data
    )
    y = residual(block, y, block.mlp_norm, lambda x: network(block.mlp, x))
    np.testing.assert_allclose(block(x, mask).data, y)


@both
def test_a_decoder_block_has_a_branch_more(pre_norm, rng):
    block = L.TransformerDecoderBlock(
        8, 4, 6, activation=F.relu, pre_norm=pre_norm, dtype=np.float64
    )
    scrambled(block, rng)
    x, memory, seen = tokens(), tokens(steps=3, size=6), np.array([True, False, True])
    y = residual(block, x, block.attention_norm, lambda x: block.attention(x).data)
    y = residual(
        block, y, block.cross_norm, lambda x: block.cross(x, memory, seen).data
    )
    y = residual(block, y, block.mlp_norm, lambda x: network(block.mlp, x))
    np.testing.assert_allclose(block(x, memory, memory_mask=seen).data, y)


def test_a_decoder_sees_nothing_later(rng):
    decoder = scrambled(L.TransformerDecoder(2, 8, 2, dtype=np.float64), rng)
    x = tokens()
    y = decoder(x).data
    x[:, 3, 0] += 1
    moved = decoder(x).data
    np.testing.assert_allclose(moved[:, :3], y[:, :3])
    assert np.abs(moved - y)[:, 3:].max(axis=2).min() > 1e-6
    encoder = scrambled(L.TransformerEncoder(1, 8, 2, dtype=np.float64), rng)
    first = encoder(x).data
    x[:, 4, 0] += 1
    assert np.abs(encoder(x).data - first)[:, 0].max() > 1e-6


@pytest.mark.parametrize("activation", [F.swiglu, F.geglu])
def test_gated_activations_halve_the_features(activation, rng):
    block = L.TransformerEncoderBlock(8, 2, 12, activation=activation)
    assert block.mlp.layers[0].W.shape == (8, 12)
    assert block.mlp.layers[-1].W.shape == (6, 8)
    assert block(tokens(dtype=np.float32)).shape == (2, 5, 8)


def test_the_parts_can_be_chosen(rng):
    options = {
        "norm": L.RMSNorm,
        "rotary": partial(F.rotary_embedding, base=100.0),
        "kv_heads": 1,
        "nobias": True,
    }
    decoder = L.TransformerDecoder(2, 8, 4, **options)
    assert isinstance(decoder.norm, L.RMSNorm)
    assert not any(
        name.endswith(".b") for name, _ in decoder.named_params() if "norm" not in name
    )
    assert decoder.blocks[0].attention.k.W.shape == (8, 2)
    assert decoder(tokens(dtype=np.float32)).shape == (2, 5, 8)


# -- stacks ----------------------------------------------------------------------------


@both
def test_a_stack_is_its_blocks(pre_norm, rng):
    stack = L.TransformerEncoder(3, 8, 2, pre_norm=pre_norm, dtype=np.float64)
    scrambled(stack, rng)
    x = tokens()
    y = x
    for block in stack.blocks:
        y = block(y)
    assert (stack.norm is not None) == pre_norm
    expected = norm(stack.norm, y.data) if pre_norm else y.data
    np.testing.assert_allclose(stack(x).data, expected)


@pytest.mark.parametrize("rotary", [None, F.rotary_embedding])
def test_tokens_in_pieces_are_as_tokens_at_once(rotary, rng):
    decoder = L.TransformerDecoder(
        2, 8, 2, memory_size=6, rotary=rotary, dtype=np.float64
    )
    scrambled(decoder, rng)
    x, memory, caches = tokens(), tokens(steps=3, size=6), decoder.caches()
    pieces = [decoder(x[:, a:b], memory, caches=caches) for a, b in ((0, 2), (2, 5))]
    together = np.concatenate([piece.data for piece in pieces], axis=1)
    np.testing.assert_allclose(together, decoder(x, memory).data)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_dtypes_are_kept(dtype):
    stack = L.TransformerDecoder(2, 8, 2, memory_size=8, dropout=0.1, dtype=dtype)
    x = Variable(tokens(dtype=dtype))
    y = stack(x, x)
    np.sum(y).backward()
    assert {y.dtype, x.grad.dtype} == {np.dtype(dtype)}
    assert {p.grad.dtype for p in stack.params()} == {np.dtype(dtype)}


def test_dropout_is_for_training_alone():
    stack, x = L.TransformerEncoder(1, 8, 2, dropout=0.5), tokens(dtype=np.float32)
    assert (stack(x).data != stack(x).data).any()
    with ondol.test_mode():
        np.testing.assert_array_equal(stack(x).data, stack(x).data)


def test_names_are_in_order_and_weights_go_to_files(tmp_path):
    stack, twin = (L.TransformerDecoder(1, 8, 2, memory_size=8) for _ in range(2))
    parts = ["attention", "attention_norm", "mlp", "mlp_norm", "cross", "cross_norm"]
    names = [name for name, _ in stack.named_params()]
    found = [name.split(".")[2] for name in names if name.startswith("blocks.0.")]
    assert list(dict.fromkeys(found)) == parts
    save_weights(tmp_path / "w.npz", stack)
    load_weights(tmp_path / "w.npz", twin)
    x = tokens(dtype=np.float32)
    np.testing.assert_array_equal(twin(x, x).data, stack(x, x).data)


def test_repr_is_the_call_with_its_parts():
    block = L.TransformerEncoderBlock(8, 4, pre_norm=False)
    assert repr(block).startswith(
        "TransformerEncoderBlock(\n  size=8,\n  heads=4,\n  hidden_size=32,\n"
        "  pre_norm=False,\n  attention: MultiHeadAttention("
    )
    assert repr(L.TransformerEncoder(2, 8, 4)).startswith(
        "TransformerEncoder(\n  depth=2,\n"
    )


# -- errors ----------------------------------------------------------------------------


def test_a_memory_is_for_those_that_have_an_attention_for_it():
    x = tokens(dtype=np.float32)
    with pytest.raises(UsageError, match="this one has memory_size=None"):
        L.TransformerDecoder(1, 8, 2)(x, x)
    with pytest.raises(UsageError, match="memory_size=8, and got no memory"):
        L.TransformerDecoder(1, 8, 2, memory_size=8)(x)


def test_caches_of_another_stack():
    x, caches = tokens(dtype=np.float32), L.TransformerDecoder(1, 8, 2).caches()
    with pytest.raises(UsageError, match="one cache for each of 2 blocks, got 1"):
        L.TransformerDecoder(2, 8, 2)(x, caches=caches)


@pytest.mark.parametrize(
    ("arguments", "options", "error", "message"),
    [
        ((2, 8, 3), {}, ArgumentError, "size is a multiple of heads"),
        ((0, 8, 2), {}, ArgumentError, "depth: expected a whole number of 1 or more"),
        (
            (1, 8, 2),
            {"hidden_size": 0},
            ArgumentError,
            "hidden_size: expected a whole number of 1",
        ),
        ((1, 8, 2), {"dropout": 2}, ArgumentError, "dropout"),
        ((1, 8, 2), {"activation": "relu"}, DtypeError, "activation: expected a layer"),
        ((1, 8, 2), {"dtype": int}, DtypeError, "parameters are real numbers"),
    ],
)
def test_bad_arguments(arguments, options, error, message):
    with pytest.raises(error, match=message):
        L.TransformerEncoder(*arguments, **options)


def test_other_shapes_are_refused():
    stack = L.TransformerEncoder(1, 8, 2)
    for shape in ((2, 5, 7), (8,)):
        with pytest.raises(ShapeError):
            stack(np.ones(shape, np.float32))


def test_it_learns_to_look_back(rng):
    """Each token is to tell the first one: only attention can."""
    ondol.seed(0)
    x = rng.normal(size=(32, 6, 8)).astype(np.float32)
    model = L.TransformerEncoder(1, 8, 2, rotary=F.rotary_embedding)
    optimizer = ondol.optimizers.Adam(0.01).setup(model)
    target = np.broadcast_to(x[:, :1], x.shape)
    losses = []
    for _ in range(150):
        loss = F.mean_squared_error(model(x), target)
        model.cleargrads()
        loss.backward()
        optimizer.update()
        losses.append(loss.item())
    assert losses[-1] < 0.5 * losses[0]
