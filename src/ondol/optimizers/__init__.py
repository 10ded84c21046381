"""Optimizers: the rules that turn gradients into better parameters.

`rules` are the optimizers, `hooks` change gradients before an update, `schedules` set
the learning rate, `averaging` keeps averages of the weights, and `accumulate` makes one
update of several batches.
"""

from .accumulate import Accumulate
from .averaging import EMA, WeightAverage
from .hooks import AdaptiveClip, ClipGrad, ClipValue, FreezeParam, WeightDecay
from .optimizer import Optimizer
from .rules import SGD, AdaDelta, AdaGrad, Adam, AdamW, MomentumSGD, RMSprop
from .schedules import (
    Chain,
    Cosine,
    CosineRestarts,
    Exponential,
    Linear,
    MultiStep,
    OneCycle,
    Plateau,
    Polynomial,
    Schedule,
    Step,
    Warmup,
)

__all__ = [
    "EMA",
    "SGD",
    "Accumulate",
    "AdaDelta",
    "AdaGrad",
    "Adam",
    "AdamW",
    "AdaptiveClip",
    "Chain",
    "ClipGrad",
    "ClipValue",
    "Cosine",
    "CosineRestarts",
    "Exponential",
    "FreezeParam",
    "Linear",
    "MomentumSGD",
    "MultiStep",
    "OneCycle",
    "Optimizer",
    "Plateau",
    "Polynomial",
    "RMSprop",
    "Schedule",
    "Step",
    "Warmup",
    "WeightAverage",
    "WeightDecay",
]
