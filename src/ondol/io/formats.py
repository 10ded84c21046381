"""Named arrays in a file: safetensors and NumPy's npz."""

from __future__ import annotations

import os
import re
import zipfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np

from ..errors import (
    ArgumentError,
    DtypeError,
    MissingLibraryError,
    OndolError,
    tell,
    text,
)
from .atomic import PathLike, atomic_write, opened
from .npz import LONGEST_TABLE, FlawError, TooLargeError, own, read_npz

Arrays = dict[str, np.ndarray]

_ALLOWANCE = 1 << 30  # bytes by which packed arrays may outgrow their file


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
        ArgumentError: a ValueError; the ending of `path` is another one.
        WeightsError: a ValueError; a name or a dtype that the file could not hold.
        DtypeError: a TypeError; a name is not a str, or a value not an ndarray.
        FileError: an OSError; the file cannot be written; an old one is then untouched.
    """
    form = _form(path)
    if not isinstance(arrays, Mapping):
        raise tell(DtypeError, "files-no-names", got=type(arrays).__name__)
    plain = {name: _plain(name, array, form) for name, array in arrays.items()}
    form.require()
    with atomic_write(path) as temporary:
        form.write(temporary, plain)


def load_arrays(path: PathLike, max_bytes: int | None = None) -> Arrays:
    """Read the named arrays of a file that `save_arrays`, or another program, wrote.

    The file is not trusted. It takes at most `max_bytes` of memory for its arrays, for
    a while as much as the largest of them once more, and 512 MiB for a table of
    contents of the greatest length, whatever it says of itself.

    Args:
        path: ends in ``.safetensors`` or ``.npz``.
        max_bytes: refuse arrays that take more in all. None allows the size of the file
            and 1 GiB: packed arrays, in an ``.npz``, are larger than their file.

    Returns:
        Writable arrays in the machine's own byte order, under their names.

    Raises:
        ArgumentError: a ValueError; the ending of `path` is another one.
        FileNotFoundError: there is no such file.
        WeightsError: a ValueError; the file is damaged, cut short, too large, or holds
            what is not a plain array, such as pickled objects, which are never loaded.
    """
    form = _form(path)
    form.require()
    with opened(path) as file:  # missing or forbidden is not damaged
        size = os.fstat(file.fileno()).st_size
    most = size + _ALLOWANCE if max_bytes is None else max_bytes
    try:
        return dict(form.read(Path(path), most))
    except MemoryError:
        raise
    except TooLargeError as error:
        fields = {"path": os.fspath(path), "need": error.need, "most": most}
        raise tell(WeightsError, "file-too-large", **fields) from None
    except Exception as error:
        # From None: what a zip or header parser stumbled over in a damaged file tells a
        # reader nothing that this line does not.
        known = isinstance(error, FlawError)
        why = str(error) if known else f"{type(error).__name__}: {error}"
        why = why[:400]  # it may quote what is in the file
        fields = {"path": os.fspath(path), "form": form.name, "why": why}
        raise tell(WeightsError, "file-damaged", **fields) from None


# -- arrays and names that every reader gives back -------------------------------------


def _plain(name: Any, array: Any, form: _Form) -> np.ndarray:
    """`array` in C order and little-endian, if the file can hold it under `name`."""
    if not isinstance(name, str):
        kind = type(name).__name__
        raise tell(DtypeError, "array-name-type", name=name, kind=kind)
    if not isinstance(array, np.ndarray):
        raise tell(DtypeError, "array-type", name=name, kind=type(array).__name__)
    if flaw := _flaw(name):
        raise tell(WeightsError, "array-name", name=f"{name!r:.80}", flaw=text(flaw))
    dtype = array.dtype.newbyteorder("<")
    if dtype.name not in form.dtypes:
        fields = {"form": form.name, "known": ", ".join(form.dtypes)}
        raise tell(WeightsError, "array-dtype", name=name, dtype=array.dtype, **fields)
    return np.asarray(array, dtype, order="C")


def _flaw(name: str) -> str | None:
    """Why a name would be lost or mistaken for another in one of the formats."""
    if not name:
        return "word-name-empty"
    if name == "__metadata__":
        return "word-name-metadata"
    if name.endswith(".npy"):
        return "word-name-npy"
    if "\0" in name or "\\" in name:
        return "word-name-letters"
    if any("\ud800" <= letter <= "\udfff" for letter in name):
        return "word-name-surrogate"
    if len(name.encode()) > 65_000:
        return "word-name-long"
    return None


# -- the formats -----------------------------------------------------------------------


def _safetensors() -> ModuleType:
    try:
        import safetensors.numpy
    except ImportError:
        raise tell(MissingLibraryError, "file-no-safetensors") from None
    return safetensors


def _write_safetensors(path: Path, arrays: Arrays) -> None:
    try:
        _safetensors().numpy.save_file(arrays, path)
    except Exception as error:  # its own kind, also when the disk is full
        number = re.search(r"os error (\d+)", str(error))
        system = [int(number[1]), os.strerror(int(number[1]))] if number else [error]
        raise OSError(*system) from None


def _read_safetensors(path: Path, most: int) -> Iterator[tuple[str, np.ndarray]]:
    with open(path, "rb") as raw:
        table = int.from_bytes(raw.read(8), "little")
        need = os.fstat(raw.fileno()).st_size - 8 - table
    if table > LONGEST_TABLE:
        raise FlawError(text("word-table-long", size=table, most=LONGEST_TABLE))
    if need > most:
        raise TooLargeError(need)
    with _safetensors().safe_open(path, framework="numpy") as file:
        for name in file.keys():  # noqa: SIM118, it is no dict
            dtype = file.get_slice(name).get_dtype()
            if dtype not in _SAFETENSORS_DTYPES:
                raise FlawError(text("word-foreign-dtype", name=name, dtype=dtype))
            yield name, own(np.array(file.get_tensor(name)))


def _write_npz(path: Path, arrays: Arrays) -> None:
    # Not np.savez: it takes names as keywords and so has some of its own ("file").
    with zipfile.ZipFile(path, "w") as archive:
        for name, array in arrays.items():
            # A fixed date, so that equal arrays make equal files.
            entry = zipfile.ZipInfo(f"{name}.npy")
            with archive.open(entry, "w", force_zip64=True) as file:
                np.lib.format.write_array(file, array, allow_pickle=False)


class _Form(NamedTuple):
    """A file format: what it holds, and how it is written and read."""

    name: str
    dtypes: tuple[str, ...]
    require: Callable[[], Any]
    write: Callable[[Path, Arrays], None]
    read: Callable[[Path, int], Iterator[tuple[str, np.ndarray]]]


_DTYPES = (
    *("bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"),
    *("float16", "float32", "float64", "complex64"),
)
# The same dtypes, as safetensors calls them.
_SAFETENSORS_DTYPES = (
    *("BOOL", "I8", "I16", "I32", "I64", "U8", "U16", "U32", "U64"),
    *("F16", "F32", "F64", "C64"),
)
_FORMS = {
    ".safetensors": _Form(
        "safetensors", _DTYPES, _safetensors, _write_safetensors, _read_safetensors
    ),
    ".npz": _Form("npz", (*_DTYPES, "complex128"), lambda: None, _write_npz, read_npz),
}


def _form(path: PathLike) -> _Form:
    """The format that the ending of `path` names."""
    suffix = Path(path).suffix
    if suffix not in _FORMS:
        example = str(Path(path).with_suffix(".npz")) if Path(path).name else "x.npz"
        fields = {"known": ", ".join(_FORMS), "got": suffix, "example": example}
        raise tell(ArgumentError, "file-ending", path=os.fspath(path), **fields)
    return _FORMS[suffix]
