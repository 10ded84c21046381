"""Data sets, downloads, and the loader that cuts data into mini-batches."""

from .cifar import (
    CIFAR10_LABELS,
    CIFAR100_COARSE_LABELS,
    CIFAR100_LABELS,
    cifar10,
    cifar100,
)
from .collate import Pad, stack
from .dataset import ArrayDataset, Concat, Mapped, Subset, random_split
from .digits import digits
from .download import DownloadError, cache_folder, fetch, set_cache_folder
from .files import DataFileError
from .folders import ImageFolder
from .idx import read_idx
from .loader import DataLoader
from .mnist import FASHION_MNIST_LABELS, fashion_mnist, mnist
from .samplers import Buckets, InOrder, Sharded, Shuffled, Streams, Weighted
from .sequences import TokenWindows
from .streams import StreamLoader
from .text import imagenet_labels, tiny_shakespeare
from .toys import sine, spiral
from .workers import WorkerError

__all__ = [
    "CIFAR10_LABELS",
    "CIFAR100_COARSE_LABELS",
    "CIFAR100_LABELS",
    "FASHION_MNIST_LABELS",
    "ArrayDataset",
    "Buckets",
    "Concat",
    "DataFileError",
    "DataLoader",
    "DownloadError",
    "ImageFolder",
    "InOrder",
    "Mapped",
    "Pad",
    "Sharded",
    "Shuffled",
    "StreamLoader",
    "Streams",
    "Subset",
    "TokenWindows",
    "Weighted",
    "WorkerError",
    "cache_folder",
    "cifar10",
    "cifar100",
    "digits",
    "fashion_mnist",
    "fetch",
    "imagenet_labels",
    "mnist",
    "random_split",
    "read_idx",
    "set_cache_folder",
    "sine",
    "spiral",
    "stack",
    "tiny_shakespeare",
]
