"""MNIST and Fashion-MNIST: 28 × 28 grey images of ten classes."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ..errors import tell
from .download import PathLike
from .files import DataFileError, Source, check_train, is_published, locate
from .idx import read_idx

Arrays = tuple[np.ndarray, np.ndarray]

_MOST_BYTES = 1 << 26  # in a file; the real ones hold 47 MB

_FILES = {
    True: ("train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz"),
    False: ("t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz"),
}
_MIRRORS = {
    "mnist": (
        "https://ossci-datasets.s3.amazonaws.com/mnist/",
        "https://storage.googleapis.com/cvdf-datasets/mnist/",
    ),
    "fashion-mnist": ("http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",),
}
_MD5 = {
    "mnist": (
        "f68b3c2dcbeaaa9fbdd348bbdeb94873",
        "d53e105ee54ea40749a09fcbcd1e9432",
        "9fb629c4189551a2d022fa330f9573f3",
        "ec29112dd5afa0611ce80d1b7f02629c",
    ),
    "fashion-mnist": (
        "8d4fb7e6c68d591d4c3dfef9ec88bf0d",
        "25c81989df183df01b3e8a0aad5dffbe",
        "bef4ecab320f06d8554ea6380940ec79",
        "bb300cfdad3c16e7a12a480ee83cd310",
    ),
}


def mnist(train: bool = True, root: PathLike | None = None) -> Arrays:
    """Handwritten digits (LeCun, Bottou, Bengio and Haffner, 1998).

    Downloaded once into ``mnist`` in the cache folder, 12 MB.

    Args:
        train: the 60,000 training images; False gives the 10,000 test images.
        root: a folder that holds the four files under their own names, packed or not;
            nothing is then downloaded.

    Returns:
        The images, float32 ``(N, 1, 28, 28)`` from 0 (paper) to 1 (ink), and the digits
        on them, int64 ``(N,)``. Both are the caller's own to change.

    Raises:
        DownloadError: an OSError; the files could not be downloaded.
        DataFileError: a ValueError; a file is damaged or holds something else.
        MissingFileError: a FileNotFoundError; a file is not in `root`.
        DtypeError: a TypeError; `train` is not a bool.
    """
    return _scaled(*mnist_bytes("mnist", train, root))


def fashion_mnist(train: bool = True, root: PathLike | None = None) -> Arrays:
    """Pictures of clothes in the format of MNIST (Xiao, Rasul and Vollgraf, 2017).

    Downloaded once into ``fashion-mnist`` in the cache folder, 31 MB. Debian's package
    dataset-fashion-mnist has them too: ``root="/usr/share/datasets/fashion-mnist"``.

    Args:
        train: the 60,000 training images; False gives the 10,000 test images.
        root: a folder that holds the four files under their own names, packed or not;
            nothing is then downloaded.

    Returns:
        The images, float32 ``(N, 1, 28, 28)`` from 0 (background) to 1, and their
        classes, int64 ``(N,)``, named by `FASHION_MNIST_LABELS`.

    Raises:
        DownloadError: an OSError; the files could not be downloaded.
        DataFileError: a ValueError; a file is damaged or holds something else.
        MissingFileError: a FileNotFoundError; a file is not in `root`.
        DtypeError: a TypeError; `train` is not a bool.
    """
    return _scaled(*mnist_bytes("fashion-mnist", train, root))


FASHION_MNIST_LABELS = (
    "T-shirt/top",
    "trouser",
    "pullover",
    "dress",
    "coat",
    "sandal",
    "shirt",
    "sneaker",
    "bag",
    "ankle boot",
)


def mnist_bytes(name: str, train: bool, root: PathLike | None) -> Arrays:
    """Images ``(N, 1, 28, 28)`` and labels ``(N,)`` as they are in the files, uint8.

    A file that holds more than 64 MiB is refused.
    """
    check_train(name, train)
    image_path, label_path = (locate(s, root) for s in _sources(name, train))
    images, labels = (read_idx(p, _MOST_BYTES) for p in (image_path, label_path))
    if images.dtype != np.uint8 or images.ndim != 3 or images.shape[1:] != (28, 28):
        fields = {"path": str(image_path), "found": _description(images)}
        raise tell(DataFileError, "mnist-images", **fields)
    if labels.dtype != np.uint8 or labels.shape != images.shape[:1]:
        fields = {"path": str(label_path), "found": _description(labels)}
        raise tell(DataFileError, "mnist-labels", count=len(images), **fields)
    if labels.max(initial=0) > 9:
        fields = {"path": str(label_path), "found": labels.max()}
        raise tell(DataFileError, "mnist-classes", **fields)
    return images[:, np.newaxis], labels


def _description(array: np.ndarray) -> str:
    return f"{array.dtype} {array.shape}"


def has_published(folder: Path, name: str, train: bool) -> bool:
    """Does a folder hold the files of that part, each with its checksum?"""
    return all(is_published(source, folder) for source in _sources(name, train))


def _sources(name: str, train: bool) -> list[Source]:
    digests = _MD5[name][:2] if train else _MD5[name][2:]
    return [
        Source(f"{name}/{file}", tuple(m + file for m in _MIRRORS[name]), f"md5:{md5}")
        for file, md5 in zip(_FILES[train], digests, strict=True)
    ]


def _scaled(images: np.ndarray, labels: np.ndarray) -> Arrays:
    return images / np.float32(255), labels.astype(np.int64)
