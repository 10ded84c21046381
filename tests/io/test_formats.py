import io
import subprocess
import sys
import time
import warnings
import zipfile

import numpy as np
import pytest
import safetensors.numpy
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from ondol.io import WeightsError, load_arrays, save_arrays

SUFFIXES = (".safetensors", ".npz")
DTYPES = (
    *("bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"),
    *("float16", "float32", "float64", "complex64"),
)
DAMAGED = r"\.(npz|safetensors) cannot be read: it is damaged, cut short or not a "

dtypes = st.sampled_from(DTYPES).flatmap(
    lambda name: st.sampled_from("<>").map(np.dtype(name).newbyteorder)
)
arrays = npst.arrays(dtypes, npst.array_shapes(min_dims=0, max_dims=3, min_side=0))
names = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0\\"), min_size=1
).filter(lambda name: not name.endswith(".npy") and name != "__metadata__")


@pytest.fixture(params=SUFFIXES)
def path(request, tmp_path):
    return tmp_path / f"arrays{request.param}"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("arrays")


def assert_same(got, expected):
    assert got.keys() == expected.keys()
    for name, array in expected.items():
        assert got[name].shape == array.shape
        assert got[name].dtype == array.dtype.newbyteorder("=")
        assert got[name].tobytes() == array.astype(got[name].dtype).tobytes()


# -- round trips -----------------------------------------------------------------------


@pytest.mark.parametrize("suffix", SUFFIXES)
@given(st.dictionaries(names, arrays, max_size=4))
def test_round_trip(folder, suffix, expected):
    path = folder / f"round{suffix}"
    save_arrays(path, expected)
    got = load_arrays(str(path))
    assert_same(got, expected)
    assert all(array.flags.writeable and array.flags.owndata for array in got.values())


@pytest.mark.parametrize("dtype", DTYPES)
def test_every_dtype(path, dtype):
    expected = {"x": np.arange(3).astype(dtype)}
    save_arrays(path, expected)
    assert_same(load_arrays(path), expected)


def test_memory_order_does_not_matter(path):
    x = np.arange(24.0).reshape(2, 3, 4)
    expected = {
        "transposed": x.T,
        "strided": x[:, ::2, ::-1],
        "broadcast": np.broadcast_to(x[0, 0], (2, 4)),
        "fortran": np.asfortranarray(x[0]),
        "view of a view": x[1:, 0],
    }
    save_arrays(path, expected)
    got = load_arrays(path)
    for name, array in expected.items():
        np.testing.assert_array_equal(got[name], array)
        assert got[name].flags.c_contiguous


def test_npz_holds_double_complex(tmp_path):
    expected = {"z": np.array([1 + 2j])}
    save_arrays(tmp_path / "z.npz", expected)
    assert_same(load_arrays(tmp_path / "z.npz"), expected)


def test_names_that_functions_take_for_themselves(path):
    keys = ("file", "allow_pickle", "args", "kwds", "self", "a/b", "..", "arr_0", "a ")
    expected = {name: np.array(i) for i, name in enumerate(keys)}
    save_arrays(path, expected)
    assert_same(load_arrays(path), expected)


def test_other_readers_understand_the_files(tmp_path):
    expected = {"a.b": np.arange(3, dtype=">i4"), "파라미터": np.array(2.0)}
    npz, tensors = tmp_path / "x.npz", tmp_path / "x.safetensors"
    save_arrays(npz, expected)
    save_arrays(tensors, expected)
    with np.load(npz, allow_pickle=False) as got:
        assert_same(dict(got), expected)
    assert_same(safetensors.numpy.load_file(tensors), expected)


def test_reads_the_files_of_other_writers(tmp_path):
    expected = {"a.b": np.arange(3, dtype=">i4"), "c": np.array(2.0)}
    np.savez_compressed(tmp_path / "x.npz", **expected)
    assert_same(load_arrays(tmp_path / "x.npz"), expected)
    safetensors.numpy.save_file(expected, tmp_path / "x.safetensors", {"by": "other"})
    assert_same(load_arrays(tmp_path / "x.safetensors"), expected)


def test_equal_arrays_make_equal_files(path, monkeypatch):
    save_arrays(path, {"x": np.ones(3)})
    first = path.read_bytes()
    monkeypatch.setattr(time, "time", lambda: 2e9)
    save_arrays(path, {"x": np.ones(3)})
    assert path.read_bytes() == first


