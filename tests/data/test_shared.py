import pickle
import shutil
from multiprocessing.shared_memory import SharedMemory
from pathlib import Path

import numpy as np
import pytest

from ondol.data import shared
from ondol.data.shared import block, pack, release, starts, unpack, views

SHARED = Path("/dev/shm")


def sent(obj):
    pickled, buffers = pack(obj)
    return unpack(pickled, buffers), len(pickled)


def test_arrays_travel_beside_the_pickle():
    x = np.arange(100_000.0).reshape(100, 1000)
    (got, same), size = sent((x, {"a": x.T}))
    np.testing.assert_array_equal(got, x)
    np.testing.assert_array_equal(same["a"], x.T)
    assert size < 1000


@pytest.mark.parametrize(
    "x",
    [np.array(3.0), np.zeros((0, 3)), np.arange(9)[::2], np.array(["a", None], object)],
    ids=repr,
)
def test_odd_arrays(x):
    got, _ = sent(x)
    assert (got.dtype, got.shape, got.tolist()) == (x.dtype, x.shape, x.tolist())


@pytest.fixture
def mapped(tmp_path):
    np.save(tmp_path / "x.npy", np.arange(60_000).reshape(300, 200))
    return np.load(tmp_path / "x.npy", mmap_mode="r")


@pytest.mark.parametrize(
    "view",
    [
        lambda x: x,
        lambda x: x[10:20],
        lambda x: x[::-3, 5:],
        lambda x: x[5:][7:, ::2],
        lambda x: x.T,
        lambda x: np.asarray(x)[3:],
        lambda x: x.reshape(-1, 10)[4:9],
    ],
)
def test_what_lies_in_a_file_is_opened_and_not_sent(mapped, view):
    x = view(mapped)
    pickled, buffers = pack(x)
    assert (len(buffers), len(pickled) < 1000) == (0, True)
    got = unpack(pickled, [])
    np.testing.assert_array_equal(got, x)
    assert got.dtype == x.dtype
    assert isinstance(
        got if isinstance(got, np.memmap) else got.base, np.memmap | np.ndarray
    )
    assert not got.flags.writeable


def test_a_file_in_columns(tmp_path):
    x = np.asfortranarray(np.arange(12).reshape(3, 4))
    np.save(tmp_path / "x.npy", x)
    mapped = np.load(tmp_path / "x.npy", mmap_mode="r")
    got, _ = sent((mapped, mapped[1:, ::2]))
    np.testing.assert_array_equal(got[0], x)
    np.testing.assert_array_equal(got[1], x[1:, ::2])


def test_a_copy_of_what_lies_in_a_file_is_sent(mapped):
    copy = mapped.copy()
    copy[0] = -1
    got, _ = sent(copy)
    np.testing.assert_array_equal(got, copy)


@pytest.mark.parametrize("view", [lambda x: x, lambda x: x[1:], np.asarray])
def test_what_is_not_written_to_the_file_is_sent(tmp_path, view):
    np.save(tmp_path / "x.npy", np.arange(9))
    mapped = np.load(tmp_path / "x.npy", mmap_mode="c")
    mapped[:] = -1
    got, _ = sent(view(mapped))
    assert (got == -1).all()


def test_buffers_lie_side_by_side_in_a_block():
    sizes = [10, 64, 0, 65]
    assert starts(sizes) == [0, 64, 128, 128, 256]
    memory = block(starts(sizes)[-1])
    for i, view in enumerate(views(memory, sizes)):
        view[:] = i
    counts = [int(view.sum()) for view in views(memory, sizes)]
    assert counts == [0, 64, 0, 195]
    release(memory)


@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared memory of Linux")
def test_there_is_no_block_where_there_is_no_room(monkeypatch):
    """More than there is can be promised, but not reserved; nothing of it is left."""
    made = []

    def promised(**arguments):
        made.append(SharedMemory(**arguments))
        return made[-1]

    monkeypatch.setattr(shared, "SharedMemory", promised)
    assert block(shutil.disk_usage(SHARED).total + 1) is None
    assert [(SHARED / memory.name).exists() for memory in made] == [False]


@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared memory of Linux")
def test_a_block_is_there_before_anybody_writes():
    """Else two that fit one by one could be too large together."""
    memory = block(1 << 20)
    assert (SHARED / memory.name).stat().st_blocks * 512 >= 1 << 20
    release(memory)


def test_pickle_without_buffers_is_refused_by_pickle_itself():
    pickled, buffers = pack(np.arange(1000))
    assert buffers
    with pytest.raises(pickle.UnpicklingError):
        unpack(pickled, [])
