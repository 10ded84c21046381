"""The file of a checkpoint: whole and equal, or refused, whatever was done to it."""

import copy
import hashlib
import io
import json
import pickle
import random
import struct
import subprocess
import sys
import time
import tracemalloc
import zipfile
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ondol.io import CheckpointError, DamagedError, archive
from ondol.io.archive import MANIFEST, read, read_notes, verify

PARTS = {
    "model": {"W": np.arange(6, dtype=np.float32).reshape(2, 3), "b": None},
    "rate": {"lr": 0.1, "list": [1, np.array([True, False])]},
}
NOTES = {"step": 3, "loss": float("nan"), "last": np.array(-0.0)}


def write(path, parts, notes):
    archive.write(path, {name: lambda x=x: x for name, x in parts.items()}, notes)


@pytest.fixture
def path(tmp_path):
    write(tmp_path / "x.ckpt", PARTS, NOTES)
    return tmp_path / "x.ckpt"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("archives")


@pytest.fixture(scope="module")
def whole(folder):
    write(folder / "whole.ckpt", PARTS, NOTES)
    return (folder / "whole.ckpt").read_bytes()


def shown(value):
    """A nested value as text, the arrays with dtype, shape and bytes."""
    if isinstance(value, np.ndarray):
        return f"{value.dtype}{value.shape}{value.tobytes()!r}"
    if isinstance(value, dict | tuple | list):
        items = value.items() if isinstance(value, dict) else enumerate(value)
        return f"{type(value)}{[(key, shown(part)) for key, part in items]}"
    return repr(value)


GOOD = shown((PARTS, NOTES))


def is_good_or_refused(path, good=GOOD):
    """Read a file: true if it is as it was written; no other outcome is allowed."""
    try:
        found = read(path)
    except CheckpointError:
        return False
    assert shown(found) == good
    verify(path)
    return True


# -- the format ------------------------------------------------------------------------


def test_what_was_written_is_read(path):
    assert shown(read(path)) == GOOD
    verify(path)
    notes = read_notes(path)
    assert notes["step"] == 3
    assert notes["last"].size == 0


def test_numpy_reads_it_too(path):
    with np.load(path, allow_pickle=False) as file:
        assert [*file] == ["model/W", "rate/list/1", "notes/last", MANIFEST]
        np.testing.assert_array_equal(file["model/W"], PARTS["model"]["W"])
        manifest = json.loads(file[MANIFEST])
    assert manifest["format"] == "ondol checkpoint"
    assert manifest["version"] == 1


def test_equal_states_make_equal_files(path, tmp_path, monkeypatch):
    monkeypatch.setattr(time, "time", lambda: 2e9)
    write(tmp_path / "y.ckpt", copy.deepcopy(PARTS), NOTES)
    assert path.read_bytes() == (tmp_path / "y.ckpt").read_bytes()


LAYOUTS = [
    np.arange(6).reshape(3, 2).T,
    np.arange(24.0).reshape(2, 3, 4).transpose(2, 0, 1),
    np.arange(24.0).reshape(2, 3, 4)[:, ::2].transpose(0, 2, 1)[::-1],
    np.arange(3.0)[::-1],
    np.broadcast_to(np.arange(3, dtype=np.complex64), (2, 3)),
    np.ones((1, 4), ">f2").T,
]


@pytest.mark.parametrize("array", LAYOUTS, ids=lambda array: f"{array.shape}")
def test_arrays_lie_in_memory_as_they_did(tmp_path, array):
    """Or sums would be made in another order, and differ in the last digits."""
    path = tmp_path / "x.ckpt"
    write(path, {"x": {"array": array}}, {})
    found = read(path)[0]["x"]["array"]
    np.testing.assert_array_equal(found, array)
    assert found.flags.writeable
    assert found.dtype == array.dtype.newbyteorder("=")

    def order(array):
        return np.argsort([-abs(stride) for stride in array.strides], stable=True)

    if array.shape[-1] > 1:
        np.testing.assert_array_equal(order(found), order(array))
    with np.load(path) as file:
        assert file["x/array"].flags.c_contiguous
        np.testing.assert_array_equal(file["x/array"], array)


@pytest.mark.parametrize("axes", [[0, 0], [1], [1, 2], 1, "10", {}, [1, None]])
def test_axes_that_the_array_does_not_have(whole, folder, axes):
    manifest = manifest_of(whole)
    manifest["arrays"]["model/W"]["axes"] = axes
    path = folder / "axes.ckpt"
    path.write_bytes(repacked(whole, manifest))
    with pytest.raises(DamagedError):
        read(path)


