"""What is timed: for each row the same work for ondol and for PyTorch.

Each function prepares the work and returns its step; a step returns one number, by
which the two are compared before they are timed. PyTorch works as its users are told
to: gradients set to None, the optimizer's default (foreach) kernels.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import pairwise

import numpy as np

import ondol.functions as F
from ondol import Variable, optimizers
from ondol.models import MLP

Step = Callable[[], float]

LR = 0.01  # at 0.1 the large one is unstable, and 20 steps amplify float32 rounding


@dataclass(frozen=True)
class Row:
    """One line of the table.

    Attributes:
        name: of the row.
        ours, peer: prepare the work for ondol and for PyTorch.
        nodes: what the time of a step is divided by.
        rtol: how far the numbers of the two may be apart.
    """

    name: str
    ours: Callable[[], Step]
    peer: Callable[[], Step]
    nodes: int = 1
    rtol: float = 1e-9


def scalar_ondol() -> Step:
    x = Variable(np.array(0.5))

    def step() -> float:
        x.cleargrad()
        y = np.square(np.exp(np.square(x)))
        y.backward()
        return x.grad

    return step


def scalar_torch() -> Step:
    import torch

    x = torch.tensor(0.5, dtype=torch.float64, requires_grad=True)

    def step() -> float:
        x.grad = None
        y = torch.square(torch.exp(torch.square(x)))
        y.backward()
        return x.grad

    return step


def chain_ondol(nodes: int = 1000) -> Step:
    x = Variable(np.array(1.0001))

    def step() -> float:
        x.cleargrad()
        y = x
        for _ in range(nodes):
            y = y * x
        y.backward()
        return x.grad

    return step


def chain_torch(nodes: int = 1000) -> Step:
    import torch

    x = torch.tensor(1.0001, dtype=torch.float64, requires_grad=True)

    def step() -> float:
        x.grad = None
        y = x
        for _ in range(nodes):
            y = y * x
        y.backward()
        return x.grad

    return step


def perceptron(
    sizes: tuple[int, ...], batch: int
) -> tuple[list[np.ndarray], np.ndarray, np.ndarray]:
    """Weights of the layers, inputs and class ids, the same for everyone."""
    rng = np.random.default_rng(0)
    weights = [
        (rng.standard_normal(shape) / shape[0] ** 0.5).astype(np.float32)
        for shape in pairwise(sizes)
    ]
    x = rng.standard_normal((batch, sizes[0])).astype(np.float32)
    return weights, x, rng.integers(sizes[-1], size=batch)


def mlp_ondol(sizes: tuple[int, ...], batch: int) -> Step:
    weights, x, t = perceptron(sizes, batch)
    model = MLP(sizes[1:], in_size=sizes[0])
    for layer, W in zip(model.layers, weights, strict=True):
        layer.W.data[...] = W
    optimizer = optimizers.SGD(lr=LR).setup(model)

    def step() -> float:
        loss = F.softmax_cross_entropy(model(x), t)
        model.cleargrads()
        loss.backward()
        optimizer.update()
        return loss

    return step


def mlp_torch(sizes: tuple[int, ...], batch: int) -> Step:
    import torch
    from torch import nn

    weights, x, t = perceptron(sizes, batch)
    x, t = torch.from_numpy(x), torch.from_numpy(t)
    parts = []
    for W in weights:
        linear = nn.Linear(*W.shape)
        nn.init.zeros_(linear.bias)
        linear.weight.data.copy_(torch.from_numpy(W.T))
        parts += [linear, nn.Sigmoid()]
    model = nn.Sequential(*parts[:-1])
    loss_of = nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(model.parameters(), lr=LR)

    def step() -> float:
        loss = loss_of(model(x), t)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        return loss

    return step


def training(name: str, sizes: tuple[int, ...], batch: int) -> Row:
    """The row of a perceptron's training step, in float32."""
    ours, peer = partial(mlp_ondol, sizes, batch), partial(mlp_torch, sizes, batch)
    return Row(name, ours, peer, rtol=1e-4)


ROWS = [
    Row("scalar", scalar_ondol, scalar_torch),
    Row("chain, per node", chain_ondol, chain_torch, nodes=1000),
    training("spiral", (2, 10, 3), batch=30),
    training("mlp", (784, 1000, 10), batch=100),
]
