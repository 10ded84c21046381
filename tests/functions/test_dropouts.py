import numpy as np
import pytest

import ondol
import ondol.functions as F
from ondol import Variable, test_mode
from ondol.errors import ArgumentError, ShapeError

predicting = test_mode  # pytest would take the name for that of a test
del test_mode


def test_dropout_keeps_the_mean():
    ondol.seed(0)
    y = F.dropout(np.ones((200, 500), np.float32), 0.2).data
    np.testing.assert_allclose(np.unique(y), [0, 1.25])
    assert abs((y == 0).mean() - 0.2) < 0.005
    assert abs(y.mean() - 1) < 0.01


def test_dropout_is_repeatable():
    def draw(seed):
        ondol.seed(seed)
        return [F.dropout(np.ones(100)).data for _ in range(2)]

    first, again, other = draw(1), draw(1), draw(2)
    np.testing.assert_array_equal(first, again)
    assert (first[0] != first[1]).any()
    assert (first[0] != other[0]).any()


def test_dropout_gradient_has_the_same_holes():
    x = Variable(np.ones(100))
    y = F.dropout(x)
    y.backward()
    np.testing.assert_array_equal(x.grad.data, y.data)


def test_dropout_does_nothing_in_test_mode():
    x = Variable(np.ones(100))
    with predicting():
        assert F.dropout(x, 0.9) is x
    assert F.dropout(x, 0.0) is x


def test_dropout_of_integers():
    ondol.seed(0)
    y = F.dropout(np.ones(50, int), 0.5)
    assert y.dtype == np.float64
    assert set(y.data) == {0.0, 2.0}


@pytest.mark.parametrize("ratio", [1, -0.1, 1.5, np.nan])
def test_dropout_ratios(ratio):
    with pytest.raises(ArgumentError, match="ratio"):
        F.dropout(Variable(np.ones(3)), ratio)


def fates(y, axes):
    """Is everything along `axes` either dropped or kept?"""
    return (y == 0).all(axes) | (y != 0).all(axes)


def test_what_shares_a_fate():
    ondol.seed(0)
    x = np.ones((40, 30, 4, 5), np.float32)
    for function, axes in {
        F.channel_dropout: (2, 3),
        F.drop_path: (1, 2, 3),
        lambda x, ratio: F.dropout(x, ratio, shared=1): (1,),
    }.items():
        y = function(x, 0.4).data
        assert fates(y, axes).all()
        assert not fates(y, (0, *axes)).all()
        assert set(np.unique(y)) == {np.float32(0), np.float32(1 / 0.6)}
        with predicting():
            np.testing.assert_array_equal(function(x, 0.4).data, x)


def test_drop_path_drops_its_share_of_the_samples():
    ondol.seed(0)
    y = F.drop_path(np.ones((20_000, 2)), 0.3).data
    assert abs((y[:, 0] == 0).mean() - 0.3) < 0.01


def test_alpha_dropout_keeps_mean_and_variance(rng):
    ondol.seed(0)
    x = rng.normal(size=(300, 400)).astype(np.float32)
    y = F.alpha_dropout(x, 0.3)
    assert y.dtype == np.float32
    assert abs(y.data.mean()) < 0.01
    assert abs(y.data.std() - 1) < 0.01
    with predicting():
        np.testing.assert_array_equal(F.alpha_dropout(x, 0.3).data, x)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: F.alpha_dropout(np.ones(3), 1), ArgumentError, "ratio"),
        (lambda: F.alpha_dropout(np.ones(3), "a"), ArgumentError, "ratio"),
        (lambda: F.dropout(np.ones(3), "a"), ArgumentError, "ratio"),
        (lambda: F.dropout(np.ones(3), 0.5, shared=1), ArgumentError, "axis"),
        (lambda: F.channel_dropout(np.ones(3)), ShapeError, r"\(N, C, ...\)"),
        (lambda: F.drop_path(np.ones(())), ShapeError, r"\(N, ...\)"),
    ],
)
def test_what_dropout_refuses(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_a_ratio_of_numpy_keeps_the_dtype():
    x = np.ones(4, np.float32)
    for function in (F.dropout, F.alpha_dropout):
        assert function(x, np.float64(0.5)).dtype == np.float32