# -- what a file cannot hold -----------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("", "empty"),
        ("__metadata__", "safetensors"),
        ("x.npy", "ending"),
        ("a\0b", "zero bytes"),
        ("a\\b", "backslash"),
        ("a\ud800", "surrogate"),
        ("é" * 32_501, "longer than 65,000 bytes"),
    ],
    ids=lambda text: repr(text[:9]),
)
def test_names_that_would_be_lost_are_refused(path, name, why):
    with pytest.raises(WeightsError, match=f"cannot be the name of an array: .*{why}"):
        save_arrays(path, {"fine": np.ones(1), name: np.ones(1)})
    assert not path.exists()


def test_the_longest_name_is_kept(path):
    expected = {"n" * 65_000: np.ones(1)}
    save_arrays(path, expected)
    assert_same(load_arrays(path), expected)


@pytest.mark.parametrize(
    "array",
    [
        np.array([None, 1]),
        np.array(["text"]),
        np.array([b"bytes"]),
        np.array(["2020-01-01"], "datetime64[D]"),
        np.zeros(2, [("a", "f4")]),
        np.ones(2, np.longdouble),
    ],
    ids=lambda array: str(array.dtype),
)
def test_dtypes_that_are_not_numbers_are_refused(path, array):
    with pytest.raises(
        WeightsError, match=r"'x' has dtype .* cannot hold\n  fix: convert it"
    ):
        save_arrays(path, {"x": array})
    assert not path.exists()


def test_safetensors_has_no_double_complex(tmp_path):
    with pytest.raises(WeightsError, match=r"complex128.*\n.* one of .*complex64 \["):
        save_arrays(tmp_path / "x.safetensors", {"x": np.ones(1, complex)})


@pytest.mark.parametrize("value", [1.0, [1.0], None, np.float32(1)])
def test_only_arrays_are_saved(path, value):
    with pytest.raises(TypeError, match=r"'x' is of type .*, expected an ndarray"):
        save_arrays(path, {"x": value})


def test_names_are_text(path):
    with pytest.raises(TypeError, match="names of arrays are str, got 0"):
        save_arrays(path, {0: np.ones(1)})


@pytest.mark.parametrize("ending", ["", ".npy", ".pt", ".npz.bak", ".NPZ"])
def test_other_endings_are_refused(tmp_path, ending):
    path = tmp_path / f"x{ending}"
    with pytest.raises(ValueError, match=r"one of \.safetensors, \.npz; got"):
        save_arrays(path, {})
    with pytest.raises(ValueError, match=r"one of \.safetensors, \.npz; got"):
        load_arrays(path)


# -- failures --------------------------------------------------------------------------


@pytest.mark.parametrize("keep", [0, 1, 100])
def test_a_full_disk_leaves_the_old_file(path, keep, monkeypatch):
    save_arrays(path, {"x": np.ones(2)})
    old = path.read_bytes()

    def half(*args, **kwargs):
        (temporary,) = path.parent.glob(".ondol-*")
        temporary.write_bytes(old[:keep])
        raise OSError("no space left on device")

    monkeypatch.setattr(safetensors.numpy, "save_file", half)
    monkeypatch.setattr(np.lib.format, "write_array", half)
    with pytest.raises(OSError, match="no space left on device"):
        save_arrays(path, {"x": np.zeros(2)})
    assert path.read_bytes() == old
    assert list(path.parent.iterdir()) == [path]


FILE_LIMIT = """
import resource, sys, numpy as np
from ondol.io import load_arrays, save_arrays
path = sys.argv[1]
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
try:
    save_arrays(path, {"x": np.zeros(1000)})
except OSError as error:
    assert "File too large" in str(error), error
else:
    sys.exit("was written")
"""


def test_a_real_write_error_is_an_oserror_and_leaves_the_old_file(path):
    expected = {"x": np.ones(2)}
    save_arrays(path, expected)
    subprocess.run([sys.executable, "-c", FILE_LIMIT, str(path)], check=True)
    assert_same(load_arrays(path), expected)
    assert list(path.parent.iterdir()) == [path]


def test_a_missing_file_is_named(path):
    with pytest.raises(FileNotFoundError, match="there is no such file") as caught:
        load_arrays(path)
    assert str(path) in str(caught.value)


def test_a_folder_is_not_a_damaged_file(path):
    path.mkdir()
    with pytest.raises(OSError, match=r"cannot read .*: Is a directory"):
        load_arrays(path)


