"""Layers, to be used as ``import ondol.layers as L``."""

from ..core import Parameter, State
from .attention import KeyValueCache, MultiHeadAttention
from .basic import BatchNorm, Dropout, Embedding, Linear, Sequential
from .conv import Conv2d, ConvTranspose2d
from .layer import Layer, Model
from .recurrent import GRU, LSTM, RNN, SequenceGRU, SequenceLSTM, SequenceRNN

__all__ = [
    "GRU",
    "LSTM",
    "RNN",
    "BatchNorm",
    "Conv2d",
    "ConvTranspose2d",
    "Dropout",
    "Embedding",
    "KeyValueCache",
    "Layer",
    "Linear",
    "Model",
    "MultiHeadAttention",
    "Parameter",
    "SequenceGRU",
    "SequenceLSTM",
    "SequenceRNN",
    "Sequential",
    "State",
]
