"""Recurrent layers over whole sequences."""

import numpy as np
import pytest

import ondol
import ondol.functions as F
import ondol.layers as L
from ondol import Variable
from ondol.errors import ArgumentError, DtypeError, ShapeError
from ondol.io import load_weights, save_weights

KINDS = {L.SequenceRNN: F.rnn, L.SequenceLSTM: F.lstm, L.SequenceGRU: F.gru}
kinds = pytest.mark.parametrize("kind", KINDS)


def sequences(n=3, steps=4, size=2, dtype=np.float32):
    return np.random.default_rng(0).normal(size=(n, steps, size)).astype(dtype)


def states(kind, state):
    return state if kind is L.SequenceLSTM else (state,)


def scrambled(layer, rng):
    for p in layer.params():
        p.data = rng.normal(size=p.shape).astype(p.dtype)
    return layer


# -- what is computed ------------------------------------------------------------------


@kinds
def test_layers_and_directions_are_the_function_again_and_again(kind, rng):
    layer = kind(3, layers=2, bidirectional=True, in_size=2, dtype=np.float64)
    scrambled(layer, rng)
    x, lengths = sequences(dtype=np.float64), [4, 0, 2]
    mask = np.arange(4) < np.array(lengths)[:, None]
    y, state = layer(x, lengths=lengths)
    last = []
    for level in layer.cells:
        ys = []
        for cell, reverse in zip(level, (False, True), strict=True):
            weights = [p.data for p in cell.params()]
            one, *end = KINDS[kind](x, *weights, mask=mask, reverse=reverse)
            ys.append(one.data)
            last.append(end)
        x = np.concatenate(ys, axis=2)
    np.testing.assert_allclose(y.data, x)
    assert y.shape == (3, 4, 6)
    for got, expected in zip(states(kind, state), zip(*last, strict=True), strict=True):
        assert got.shape == (4, 3, 3)
        np.testing.assert_allclose(got.data, np.stack([e.data for e in expected]))


@kinds
@pytest.mark.parametrize("bidirectional", [False, True])
def test_a_state_comes_out_and_goes_in(kind, bidirectional, rng):
    layer = scrambled(kind(3, 2, in_size=2, dtype=np.float64), rng)
    x = sequences(dtype=np.float64)
    y, end = layer(x)
    _, state = layer(x[:, :1])
    rest, again = layer(x[:, 1:], state)
    np.testing.assert_allclose(rest.data, y.data[:, 1:])
    for a, b in zip(states(kind, again), states(kind, end), strict=True):
        np.testing.assert_allclose(a.data, b.data)


def joined(step, gates):
    """The weights of a step layer, as a sequence layer has them."""
    parts = {name: p.data for name, p in step.named_params()}
    return (
        np.concatenate([parts[f"x2{g}.W"] for g in gates], axis=1),
        np.concatenate([parts[f"h2{g}.W"] for g in gates], axis=1),
        np.concatenate([parts[f"x2{g}.b"] for g in gates]),
    )


@pytest.mark.parametrize(
    ("step", "sequence", "gates"),
    [
        (L.RNN, L.SequenceRNN, "h"),
        (L.LSTM, L.SequenceLSTM, "fiou"),
        (L.GRU, L.SequenceGRU, None),
    ],
)
def test_both_kinds_of_layer_compute_the_same(step, sequence, gates, rng):
    one, whole = scrambled(step(3, in_size=2), rng), sequence(3, in_size=2)
    weights = joined(one, gates) if gates else [p.data for p in one.params()]
    for p, data in zip(whole.params(), weights, strict=True):
        p.data = data
    x = sequences()
    y, _ = whole(x)
    for t in range(4):
        np.testing.assert_allclose(one(x[:, t]).data, y.data[:, t], 1e-5, 1e-6)


@kinds
def test_the_padding_gets_no_gradient(kind, rng):
    layer = scrambled(kind(3, 2, True, in_size=2), rng)
    x = Variable(sequences())
    y, _ = layer(x, None, np.array([1, 4, 0]))
    np.sum(y * y).backward()
    used = np.abs(x.grad.data).max(axis=2) > 0
    np.testing.assert_array_equal(used.sum(axis=1), [1, 4, 0])


def test_dropout_is_between_the_layers_while_training():
    x = sequences()
    for layers, random in ((1, False), (2, True)):
        layer = L.SequenceGRU(8, layers, dropout=0.5, in_size=2)
        first, second = layer(x)[0].data, layer(x)[0].data
        assert (first != second).any() == random
        with ondol.test_mode():
            np.testing.assert_array_equal(layer(x)[0].data, layer(x)[0].data)


