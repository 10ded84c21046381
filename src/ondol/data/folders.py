"""Pictures in folders, one folder for each class."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import ArgumentError, MissingFileError, tell
from .download import PathLike
from .files import DataFileError
from .transforms.images import pillow

ENDINGS = (
    *(".bmp", ".gif", ".jpg", ".jpeg", ".png", ".tif", ".tiff", ".webp"),
    ".pgm",
    ".ppm",
)


class ImageFolder:
    """Pictures in the folder of its class: ``root/cat/1.jpg``, ``root/dog/2.jpg``.

    Sample i is ``(picture, class)``: a PIL picture, read when it is asked for, and the
    number of its class.

    Args:
        root: the folder that holds a folder for each class; those may hold folders.
            Names that begin with a dot do not count.
        mode: Pillow's mode that all pictures are brought to; None leaves them.
        transform: of the picture. What draws random numbers belongs into the
            `transform` of a loader.

    Attributes:
        classes: the names of the classes, in the order of the alphabet.
        paths: the file of each sample, by class and name.
        labels: the number of the class of each sample, int64 ``(N,)``.

    Raises:
        FileNotFoundError: there is no folder `root`.
        ValueError: there are no pictures in its folders.
        DataFileError: a ValueError; a picture, when it is read, is damaged.
    """

    def __init__(
        self,
        root: PathLike,
        mode: str | None = "RGB",
        transform: Callable[[Any], Any] | None = None,
    ) -> None:
        folders = _folders(Path(root))
        found = [(path, i) for i, folder in enumerate(folders) for path in _in(folder)]
        if not found:
            endings = " ".join(ENDINGS)
            raise tell(ArgumentError, "folder-no-classes", path=root, endings=endings)
        self.classes = [folder.name for folder in folders]
        self.paths = [path for path, _ in found]
        self.labels = np.array([label for _, label in found], np.int64)
        self.mode = mode
        self.transform = transform

    def __len__(self) -> int:
        return len(self.paths)

    def __getitem__(self, index: int) -> tuple[Any, int]:
        """The picture and the number of its class."""
        picture = read_picture(self.paths[index], self.mode)
        if self.transform is not None:
            picture = self.transform(picture)
        return picture, int(self.labels[index])


def _folders(root: Path) -> list[Path]:
    if not root.is_dir():
        raise tell(MissingFileError, "folder-missing", path=root)
    return sorted(p for p in root.iterdir() if p.is_dir() and not _hidden(p, root))


def _in(folder: Path) -> list[Path]:
    pictures = (p for p in folder.rglob("*") if p.suffix.lower() in ENDINGS)
    return sorted(p for p in pictures if not _hidden(p, folder))


def _hidden(path: Path, root: Path) -> bool:
    """Is it what notebooks, editors and systems leave, such as .ipynb_checkpoints?"""
    return any(part.startswith(".") for part in path.relative_to(root).parts)


def read_picture(path: PathLike, mode: str | None = "RGB") -> Any:
    """The picture in a file.

    Args:
        path: the file.
        mode: Pillow's mode to bring it to; None leaves it.

    Raises:
        DataFileError: a ValueError; the file is damaged or holds no picture.
        FileNotFoundError: there is no such file.
    """
    image = pillow()
    try:
        with image.open(path) as picture:
            picture.load()
            return picture.convert(mode) if mode else picture
    except (FileNotFoundError, PermissionError, MemoryError):
        raise
    except Exception as error:  # each format of pictures has errors of its own
        raise tell(DataFileError, "folder-picture", path=path, reason=error) from None
