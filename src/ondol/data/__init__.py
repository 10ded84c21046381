"""Data sets and the loader that cuts them into mini-batches."""

from .dataset import ArrayDataset
from .digits import digits
from .loader import DataLoader

__all__ = ["ArrayDataset", "DataLoader", "digits"]
