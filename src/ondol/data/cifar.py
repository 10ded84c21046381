"""CIFAR-10 and CIFAR-100: 32 × 32 colour images of ten and a hundred classes."""

from __future__ import annotations

import tarfile
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from ..errors import DtypeError, tell, text
from .download import PathLike
from .files import (
    LONGEST_READ,
    DataFileError,
    Source,
    capacity,
    check_train,
    fill,
    locate,
    opened,
)

Arrays = tuple[np.ndarray, np.ndarray]

_PIXELS = 3 * 32 * 32
_MOST_IMAGES = 50_000  # of a part, whether it is one file or several
_MOST_UNPACKED = 1 << 28  # bytes; the real ones unpack to less than 200 MB
_MOST_HEADERS = 1 << 16  # bytes; the real ones have less than ten of 512


class _Kind(NamedTuple):
    """A data set: its file, its members for training and testing, labels per image."""

    source: Source
    train: tuple[str, ...]
    test: tuple[str, ...]
    classes: tuple[int, ...]  # of each label in front of the pixels


# The binary versions: those for Python are pickles, which can run code when read.
CIFAR10 = _Kind(
    Source(
        "cifar-10-binary.tar.gz",
        (
            "https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz",
            "https://storage.googleapis.com/s4tf-hosted-binaries/datasets/CIFAR10/"
            "cifar-10-binary.tar.gz",
        ),
        "md5:c32a1d4ab5d03f1284b67883e8d87530",
    ),
    tuple(f"data_batch_{i}.bin" for i in range(1, 6)),
    ("test_batch.bin",),
    (10,),
)
CIFAR100 = _Kind(
    Source(
        "cifar-100-binary.tar.gz",
        ("https://www.cs.toronto.edu/~kriz/cifar-100-binary.tar.gz",),
        "md5:03b5dce01913d631647c71ecec9e9cb8",
    ),
    ("train.bin",),
    ("test.bin",),
    (20, 100),
)


def cifar10(train: bool = True, root: PathLike | None = None) -> Arrays:
    """Colour photographs of ten kinds of things (Krizhevsky, 2009).

    Downloaded once into the cache folder, 170 MB, and read there without unpacking it.

    Args:
        train: the 50,000 training images; False gives the 10,000 test images.
        root: a folder that holds ``cifar-10-binary.tar.gz``; nothing is then
            downloaded.

    Returns:
        The images, float32 ``(N, 3, 32, 32)`` from 0 to 1, red, green, blue; and their
        classes, int64 ``(N,)``, named by `CIFAR10_LABELS`.

    Raises:
        DownloadError: an OSError; the file could not be downloaded.
        DataFileError: a ValueError; the file is damaged or holds something else.
        MissingFileError: a FileNotFoundError; the file is not in `root`.
        DtypeError: a TypeError; `train` is not a bool.
    """
    images, labels = cifar_bytes(CIFAR10, train, root)
    return _scaled(images), labels[:, 0]


def cifar100(
    train: bool = True, root: PathLike | None = None, coarse: bool = False
) -> Arrays:
    """Colour photographs of a hundred kinds of things (Krizhevsky, 2009).

    Downloaded once into the cache folder, 169 MB, and read there without unpacking it.

    Args:
        train: the 50,000 training images; False gives the 10,000 test images.
        root: a folder that holds ``cifar-100-binary.tar.gz``; nothing is then
            downloaded.
        coarse: give the 20 groups of classes in place of the 100 classes.

    Returns:
        The images, float32 ``(N, 3, 32, 32)`` from 0 to 1, red, green, blue; and their
        classes, int64 ``(N,)``, named by `CIFAR100_LABELS`, or by
        `CIFAR100_COARSE_LABELS` if `coarse`.

    Raises:
        DownloadError: an OSError; the file could not be downloaded.
        DataFileError: a ValueError; the file is damaged or holds something else.
        MissingFileError: a FileNotFoundError; the file is not in `root`.
        DtypeError: a TypeError; `train` or `coarse` is not a bool.
    """
    if not isinstance(coarse, bool):
        raise tell(DtypeError, "cifar-coarse", got=coarse)
    images, labels = cifar_bytes(CIFAR100, train, root)
    return _scaled(images), labels[:, 0 if coarse else 1]


def cifar_bytes(kind: _Kind, train: bool, root: PathLike | None) -> Arrays:
    """Images, uint8 ``(N, 3, 32, 32)``, and all their labels, int64 ``(N, L)``.

    Takes at most 320 MB of memory, whatever the file holds.
    """
    check_train(kind.source.name, train)
    path = locate(kind.source, root)
    names, count = kind.train if train else kind.test, len(kind.classes)
    found = _members(path, names, count + _PIXELS)
    if missing := [name for name in names if name not in found]:
        raise _wrong(path, "word-cifar-missing", name=missing[0])
    records = [found[name] for name in names]
    labels = np.concatenate([r[:, :count] for r in records]).astype(np.int64)
    if (labels >= kind.classes).any():
        raise _wrong(path, "word-cifar-labels")
    images = np.concatenate([r[:, count:] for r in records])
    return images.reshape(-1, 3, 32, 32), labels


