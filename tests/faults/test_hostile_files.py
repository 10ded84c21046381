"""Files that are damaged, or made to do harm: read as they were, or refused.

Whatever bytes a reader is given, it gives the data that were written or raises an
OndolError, in bounded memory, and runs nothing that it finds.
"""

import contextlib
import gzip
import io
import pickle
import struct
import subprocess
import sys
import tarfile
import tracemalloc
import zipfile
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from datafiles import cifar100_members, idx_bytes, mnist_files, tar_bytes
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from ondol.data import (
    DataFileError,
    cifar10,
    cifar100,
    imagenet_labels,
    mnist,
    read_idx,
    tiny_shakespeare,
)
from ondol.dezero import transforms
from ondol.errors import OndolError
from ondol.io import WeightsError, load_arrays, load_weights, save_arrays
from ondol.io.npz import LONGEST_TABLE
from ondol.layers import Linear
from ondol.models import VGG16

MIB = 1 << 20
FORMATS = sys.modules["ondol.io.formats"]
ARRAYS = {
    "layer.W": np.arange(12, dtype=np.float32).reshape(3, 4),
    "b": np.array([True, False]),
    "n": np.array(7),
}


@pytest.fixture(autouse=True)
def allowance(monkeypatch):
    """Packed arrays may outgrow a file by 1 MiB here, that bombs can be small."""
    monkeypatch.setattr(FORMATS, "_ALLOWANCE", MIB)


def peak(function):
    """The most memory that a call took at a time."""
    tracemalloc.start()
    try:
        function()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


# -- anything may happen to a file -----------------------------------------------------


def written(name, write):
    """The bytes of a file that a function writes to a path."""
    path = Path(name)
    write(path)
    data = path.read_bytes()
    path.unlink()
    return data


def picture(kind):
    rng = np.random.default_rng(0)
    image = Image.fromarray(rng.integers(0, 256, (32, 31, 3), np.uint8))
    out = io.BytesIO()
    image.save(out, kind)
    return out.getvalue()


class NotOursError(OndolError):
    """A file that PIL does not open, so that ondol never sees it."""


def read_picture(path):
    try:
        image = Image.open(path)
    except Exception as error:
        raise NotOursError from error
    with image:
        return VGG16.preprocess(image, size=(4, 4))


def read_labels(path):
    return imagenet_labels(path.parent)


def read_text(path):
    return tiny_shakespeare(path.parent)


def read_cifar(path):
    return cifar100(train=False, root=path.parent)


def read_mnist(path):
    return mnist(train=False, root=path.parent)


# Of each reader: the file's name, how to read it, and whether a checksum guards it.
NAMES = {
    "npz": ("x.npz", load_arrays, True),
    "packed npz": ("x.npz", load_arrays, True),
    "safetensors": ("x.safetensors", load_arrays, False),
    "idx": ("x.idx", read_idx, False),
    "packed idx": ("x.idx.gz", read_idx, True),
    "mnist": ("t10k-images-idx3-ubyte.gz", read_mnist, True),
    "tar": ("cifar-100-binary.tar", read_cifar, False),
    "packed tar": ("cifar-100-binary.tar.gz", read_cifar, True),
    "text": ("input.txt", read_text, False),
    "labels": ("imagenet1000_clsidx_to_labels.txt", read_labels, False),
    "png": ("x.png", read_picture, False),
    "jpeg": ("x.jpg", read_picture, False),
}


def contents(kind, folder):
    """The bytes of a good file."""
    npz, tensors = str(folder / "a.npz"), str(folder / "a.safetensors")
    tar = tar_bytes({"cifar-100-binary/test.bin": [*cifar100_members(1).values()][1]})
    idx = idx_bytes(np.arange(24, dtype="i2").reshape(2, 3, 4))
    labels = b"{0: 'tench, Tinca tinca',\n 1: \"judge's robe\", 2: 'caf\xc3\xa9'}\n"
    makers = {
        "npz": lambda: written(npz, partial(save_arrays, arrays=ARRAYS)),
        "packed npz": lambda: written(npz, lambda p: np.savez_compressed(p, **ARRAYS)),
        "safetensors": lambda: written(tensors, partial(save_arrays, arrays=ARRAYS)),
        "idx": lambda: idx,
        "packed idx": lambda: gzip.compress(idx, mtime=0),
        "mnist": lambda: mnist_files(1)["t10k-images-idx3-ubyte.gz"],
        "tar": lambda: tar,
        "packed tar": lambda: gzip.compress(tar, mtime=0),
        "text": lambda: "First Citizen:\r\nBefore we proceed, hé".encode(),
        "labels": lambda: labels,
        "png": lambda: picture("PNG"),
        "jpeg": lambda: picture("JPEG"),
    }
    return makers[kind]()