def test_what_is_read_can_be_written_into(path):
    parts, _ = read(path)
    parts["model"]["W"] += 1
    assert parts["model"]["W"].flags.owndata


def test_zips_of_the_kind_for_large_files(tmp_path, monkeypatch):
    monkeypatch.setattr(zipfile, "ZIP_FILECOUNT_LIMIT", 2)
    path = tmp_path / "large.ckpt"
    write(path, PARTS, NOTES)
    assert b"PK\6\6" in path.read_bytes()
    assert is_good_or_refused(path)
    data = path.read_bytes()
    for i in range(len(data) - 98, len(data)):  # its end record, byte by byte
        (tmp_path / "bad.ckpt").write_bytes(flipped(data, i, 255))
        is_good_or_refused(tmp_path / "bad.ckpt")


def test_plain_values_that_could_not_be_read_again_are_not_written(
    tmp_path, monkeypatch
):
    monkeypatch.setattr("ondol.io.archive.MOST", 1000)
    with pytest.raises(ValueError, match=r"take [\d,]+ bytes, and 1,000 are allowed"):
        write(tmp_path / "x.ckpt", {}, {"losses": [0.5] * 200})
    assert [*tmp_path.iterdir()] == []


def test_parts_that_are_not_wanted_are_none(path):
    parts, notes = read(path, {"rate"})
    assert parts["model"] is None
    assert shown((parts["rate"], notes)) == shown((PARTS["rate"], NOTES))


def test_a_file_that_is_not_there_is_not_damaged(tmp_path):
    with pytest.raises(FileNotFoundError):
        read(tmp_path / "none.ckpt")


# -- damage ----------------------------------------------------------------------------


def flipped(data, i, bits):
    return data[:i] + bytes([data[i] ^ bits]) + data[i + 1 :]


SMALL = {"m": {"W": np.array([1, 2], np.int8)}}, {}


@pytest.fixture(scope="module")
def small(folder):
    write(folder / "small.ckpt", *SMALL)
    return (folder / "small.ckpt").read_bytes()


def test_no_byte_can_change_unnoticed(small, folder):
    path, generator = folder / "flipped.ckpt", random.Random(0)
    refused = 0
    for i in range(len(small)):
        path.write_bytes(flipped(small, i, generator.randrange(1, 256)))
        refused += not is_good_or_refused(path, shown(SMALL))
    assert refused > 0.7 * len(small)  # dates and versions in the zip mean nothing


def test_the_json_has_a_hash_of_its_own(small, folder):
    """A CRC of 32 bits is easily met, by chance or on purpose."""
    path = folder / "rehashed.ckpt"
    with zipfile.ZipFile(io.BytesIO(small)) as old:
        entry, text = old.getinfo(MANIFEST), old.read(MANIFEST)
    assert entry.comment == hashlib.sha256(text).hexdigest().encode()
    other = text.replace(b"[\n    2\n   ]", b"[\n    2\n \t\t]")
    crc = struct.Struct("<L").pack
    data = small.replace(text, other)
    assert data != small
    path.write_bytes(data.replace(crc(zlib.crc32(text)), crc(zlib.crc32(other))))
    with pytest.raises(DamagedError, match=r"SHA-256 of checkpoint\.json"):
        read(path)


def test_no_byte_can_be_missing(small, folder):
    path = folder / "short.ckpt"
    for n in range(len(small)):
        path.write_bytes(small[:n])
        assert not is_good_or_refused(path)


@given(st.data())
def test_pieces_that_are_lost_doubled_or_replaced(whole, folder, data):
    start, stop = sorted(data.draw(st.integers(0, len(whole))) for _ in range(2))
    piece = data.draw(st.binary() | st.just(whole[start:stop] * 2))
    path = folder / "pieces.ckpt"
    path.write_bytes(whole[:start] + piece + whole[stop:])
    is_good_or_refused(path)


@given(st.binary(max_size=400))
def test_other_bytes(folder, data):
    path = folder / "other.ckpt"
    path.write_bytes(data)
    assert not is_good_or_refused(path)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.floats(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)


def repacked(whole, manifest=None, entries=None, **options):
    """The zip with another JSON or other entries in it, every checksum right."""
    target = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(whole)) as old,
        zipfile.ZipFile(target, "w", **options) as new,
    ):
        contents = {name: old.read(name) for name in old.namelist()}
        if manifest is not None:
            contents[MANIFEST] = json.dumps(manifest).encode()
        for name, data in (contents | (entries or {})).items():
            new.writestr(name, data)
    return target.getvalue()


