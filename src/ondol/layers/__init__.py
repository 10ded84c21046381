"""Layers, to be used as ``import ondol.layers as L``."""

from ..core import Parameter, State
from .basic import BatchNorm, Dropout, Embedding, Linear, Sequential
from .conv import Conv2d, ConvTranspose2d
from .layer import Layer, Model
from .recurrent import LSTM, RNN

__all__ = [
    "LSTM",
    "RNN",
    "BatchNorm",
    "Conv2d",
    "ConvTranspose2d",
    "Dropout",
    "Embedding",
    "Layer",
    "Linear",
    "Model",
    "Parameter",
    "Sequential",
    "State",
]
