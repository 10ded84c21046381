"""Arrays, weights and whole trainings in files, written whole or not at all."""

from .archive import CheckpointError, DamagedError
from .checkpoint import load_checkpoint, read_checkpoint, save_checkpoint
from .checkpoints import Checkpoints
from .formats import WeightsError, load_arrays, save_arrays
from .weights import load_weights, save_weights

__all__ = [
    "CheckpointError",
    "Checkpoints",
    "DamagedError",
    "WeightsError",
    "load_arrays",
    "load_checkpoint",
    "load_weights",
    "read_checkpoint",
    "save_arrays",
    "save_checkpoint",
    "save_weights",
]