@pytest.fixture(params=NAMES)
def victim(request, tmp_path):
    """A good file of each kind, to be damaged."""
    name, read, guarded = NAMES[request.param]
    if request.param == "mnist":
        labels = "t10k-labels-idx1-ubyte.gz"
        (tmp_path / labels).write_bytes(mnist_files(1)[labels])
    return Victim(tmp_path / name, contents(request.param, tmp_path), read, guarded)


class Victim:
    """A file, what is in it, and what has to hold whatever is made of it."""

    def __init__(self, path, whole, read, guarded):
        self.path, self.whole, self.guarded = path, whole, guarded
        self.read = lambda: read(path)
        path.write_bytes(whole)
        self.expected = self.read()

    def suffers(self, data):
        """Was the file with these bytes refused? Behind a checksum it is, or equal."""
        self.path.write_bytes(data)
        try:
            got = self.read()
        except NotOursError:
            return True
        except OndolError as error:
            told = str(error)
        else:
            return self.guarded and same(got, self.expected)
        assert "\n  fix: " in told
        return True


def same(got, expected):
    """Was it refused? No: it has to be what it was."""
    if isinstance(expected, dict):
        assert got.keys() == expected.keys()
        got, expected = got.values(), expected.values()
    if isinstance(expected, np.ndarray):
        got, expected = [got], [expected]
    for a, b in zip(got, expected, strict=True):
        np.testing.assert_array_equal(a, b, strict=True)
    return False


def test_a_good_file_is_read(victim):
    assert not victim.suffers(victim.whole)


def test_a_file_that_is_cut_short_anywhere(victim):
    length = len(victim.whole)
    step = 1 + length // 400
    lengths = {*range(0, length, step), *range(max(length - 40, 0), length)}
    refused = sum(victim.suffers(victim.whole[:n]) for n in sorted(lengths))
    text = victim.path.suffix in (".txt", ".tar", ".jpg", ".png")
    assert refused == len(lengths) or text


