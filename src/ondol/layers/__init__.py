"""Layers, to be used as ``import ondol.layers as L``."""

from ..core import Parameter, State
from .attention import KeyValueCache, MultiHeadAttention
from .basic import BatchNorm, Dropout, Embedding, Linear, Sequential
from .conv import (
    Conv1d,
    Conv2d,
    Conv3d,
    ConvTranspose1d,
    ConvTranspose2d,
    ConvTranspose3d,
)
from .layer import Layer, Model
from .pool import (
    AvgPool1d,
    AvgPool2d,
    AvgPool3d,
    MaxPool1d,
    MaxPool2d,
    MaxPool3d,
    Upsample,
)
from .recurrent import GRU, LSTM, RNN, SequenceGRU, SequenceLSTM, SequenceRNN

__all__ = [
    "GRU",
    "LSTM",
    "RNN",
    "AvgPool1d",
    "AvgPool2d",
    "AvgPool3d",
    "BatchNorm",
    "Conv1d",
    "Conv2d",
    "Conv3d",
    "ConvTranspose1d",
    "ConvTranspose2d",
    "ConvTranspose3d",
    "Dropout",
    "Embedding",
    "KeyValueCache",
    "Layer",
    "Linear",
    "MaxPool1d",
    "MaxPool2d",
    "MaxPool3d",
    "Model",
    "MultiHeadAttention",
    "Parameter",
    "SequenceGRU",
    "SequenceLSTM",
    "SequenceRNN",
    "Sequential",
    "State",
    "Upsample",
]
