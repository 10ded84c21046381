"""Recurrent layers and transformers stay on the (pretended) GPU, lazy weights too."""

import sys

import device
import numpy as np
import pytest

import ondol.functions as F
import ondol.layers as L
from ondol import Variable
from ondol.models import GPT
from ondol.tree import walk


@pytest.fixture(autouse=True)
def _cupy(monkeypatch):
    monkeypatch.setitem(sys.modules, "cupy", device.cupy())


def moved(layer):
    for _, variable in walk(layer, Variable):
        if variable.data is not None:
            variable.data = device.Array(variable.data)
    return layer


def tokens():
    rng = np.random.default_rng(0)
    return Variable(device.Array(rng.normal(size=(2, 5, 8)).astype(np.float32)))


def assert_stays(layer, y):
    assert isinstance(y.data, device.Array)
    np.sum(y * y).backward()
    assert all(isinstance(p.data, device.Array) for p in layer.params())
    assert all(isinstance(p.grad.data, device.Array) for p in layer.params())


@pytest.mark.parametrize("kind", [L.SequenceRNN, L.SequenceLSTM, L.SequenceGRU])
def test_sequences(kind):
    layer, x = moved(kind(3, 2, True)), tokens()
    _, state = layer(x)
    assert_stays(layer, layer(x, state, [5, 0])[0])


def test_a_step_at_a_time():
    layer, x = moved(L.GRU(3)), tokens()
    assert_stays(layer, layer(x[:, 0]) + layer(x[:, 1]))


def test_attention_with_a_cache():
    layer = L.MultiHeadAttention(
        8, 4, 2, causal=True, rotary=F.rotary_embedding, dropout=0.1
    )
    cache, x = L.KeyValueCache(), tokens()
    moved(layer)(x, cache=cache)
    assert_stays(layer, layer(x, cache=cache))


def test_a_transformer():
    layer, x = moved(L.TransformerDecoder(2, 8, 2, memory_size=8)), tokens()
    assert_stays(layer, layer(x, x))


def test_a_language_model_goes_on():
    model, ids = moved(GPT(11, 8, 2, 8, 2)), device.Array(np.array([[1, 2, 3]]))
    assert_stays(model, model(ids))
    longer = model.generate(ids, 8, top_k=4)
    assert isinstance(longer, device.Array)
    assert longer.shape == (1, 11)
