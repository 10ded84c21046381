"""Named arrays in a file: safetensors and NumPy's npz."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np

from ..errors import OndolError
from .atomic import PathLike, atomic_write

Arrays = dict[str, np.ndarray]


class WeightsError(OndolError, ValueError):
    """A file that is damaged or does not fit, or arrays that a file cannot hold."""


def save_arrays(path: PathLike, arrays: Mapping[str, np.ndarray]) -> None:
    """Write named arrays to a file, replacing it whole or not at all.

    Shapes are kept exactly, of empty and 0-dimensional arrays too; memory order and
    byte order are not: files hold C order, little-endian.

    Args:
        path: ends in ``.safetensors`` (needs ``pip install 'ondol[safetensors]'``) or
            ``.npz``.
        arrays: numbers or booleans; complex128 goes into ``.npz`` only.

    Raises:
        ValueError: the ending of `path` is another one.
        WeightsError: a ValueError; a name or a dtype that the file could not hold.
        TypeError: a name is not a str, or a value not an ndarray.
        OSError: the file cannot be written; an old one is then untouched.
    """
    form = _form(path)
    plain = {name: _plain(name, array, form) for name, array in arrays.items()}
    form.require()
    with atomic_write(path) as temporary:
        form.write(temporary, plain)


def load_arrays(path: PathLike) -> Arrays:
    """Read the named arrays of a file that `save_arrays`, or another program, wrote.

    Args:
        path: ends in ``.safetensors`` or ``.npz``.

    Returns:
        Writable arrays in the machine's own byte order, under their names.

    Raises:
        ValueError: the ending of `path` is another one.
        FileNotFoundError: there is no such file.
        WeightsError: a ValueError; the file is damaged, cut short, or holds what is
            not a plain array, such as pickled objects, which are never loaded.
    """
    form = _form(path)
    form.require()
    with open(path, "rb"):  # missing or forbidden is not damaged: let the system say so
        pass
    try:
        return {name: _native(array) for name, array in form.read(Path(path)).items()}
    except Exception as error:
        # From None: what a zip or header parser stumbled over in a damaged file tells a
        # reader nothing that this line does not.
        raise WeightsError(
            f"{os.fspath(path)} cannot be read: it is damaged, cut short or not a "
            f"{form.name} file of plain arrays ({type(error).__name__}: {error})"
        ) from None


# -- arrays and names that every reader gives back -------------------------------------


def _plain(name: Any, array: Any, form: _Form) -> np.ndarray:
    """`array` in C order and little-endian, if the file can hold it under `name`."""
    if not isinstance(name, str):
        raise TypeError(f"names of arrays are str, got {name!r}")
    if not isinstance(array, np.ndarray):
        raise TypeError(f"{name!r} is a {type(array).__name__}, expected an ndarray")
    flaw = _flaw(name)
    if flaw:
        raise WeightsError(f"{name!r:.80} cannot be the name of an array: {flaw}")
    dtype = array.dtype.newbyteorder("<")
    if dtype.name not in form.dtypes:
        raise WeightsError(
            f"{name!r} has dtype {array.dtype}, which a {form.name} file cannot hold; "
            f"convert it with astype to one of {', '.join(form.dtypes)}"
        )
    return np.asarray(array, dtype, order="C")


def _flaw(name: str) -> str | None:
    """Why a name would be lost or mistaken for another in one of the formats."""
    if not name:
        return "it is empty"
    if name == "__metadata__":
        return "safetensors files keep their own notes under it"
    if name.endswith(".npy"):
        return "npz files add this ending themselves, and readers take it off"
    if "\0" in name or "\\" in name:
        return "zero bytes and backslashes do not survive in npz files"
    if any("\ud800" <= letter <= "\udfff" for letter in name):
        return "half of a surrogate pair is not a character"
    if len(name.encode()) > 65_000:
        return "it is longer than 65,000 bytes"
    return None


def _native(array: np.ndarray) -> np.ndarray:
    """A copy of our own: the reader's may be read-only, or part of a larger buffer."""
    return np.array(array, array.dtype.newbyteorder("="), order="C")


# -- the formats -----------------------------------------------------------------------


def _safetensors() -> ModuleType:
    try:
        import safetensors.numpy
    except ImportError:
        raise ImportError(
            "files ending in .safetensors need the safetensors library: "
            "pip install 'ondol[safetensors]'; files ending in .npz need nothing"
        ) from None
    return safetensors.numpy


def _write_safetensors(path: Path, arrays: Arrays) -> None:
    try:
        _safetensors().save_file(arrays, path)
    except Exception as error:  # its own kind, also when the disk is full
        raise OSError(f"cannot write to {path.parent}: {error}") from None


def _read_safetensors(path: Path) -> Arrays:
    return _safetensors().load_file(path)


def _write_npz(path: Path, arrays: Arrays) -> None:
    # Not np.savez: it takes names as keywords and so has some of its own ("file").
    with zipfile.ZipFile(path, "w") as archive:
        for name, array in arrays.items():
            # A fixed date, so that equal arrays make equal files.
            entry = zipfile.ZipInfo(f"{name}.npy")
            with archive.open(entry, "w", force_zip64=True) as file:
                np.lib.format.write_array(file, array, allow_pickle=False)


def _read_npz(path: Path) -> Arrays:
    with zipfile.ZipFile(path) as archive:
        entries = archive.namelist()
        if len(set(entries)) < len(entries):
            raise ValueError("two entries have the same name")
        return {
            entry.removesuffix(".npy"): _read_entry(archive, entry) for entry in entries
        }


def _read_entry(archive: zipfile.ZipFile, entry: str) -> np.ndarray:
    with archive.open(entry) as file:
        array = np.lib.format.read_array(file, allow_pickle=False)
        if file.read(1):  # reading to the end also compares the checksum
            raise ValueError(f"{entry} goes on after its array")
    return array


class _Form(NamedTuple):
    """A file format: what it holds, and how it is written and read."""

    name: str
    dtypes: tuple[str, ...]
    require: Callable[[], Any]
    write: Callable[[Path, Arrays], None]
    read: Callable[[Path], Arrays]


_DTYPES = (
    *("bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"),
    *("float16", "float32", "float64", "complex64"),
)
_FORMS = {
    ".safetensors": _Form(
        "safetensors", _DTYPES, _safetensors, _write_safetensors, _read_safetensors
    ),
    ".npz": _Form("npz", (*_DTYPES, "complex128"), lambda: None, _write_npz, _read_npz),
}


def _form(path: PathLike) -> _Form:
    """The format that the ending of `path` names."""
    suffix = Path(path).suffix
    if suffix not in _FORMS:
        raise ValueError(
            f"{os.fspath(path)!r}: the ending names the format, and must be one of "
            f"{', '.join(_FORMS)}; got {suffix!r}"
        )
    return _FORMS[suffix]
