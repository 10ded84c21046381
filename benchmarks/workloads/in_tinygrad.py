"""The work in tinygrad.

One `TinyJit` training step on its CPU device, which needs clang, the products for
queries, keys and values in one. Whoever takes the time waits for the device.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from tinygrad import Context, Device, Tensor, TinyJit, nn

from .given import DECAY, EPS, MOMENTUM, RATES, Given

Step = Callable[[], Any]
Tensors = dict[str, Any]  # Tensors by name, and the batch normalisations

# -- functions -------------------------------------------------------------------------


def scalar(x: Tensor) -> Tensor:
    return x.square().exp().square()


def elementwise(x: Tensor, count: int) -> Tensor:
    y = (0.7 * x + 0.3).tanh() * (-x * x).exp() + (x.abs() + 1).sqrt()
    return y.sum()


# -- networks --------------------------------------------------------------------------


def linear(p: Tensors, name: str, x: Tensor) -> Tensor:
    return x.linear(p[f"{name}.W"], p[f"{name}.b"])


def mlp(
    p: Tensors, x: Tensor, features: tuple[int, ...], activation: str, batch: int
) -> Tensor:
    function = {"sigmoid": Tensor.sigmoid, "relu": Tensor.relu}[activation]
    last = len(features) - 2
    for i in range(last):
        x = function(linear(p, f"layers.{i}", x))
    return linear(p, f"layers.{last}", x)


def cnn(p: Tensors, x: Tensor, **sizes: Any) -> Tensor:
    for i in (1, 2):
        x = x.conv2d(p[f"conv{i}.W"], p[f"conv{i}.b"], padding=1)
        x = p[f"norm{i}"](x).relu().max_pool2d(2)
    return linear(p, "out", linear(p, "hidden", x.flatten(1)).relu())


def lstm(p: Tensors, x: Tensor, **sizes: Any) -> Tensor:
    z = p["embedding.W"][x] @ p["lstm.Wx"] + p["lstm.b"]  # (N, T, 4 H)
    h = c = Tensor.zeros(z.shape[0], z.shape[2] // 4)
    ys = []
    for at in range(z.shape[1]):
        f, i, o, u = (z[:, at] + h @ p["lstm.Wh"]).chunk(4, -1)
        c = f.sigmoid() * c + i.sigmoid() * u.tanh()
        h = o.sigmoid() * c.tanh()
        ys.append(h)
    return linear(p, "out", Tensor.stack(*ys, dim=1))


def gpt(p: Tensors, ids: Tensor, depth: int, heads: int, **sizes: Any) -> Tensor:
    x = p["token.W"][ids] + p["position.W"]
    for i in range(depth):
        at = f"blocks.{i}"
        x = x + attention(p, at, layer_norm(p, f"{at}.norm1", x), heads)
        h = linear(p, f"{at}.up", layer_norm(p, f"{at}.norm2", x))
        x = x + linear(p, f"{at}.down", h.gelu("none"))
    return layer_norm(p, "norm", x) @ p["head.W"]


def attention(p: Tensors, name: str, x: Tensor, heads: int) -> Tensor:
    parts = linear(p, f"{name}.qkv", x).reshape(*x.shape[:2], 3, heads, -1)
    q, k, v = (parts[:, :, i].transpose(1, 2) for i in range(3))
    y = q.scaled_dot_product_attention(k, v, is_causal=True)
    return linear(p, f"{name}.out", y.transpose(1, 2).flatten(2))


def layer_norm(p: Tensors, name: str, x: Tensor) -> Tensor:
    return x.layernorm(eps=EPS) * p[f"{name}.gamma"] + p[f"{name}.beta"]


FUNCTIONS = {"scalar": scalar, "elementwise": elementwise}
NETWORKS = {"mlp": mlp, "cnn": cnn, "lstm": lstm, "gpt": gpt}

# -- weights ---------------------------------------------------------------------------


def start(given: Given) -> tuple[Callable[[Tensor], Tensor], Tensors]:
    """The network with the weights that are given."""
    p: Tensors = {name: Tensor(w).realize() for name, w in given.weights.items()}
    if given.row.work == "cnn":
        for i, size in enumerate(given.sizes["channels"][1:], 1):
            norm = p[f"norm{i}"] = nn.BatchNorm(size, EPS, momentum=MOMENTUM)
            norm.weight, norm.bias = p[f"norm{i}.gamma"], p[f"norm{i}.beta"]
    net = NETWORKS[given.row.work]
    return lambda x: net(p, x, **given.sizes), p


# -- steps -----------------------------------------------------------------------------


def optimizer_of(given: Given, p: Tensors) -> nn.optim.Optimizer:
    lr = RATES[given.row.optimizer]
    parameters = [w for w in p.values() if isinstance(w, Tensor)]
    if given.row.optimizer == "adamw":
        return nn.optim.AdamW(parameters, lr, weight_decay=DECAY)
    kinds = {"sgd": nn.optim.SGD, "adam": nn.optim.Adam}
    return kinds[given.row.optimizer](parameters, lr)


def tensor(x: np.ndarray) -> Tensor:
    x = x.astype(np.int32) if x.dtype == np.int64 else x
    return Tensor(x).clone().realize()  # a jitted function takes no constants


def training(given: Given) -> Step:
    net, p = start(given)
    optimizer = optimizer_of(given, p)
    norms = [w for w in p.values() if isinstance(w, nn.BatchNorm)]
    running = [s for norm in norms for s in (norm.running_mean, norm.running_var)]

    @TinyJit
    @Context(TRAINING=1)
    def train(x: Tensor, t: Tensor) -> Tensor:
        optimizer.zero_grad()
        loss = net(x).sparse_categorical_crossentropy(t).backward()
        return loss.realize(*optimizer.schedule_step(), *running)

    return waiting(train, tensor(given.x), tensor(given.t))


def inference(given: Given) -> Step:
    net, _ = start(given)
    return waiting(TinyJit(lambda x: net(x).realize()), tensor(given.x))


def gradient(given: Given) -> Step:
    function = FUNCTIONS[given.row.work]

    @TinyJit
    def both(x: Tensor) -> tuple[Tensor, Tensor]:
        y = function(x, **given.sizes)
        (gx,) = y.gradient(x)
        return y.realize(gx), gx

    return waiting(both, tensor(given.x))


def waiting(jitted: Callable[..., Any], *args: Tensor) -> Step:
    """A step that ends when the device is done."""
    device = Device[Device.DEFAULT]

    def step() -> Any:
        result = jitted(*args)
        device.synchronize()
        return result

    return step


def begin(given: Given, compiled: bool = True) -> Step:
    """The step of a row; it returns its results when they are there."""
    kinds = {"training": training, "inference": inference, "gradient": gradient}
    return kinds[given.row.kind](given)


def array(result: Tensor) -> np.ndarray:
    return result.numpy()
