"""What recurrent functions do with masks, states and wrong shapes."""

import numpy as np
import pytest

import ondol.functions as F
from ondol import Variable, no_grad
from ondol.errors import DtypeError, ShapeError

GATES = {"rnn": 1, "lstm": 4, "gru": 3}
each = pytest.mark.parametrize("name", GATES)


def weights(name, rng, inputs=2, size=3, dtype=np.float64):
    wide = size * GATES[name]
    shapes = (inputs, wide), (size, wide), (wide,)
    return [rng.normal(size=shape).astype(dtype) for shape in shapes]


@each
@pytest.mark.parametrize("reverse", [False, True])
def test_padding_changes_nothing_and_gets_nothing(name, reverse, rng):
    """Each sequence alone gives the same as all of them in one padded batch."""
    run, lengths = getattr(F, name), [4, 1, 3]
    W = weights(name, rng)
    x = rng.normal(size=(3, 4, 2))
    mask = np.arange(4) < np.array(lengths)[:, None]
    x[~mask] = np.nan
    together = [Variable(part) for part in (x, *W)]
    y, *last = run(*together, mask=mask, reverse=reverse)
    assert (y.data[~mask] == 0).all()
    np.sum(y * y + 0.5 * last[0][:, None]).backward()
    alone = [Variable(part) for part in W]
    for i, n in enumerate(lengths):
        one = Variable(x[i : i + 1, :n])
        ys, *end = run(one, *alone, reverse=reverse)
        np.testing.assert_allclose(y.data[i : i + 1, :n], ys.data)
        for a, b in zip(last, end, strict=True):
            np.testing.assert_allclose(a.data[i : i + 1], b.data)
        (np.sum(ys * ys) + 0.5 * 4 * np.sum(end[0])).backward()
        np.testing.assert_allclose(together[0].grad.data[i, :n], one.grad.data[0])
    assert (together[0].grad.data[~mask] == 0).all()
    for a, b in zip(together[1:], alone, strict=True):
        np.testing.assert_allclose(a.grad.data, b.grad.data)


@each
def test_a_sequence_in_two_pieces_is_the_sequence(name, rng):
    run, W = getattr(F, name), weights(name, rng)
    x = rng.normal(size=(3, 5, 2))
    y, *last = run(x, *W)
    first, *state = run(x[:, :2], *W)
    names = ("h", "c")[: len(state)]
    second, *end = run(x[:, 2:], *W, **dict(zip(names, state, strict=True)))
    np.testing.assert_allclose(np.concatenate([first.data, second.data], 1), y.data)
    for a, b in zip(end, last, strict=True):
        np.testing.assert_allclose(a.data, b.data)


@each
def test_gradients_need_not_wait_for_all_results(name, rng):
    """The results that the program has dropped are no part of the gradient."""
    run = getattr(F, name)
    inputs = [
        Variable(part) for part in (rng.normal(size=(3, 4, 2)), *weights(name, rng))
    ]
    last = run(*inputs)[-1]
    np.sum(last).backward()
    assert all(np.abs(v.grad.data).max() > 0 for v in inputs)


@each
def test_saturated_gates_are_exact(name, rng):
    W = [1e4 * w.astype(np.float32) for w in weights(name, rng)]
    inputs = [Variable(part) for part in (np.ones((2, 3, 2), np.float32), *W)]
    y, *_ = getattr(F, name)(*inputs)
    np.sum(y).backward()
    assert np.abs(y.data).max() <= 3
    assert all(np.isfinite(v.grad.data).all() for v in inputs)


@each
def test_nothing_is_recorded_without_need(name, rng):
    arrays = (rng.normal(size=(3, 4, 2)), *weights(name, rng))
    assert all(part.creator is None for part in getattr(F, name)(*arrays))
    with no_grad():
        ys = getattr(F, name)(*map(Variable, arrays))
    assert all(part.creator is None for part in ys)


@each
@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"x": (4, 2)}, r"expected sequences \(N, T, inputs\)"),
        ({"x": (3, 0, 2)}, "of 1 step or more"),
        ({"x": (3, 4, 5)}, r"expected Wx \(inputs,"),
        ({"Wh": (2, 3)}, r"expected Wx \(inputs,"),
        ({"Wh": ()}, r"expected Wx \(inputs,"),
        ({"b": (1,)}, "bias"),
        ({"h": (1, 3)}, r"a state \(N, H\) of \(3, 3\), got \(1, 3\)"),
        ({"h": (3,)}, r"a state \(N, H\) of \(3, 3\), got \(3,\)"),
    ],
)
def test_shapes_that_do_not_fit(name, change, message, rng):
    arguments = dict(zip(("Wx", "Wh", "b"), weights(name, rng), strict=True))
    arguments["x"] = np.ones((3, 4, 2))
    arguments.update({key: np.ones(shape) for key, shape in change.items()})
    with pytest.raises(ShapeError, match=message):
        getattr(F, name)(**arguments)


@each
def test_masks_that_do_not_fit(name, rng):
    x, W = np.ones((3, 4, 2)), weights(name, rng)
    with pytest.raises(DtypeError, match=r"from lengths: np.arange\(T\) <"):
        getattr(F, name)(x, *W, mask=np.ones((3, 4), int))
    with pytest.raises(ShapeError, match=r"a mask \(N, T\) of \(3, 4\), got \(4,\)"):
        getattr(F, name)(x, *W, mask=np.ones(4, bool))


def test_a_second_bias_that_does_not_fit(rng):
    with pytest.raises(ShapeError, match=r"gru: expected bh \(9,\), got \(3,\)"):
        F.gru(np.ones((3, 4, 2)), *weights("gru", rng), np.ones(3))


def test_complex_sequences_are_refused():
    with pytest.raises(DtypeError, match="expected real numbers"):
        F.rnn(np.ones((1, 2, 3), complex), np.ones((3, 4)), np.ones((4, 4)))
