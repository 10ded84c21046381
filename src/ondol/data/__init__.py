"""Data sets, downloads, and the loader that cuts data into mini-batches."""

from .cifar import (
    CIFAR10_LABELS,
    CIFAR100_COARSE_LABELS,
    CIFAR100_LABELS,
    cifar10,
    cifar100,
)
from .dataset import ArrayDataset
from .digits import digits
from .download import DownloadError, cache_folder, fetch, set_cache_folder
from .files import DataFileError
from .idx import read_idx
from .loader import DataLoader
from .mnist import FASHION_MNIST_LABELS, fashion_mnist, mnist
from .text import imagenet_labels, tiny_shakespeare
from .toys import sine, spiral

__all__ = [
    "CIFAR10_LABELS",
    "CIFAR100_COARSE_LABELS",
    "CIFAR100_LABELS",
    "FASHION_MNIST_LABELS",
    "ArrayDataset",
    "DataFileError",
    "DataLoader",
    "DownloadError",
    "cache_folder",
    "cifar10",
    "cifar100",
    "digits",
    "fashion_mnist",
    "fetch",
    "imagenet_labels",
    "mnist",
    "read_idx",
    "set_cache_folder",
    "sine",
    "spiral",
    "tiny_shakespeare",
]
