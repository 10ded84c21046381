"""The book's data sets (steps 49 to 60); `root`, new, is for local files."""

from __future__ import annotations

import operator
import os
from typing import Any

import numpy as np

from ..data.cifar import CIFAR10 as CIFAR10_FILES
from ..data.cifar import (
    CIFAR10_LABELS,
    CIFAR100_COARSE_LABELS,
    CIFAR100_LABELS,
    cifar_bytes,
)
from ..data.cifar import CIFAR100 as CIFAR100_FILES
from ..data.download import PathLike, cache_folder
from ..data.files import DataFileError
from ..data.mnist import has_published, mnist_bytes
from ..data.text import imagenet_labels, tiny_shakespeare
from ..data.toys import SPIRAL_SEEDS, sine_points, spiral_points
from ..errors import ArgumentError, DtypeError, MissingLibraryError, UsageError, tell
from ..io import load_arrays
from ..io.atomic import atomic_write
from . import utils
from .transforms import (
    Compose,
    Flatten,
    Normalize,
    ToFloat,
    Transform,
    identity,
    on_batch,
)
from .utils import _books_folder
from .utils import get_file as get_file  # scripts import it from here, too

_Pair = tuple[Any, Any]


def __getattr__(name: str) -> Any:
    """``cache_dir``, as `utils` has it at the time."""
    if name == "cache_dir":
        return utils.cache_dir
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


class Dataset:
    """Samples and their labels (book step 49); `prepare` fills `data` and `label`.

    Args:
        train: which part `prepare` is to fill in.
        transform: applied to each sample; None leaves it as it is.
        target_transform: applied to each label.

    Attributes:
        data: the samples, a sequence.
        label: their labels, a sequence, or None.
    """

    data: Any
    label: Any

    def __init__(
        self,
        train: bool = True,
        transform: Transform | None = None,
        target_transform: Transform | None = None,
    ) -> None:
        self.train = train
        self.transform = identity if transform is None else transform
        self.target_transform = (
            identity if target_transform is None else target_transform
        )
        self.data = None
        self.label = None
        self.prepare()

    def __getitem__(self, index: Any) -> _Pair:
        """The sample and the label at an int; the label is None if there are none."""
        try:
            operator.index(index)
        except TypeError:
            got = f"{index!r:.60}"
            raise tell(DtypeError, "book-index", got=got) from None
        self._check_prepared()
        x = self.transform(self.data[index])
        return x, None if self.label is None else self._target(index)

    def _target(self, index: Any) -> Any:
        return self.target_transform(self.label[index])

    def __len__(self) -> int:
        self._check_prepared()
        return len(self.data)

    def _check_prepared(self) -> None:
        if self.data is None:
            raise tell(UsageError, "book-no-samples", kind=type(self).__name__)

    def prepare(self) -> None:
        """Set `data`, and `label` if there are labels; called by the constructor."""


def whole_batch(dataset: Any, indices: Any) -> _Pair | None:
    """The samples at `indices` and their labels at once, if that makes no difference.

    So it is if the data are plain arrays, indexed by `Dataset` itself, and the
    transforms known to work on batches; otherwise the answer is None.
    """
    if getattr(type(dataset), "__getitem__", None) is not Dataset.__getitem__:
        return None
    x = _rows(dataset.data, dataset.transform, indices)
    if x is None or dataset.label is None:
        return None if x is None else (x, None)
    t = _rows(dataset.label, dataset.target_transform, indices)
    return None if t is None else (x, t)


def _rows(array: Any, transform: Transform, indices: Any) -> np.ndarray | None:
    if type(array) is not np.ndarray or array.ndim == 0:
        return None
    if array.dtype.kind not in "biufc" or not array.dtype.isnative:
        return None
    at_once = on_batch(transform, array.ndim - 1)
    return at_once(array[indices]) if at_once else None


# -- made by formulas ------------------------------------------------------------------


def get_spiral(train: bool = True) -> tuple[np.ndarray, np.ndarray]:
    """Three arms that wind around the origin (book step 48).

    It seeds ``np.random``, with 1984 for training and 2020 for testing: what the book's
    scripts draw after it depends on that.

    Returns:
        The points, float32 ``(300, 2)``, and their arms, int64 ``(300,)``.
    """
    np.random.seed(SPIRAL_SEEDS[bool(train)])
    return spiral_points(np.random)


class Spiral(Dataset):
    """The points of `get_spiral`."""

    def prepare(self) -> None:
        """Make the points."""
        self.data, self.label = get_spiral(self.train)


