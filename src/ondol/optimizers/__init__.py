"""Optimizers: the rules that turn gradients into better parameters."""

from .hooks import ClipGrad, FreezeParam, WeightDecay
from .optimizer import Optimizer
from .rules import SGD, AdaDelta, AdaGrad, Adam, AdamW, MomentumSGD, RMSprop

__all__ = [
    "SGD",
    "AdaDelta",
    "AdaGrad",
    "Adam",
    "AdamW",
    "ClipGrad",
    "FreezeParam",
    "MomentumSGD",
    "Optimizer",
    "RMSprop",
    "WeightDecay",
]