def manifest_of(whole):
    with zipfile.ZipFile(io.BytesIO(whole)) as archive:
        return json.loads(archive.read(MANIFEST))


def places(value):
    """Every dict or list inside a value, with each of its keys."""
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for key, part in items:
        yield value, key
        if isinstance(part, dict | list):
            yield from places(part)


@given(st.data())
def test_a_json_that_lies(whole, folder, data):
    manifest = manifest_of(whole)
    container, key = data.draw(st.sampled_from([*places(manifest)]))
    container[key] = data.draw(json_values)
    path = folder / "lies.ckpt"
    path.write_bytes(repacked(whole, manifest))
    for use in (read, read_notes, verify):
        try:
            found = use(path)
        except CheckpointError:
            continue
        kinds = {*map(type, found)} if use is read else {type(found)}
        assert kinds == {type(None) if use is verify else dict}


SHAPES = [
    [10**9, 10**9],
    [-2, -3],
    [3, 2, 1 << 62, 1 << 62],
    [6.0],
    [True] * 6,
    [1] * 99,
    "ab",
    [0, 1 << 70],
    [6, 2],
    [],
]


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: f"{shape!r:.20}")
def test_a_shape_that_the_file_does_not_hold(whole, folder, shape):
    manifest = manifest_of(whole)
    manifest["arrays"]["model/W"]["shape"] = shape
    path = folder / "shape.ckpt"
    path.write_bytes(repacked(whole, manifest))
    with pytest.raises(DamagedError, match="cannot be an array"):
        read(path)


@pytest.mark.parametrize("dtype", ["object", "O", "V8", "datetime64[s]", ["f4"], 7])
def test_a_dtype_that_is_no_number(whole, folder, dtype):
    manifest = manifest_of(whole)
    manifest["arrays"]["model/W"]["dtype"] = dtype
    path = folder / "dtype.ckpt"
    path.write_bytes(repacked(whole, manifest))
    with pytest.raises(DamagedError, match=r"model/W.npy cannot be an array"):
        read(path)


def test_other_numbers_with_the_right_crc(whole, folder):
    path = folder / "other.ckpt"
    with zipfile.ZipFile(io.BytesIO(whole)) as archive:
        entry = archive.read("model/W.npy")
    entry = flipped(entry, len(entry) - 1, 1)
    path.write_bytes(repacked(whole, entries={"model/W.npy": entry}))
    with pytest.raises(DamagedError, match=r"SHA-256 of model/W\.npy"):
        read(path)


def test_two_entries_of_one_name(whole, folder):
    path = folder / "twice.ckpt"
    path.write_bytes(whole)
    with zipfile.ZipFile(path, "a") as archive:
        text = archive.read(MANIFEST)
        with pytest.warns(UserWarning, match="Duplicate name"):
            archive.writestr(MANIFEST, text)
    with pytest.raises(DamagedError, match="two entries have the same name"):
        read(path)


def test_a_newer_format_is_named(whole, folder):
    path = folder / "newer.ckpt"
    path.write_bytes(repacked(whole, manifest_of(whole) | {"version": 2}))
    with pytest.raises(CheckpointError, match=r"format version 2.*newer") as error:
        read(path)
    assert not isinstance(error.value, DamagedError)


def test_what_a_newer_version_may_add_is_passed_over(whole, folder):
    path = folder / "more.ckpt"
    path.write_bytes(repacked(whole, manifest_of(whole) | {"written by": "ondol 9"}))
    assert is_good_or_refused(path)


@pytest.mark.parametrize("extra", ["y.npy", "y", "model/W.npy "])
def test_entries_that_the_json_does_not_know(whole, folder, extra):
    path = folder / "extra.ckpt"
    path.write_bytes(repacked(whole, entries={extra: b"y"}))
    with pytest.raises(DamagedError, match="other arrays in it"):
        read(path)


@pytest.mark.parametrize("text", [b"[]", b"{", b"\xff", b"[" * 100_000, b"1" * 9999])
def test_a_json_that_is_none(whole, folder, text):
    path = folder / "json.ckpt"
    path.write_bytes(repacked(whole, entries={MANIFEST: text}))
    with pytest.raises(DamagedError):
        read(path)


# -- hostile files ---------------------------------------------------------------------


def test_nothing_is_unpacked(whole, folder):
    """A zip bomb has to be compressed."""
    bomb = repacked(whole, compression=zipfile.ZIP_DEFLATED)
    path = folder / "bomb.ckpt"
    path.write_bytes(bomb)
    with pytest.raises(DamagedError, match="compressed"):
        read(path)


