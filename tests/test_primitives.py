"""The primitives of our own: each against its definition, written out in loops."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ondol import Variable
from ondol.primitives import fold, put, windows

SIZES = st.tuples(st.integers(1, 3), st.integers(1, 3))


@settings(max_examples=60, deadline=None)
@given(size=SIZES, stride=SIZES, dilation=SIZES, extra=SIZES)
def test_windows_and_fold(size, stride, dilation, extra):
    spans = [(n - 1) * d + 1 for n, d in zip(size, dilation, strict=True)]
    spatial = tuple(s + e for s, e in zip(spans, extra, strict=True))
    rng = np.random.default_rng(0)
    x = rng.normal(size=(2, *spatial))
    y = windows(x, size, stride, dilation)
    positions = tuple(
        (n - span) // s + 1 for n, span, s in zip(spatial, spans, stride, strict=True)
    )
    assert y.shape == (2, *size, *positions)
    expected_fold = np.zeros_like(x)
    g = rng.normal(size=y.shape)
    for i in np.ndindex(*size):
        for p in np.ndindex(*positions):
            at = tuple(
                a * d + b * s for a, d, b, s in zip(i, dilation, p, stride, strict=True)
            )
            np.testing.assert_array_equal(y[(..., *i, *p)], x[(..., *at)])
            expected_fold[(..., *at)] += g[(..., *i, *p)]
    np.testing.assert_allclose(
        fold(g, spatial, stride, dilation), expected_fold, atol=1e-12
    )


@pytest.mark.parametrize(
    "index",
    [
        1,
        slice(None, None, 2),
        np.array([0, 0, 2]),
        np.array([True, False, True, False]),
        (slice(None), np.array([1, 1])),
        (np.array([0, 0]), np.array([1, 1])),
    ],
    ids=str,
)
def test_put_adds_what_indexing_took(index):
    g = np.random.default_rng(0).normal(size=np.zeros((4, 3))[index].shape)
    expected = np.zeros((4, 3))
    np.add.at(expected, index, g)
    np.testing.assert_allclose(put(g, index, (4, 3)), expected)


def test_primitives_record_like_numpys_functions():
    x = Variable(np.arange(12.0).reshape(1, 3, 4))
    y = windows(x, (2, 2), (1, 1), (1, 1))
    assert isinstance(y, Variable)
    y.backward()
    np.testing.assert_array_equal(
        x.grad.data[0], [[1, 2, 2, 1], [2, 4, 4, 2], [1, 2, 2, 1]]
    )


@pytest.mark.parametrize(
    ("size", "stride", "dilation"),
    [
        ((2, 2), (1, 1), (-1, 1)),
        ((2, 2), (0, 1), (1, 1)),
        ((0, 2), (1, 1), (1, 1)),
        ((2,) * 5, (1,) * 5, (1,) * 5),
        ((4, 2), (1, 1), (1, 1)),
        ((2, 2), (1, 1), (1, 3)),
    ],
)
def test_windows_never_look_beyond_the_array(size, stride, dilation):
    with pytest.raises(ValueError, match="window"):
        windows(np.ones((1, 1, 3, 3)), size, stride, dilation)