def assert_damaged(path):
    with pytest.raises(WeightsError, match=DAMAGED) as caught:
        load_arrays(path)
    assert str(path) in str(caught.value)
    assert caught.value.__suppress_context__
    assert caught.value.__cause__ is None


def test_every_truncation_is_noticed(path):
    save_arrays(path, {"a": np.ones((2, 3), np.float32), "b": np.array(1)})
    whole = path.read_bytes()
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        assert_damaged(path)


def test_every_damaged_byte_of_an_npz_is_noticed_or_harmless(tmp_path):
    path = tmp_path / "x.npz"
    expected = {"a": np.arange(6.0).reshape(2, 3)}
    save_arrays(path, expected)
    whole = path.read_bytes()
    noticed = 0
    for i, byte in enumerate(whole):
        path.write_bytes(whole[:i] + bytes([byte ^ 0xFF]) + whole[i + 1 :])
        try:
            got = load_arrays(path)
        except WeightsError:
            noticed += 1
        else:
            assert [array.tolist() for array in got.values()] == [
                expected["a"].tolist()
            ]
    assert noticed > len(whole) / 2


def test_a_damaged_safetensors_header_raises_nothing_else(tmp_path):
    path = tmp_path / "x.safetensors"
    save_arrays(path, {"a": np.arange(6.0).reshape(2, 3)})
    whole = path.read_bytes()
    noticed = 0
    for i in range(len(whole) - 48):
        path.write_bytes(whole[:i] + bytes([whole[i] ^ 0xFF]) + whole[i + 1 :])
        try:
            load_arrays(path)
        except WeightsError:
            noticed += 1
    assert noticed > (len(whole) - 48) / 2


@pytest.mark.parametrize("content", [b"", b"\0" * 500, b"hello" * 99, b"PK\3\4" * 99])
def test_files_of_another_kind(path, content):
    path.write_bytes(content)
    assert_damaged(path)


def test_a_single_npy_is_not_an_npz(tmp_path):
    path = tmp_path / "x.npz"
    with open(path, "wb") as file:
        np.save(file, np.ones(2))
    assert_damaged(path)


def test_pickles_are_never_loaded(tmp_path):
    path = tmp_path / "x.npz"
    np.savez(path, x=np.array([print], object))
    with pytest.raises(
        WeightsError, match="Python objects, which would have to be unpickled"
    ):
        load_arrays(path)


def test_entries_that_hide_each_other(tmp_path):
    path = tmp_path / "x.npz"
    with zipfile.ZipFile(path, "w") as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # zipfile itself warns of the second one
        for value in (1, 2):
            content = io.BytesIO()
            np.save(content, np.array(value))
            archive.writestr("x.npy", content.getvalue())
    with pytest.raises(WeightsError, match="two entries have the same name"):
        load_arrays(path)


def test_bytes_after_the_end_of_an_array(tmp_path):
    path = tmp_path / "x.npz"
    content = io.BytesIO()
    np.save(content, np.array(1))
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("x.npy", content.getvalue() + b"more")
    with pytest.raises(WeightsError, match=r"int64 \(\) does not take the 12 bytes"):
        load_arrays(path)


def test_a_zip_entry_that_is_no_array(tmp_path):
    path = tmp_path / "x.npz"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("README", "hello")
    assert_damaged(path)


def test_bfloat16_is_refused_by_name(tmp_path):
    path = tmp_path / "x.safetensors"
    header = b'{"x":{"dtype":"BF16","shape":[1],"data_offsets":[0,2]}}'
    path.write_bytes(len(header).to_bytes(8, "little") + header + b"\0\0")
    with pytest.raises(
        WeightsError, match="'x' has dtype BF16, which NumPy does not have"
    ):
        load_arrays(path)


def test_without_the_library_the_error_names_the_extra(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "safetensors.numpy", None)
    path = tmp_path / "x.safetensors"
    for call in (
        lambda: save_arrays(path, {"x": np.ones(1)}),
        lambda: load_arrays(path),
    ):
        with pytest.raises(ImportError, match=r"pip install 'ondol\[safetensors\]'"):
            call()
    assert not path.exists()


def test_the_library_is_imported_only_when_needed():
    code = "import sys, ondol.io; sys.exit('safetensors' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_arrays_without_names_are_refused(tmp_path):
    with pytest.raises(TypeError, match="under names"):
        save_arrays(tmp_path / "x.npz", np.ones(3))