# -- how it is made --------------------------------------------------------------------


@kinds
def test_the_input_size_may_come_from_the_input(kind, tmp_path):
    layer, twin = kind(3, 2, True), kind(3, 2, True)
    assert layer.in_size is None
    y, _ = layer(sequences())
    assert layer.in_size == 2
    assert all(p.data is not None for p in layer.params())
    save_weights(tmp_path / "w.npz", layer)
    load_weights(tmp_path / "w.npz", twin)
    np.testing.assert_array_equal(twin(sequences())[0].data, y.data)


@kinds
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_dtypes_are_kept(kind, dtype):
    layer = kind(3, bidirectional=True, dtype=dtype)
    y, state = layer(sequences(dtype=dtype), lengths=[1, 2, 3])
    np.sum(y).backward()
    assert {y.dtype, *(s.dtype for s in states(kind, state))} == {np.dtype(dtype)}
    assert {p.grad.dtype for p in layer.params()} == {np.dtype(dtype)}


def test_names_of_the_parameters():
    layer = L.SequenceLSTM(3, bidirectional=True)
    expected = [f"cells.0.{d}.{p}" for d in "01" for p in ("Wx", "Wh", "b")]
    assert [name for name, _ in layer.named_params()] == expected
    gru = [name for name, _ in L.SequenceGRU(3).named_params()]
    assert gru[-1] == "cells.0.0.bh"
    assert repr(layer).startswith(
        "SequenceLSTM(\n  hidden_size=3,\n  bidirectional=True,\n"
    )


def test_bad_arguments():
    for wrong in ({"hidden_size": 0}, {"hidden_size": 3, "layers": 0}):
        with pytest.raises(ArgumentError, match="expected a whole number of 1 or more"):
            L.SequenceGRU(**wrong)
    with pytest.raises(ArgumentError, match=r"dropout: expected a number in \[0, 1\)"):
        L.SequenceGRU(3, dropout=1)


# -- bad input -------------------------------------------------------------------------


@kinds
@pytest.mark.parametrize(
    "shape", [(4, 2), (3, 4, 5), (3, 4, 0), (1, 3, 4, 2), (3, 0, 2)]
)
def test_other_shapes_are_refused(kind, shape):
    with pytest.raises(ShapeError):
        kind(3, in_size=2)(np.ones(shape, np.float32))


@kinds
def test_states_that_do_not_fit(kind):
    layer, x = kind(3, 2), sequences()
    good = np.zeros((2, 3, 3), np.float32)
    for shape in ((1, 3, 3), (3, 3)):
        bad = (np.zeros(shape, np.float32),) * len(states(kind, (0, 0)))
        with pytest.raises(ShapeError, match=r"of shape \(2, N, 3\)"):
            layer(x, bad)
    with pytest.raises(ShapeError, match=r"of shape \(2, N, 3\)"):
        layer(x, (good, good, good))
    with pytest.raises(ShapeError, match=r"a state \(N, H\) of \(3, 3\)"):
        layer(x, (good[:, :2],) * len(states(kind, (0, 0))))


def test_lengths_that_do_not_fit():
    layer, x = L.SequenceRNN(3), sequences()
    with pytest.raises(ShapeError, match="one for each of 3 sequences"):
        layer(x, lengths=[1, 2])
    with pytest.raises(DtypeError, match="one for each of 3 sequences"):
        layer(x, lengths=[1.0, 2.0, 3.0])
    for wrong in ([1, 2, 5], [-1, 2, 3]):
        with pytest.raises(ArgumentError, match="lengths from 0 to 4"):
            layer(x, lengths=wrong)


@kinds
def test_it_learns_to_remember(kind):
    """The target is the input before: nothing without a state can tell."""
    ondol.seed(0)
    rng = np.random.default_rng(0)
    xs = rng.choice(np.float32([-1, 1]), (32, 8, 1))
    layer, last = kind(8), L.Linear(1)
    optimizer = ondol.optimizers.Adam(0.03).setup(L.Sequential(layer, last))
    for _ in range(60):
        loss = F.mean_squared_error(last(layer(xs)[0])[:, 1:], xs[:, :-1])
        layer.cleargrads()
        last.cleargrads()
        loss.backward()
        optimizer.update()
    assert loss.item() < 0.2
