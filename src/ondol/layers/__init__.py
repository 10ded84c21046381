"""Layers, to be used as ``import ondol.layers as L``."""

from ..core import Parameter, State
from . import initial
from .activation import PReLU
from .attention import KeyValueCache, MultiHeadAttention
from .basic import BatchNorm, Bilinear, Dropout, Embedding, Linear, Sequential
from .conv import (
    Conv1d,
    Conv2d,
    Conv3d,
    ConvTranspose1d,
    ConvTranspose2d,
    ConvTranspose3d,
)
from .layer import Layer, Model
from .norm import GroupNorm, InstanceNorm, LayerNorm, RMSNorm
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
from .reparametrized import SpectralNorm, WeightNorm
from .transformer import (
    TransformerDecoder,
    TransformerDecoderBlock,
    TransformerEncoder,
    TransformerEncoderBlock,
)

__all__ = [
    "GRU",
    "LSTM",
    "RNN",
    "AvgPool1d",
    "AvgPool2d",
    "AvgPool3d",
    "BatchNorm",
    "Bilinear",
    "Conv1d",
    "Conv2d",
    "Conv3d",
    "ConvTranspose1d",
    "ConvTranspose2d",
    "ConvTranspose3d",
    "Dropout",
    "Embedding",
    "GroupNorm",
    "InstanceNorm",
    "KeyValueCache",
    "Layer",
    "LayerNorm",
    "Linear",
    "MaxPool1d",
    "MaxPool2d",
    "MaxPool3d",
    "Model",
    "MultiHeadAttention",
    "PReLU",
    "Parameter",
    "RMSNorm",
    "SequenceGRU",
    "SequenceLSTM",
    "SequenceRNN",
    "Sequential",
    "SpectralNorm",
    "State",
    "TransformerDecoder",
    "TransformerDecoderBlock",
    "TransformerEncoder",
    "TransformerEncoderBlock",
    "Upsample",
    "WeightNorm",
    "initial",
]
