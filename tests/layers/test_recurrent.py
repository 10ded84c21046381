import copy

import numpy as np
import pytest

import ondol
import ondol.functions as F
import ondol.layers as L
from ondol import no_grad
from ondol.errors import ShapeError
from ondol.io import load_weights, save_weights
from ondol.testing import check_grads

CELLS = [L.RNN, L.LSTM, L.GRU]
cells = pytest.mark.parametrize("cell", CELLS)


def steps(n=3, batch=4, size=2, dtype=np.float32):
    return np.random.default_rng(0).normal(size=(n, batch, size)).astype(dtype)


def weights(layer):
    """Everything by its name, as plain float64 arrays."""
    return {name: p.data.astype(float) for name, p in layer.named_params()}


def logistic(x):
    return 1 / (1 + np.exp(-x))


def rnn(w, xs):
    h = np.zeros((xs.shape[1], w["h2h.W"].shape[0]))
    for x in xs:
        h = np.tanh(x @ w["x2h.W"] + w["x2h.b"] + h @ w["h2h.W"])
        yield h


def lstm(w, xs):
    h = c = np.zeros((xs.shape[1], w["h2f.W"].shape[0]))
    for x in xs:
        z = {g: x @ w[f"x2{g}.W"] + w[f"x2{g}.b"] + h @ w[f"h2{g}.W"] for g in "fiou"}
        c = logistic(z["f"]) * c + logistic(z["i"]) * np.tanh(z["u"])
        h = logistic(z["o"]) * np.tanh(c)
        yield h


def gru(w, xs):
    h = np.zeros((xs.shape[1], w["cell.Wh"].shape[0]))
    for x in xs:
        r, z, n = np.split(x @ w["cell.Wx"] + w["cell.b"], 3, axis=1)
        hr, hz, hn = np.split(h @ w["cell.Wh"] + w["cell.bh"], 3, axis=1)
        z = logistic(z + hz)
        h = (1 - z) * np.tanh(n + logistic(r + hr) * hn) + z * h
        yield h


@pytest.mark.parametrize(
    ("cell", "reference"), [(L.RNN, rnn), (L.LSTM, lstm), (L.GRU, gru)]
)
def test_a_sequence_is_that_of_the_formulas(cell, reference, rng):
    layer, xs = cell(3, in_size=2), steps()
    for p in layer.params():
        p.data = rng.normal(size=p.shape).astype(np.float32)
    expected = list(reference(weights(layer), xs))
    for x, e in zip(xs, expected, strict=True):
        h = layer(x)
        assert h.dtype == np.float32
        np.testing.assert_allclose(h.data, e, rtol=1e-4, atol=1e-6)
        assert layer.h is h
    layer.reset_state()
    np.testing.assert_allclose(layer(xs[0]).data, expected[0], rtol=1e-4, atol=1e-6)


@cells
def test_gradients_through_time_are_right(cell, rng):
    layer, xs = cell(3, in_size=2, dtype=np.float64), steps(dtype=np.float64)
    names = [name for name, _ in layer.named_params()]

    def run(*values):
        layer.reset_state()
        for name, value in zip(names, values, strict=True):
            part, _, leaf = name.partition(".")
            setattr(getattr(layer, part), leaf, value)
        return [layer(x) for x in xs][-1]

    check_grads(run, *(rng.normal(size=p.shape) for p in layer.params()), order=1)


def test_names_are_those_of_the_book():
    rnn = ["x2h.W", "x2h.b", "h2h.W"]
    lstm = [f"x2{g}.{p}" for g in "fiou" for p in "Wb"] + [f"h2{g}.W" for g in "fiou"]
    assert [name for name, _ in L.RNN(3).named_params()] == rnn
    assert [name for name, _ in L.LSTM(3).named_params()] == lstm


@cells
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_dtypes_are_kept(cell, dtype):
    layer, xs = cell(3, dtype=dtype), steps(dtype=dtype)
    for x in xs:
        y = layer(x)
    np.sum(y).backward()
    assert y.dtype == dtype
    assert {p.dtype for p in layer.params()} == {np.dtype(dtype)}
    assert {p.grad.dtype for p in layer.params()} == {np.dtype(dtype)}


