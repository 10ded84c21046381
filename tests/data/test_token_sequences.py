import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from ondol.data import DataLoader, Streams, TokenWindows


@given(st.integers(2, 40), st.integers(1, 12), st.none() | st.integers(1, 15))
def test_windows_are_the_series_and_what_comes_next(n, length, stride):
    assume(n > length)
    series = np.arange(n)
    windows = TokenWindows(series, length, stride)
    step = stride or length
    starts = [s for s in range(0, n, step) if s + length + 1 <= n]
    assert len(windows) == len(starts)
    for (x, t), start in zip(
        (windows[i] for i in range(len(windows))), starts, strict=True
    ):
        assert x.tolist() == series[start : start + length].tolist()
        assert t.tolist() == series[start + 1 : start + length + 1].tolist()
    with pytest.raises(IndexError):
        windows[len(windows)]


def test_windows_without_stride_miss_nothing_but_the_rest():
    windows = TokenWindows(np.arange(22), 7)
    x, t = windows.rows_at(np.arange(len(windows)))
    assert x.ravel().tolist() == [*range(21)]
    assert t.ravel().tolist() == [*range(1, 22)]


def test_a_series_in_a_file(tmp_path):
    np.arange(1000, dtype=np.uint16).tofile(tmp_path / "tokens.bin")
    tokens = np.memmap(tmp_path / "tokens.bin", np.uint16, "r")
    (x, t), *_ = DataLoader(TokenWindows(tokens, 8), 4, seed=1)
    assert (x.shape, x.dtype, t.dtype) == ((4, 8), np.int64, np.int64)
    np.testing.assert_array_equal(t, x + 1)
    assert not np.shares_memory(x, t)


def test_values_keep_their_dtype_and_shape():
    series = np.ones((20, 3), np.float32)
    x, t = TokenWindows(series, 4)[0]
    assert (x.shape, t.shape, x.dtype) == ((4, 3), (4, 3), np.float32)
    assert TokenWindows(np.arange(20), 4, dtype=np.int32)[0][0].dtype == np.int32


def test_streams_of_windows_go_on_where_they_were():
    series = np.arange(101)
    windows = TokenWindows(series, 5)
    batches = [*DataLoader(windows, batch_sampler=Streams(len(windows), 4))]
    x = np.concatenate([x for x, _ in batches], axis=1)
    assert x.shape == (4, 25)
    np.testing.assert_array_equal(x, np.arange(100).reshape(4, 25))


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (([1, 2, 3], 2), TypeError, "cuts windows out of an array"),
        ((np.array(3), 2), TypeError, "cuts windows out of an array"),
        ((np.arange(4), 4), ValueError, "4 entries has no window of 4"),
        ((np.arange(4), 0), ValueError, "length must be at least 1"),
        ((np.arange(4), 2, 0), ValueError, "stride must be at least 1"),
    ],
)
def test_arguments_are_looked_at(arguments, error, message):
    with pytest.raises(error, match=message):
        TokenWindows(*arguments)