def test_a_bit_that_is_turned_anywhere(victim):
    data = bytearray(victim.whole)
    step = 1 + len(data) * 8 // 400
    for bit in range(0, len(data) * 8, step):
        data[bit // 8] ^= 1 << bit % 8
        victim.suffers(bytes(data))
        data[bit // 8] ^= 1 << bit % 8


NUMBERS = [
    *(b"\0" * n for n in (1, 2, 4, 8)),
    *(b"\xff" * n for n in (1, 2, 4, 8)),
    *(struct.pack("<Q", 1 << n) for n in (31, 40, 63)),
    *(b"-1", b"1e9", b"9" * 20, b"[" * 200, b"{" * 50, b"|O", b"O8", b"(-5,)"),
]
edits = st.lists(
    st.tuples(
        st.floats(0, 1, exclude_max=True),
        st.integers(0, 64) | st.just(1 << 20),  # bytes to take away
        st.binary(max_size=24) | st.sampled_from(NUMBERS),
    ),
    min_size=1,
    max_size=3,
)


def edited(data, changes):
    for where, old, new in changes:
        at = int(where * (len(data) + 1))
        data = data[:at] + new + data[at + (len(new) if old == 64 else old) :]
    return data


@given(changes=edits)
@settings(
    max_examples=40,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_bytes_that_are_changed_anywhere(victim, changes):
    victim.suffers(edited(victim.whole, changes))


@given(data=st.binary(max_size=200))
@settings(
    max_examples=30,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_bytes_without_sense_behind_a_good_beginning(victim, data):
    for head in (victim.whole[:4], victim.whole[:40], b""):
        victim.path.write_bytes(head + data)
        with contextlib.suppress(OndolError):
            victim.read()


def test_damage_takes_no_memory(victim, rng):
    """As much as a packed file of this size can hold, and 3 MiB."""
    whole = victim.whole
    most = 1032 * len(whole) if victim.whole[:2] == b"\x1f\x8b" else MIB
    for _ in range(40):
        data = bytearray(whole)
        at = rng.integers(len(data) - 8)
        data[at : at + 8] = NUMBERS[rng.integers(8)].ljust(8, b"\xff")
        victim.path.write_bytes(data)

        def read():
            with contextlib.suppress(OndolError):
                victim.read()

        assert peak(read) < most + 3 * MIB


def test_a_model_is_as_it_was_after_a_damaged_file(tmp_path):
    path = tmp_path / "x.npz"
    model, other = Linear(3, in_size=2), Linear(3, in_size=2)
    save_arrays(path, {"W": other.W.data, "b": other.b.data})
    whole, before = path.read_bytes(), model.W.data.copy()
    for n in range(len(whole)):
        path.write_bytes(whole[:n])
        with pytest.raises(WeightsError):
            load_weights(path, model)
    np.testing.assert_array_equal(model.W.data, before)


# -- npz files that lie ----------------------------------------------------------------


def npy(header, data=b"", version=(1, 0), length=None):
    """An npy file with that text as its header."""
    text = header if isinstance(header, bytes) else header.encode()
    size = len(text) if length is None else length
    packed = struct.pack("<H" if version == (1, 0) else "<I", size)
    return b"\x93NUMPY" + bytes(version) + packed + text + data


def described(descr="'<f8'", shape="(2,)", fortran="False"):
    text = f"{{'descr': {descr}, 'fortran_order': {fortran}, 'shape': {shape}, }}"
    return text + "\n"


def npz(path, entries, packing=zipfile.ZIP_STORED):
    with zipfile.ZipFile(path, "w", packing) as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
    return path


def refused(path, words, **options):
    """Not loaded, told so, and in little memory: 2 MiB beside what is allowed."""
    most = path.stat().st_size + MIB + 2 * MIB

    def read():
        with pytest.raises(WeightsError, match=words) as caught:
            load_arrays(path, **options)
        assert str(path) in str(caught.value)

    assert peak(read) < most


@pytest.mark.parametrize(
    "header",
    [
        described(shape="(1000000000000000000,)"),
        described(shape="(9223372036854775807, 9223372036854775807)"),
        described(shape="(-2,)"),
        described(shape="(-1, -2)"),
        described(shape="(-2, -1, 1)"),
        described(shape="(1,)"),
        described(shape="(3,)"),
        described(shape="(True, 2)", descr="'<f4'"),
        described(shape="(2.0,)"),
        described(shape="2"),
        described(shape="'ab'"),
        described(shape="(" + "1, " * 70 + "2)"),
        described(shape="(2,)", descr="'|O'"),
        described(shape="(16,)", descr="'|V1'"),
        described(shape="(2,)", descr="[('a', '<f8')]"),
        described(shape="(1,)", descr="('<f8', (2,))"),
        described(shape="(1,)", descr="'(2,)f8'"),
        described(shape="(4,)", descr="'i2,i2'"),
        described(shape="(0,)", descr="'|V2000000000'"),
        described(shape="(1,)", descr="'<M8[1000000000000D]'"),
        described(descr="__import__('os').getpid()"),
        described(fortran="'no'"),
        "{" * 5000,
        "[" * 90 + "]" * 90,
        "(" * 9000,
        "{'descr': '<f8'}",
        "'shape'",
        "\0" * 50,
        b"\xff" * 50,
        "",
        "# " + "x" * 30_000,
    ],
    ids=lambda header: repr(header)[:60],
)
@pytest.mark.parametrize("version", [(1, 0), (2, 0)])
def test_an_npy_header_that_lies(tmp_path, header, version):
    path = npz(tmp_path / "x.npz", {"x.npy": npy(header, bytes(16), version)})
    refused(path, "cannot be read")


@pytest.mark.parametrize("version", [(0, 0), (3, 0), (9, 9)])
def test_an_npy_file_of_an_unknown_version(tmp_path, version):
    path = npz(tmp_path / "x.npz", {"x.npy": npy(described(), bytes(16), version)})
    refused(path, "npy file of version")


@pytest.mark.parametrize("length", [1 << 16, 1 << 20, (1 << 32) - 1])
def test_a_header_that_is_longer_than_any(tmp_path, length):
    content = npy(described(), bytes(1 << 23), (2, 0), length)
    path = npz(tmp_path / "x.npz", {"x.npy": content}, zipfile.ZIP_DEFLATED)
    refused(path, "header is|Header|EOF", max_bytes=1 << 24)


def test_arrays_without_elements_may_have_long_axes(tmp_path):
    content = npy(described(shape="(0, 1152921504606846976)", descr="'|u1'"))
    arrays = load_arrays(npz(tmp_path / "x.npz", {"x.npy": content}))
    assert arrays["x"].shape == (0, 1 << 60)


def test_arrays_in_fortran_order_and_of_other_machines(tmp_path):
    x = np.arange(6, dtype=">i4").reshape(2, 3)
    np.savez(tmp_path / "x.npz", f=np.asfortranarray(x), c=x, t=np.array(["text"]))
    arrays = load_arrays(tmp_path / "x.npz")
    np.testing.assert_array_equal(arrays["f"], x.astype("i4"), strict=True)
    np.testing.assert_array_equal(arrays["c"], x.astype("i4"), strict=True)
    assert arrays["f"].flags.c_contiguous
    assert arrays["t"].tolist() == ["text"]


def test_booleans_that_are_none(tmp_path):
    """NumPy writes beyond its memory where it selects by such ones."""
    content = npy(described(shape="(4,)", descr="'|b1'"), b"\0\1\7\1")
    refused(npz(tmp_path / "x.npz", {"x.npy": content}), "neither 0 nor 1")
    header = b'{"x":{"dtype":"BOOL","shape":[2],"data_offsets":[0,2]}}'
    path = tmp_path / "x.safetensors"
    path.write_bytes(struct.pack("<Q", len(header)) + header + b"\1\2")
    refused(path, "neither 0 nor 1")


@pytest.mark.parametrize("packing", [zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED])
def test_a_zip_bomb(tmp_path, packing):
    path = tmp_path / "x.npz"
    with zipfile.ZipFile(path, "w", packing) as archive:
        for i in range(3):
            with archive.open(f"{i}.npy", "w") as file:
                np.save(file, np.zeros(MIB, np.float64))
    need = 3 * (8 * MIB + 128)
    if packing == zipfile.ZIP_DEFLATED:
        assert path.stat().st_size < MIB // 8
        refused(path, f"take {need:,} bytes of memory, and .* are allowed")
        assert load_arrays(path, max_bytes=need)["2"].size == MIB
    assert len(load_arrays(path, max_bytes=1 << 26)) == 3
    refused(path, f"max_bytes={need}", max_bytes=need - 1)


def directory(path):
    """Where the first entry of the table of contents of a zip begins."""
    data = path.read_bytes()
    return bytearray(data), data.index(b"PK\1\2")


@pytest.mark.parametrize(
    ("at", "value"),
    [
        *((20, n) for n in (0, 1, 1 << 20, (1 << 32) - 2)),  # packed size
        *((24, n) for n in (0, 1, 100, 1 << 20, (1 << 31) - 1, (1 << 32) - 2)),  # size
        *((16, n) for n in (0, 12345)),  # checksum
        *((42, n) for n in (1, 1 << 20, (1 << 32) - 2)),  # place
    ],
)
def test_a_zip_that_lies_about_its_entry(tmp_path, at, value):
    path = tmp_path / "x.npz"
    np.savez_compressed(path, x=np.zeros(1000))
    data, start = directory(path)
    data[start + at : start + at + 4] = struct.pack("<I", value)
    path.write_bytes(data)
    refused(path, "cannot be read|are allowed")


@pytest.mark.parametrize("values", [(1 << 62, 1 << 62), (8128, 1 << 40), (0, 0)])
def test_a_zip_that_lies_in_64_bits(tmp_path, values):
    path = tmp_path / "x.npz"
    np.savez(path, x=np.zeros(1000))
    data, start = directory(path)
    name, extra = struct.unpack("<2H", data[start + 28 : start + 32])
    assert extra == 0
    data[start + 20 : start + 28] = b"\xff" * 8
    data[start + 30 : start + 32] = struct.pack("<H", 20)
    lies = struct.pack("<2H2Q", 1, 16, *values)
    data[start + 46 + name : start + 46 + name] = lies
    length = struct.unpack("<I", data[-10:-6])[0] + len(lies)
    data[-10:-6] = struct.pack("<I", length)
    path.write_bytes(data)
    refused(path, "cannot be read|are allowed")


def test_entries_that_share_their_bytes(tmp_path):
    """The better zip bomb: one entry is the data of another."""
    inner = npz(tmp_path / "inner.npz", {"b.npy": npy(described(), bytes(16))})
    data, start = directory(inner)
    path = npz(tmp_path / "x.npz", {"a.npy": bytes(data[:start])})
    outer, outer_start = directory(path)
    entry = data[start : data.index(b"PK\5\6")]
    entry[42:46] = struct.pack("<I", outer.index(b"PK\3\4", 4))
    end = outer.index(b"PK\5\6")
    both = outer[:end] + entry + outer[end:]
    both[-14:-10] = struct.pack("<2H", 2, 2)
    both[-10:-6] = struct.pack("<I", end + len(entry) - outer_start)
    path.write_bytes(both)
    refused(path, r"'a\.npy' does not end before the next entry begins")


def test_a_table_of_contents_without_end(tmp_path):
    path = tmp_path / "x.npz"
    size = LONGEST_TABLE + 1
    with path.open("wb") as file:
        file.truncate(size)
        file.seek(size)
        file.write(b"PK\5\6" + struct.pack("<4H2IH", 0, 0, 9, 9, size, 0, 0))
    refused(path, "table of contents claims 16,777,217 bytes")


@pytest.mark.parametrize("packing", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_packings_that_numpy_does_not_use(tmp_path, packing):
    path = npz(tmp_path / "x.npz", {"x.npy": npy(described(), bytes(16))}, packing)
    refused(path, "packed in a way that NumPy does not use")


def test_an_encrypted_entry(tmp_path):
    path = npz(tmp_path / "x.npz", {"x.npy": npy(described(), bytes(16))})
    data, start = directory(path)
    data[start + 8] |= 1
    path.write_bytes(data)
    refused(path, "is encrypted")


@pytest.mark.parametrize("name", ["../../x", "/etc/x", "C:\\x", "~/x", "a/../x"])
def test_names_are_never_paths(tmp_path, name):
    folder = tmp_path / "a" / "b"
    folder.mkdir(parents=True)
    path = npz(folder / "x.npz", {f"{name}.npy": npy(described(), bytes(16))})
    (key,) = load_arrays(path)
    assert key.replace("\\", "/") == name.replace("\\", "/")
    assert sorted(p.name for p in tmp_path.rglob("*")) == ["a", "b", "x.npz"]


@pytest.mark.parametrize("ending", ["npz", "safetensors"])
def test_what_a_file_says_does_not_flood_the_screen(tmp_path, ending):
    path = tmp_path / f"x.{ending}"
    name = "n" * 60_000
    if ending == "npz":
        npz(path, {f"{name}.npy": npy(described(shape="(" + "1, " * 3000 + ")"))})
    else:
        tensors(path, b"{" + tensor("BF16", "[1]", name=name) + b"}", b"12")
    with pytest.raises(WeightsError) as caught:
        load_arrays(path)
    assert len(str(caught.value)) < 900


def test_two_entries_for_one_name(tmp_path):
    whole = npy(described(), bytes(16))
    path = npz(tmp_path / "x.npz", {"x.npy": whole, "x": whole})
    refused(path, "'x' is not an array")


# -- safetensors files that lie --------------------------------------------------------


def tensors(path, header, data=b"", length=None):
    size = len(header) if length is None else length
    path.write_bytes(struct.pack("<Q", size) + header + data)
    return path


def tensor(dtype="U8", shape="[2]", offsets="[0,2]", name="x"):
    return (
        f'"{name}":{{"dtype":"{dtype}","shape":{shape},"data_offsets":{offsets}}}'
    ).encode()


@pytest.mark.parametrize("length", [0, 1, 1000, 10**8, 2**40, 2**63, 2**64 - 1])
def test_a_safetensors_header_of_absurd_length(tmp_path, length):
    header = b"{" + tensor() + b"}"
    refused(tensors(tmp_path / "x.safetensors", header, b"12", length), "cannot be")


@pytest.mark.parametrize(
    "header",
    [
        b'{"x":' + b"[" * 100_000,
        b'{"x":' * 100_000,
        b"{" + tensor(offsets="[1,3]") + b"}",
        b"{" + tensor(offsets="[0,9]") + b"}",
        b"{" + tensor(offsets="[2,0]") + b"}",
        b"{" + tensor(offsets="[-1,1]") + b"}",
        b"{" + tensor(offsets="[0]") + b"}",
        b"{" + tensor() + b"," + tensor(name="y") + b"}",
        b"{" + tensor(offsets="[0,1]", shape="[1]") + b"}",
        b"{" + tensor(shape="[3]") + b"}",
        b"{" + tensor(shape="[-2]") + b"}",
        b"{" + tensor(shape="[2.0]") + b"}",
        b"{" + tensor(shape="[18446744073709551615,2]") + b"}",
        b"{" + tensor(shape="[4294967296,4294967296]", offsets="[0,0]") + b"}",
        b"{" + tensor(shape="[" + "1," * 70 + "2]") + b"}",
        b"{" + tensor("F64", "[2305843009213693952]", "[0,0]") + b"}",
        b"{" + tensor("F16", "[2]") + b"}",
        b"{" + tensor("O", "[2]") + b"}",
        b"{" + tensor("F4", "[4]") + b"}",
        b'{"x":7}',
        b"[]",
        b"\xff" * 9,
        b"",
    ],
    ids=lambda header: repr(header)[:60],
)
def test_a_safetensors_header_that_lies(tmp_path, header):
    refused(tensors(tmp_path / "x.safetensors", header, b"12"), "cannot be read")


def test_safetensors_larger_than_allowed(tmp_path):
    path = tmp_path / "x.safetensors"
    save_arrays(path, {"x": np.zeros(1000)})
    assert load_arrays(path, max_bytes=8000)["x"].size == 1000
    refused(path, "take 8,000 bytes of memory, and 7,999 are", max_bytes=7999)


MEASURE = """
import resource, sys
import safetensors.numpy
from ondol.io import WeightsError, load_arrays

def used():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10

before = used()
for path in sys.argv[1:]:
    try:
        print(len(load_arrays(path)))
    except WeightsError as error:
        print("refused")
print(used() - before)
"""


def test_the_longest_headers_of_safetensors_take_a_bounded_memory(tmp_path):
    """The library's memory is none of Python's: a process of its own tells."""
    entry = '"%x":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}'
    count = LONGEST_TABLE // 58
    many = ("{" + ",".join(entry % i for i in range(count)) + "}").encode()
    long = b"{" + tensor(shape="[" + "1," * (LONGEST_TABLE // 2 - 99) + "2]") + b"}"
    paths = [tmp_path / "many.safetensors", tmp_path / "long.safetensors"]
    for path, header, data in zip(paths, (many, long), (b"", b"12"), strict=True):
        tensors(path, header, data)
    run = [sys.executable, "-c", MEASURE, *map(str, paths)]
    done = subprocess.run(run, check=True, capture_output=True, text=True)
    *told, mib = done.stdout.split()
    assert told == [str(count), "refused"]
    assert int(mib) < 512


# -- files that would run --------------------------------------------------------------


class Touch:
    """What makes a file when it is unpickled."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return Path.touch, (self.path,)


def test_nothing_in_a_file_is_run(tmp_path):
    mark = tmp_path / "mark"
    evil = pickle.dumps(Touch(mark))
    objects = tmp_path / "x.npz"
    np.savez(objects, x=np.array([Touch(mark)], object))
    refused(objects, "would have to be unpickled")
    refused(npz(objects, {"x.npy": evil}), "cannot be read")
    objects.write_bytes(evil)
    refused(objects, "cannot be read")
    tensor_file = tmp_path / "x.safetensors"
    tensor_file.write_bytes(evil)
    refused(tensor_file, "cannot be read")
    for name in ("data_batch_1", "data_batch_1.bin"):
        members = {f"cifar-10-batches-py/{name}": evil}
        (tmp_path / "cifar-10-binary.tar.gz").write_bytes(
            gzip.compress(tar_bytes(members))
        )
        with pytest.raises(DataFileError):
            cifar10(root=tmp_path)
    labels = tmp_path / "imagenet1000_clsidx_to_labels.txt"
    labels.write_text(f"{{0: open({str(mark)!r}, 'w').name}}")
    with pytest.raises(DataFileError):
        imagenet_labels(tmp_path)
    assert not mark.exists()
    pickle.loads(evil)
    assert mark.exists()


# -- data sets that lie ----------------------------------------------------------------


def pax(notes, kind=tarfile.XHDTYPE):
    """An extended header with those bytes."""
    info = tarfile.TarInfo("notes")
    info.size, info.type = len(notes), kind
    return info.tobuf() + notes + bytes(-len(notes) % 512)


def numbered(size):
    """Notes under as many names as fit."""
    lines = (f"{len(f'{i:05}') + 6} {i:05}=\n" for i in range(size // 11))
    return "".join(lines).encode()


@pytest.mark.parametrize("kind", [tarfile.XHDTYPE, tarfile.XGLTYPE])
def test_notes_of_a_tar_file_take_little_memory(tmp_path, kind):
    member = tar_bytes({"test.bin": bytes(3074)})
    crowd = pax(numbered(60_000), kind) + b"".join(
        tarfile.TarInfo(str(i)).tobuf() for i in range(1000)
    )
    files = [pax(numbered(1 << 20), kind) * 20 + member, crowd + member]
    for data in files:
        (tmp_path / "cifar-100-binary.tar.gz").write_bytes(gzip.compress(data))

        def read():
            # Newer Pythons find fault with the headers before they are too many.
            with pytest.raises(DataFileError, match=r"without end|\(invalid header\)"):
                cifar100(train=False, root=tmp_path)

        assert peak(read) < 8 * MIB


def test_no_more_images_than_the_data_set_has(tmp_path):
    members = {f"data_batch_{i}.bin": bytes(3073) for i in range(1, 6)}
    members["data_batch_5.bin"] = bytes(3073 * 10_001)
    data = gzip.compress(tar_bytes(members), 1)
    (tmp_path / "cifar-10-binary.tar.gz").write_bytes(data)

    def read():
        with pytest.raises(DataFileError, match="expected 1 to 10,000 images"):
            cifar10(root=tmp_path)

    assert peak(read) < 4 * MIB


def test_idx_files_take_their_size_and_no_more(tmp_path):
    path = tmp_path / "x"
    path.write_bytes(idx_bytes(np.zeros(MIB, ">f8")))
    assert peak(lambda: read_idx(path)) < 12 * MIB


def test_mnist_is_no_place_for_a_bomb(tmp_path):
    for name, data in mnist_files(1).items():
        (tmp_path / name).write_bytes(data)
    bomb = struct.pack(">HBB3I", 0, 8, 3, 100_000, 28, 28) + bytes(100_000 * 784)
    (tmp_path / "t10k-images-idx3-ubyte.gz").write_bytes(gzip.compress(bomb, 1))

    def read():
        with pytest.raises(DataFileError, match="78,400,000 bytes of data, and"):
            mnist(train=False, root=tmp_path)

    assert peak(read) < 2 * MIB


def test_text_takes_six_times_its_limit_at_most(tmp_path, monkeypatch):
    text = sys.modules["ondol.data.text"]
    most = 2 * MIB

    def limited(path, max_bytes):
        return sys.modules["ondol.data.files"].read_text(path, most)

    monkeypatch.setattr(text, "read_text", limited)
    path = tmp_path / "input.txt"
    for letters in ("a" * (most - 4), "\r" * (most - 4), "\r\n" * (most // 2 - 2)):
        for data in ((letters + "😀").encode(), gzip.compress(letters.encode())):
            path.write_bytes(data)
            assert peak(lambda: tiny_shakespeare(tmp_path)) < 6 * most + MIB


@pytest.mark.parametrize("part", ["[],", "-", "{0:", "(", "'a'", "1+", "0:'a',"])
def test_labels_take_a_bounded_memory(tmp_path, part):
    path = tmp_path / "imagenet1000_clsidx_to_labels.txt"
    path.write_text("{" + (part * (1 << 17))[: (1 << 17) - 2] + "}")

    def read():
        with contextlib.suppress(DataFileError):
            imagenet_labels(tmp_path)

    assert peak(read) < 128 * MIB


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "PPM", "BMP"])
def test_a_picture_that_is_cut_short(tmp_path, kind):
    data = picture(kind)
    path = tmp_path / "x"
    path.write_bytes(data[: len(data) * 4 // 5])
    uses = [
        VGG16.preprocess,
        transforms.Convert("L"),
        transforms.Convert("BGR"),
        transforms.Resize(4),
        transforms.CenterCrop(4),
        transforms.ToArray(),
    ]
    for use in uses:
        with (
            Image.open(path) as image,
            pytest.raises(DataFileError, match="a picture cannot be read"),
        ):
            use(image)