def test_truth_is_0_or_1(folder):
    """NumPy counts on it where it takes memory."""
    path = folder / "truth.ckpt"
    write(path, {"x": {"mask": np.array([2, 1], np.uint8).view(bool)}}, {})
    with pytest.raises(DamagedError, match="neither"):
        read(path)


def test_sizes_of_entries_are_not_believed(whole, folder):
    """No memory is taken for an array that would not fit into the file."""
    path, n = folder / "size.ckpt", 1 << 26
    manifest = manifest_of(whole)
    manifest["arrays"]["model/W"] |= {"dtype": "uint8", "shape": [n]}
    data = repacked(whole, manifest)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        entry = archive.getinfo("model/W.npy")
    sizes = struct.Struct("<LL")
    at = data.rindex(b"PK\1\2", 0, data.rindex(b"model/W.npy")) + 20
    assert sizes.unpack_from(data, at) == (entry.file_size,) * 2
    lie = sizes.pack(n + 128, n + 128)
    path.write_bytes(data[:at] + lie + data[at + len(lie) :])
    tracemalloc.start()
    with pytest.raises(DamagedError, match="its zip is said to be larger"):
        read(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1 << 22


@pytest.mark.parametrize(
    ("most", "what"), [(700, r"checkpoint\.json"), (100, "directory")]
)
def test_tables_have_a_largest_size(path, monkeypatch, most, what):
    monkeypatch.setattr("ondol.io.archive.MOST", most)
    with pytest.raises(DamagedError, match=f"its {what} is said to be larger"):
        read(path)


class Evil:
    """Writes a file when it is unpickled."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return open, (str(self.path), "w")


def test_nothing_in_a_file_is_run(whole, folder, tmp_path):
    trace, path = tmp_path / "trace", folder / "evil.ckpt"
    evil = pickle.dumps(Evil(trace))
    target = io.BytesIO()
    np.save(target, np.array([Evil(trace)], object), allow_pickle=True)
    trace.unlink(missing_ok=True)
    for data in (
        evil,
        repacked(whole, entries={MANIFEST: evil}),
        repacked(whole, entries={"model/W.npy": evil}),
        repacked(whole, entries={"model/W.npy": target.getvalue()}),
    ):
        path.write_bytes(data)
        with pytest.raises(DamagedError):
            read(path)
    assert not trace.exists()
    pickle.loads(evil).close()
    assert trace.exists()  # it would have


def test_arrays_take_no_more_memory_than_the_file_has_bytes(tmp_path):
    path = tmp_path / "large.ckpt"
    parts = {str(i): np.zeros(1 << 20, np.uint8) for i in range(8)}
    write(path, parts, {})
    for use, most in ((read, 8.2), (verify, 2.2)):
        tracemalloc.start()
        found = use(path)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        del found
        # A piece that is read, the same piece as bytes, and the array it goes into.
        assert peak < (most + 2) * (1 << 20)


LIMITED = """
import resource, sys
from ondol.io import DamagedError
from ondol.io.archive import read
now = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
most = now + (512 << 20)
resource.setrlimit(resource.RLIMIT_AS, (most, most))
try:
    read(sys.argv[1])
except DamagedError as error:
    print("refused")
"""


def directory_of(n):
    """The directory of a zip that claims n entries without names."""
    entry = struct.pack("<4s4B4HL2L5H2L", b"PK\1\2", *([0] * 18))
    assert len(entry) == 46
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, n & 0xFFFF, n & 0xFFFF, 46 * n, 0, 0)
    return entry * n + end


@pytest.mark.skipif(sys.platform != "linux", reason="limits of memory are Linux's here")
@pytest.mark.parametrize(
    "make",
    [
        lambda whole: repacked(whole, entries={MANIFEST: b"[" + b"[],{}," * 2_796_000}),
        lambda whole: repacked(whole, entries={MANIFEST: b"[" + b"[[]," * 4_194_000}),
        lambda whole: directory_of((1 << 24) // 46),
        lambda whole: directory_of((1 << 25) // 46),
    ],
    ids=["lists", "nested", "entries", "more entries"],
)
def test_no_file_takes_more_memory_than_is_said(whole, folder, make):
    path = folder / "hungry.ckpt"
    path.write_bytes(make(whole))
    run = subprocess.run([sys.executable, "-c", LIMITED, path],
                         capture_output=True, text=True, check=True)  # fmt: skip
    path.unlink()
    assert run.stdout == "refused\n"
