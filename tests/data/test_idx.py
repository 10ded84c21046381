import contextlib
import gzip
import itertools
import struct
import tracemalloc

import numpy as np
import pytest
from datafiles import CODES, idx_bytes
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ondol.data import DataFileError, read_idx

DTYPES = [*CODES]
GOOD = idx_bytes(np.arange(24, dtype="u1").reshape(2, 3, 4))

pack = pytest.mark.parametrize("packed", [False, True], ids=["plain", "gzip"])


def header(code, *shape):
    return struct.pack(f">HBB{len(shape)}I", 0, code, len(shape), *shape)


@pytest.fixture
def write(tmp_path):
    def write(data, packed=False):
        path = tmp_path / "data.idx"
        path.write_bytes(gzip.compress(data) if packed else data)
        return path

    return write


def refuses(path, message, **options):
    with pytest.raises(DataFileError, match=message) as caught:
        read_idx(path, **options)
    assert str(path) in str(caught.value)
    assert isinstance(caught.value, ValueError)


# -- whole files -----------------------------------------------------------------------


@pack
@pytest.mark.parametrize("code", DTYPES)
@pytest.mark.parametrize("shape", [(5,), (2, 3), (2, 1, 3, 2), (0,), (3, 0, 2)])
def test_arrays_come_back(write, code, shape, packed):
    array = np.arange(np.prod(shape)).reshape(shape).astype(code) - np.array(2, code)
    got = read_idx(write(idx_bytes(array), packed))
    np.testing.assert_array_equal(got, array, strict=True)
    assert got.dtype.isnative
    assert got.flags.writeable


def test_a_file_byte_by_byte(write):
    data = bytes([0, 0, 0x0B, 2, 0, 0, 0, 1, 0, 0, 0, 2, 0x01, 0x02, 0xFF, 0xFE])
    assert read_idx(write(data)).tolist() == [[0x0102, -2]]


def test_gzip_files_in_pieces_are_one(write):
    path = write(GOOD)
    path.write_bytes(gzip.compress(GOOD[:20]) + gzip.compress(GOOD[20:]))
    assert read_idx(path).shape == (2, 3, 4)


# -- every field is checked ------------------------------------------------------------


@pack
@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "ends within its header"),
        (b"\0\0\x08", "ends within its header"),
        (header(8, 2, 3)[:-1], "ends within its header"),
        (b"<html>" * 9, "begins with the bytes 3c 68 74 6d"),
        (b"\0\1" + GOOD[2:], "begins with the bytes 00 01 08 03"),
        (b"\0\0\x0a\1" + GOOD[4:], "begins with the bytes 00 00 0a 01"),
        (b"\0\0\x08\0" + GOOD[4:], "an array of 0 axes"),
        (b"\0\0\x08\x21" + bytes(200), "an array of 33 axes"),
        (GOOD + b"\0", "more follows after the 24 bytes"),
        (GOOD + GOOD, "more follows after the 24 bytes"),
    ],
)
def test_refuses_what_is_no_idx_file(write, data, message, packed):
    refuses(write(data, packed), message)


def test_refuses_a_plain_file_that_is_cut_short(write):
    refuses(write(GOOD[:-1]), "claims 24 bytes of data, but has 39")


def test_refuses_packed_data_that_is_cut_short(write):
    refuses(write(GOOD[:-1], packed=True), "cut short: 23 of 24 bytes of data")


@pytest.mark.parametrize("keep", [3, 15, 30, -9, -4, -1])
def test_refuses_a_gzip_file_that_is_cut_short(write, keep):
    path = write(GOOD, packed=True)
    path.write_bytes(path.read_bytes()[:keep])
    refuses(path, "damaged or cut short")


def test_refuses_a_gzip_file_whose_checksum_is_wrong(write):
    path = write(GOOD, packed=True)
    data = bytearray(path.read_bytes())
    data[-8] ^= 1
    path.write_bytes(data)
    refuses(path, "damaged or cut short: CRC")


def test_refuses_a_gzip_file_with_something_behind_it(write):
    path = write(GOOD, packed=True)
    path.write_bytes(path.read_bytes() + b"behind")
    refuses(path, "damaged or cut short")


def test_a_missing_file_is_missing(tmp_path):
    with pytest.raises(FileNotFoundError):
        read_idx(tmp_path / "none.idx")


# -- memory ----------------------------------------------------------------------------


def peak(function):
    tracemalloc.start()
    try:
        function()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pack
@pytest.mark.parametrize(
    "shape", [(2**32 - 1,), (2**31, 2**31), (2**32 - 1,) * 32, (60_000, 28, 28)]
)
def test_a_header_that_claims_much_takes_no_memory(write, shape, packed):
    path = write(header(0x0E, *shape) + bytes(8), packed)
    assert peak(lambda: refuses(path, "claims .* bytes of data, but has")) < 1 << 20


def test_a_bomb_takes_no_memory(write):
    bomb = gzip.compress(GOOD) + gzip.compress(bytes(1 << 26))
    path = write(b"")
    path.write_bytes(bomb)
    assert peak(lambda: refuses(path, "more follows")) < 1 << 20


def test_an_honest_array_that_is_larger_than_allowed(write):
    data = idx_bytes(np.zeros((1000, 1000), "u1"))
    path = write(data, packed=True)
    refuses(path, "1,000,000 bytes of data, and 999,999 are allowed", max_bytes=999_999)
    assert read_idx(path, max_bytes=1_000_000).shape == (1000, 1000)


# -- anything at all -------------------------------------------------------------------


def reads_or_refuses(path, data):
    path.write_bytes(data)
    with contextlib.suppress(DataFileError):
        array = read_idx(path)
        assert array.size <= 1 << 20
        return array
    return None


fuzz = settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@given(
    head=st.sampled_from([b"", b"\0\0", b"\0\0\x08\1", b"\0\0\x08\2", b"\x1f\x8b\x08"]),
    data=st.binary(max_size=60),
    packed=st.booleans(),
)
@fuzz
def test_any_bytes_are_read_or_refused(tmp_path, head, data, packed):
    data = head + data
    reads_or_refuses(tmp_path / "x", gzip.compress(data) if packed else data)


@given(
    at=st.integers(0, len(gzip.compress(GOOD)) - 1),
    new=st.binary(max_size=3),
    old=st.integers(0, 3),
)
@fuzz
def test_a_damaged_gzip_file_is_never_read_wrongly(tmp_path, at, new, old):
    data = gzip.compress(GOOD, mtime=0)
    got = reads_or_refuses(tmp_path / "x", data[:at] + new + data[at + old :])
    if got is not None:  # the damage was in the time stamp, or the like
        assert got.ravel().tolist() == [*range(24)]


def test_every_single_flipped_bit_of_a_header_is_read_or_refused(tmp_path):
    for byte, bit in itertools.product(range(16), range(8)):
        data = bytearray(GOOD)
        data[byte] ^= 1 << bit
        got = reads_or_refuses(tmp_path / "x", bytes(data))
        # From uint8 to int8 is the one step that leaves a valid file.
        assert (got is not None) == ((byte, bit) == (2, 0))
