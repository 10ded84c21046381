"""The work in PyTorch.

Gradients set to None, the fused kernels of the optimizers, the products for queries,
keys and values in one, `scaled_dot_product_attention`, images channels-last.
`torch.compile` as it is by default, of the network and its loss.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .given import DECAY, EPS, MOMENTUM, RATES, Given

Step = Callable[[], Any]

# -- functions -------------------------------------------------------------------------


def scalar(x: Tensor) -> Tensor:
    return torch.square(torch.exp(torch.square(x)))


def chain(x: Tensor, nodes: int) -> Tensor:
    y = x
    for _ in range(nodes):
        y = y * x
    return y


def elementwise(x: Tensor, count: int) -> Tensor:
    y = torch.tanh(0.7 * x + 0.3) * torch.exp(-x * x) + torch.sqrt(torch.abs(x) + 1)
    return torch.sum(y)


# -- networks --------------------------------------------------------------------------


class MLP(nn.Module):
    """Linear layers with an activation between them."""

    def __init__(self, features: tuple[int, ...], activation: str, batch: int) -> None:
        super().__init__()
        self.layers = nn.ModuleList(nn.Linear(*pair) for pair in pairwise(features))
        self.activation = {"sigmoid": torch.sigmoid, "relu": F.relu}[activation]

    def forward(self, x: Tensor) -> Tensor:
        """``(N, features)`` to scores."""
        *hidden, last = self.layers
        for layer in hidden:
            x = self.activation(layer(x))
        return last(x)


class CNN(nn.Module):
    """Two convolutions and two linear layers."""

    def __init__(
        self, batch: int, size: int, channels: tuple[int, ...], hidden: int
    ) -> None:
        super().__init__()
        image, first, second = channels
        flat = second * (size // 4) ** 2
        self.conv1 = nn.Conv2d(image, first, 3, padding=1)
        self.norm1 = nn.BatchNorm2d(first, EPS, MOMENTUM)
        self.conv2 = nn.Conv2d(first, second, 3, padding=1)
        self.norm2 = nn.BatchNorm2d(second, EPS, MOMENTUM)
        self.hidden = nn.Linear(flat, hidden)
        self.out = nn.Linear(hidden, 10)

    def forward(self, x: Tensor) -> Tensor:
        """``(N, C, H, W)`` to scores ``(N, 10)``."""
        x = F.max_pool2d(F.relu(self.norm1(self.conv1(x))), 2)
        x = F.max_pool2d(F.relu(self.norm2(self.conv2(x))), 2)
        return self.out(F.relu(self.hidden(x.flatten(1))))


class LSTM(nn.Module):
    """A language model that remembers."""

    def __init__(
        self, batch: int, steps: int, vocabulary: int, features: int, hidden: int
    ) -> None:
        super().__init__()
        self.embedding = nn.Embedding(vocabulary, features)
        self.lstm = nn.LSTM(features, hidden, batch_first=True)
        self.out = nn.Linear(hidden, vocabulary)

    def forward(self, x: Tensor) -> Tensor:
        """Ids ``(N, T)`` to scores ``(N, T, vocabulary)``."""
        y, _ = self.lstm(self.embedding(x))
        return self.out(y)


class Block(nn.Module):
    """Attention and a small network, each behind a normalisation."""

    def __init__(self, size: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.norm1 = nn.LayerNorm(size, EPS)
        self.qkv = nn.Linear(size, 3 * size)
        self.out = nn.Linear(size, size)
        self.norm2 = nn.LayerNorm(size, EPS)
        self.up = nn.Linear(size, 4 * size)
        self.down = nn.Linear(4 * size, size)

    def forward(self, x: Tensor) -> Tensor:
        """``(N, T, size)`` to the same."""
        x = x + self.attention(self.norm1(x))
        return x + self.down(F.gelu(self.up(self.norm2(x))))

    def attention(self, x: Tensor) -> Tensor:
        """No token sees a later one."""
        parts = self.qkv(x).unflatten(-1, (3, self.heads, -1))  # N, T, 3, heads, width
        q, k, v = parts.permute(2, 0, 3, 1, 4)
        y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        return self.out(y.transpose(1, 2).flatten(2))


class GPT(nn.Module):
    """A language model that attends."""

    def __init__(
        self,
        batch: int,
        context: int,
        vocabulary: int,
        depth: int,
        size: int,
        heads: int,
    ) -> None:
        super().__init__()
        self.token = nn.Embedding(vocabulary, size)
        self.position = nn.Embedding(context, size)
        self.blocks = nn.ModuleList(Block(size, heads) for _ in range(depth))
        self.norm = nn.LayerNorm(size, EPS)
        self.head = nn.Linear(size, vocabulary, bias=False)

    def forward(self, ids: Tensor) -> Tensor:
        """Ids ``(N, T)`` to scores ``(N, T, vocabulary)``."""
        x = self.token(ids) + self.position.weight[: ids.shape[1]]
        for block in self.blocks:
            x = block(x)
        return self.head(self.norm(x))


FUNCTIONS = {"scalar": scalar, "chain": chain, "elementwise": elementwise}
NETWORKS = {"mlp": MLP, "cnn": CNN, "lstm": LSTM, "gpt": GPT}

# -- weights ---------------------------------------------------------------------------

LEAVES = {"weight": "W", "bias": "b"}
NORM_LEAVES = {"weight": "gamma", "bias": "beta"}
LSTM_LEAVES = {"weight_ih_l0": "Wx", "weight_hh_l0": "Wh", "bias_ih_l0": "b"}


def network(given: Given) -> nn.Module:
    """The network with the weights that are given."""
    model = NETWORKS[given.row.work](**given.sizes)
    weights = dict(given.weights)
    for path, part in model.named_modules():
        for leaf, parameter in part.named_parameters(recurse=False):
            copy(path, part, leaf, parameter, weights)
    assert not weights, list(weights)
    if given.row.work == "cnn":
        model = model.to(memory_format=torch.channels_last)
    return model


@torch.no_grad()
def copy(
    path: str,
    part: nn.Module,
    leaf: str,
    parameter: nn.Parameter,
    weights: dict[str, np.ndarray],
) -> None:
    if leaf == "bias_hh_l0":  # the second bias of a gate, which adds nothing
        parameter.zero_()
        parameter.requires_grad_(False)
        return
    lstm = isinstance(part, nn.LSTM)
    norm = isinstance(part, nn.BatchNorm2d | nn.LayerNorm)
    leaves = LSTM_LEAVES if lstm else NORM_LEAVES if norm else LEAVES
    weight = weights.pop(f"{path}.{leaves[leaf]}")
    if lstm:
        f, i, o, u = np.split(weight, 4, axis=-1)
        weight = np.concatenate([i, f, u, o], axis=-1)
    if lstm or isinstance(part, nn.Linear):
        weight = weight.T
    parameter.copy_(torch.from_numpy(weight))


# -- steps -----------------------------------------------------------------------------


def optimizer_of(given: Given, model: nn.Module) -> torch.optim.Optimizer:
    lr = RATES[given.row.optimizer]
    parameters = [p for p in model.parameters() if p.requires_grad]
    if given.row.optimizer == "adamw":
        return torch.optim.AdamW(parameters, lr, weight_decay=DECAY, fused=True)
    kinds = {"sgd": torch.optim.SGD, "adam": torch.optim.Adam}
    return kinds[given.row.optimizer](parameters, lr, fused=True)


def tensor(x: np.ndarray) -> Tensor:
    x = torch.from_numpy(x)
    return x.to(memory_format=torch.channels_last) if x.ndim == 4 else x


def training(given: Given, compiled: bool) -> Step:
    model = network(given)
    optimizer = optimizer_of(given, model)
    x, t = tensor(given.x), tensor(given.t).flatten()

    def loss_of(x: Tensor, t: Tensor) -> Tensor:
        return F.cross_entropy(model(x).flatten(0, -2), t)

    if compiled:
        loss_of = torch.compile(loss_of)

    def step() -> Tensor:
        loss = loss_of(x, t)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        return loss

    return step


def inference(given: Given, compiled: bool) -> Step:
    model = network(given).eval()
    x = tensor(given.x)
    if compiled:
        model = torch.compile(model)

    @torch.inference_mode()
    def step() -> Tensor:
        return model(x)

    return step


def gradient(given: Given, compiled: bool) -> Step:
    function = FUNCTIONS[given.row.work]
    if compiled:
        function = torch.compile(function)
    x = tensor(given.x).requires_grad_()

    def step() -> tuple[Tensor, Tensor]:
        x.grad = None
        y = function(x, **given.sizes)
        y.backward()
        return y, x.grad

    return step


def begin(given: Given, compiled: bool = False) -> Step:
    """The step of a row; it returns its results when they are there."""
    kinds = {"training": training, "inference": inference, "gradient": gradient}
    return kinds[given.row.kind](given, compiled)


def array(result: Tensor) -> np.ndarray:
    return result.detach().numpy()
