"""The work in ondol; `in_torch`, `in_jax` and `in_tinygrad` have the same order."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

import ondol
import ondol.functions as F
import ondol.layers as L
from ondol import Variable, optimizers
from ondol.models import GPT, MLP, Model

from .given import DECAY, RATES, Given

Step = Callable[[], Any]

# -- functions -------------------------------------------------------------------------


def scalar(x: Any) -> Any:
    return np.square(np.exp(np.square(x)))


def chain(x: Any, nodes: int) -> Any:
    y = x
    for _ in range(nodes):
        y = y * x
    return y


def elementwise(x: Any, count: int) -> Any:
    y = np.tanh(0.7 * x + 0.3) * np.exp(-x * x) + np.sqrt(np.abs(x) + 1)
    return np.sum(y)


# -- networks --------------------------------------------------------------------------


def mlp(features: tuple[int, ...], activation: str, batch: int) -> Model:
    function = {"sigmoid": F.sigmoid, "relu": F.relu}[activation]
    return MLP(features[1:], function, in_size=features[0])


class CNN(Model):
    """Two convolutions and two linear layers."""

    def __init__(
        self, batch: int, size: int, channels: tuple[int, ...], hidden: int
    ) -> None:
        image, first, second = channels
        flat = second * (size // 4) ** 2
        self.conv1 = L.Conv2d(first, 3, pad=1, in_channels=image)
        self.norm1 = L.BatchNorm(size=first)
        self.conv2 = L.Conv2d(second, 3, pad=1, in_channels=first)
        self.norm2 = L.BatchNorm(size=second)
        self.hidden = L.Linear(hidden, in_size=flat)
        self.out = L.Linear(10, in_size=hidden)

    def forward(self, x: Any) -> Variable:
        """``(N, C, H, W)`` to scores ``(N, 10)``."""
        x = F.max_pool2d(F.relu(self.norm1(self.conv1(x))), 2)
        x = F.max_pool2d(F.relu(self.norm2(self.conv2(x))), 2)
        return self.out(F.relu(self.hidden(F.flatten(x))))


class LSTM(Model):
    """A language model that remembers."""

    def __init__(
        self, batch: int, steps: int, vocabulary: int, features: int, hidden: int
    ) -> None:
        self.embedding = L.Embedding(vocabulary, features)
        self.lstm = L.SequenceLSTM(hidden, in_size=features)
        self.out = L.Linear(vocabulary, in_size=hidden)

    def forward(self, x: Any) -> Variable:
        """Ids ``(N, T)`` to scores ``(N, T, vocabulary)``."""
        y, _ = self.lstm(self.embedding(x))
        return self.out(y)


def gpt(batch: int, **sizes: int) -> Model:
    return GPT(**sizes)


FUNCTIONS = {"scalar": scalar, "chain": chain, "elementwise": elementwise}
NETWORKS = {"mlp": mlp, "cnn": CNN, "lstm": LSTM, "gpt": gpt}

# -- weights ---------------------------------------------------------------------------

# Our names of layers, and those of `given`.
NAMES = {
    "decoder.": "",
    "attention_norm": "norm1",
    "mlp_norm": "norm2",
    "attention.": "",
    "mlp.layers.0": "up",
    "mlp.layers.3": "down",
    "cells.0.0.": "",
}


def network(given: Given) -> Model:
    """The network with the weights that are given."""
    model = NETWORKS[given.row.work](**given.sizes)
    weights = separate(given.weights)
    for name, parameter in model.named_params():
        for ours, theirs in NAMES.items():
            name = name.replace(ours, theirs)
        parameter.data[...] = weights.pop(name)
    assert not weights, list(weights)
    return model


def separate(weights: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Queries, keys and values by themselves."""
    parts = {}
    for name, weight in weights.items():
        pieces = np.split(weight, 3, axis=-1) if "qkv" in name else [weight]
        names = [name.replace("qkv", part) for part in "qkv"[: len(pieces)]]
        parts |= dict(zip(names, pieces, strict=True))
    return parts


# -- steps -----------------------------------------------------------------------------


def optimizer_of(given: Given) -> optimizers.Optimizer:
    lr = RATES[given.row.optimizer]
    if given.row.optimizer == "adamw":
        return optimizers.AdamW(lr, weight_decay=DECAY)
    return {"sgd": optimizers.SGD, "adam": optimizers.Adam}[given.row.optimizer](lr)


def training(given: Given, compiled: bool) -> Step:
    model = network(given)
    optimizer = optimizer_of(given).setup(model)

    def step(x: Any, t: Any) -> Variable:
        loss = F.softmax_cross_entropy(model(x), t)
        model.cleargrads()
        loss.backward()
        optimizer.update()
        return loss

    return partial(ondol.compile(step) if compiled else step, given.x, given.t)


def inference(given: Given, compiled: bool) -> Step:
    model = network(given)

    def step(x: Any) -> Variable:
        with ondol.no_grad(), ondol.test_mode():
            return model(x)

    return partial(ondol.compile(step) if compiled else step, given.x)


def gradient(given: Given, compiled: bool) -> Step:
    function = FUNCTIONS[given.row.work]
    x = Variable(given.x)

    def step() -> tuple[Variable, Variable]:
        x.cleargrad()
        y = function(x, **given.sizes)
        y.backward()
        return y, x.grad

    return ondol.compile(step) if compiled else step


def begin(given: Given, compiled: bool = False) -> Step:
    """The step of a row; it returns its results when they are there."""
    kinds = {"training": training, "inference": inference, "gradient": gradient}
    return kinds[given.row.kind](given, compiled)


def array(result: Any) -> np.ndarray:
    return np.asarray(getattr(result, "data", result))