class SinCurve(Dataset):
    """A noisy sine to be predicted one step ahead; a clean cosine for testing."""

    def prepare(self) -> None:
        """Make the wave, with noise from ``np.random``."""
        self.data, self.label = sine_points(np.random, bool(self.train))


# -- images ----------------------------------------------------------------------------

_TO_UNIT = Compose([Flatten(), ToFloat(), Normalize(0.0, 255.0)])
_CENTERED = Compose([ToFloat(), Normalize(mean=0.5, std=0.5)])


class MNIST(Dataset):
    """Handwritten digits: `data` uint8 ``(N, 1, 28, 28)``, `label` uint8 ``(N,)``.

    Args:
        train: the 60,000 images for training, or the 10,000 for testing.
        transform: the default gives float32 ``(784,)`` from 0 to 1.
        target_transform: applied to each label.
        root: a folder with the four files. None takes those that the book's own package
            has downloaded into ``~/.dezero``, if their checksums are those of the
            published files, and else downloads them.

    Raises:
        OSError: the files could not be downloaded, or are not in `root`.
        ValueError: a file is damaged or holds something else.
    """

    def __init__(
        self,
        train: bool = True,
        transform: Transform | None = _TO_UNIT,
        target_transform: Transform | None = None,
        root: PathLike | None = None,
    ) -> None:
        self.root = root
        super().__init__(train, transform, target_transform)

    def prepare(self) -> None:
        """Read the files, downloading them first if they are not there."""
        train, root, earlier = bool(self.train), self.root, _books_folder()
        if root is None and has_published(earlier, "mnist", train):
            root = earlier
        self.data, self.label = mnist_bytes("mnist", train, root)

    def show(self, row: int = 10, col: int = 10) -> None:
        """Show images chosen by chance, with matplotlib."""
        _show(_mosaic(self.data, row, col)[..., 0], "gray")

    @staticmethod
    def labels() -> dict[int, str]:
        """The names of the classes."""
        return {i: str(i) for i in range(10)}


class CIFAR10(Dataset):
    """Colour photographs: `data` uint8 ``(N, 3, 32, 32)``, `label` int64 ``(N,)``.

    Args:
        train: the 50,000 images for training, or the 10,000 for testing.
        transform: the default gives float32 ``(v - 0.5) / 0.5`` of values `v` from 0 to
            255, as the book's does.
        target_transform: applied to each label.
        root: a folder with ``cifar-10-binary.tar.gz``, the version without pickles; it
            is downloaded if `root` is None.

    Raises:
        OSError: the file could not be downloaded, or is not in `root`.
        ValueError: the file is damaged or holds something else.
    """

    def __init__(
        self,
        train: bool = True,
        transform: Transform | None = _CENTERED,
        target_transform: Transform | None = None,
        root: PathLike | None = None,
    ) -> None:
        self.root = root
        super().__init__(train, transform, target_transform)

    def prepare(self) -> None:
        """Read the file, downloading it first if it is not there."""
        self.data, labels = cifar_bytes(CIFAR10_FILES, bool(self.train), self.root)
        self.label = labels[:, 0]

    def show(self, row: int = 10, col: int = 10) -> None:
        """Show images chosen by chance, with matplotlib."""
        _show(_mosaic(self.data, row, col), None)

    @staticmethod
    def labels() -> dict[int, str]:
        """The names of the classes, as the book spells them."""
        return {**dict(enumerate(CIFAR10_LABELS)), 0: "ariplane"}


class CIFAR100(CIFAR10):
    """Colour photographs of 100 classes in 20 groups; otherwise like `CIFAR10`.

    Args:
        train: the 50,000 images for training, or the 10,000 for testing.
        transform: as of `CIFAR10`.
        target_transform: applied to each label.
        label_type: ``"fine"`` labels with the classes, ``"coarse"`` with the groups.
        root: a folder with ``cifar-100-binary.tar.gz``; it is downloaded if `root` is
            None.
    """

    def __init__(
        self,
        train: bool = True,
        transform: Transform | None = _CENTERED,
        target_transform: Transform | None = None,
        label_type: str = "fine",
        root: PathLike | None = None,
    ) -> None:
        self.label_type = _checked_label_type(label_type)
        super().__init__(train, transform, target_transform, root)

    def prepare(self) -> None:
        """Read the file, downloading it first if it is not there."""
        self.data, labels = cifar_bytes(CIFAR100_FILES, bool(self.train), self.root)
        self.label = labels[:, ("coarse", "fine").index(self.label_type)]

    @staticmethod
    def labels(label_type: str = "fine") -> dict[int, str]:
        """The names of the classes; with ``"coarse"``, of the groups."""
        fine = _checked_label_type(label_type) == "fine"
        return dict(enumerate(CIFAR100_LABELS if fine else CIFAR100_COARSE_LABELS))