@cells
def test_only_the_input_size_is_lazy(cell):
    layer = cell(3)
    assert layer.in_size is None
    lazy = [name for name, p in layer.named_params() if p.data is None]
    assert lazy
    assert all("x" in name for name in lazy)
    layer(steps()[0])
    assert layer.in_size == 2
    assert all(p.data is not None for p in layer.params())


@cells
def test_one_step_is_enough_to_save_everything(cell, tmp_path):
    layer, twin, xs = cell(3), cell(3), steps()
    layer(xs[0])
    save_weights(tmp_path / "w.npz", layer)
    load_weights(tmp_path / "w.npz", twin)
    layer.reset_state()
    for x in xs:
        np.testing.assert_array_equal(twin(x).data, layer(x).data, strict=True)


@cells
def test_another_batch_size_asks_for_a_reset(cell):
    layer, xs = cell(3), steps()
    first = layer(xs[0]).data
    for n in (1, 3):  # one row would broadcast
        with pytest.raises(ShapeError, match=r"(?s)batch of 4 .*call reset_state"):
            layer(xs[1][:n])
    np.testing.assert_array_equal(layer.h.data, first)
    layer.reset_state()
    assert layer.h is None
    assert layer(xs[0][:1]).shape == (1, 3)


@cells
@pytest.mark.parametrize("shape", [(), (2,), (4, 3), (4, 1), (4, 0), (2, 4, 2)])
def test_other_shapes_are_refused(cell, shape):
    layer = cell(3, in_size=2)
    with pytest.raises(ShapeError, match=r"expected one step .*\(N, 2\), got"):
        layer(np.ones(shape, np.float32))
    assert layer.h is None


@cells
def test_a_first_input_of_no_use_makes_nothing(cell):
    layer = cell(3)
    with pytest.raises(ShapeError, match=r"\(N, in_size\)"):
        layer(np.ones((4, 0), np.float32))
    assert layer.in_size is None


@cells
def test_the_graph_goes_back_to_where_it_was_cut(cell):
    layer, xs = cell(3), steps()
    layer(xs[0])
    loss = np.sum(layer(xs[1]))
    loss.unchain_backward()
    np.sum(layer(xs[2])).backward()
    once = [p.grad.data.copy() for p in layer.params()]
    layer.cleargrads()
    layer.reset_state()
    layer(xs[0]), layer(xs[1])
    for name in ("h", "c") if cell is L.LSTM else ("h",):
        setattr(layer, name, getattr(layer, name).detach())
    np.sum(layer(xs[2])).backward()
    for p, g in zip(layer.params(), once, strict=True):
        np.testing.assert_allclose(p.grad.data, g, rtol=1e-6)


@cells
def test_state_is_neither_trained_nor_saved(cell):
    layer = cell(3)
    with no_grad():
        layer(steps()[0])
    assert not any(name in ("h", "c") for name, _ in layer.named_params())
    twin = copy.deepcopy(layer)
    np.testing.assert_array_equal(twin(steps()[1]).data, layer(steps()[1]).data)


def test_repr_is_the_call_with_its_parts():
    layer = L.RNN(3, in_size=2)
    assert repr(layer).startswith(
        "RNN(\n  hidden_size=3,\n  in_size=2,\n  x2h: Linear("
    )
    assert "dtype=float64" in repr(L.LSTM(3, dtype=np.float64))


@cells
def test_it_learns_to_remember(cell):
    """The target is the input before: nothing without a state can tell."""
    ondol.seed(0)
    rng = np.random.default_rng(0)
    xs = rng.choice(np.float32([-1, 1]), (8, 32, 1))
    model = L.Sequential(cell(8), L.Linear(1))
    optimizer = ondol.optimizers.Adam(0.03).setup(model)
    for _ in range(60):
        model.layers[0].reset_state()
        model(xs[0])
        loss = sum(F.mean_squared_error(model(xs[i]), xs[i - 1]) for i in range(1, 8))
        model.cleargrads()
        loss.backward()
        optimizer.update()
    assert loss.item() / 7 < 0.2
