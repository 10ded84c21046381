"""Layers, to be used as ``import ondol.layers as L``."""

from ..core import Parameter, State
from .basic import BatchNorm, Conv2d, Dropout, Embedding, Linear, Sequential
from .layer import Layer, Model

__all__ = [
    "BatchNorm",
    "Conv2d",
    "Dropout",
    "Embedding",
    "Layer",
    "Linear",
    "Model",
    "Parameter",
    "Sequential",
    "State",
]