def _scaled(images: np.ndarray) -> np.ndarray:
    return images / np.float32(255)


def _wrong(path: Path, code: str, **fields: Any) -> DataFileError:
    what = text(code, **fields)
    return tell(DataFileError, "cifar-file", path=str(path), what=what)


# -- members of a tar file -------------------------------------------------------------

# The second is for numbers in extended headers that are none, the third for a long row
# of such headers.
_TARFILE_ERRORS = (tarfile.TarError, ValueError, RecursionError)


def _members(path: Path, names: tuple[str, ...], record: int) -> dict[str, np.ndarray]:
    """The members of those names, each uint8 ``(N, record)``."""
    found = {}
    with opened(path) as unpacked:
        file: Any = _Guarded(path, unpacked)
        try:
            with tarfile.open(fileobj=file, mode="r:") as tar:
                for member in tar:
                    _check(path, member)
                    name = member.name.rpartition("/")[2]
                    if name in names and member.isreg():
                        most = _MOST_IMAGES // len(names)
                        found[name] = _records(path, unpacked, member, record, most)
        except DataFileError:
            raise
        except _TARFILE_ERRORS as error:
            raise _wrong(path, "word-tar-damaged", reason=error) from None
        while unpacked.read(LONGEST_READ):  # to the end, where gzip has its checksum
            file.check(unpacked.tell())
    return found


def _check(path: Path, member: tarfile.TarInfo) -> None:
    fields = {"name": member.name[:80], "size": member.size}
    if member.size < 0:  # `tarfile` would go back by so much, and round for ever
        raise _wrong(path, "word-tar-size", **fields)
    if member.issparse():
        raise _wrong(path, "word-tar-sparse", **fields)


def _records(
    path: Path, file: Any, member: tarfile.TarInfo, record: int, most: int
) -> np.ndarray:
    n, rest = divmod(member.size, record)
    fields = {"name": member.name[:80], "size": member.size}
    if rest or not 1 <= n <= most:
        raise _wrong(path, "word-cifar-records", most=most, record=record, **fields)
    if member.size > capacity(path):
        raise _wrong(path, "word-tar-small", **fields)
    data = np.empty(member.size, np.uint8)
    file.seek(member.offset_data)
    if fill(data.data, file) < len(data):
        raise _wrong(path, "word-tar-short", **fields)
    return data.reshape(n, record)


class _Guarded:
    """A file for `tarfile`, which takes memory and time at the word of its headers."""

    def __init__(self, path: Path, file: Any) -> None:
        self.path, self.file = path, file
        self.tell, self.left = file.tell, _MOST_HEADERS

    def read(self, size: int) -> bytes:
        if not 0 <= size <= self.left:
            raise _wrong(self.path, "word-tar-header", size=size)
        self.left -= size
        self.check(self.tell())
        return self.file.read(size)

    def seek(self, position: int) -> int:
        self.check(position)
        return self.file.seek(position)

    def check(self, position: int) -> None:
        if position > _MOST_UNPACKED:
            raise _wrong(self.path, "word-tar-bomb", most=_MOST_UNPACKED)


# -- names of the classes --------------------------------------------------------------


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.replace("_", " ") for name in text.split())


CIFAR10_LABELS = _names("airplane automobile bird cat deer dog frog horse ship truck")
CIFAR100_LABELS = _names(
    """
    apple aquarium_fish baby bear beaver bed bee beetle bicycle bottle bowl boy bridge
    bus butterfly camel can castle caterpillar cattle chair chimpanzee clock cloud
    cockroach couch crab crocodile cup dinosaur dolphin elephant flatfish forest fox
    girl hamster house kangaroo keyboard lamp lawn_mower leopard lion lizard lobster
    man maple_tree motorcycle mountain mouse mushroom oak_tree orange orchid otter
    palm_tree pear pickup_truck pine_tree plain plate poppy porcupine possum rabbit
    raccoon ray road rocket rose sea seal shark shrew skunk skyscraper snail snake
    spider squirrel streetcar sunflower sweet_pepper table tank telephone television
    tiger tractor train trout tulip turtle wardrobe whale willow_tree wolf woman worm
    """
)
CIFAR100_COARSE_LABELS = _names(
    """
    aquatic_mammals fish flowers food_containers fruit_and_vegetables
    household_electrical_device household_furniture insects large_carnivores
    large_man-made_outdoor_things large_natural_outdoor_scenes
    large_omnivores_and_herbivores medium-sized_mammals non-insect_invertebrates
    people reptiles small_mammals trees vehicles_1 vehicles_2
    """
)