def _checked_label_type(label_type: str) -> str:
    if label_type not in ("fine", "coarse"):
        raise tell(ArgumentError, "book-label-type", got=f"{label_type!r:.60}")
    return label_type


class ImageNet(Dataset):
    """No samples: only the names of the classes, from the static method `labels`."""

    @staticmethod
    def labels() -> dict[int, str]:
        """The names of the 1,000 classes, downloaded if they are not there.

        Raises:
            OSError: the file could not be downloaded.
            ValueError: the file holds something else.
        """
        return imagenet_labels()


def _mosaic(data: np.ndarray, row: int, col: int) -> np.ndarray:
    """Images drawn from ``np.random``, ``(row * H, col * W, C)`` from 0 to 1."""
    # The book's draws, which leave out the last image.
    most = max(len(data) - 1, 1)
    chosen = [np.random.randint(0, most) for _ in range(row * col)]
    _, channels, height, width = data.shape
    tiles = data[chosen].reshape(row, col, channels, height, width)
    image = tiles.transpose(0, 3, 1, 4, 2)
    return image.reshape(row * height, col * width, channels) / 255


def _show(image: np.ndarray, cmap: str | None) -> None:
    try:
        import matplotlib.pyplot as plt
    except ImportError:
        raise tell(MissingLibraryError, "show-no-matplotlib") from None
    plt.imshow(image, cmap=cmap, interpolation="nearest")
    plt.axis("off")
    plt.show()


# -- text ------------------------------------------------------------------------------


class Shakespear(Dataset):
    """Shakespeare's plays, letter by letter; the label is the letter that follows.

    Args:
        train: without effect, as in the book.
        transform: applied to each letter's number.
        target_transform: applied to each label.
        root: a folder with the text as ``input.txt``; it is downloaded if `root` is
            None.

    Attributes:
        data: numbers of letters, int64 ``(N,)``, in the order in which they first come.
        char_to_id: letter to number.
        id_to_char: number to letter.
    """

    def __init__(
        self,
        train: bool = True,
        transform: Transform | None = None,
        target_transform: Transform | None = None,
        root: PathLike | None = None,
    ) -> None:
        self.root = root
        super().__init__(train, transform, target_transform)

    def prepare(self) -> None:
        """Read the text, downloading it first if it is not there."""
        text = tiny_shakespeare(self.root)
        self.id_to_char = dict(enumerate(dict.fromkeys(text)))
        self.char_to_id = {letter: i for i, letter in self.id_to_char.items()}
        indices = np.array([self.char_to_id[letter] for letter in text], np.int64)
        self.data, self.label = indices[:-1], indices[1:]


# -- arrays kept between runs ----------------------------------------------------------


def _cache_path(filename: str, train: bool) -> str:
    name = filename.rpartition("/")[2] + (".train.npz" if train else ".test.npz")
    return os.path.join(cache_folder(), name)


def load_cache_npz(filename: str, train: bool = False) -> _Pair:
    """Data and label that `save_cache_npz` kept; ``(None, None)`` if it did not.

    Raises:
        ValueError: the file is damaged, or holds something else; nothing in it is run.
    """
    path = _cache_path(filename, train)
    if not os.path.exists(path):
        return None, None
    arrays = load_arrays(path)
    if not {"data", "label"} <= {*arrays}:
        names = f"{', '.join(arrays) or '-':.60}"
        raise tell(DataFileError, "book-cache", path=path, names=names)
    return arrays["data"], arrays["label"]


def save_cache_npz(
    data: np.ndarray, label: np.ndarray, filename: str, train: bool = False
) -> str:
    """Keep arrays in the cache folder, if they are not kept there yet; the path.

    Args:
        data: of a data set.
        label: of the same.
        filename: a name or an address, whose last part names the file.
        train: kept apart for True and for False.
    """
    path = _cache_path(filename, train)
    if os.path.exists(path):
        return path
    print("Saving: " + os.path.basename(path))
    os.makedirs(cache_folder(), exist_ok=True)
    with atomic_write(path) as temporary, temporary.open("wb") as file:
        np.savez_compressed(file, data=data, label=label)
    print(" Done")
    return path
