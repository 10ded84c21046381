"""Data sets of text: Shakespeare's plays, and the names of ImageNet's classes."""

from __future__ import annotations

import ast
from pathlib import Path

from ..errors import tell
from .download import PathLike
from .files import DataFileError, Source, locate, read_text

_GITHUB = "https://raw.githubusercontent.com/"

_SHAKESPEARE = Source(
    "tiny-shakespeare/input.txt",
    (
        _GITHUB + "karpathy/char-rnn/master/data/tinyshakespeare/input.txt",
        "https://storage.googleapis.com/download.tensorflow.org/data/shakespeare.txt",
    ),
    "sha256:86c4e6aa9db7c042ec79f339dcb96d42b0075e16b8fc2e86bf0ca57e2dc565ed",
)

# No checksum: the copies differ in their bytes. The second is at a fixed commit.
_IMAGENET = Source(
    "imagenet1000_clsidx_to_labels.txt",
    (
        "https://gist.githubusercontent.com/yrevar/942d3a0ac09ec9e5eb3a/raw/"
        "238f720ff059c1f82f368259d1ca4ffa5dd8f9f5/imagenet1000_clsidx_to_labels.txt",
        _GITHUB + "tinygrad/tinygrad/44fd923813dac09a0b187255282420b3509df77a/"
        "test/models/efficientnet/imagenet1000_clsidx_to_labels.txt",
    ),
)


def tiny_shakespeare(root: PathLike | None = None) -> str:
    """A million characters of Shakespeare's plays, put together by A. Karpathy (2015).

    Downloaded once into ``tiny-shakespeare`` in the cache folder, 1 MB. A file of more
    than 64 MiB is refused.

    Args:
        root: a folder that holds the file as ``input.txt``; nothing is then downloaded.

    Raises:
        DownloadError: an OSError; the file could not be downloaded.
        DataFileError: a ValueError; the file is no text, or far too large.
        MissingFileError: a FileNotFoundError; the file is not in `root`.
    """
    return read_text(locate(_SHAKESPEARE, root), max_bytes=1 << 26)


def imagenet_labels(root: PathLike | None = None) -> dict[int, str]:
    """The names of the 1,000 classes of ImageNet's challenge, by their numbers.

    Downloaded once into the cache folder, 32 kB. More than 128 KiB are refused:
    what Python makes of that much text takes up to 128 MiB.

    Args:
        root: a folder that holds ``imagenet1000_clsidx_to_labels.txt``; nothing is
            then downloaded.

    Raises:
        DownloadError: an OSError; the file could not be downloaded.
        DataFileError: a ValueError; the file holds something else.
        MissingFileError: a FileNotFoundError; the file is not in `root`.
    """
    path = locate(_IMAGENET, root)
    labels = _literal(path, read_text(path, max_bytes=1 << 17))
    if not isinstance(labels, dict) or [*labels] != [*range(len(labels))]:
        raise tell(DataFileError, "labels-keys", path=str(path))
    if not labels or not all(isinstance(name, str) for name in labels.values()):
        raise tell(DataFileError, "labels-names", path=str(path))
    return labels


def _literal(path: Path, text: str) -> object:
    """The value that a file of Python text writes out; nothing in it is run."""
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError) as error:
        fields = {"path": str(path), "reason": type(error).__name__}
        raise tell(DataFileError, "labels-literal", **fields) from None
