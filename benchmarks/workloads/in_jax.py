"""The work in JAX.

One jitted training step with donated buffers, the products for queries, keys and
values in one, images channels-last. Whoever takes the time waits until the results
are there (`block_until_ready`).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from .given import DECAY, EPS, MOMENTUM, RATES, Given

Step = Callable[[], Any]
Arrays = dict[str, jax.Array]

jax.config.update("jax_enable_x64", True)  # for the scalar row; all else says float32

# -- functions -------------------------------------------------------------------------


def scalar(x: jax.Array) -> jax.Array:
    return jnp.square(jnp.exp(jnp.square(x)))


def elementwise(x: jax.Array, count: int) -> jax.Array:
    y = jnp.tanh(0.7 * x + 0.3) * jnp.exp(-x * x) + jnp.sqrt(jnp.abs(x) + 1)
    return jnp.sum(y)


# -- networks: parameters, input -> scores, and statistics of batch normalisations -----


def linear(p: Arrays, name: str, x: jax.Array) -> jax.Array:
    return x @ p[f"{name}.W"] + p[f"{name}.b"]


def mlp(
    p: Arrays, x: jax.Array, features: tuple[int, ...], activation: str, batch: int
) -> tuple[jax.Array, Arrays]:
    function = {"sigmoid": jax.nn.sigmoid, "relu": jax.nn.relu}[activation]
    last = len(features) - 2
    for i in range(last):
        x = function(linear(p, f"layers.{i}", x))
    return linear(p, f"layers.{last}", x), {}


def cnn(p: Arrays, x: jax.Array, **sizes: Any) -> tuple[jax.Array, Arrays]:
    moments: Arrays = {}
    for i in (1, 2):
        x = conv(p, f"conv{i}", x)
        x = max_pool(jax.nn.relu(batch_norm(p, f"norm{i}", x, moments)))
    x = x.transpose(0, 3, 1, 2).reshape(x.shape[0], -1)  # the order of the weights
    x = jax.nn.relu(linear(p, "hidden", x))
    return linear(p, "out", x), moments


def conv(p: Arrays, name: str, x: jax.Array) -> jax.Array:
    axes = ("NHWC", "OIHW", "NHWC")
    y = jax.lax.conv_general_dilated(
        x, p[f"{name}.W"], (1, 1), "SAME", dimension_numbers=axes
    )
    return y + p[f"{name}.b"]


def batch_norm(p: Arrays, name: str, x: jax.Array, moments: Arrays) -> jax.Array:
    mean, var = x.mean((0, 1, 2)), x.var((0, 1, 2))
    n = x.size // x.shape[-1]
    moments |= {f"{name}.mean": mean, f"{name}.var": var * (n / (n - 1))}
    scale = p[f"{name}.gamma"] * jax.lax.rsqrt(var + EPS)
    return (x - mean) * scale + p[f"{name}.beta"]


def max_pool(x: jax.Array) -> jax.Array:
    """Windows of 2x2: as a maximum over two axes, whose gradient is the faster one."""
    n, height, width, channels = x.shape
    return x.reshape(n, height // 2, 2, width // 2, 2, channels).max((2, 4))


def lstm(p: Arrays, x: jax.Array, **sizes: Any) -> tuple[jax.Array, Arrays]:
    z = p["embedding.W"][x] @ p["lstm.Wx"] + p["lstm.b"]  # (N, T, 4 H)
    zeros = jnp.zeros((z.shape[0], z.shape[2] // 4), z.dtype)

    def step(state: tuple[jax.Array, jax.Array], z: jax.Array) -> Any:
        h, c = state
        f, i, o, u = jnp.split(z + h @ p["lstm.Wh"], 4, axis=-1)
        c = jax.nn.sigmoid(f) * c + jax.nn.sigmoid(i) * jnp.tanh(u)
        h = jax.nn.sigmoid(o) * jnp.tanh(c)
        return (h, c), h

    _, y = jax.lax.scan(step, (zeros, zeros), z.swapaxes(0, 1))
    return linear(p, "out", y.swapaxes(0, 1)), {}


def gpt(
    p: Arrays, ids: jax.Array, depth: int, heads: int, **sizes: Any
) -> tuple[jax.Array, Arrays]:
    x = p["token.W"][ids] + p["position.W"][: ids.shape[1]]
    for i in range(depth):
        at = f"blocks.{i}"
        x = x + attention(p, at, layer_norm(p, f"{at}.norm1", x), heads)
        h = linear(p, f"{at}.up", layer_norm(p, f"{at}.norm2", x))
        x = x + linear(p, f"{at}.down", jax.nn.gelu(h, approximate=False))
    return layer_norm(p, "norm", x) @ p["head.W"], {}


def attention(p: Arrays, name: str, x: jax.Array, heads: int) -> jax.Array:
    parts = linear(p, f"{name}.qkv", x).reshape(*x.shape[:2], 3, heads, -1)
    q, k, v = (parts[:, :, i] for i in range(3))  # (N, T, heads, width)
    y = jax.nn.dot_product_attention(q, k, v, is_causal=True)
    return linear(p, f"{name}.out", y.reshape(x.shape))


def layer_norm(p: Arrays, name: str, x: jax.Array) -> jax.Array:
    mean, var = x.mean(-1, keepdims=True), x.var(-1, keepdims=True)
    return (x - mean) * jax.lax.rsqrt(var + EPS) * p[f"{name}.gamma"] + p[
        f"{name}.beta"
    ]


FUNCTIONS = {"scalar": scalar, "elementwise": elementwise}
NETWORKS = {"mlp": mlp, "cnn": cnn, "lstm": lstm, "gpt": gpt}

# -- optimizers: parameters, gradients, state -> parameters, state ---------------------


def sgd(p: Arrays, grads: Arrays, state: Any) -> tuple[Arrays, Any]:
    return {name: p[name] - RATES["sgd"] * grads[name] for name in p}, state


def adam(
    p: Arrays, grads: Arrays, state: Any, lr: float = RATES["adam"], decay: float = 0.0
) -> tuple[Arrays, Any]:
    m, v, t = state
    t = t + 1
    m = {name: 0.9 * m[name] + 0.1 * g for name, g in grads.items()}
    v = {name: 0.999 * v[name] + 0.001 * g * g for name, g in grads.items()}
    m_part, v_part = 1 - 0.9**t, 1 - 0.999**t

    def moved(name: str) -> jax.Array:
        step = m[name] / m_part / (jnp.sqrt(v[name] / v_part) + 1e-8)
        return p[name] - lr * (step + decay * p[name])

    return {name: moved(name) for name in p}, (m, v, t)


OPTIMIZERS = {
    "sgd": sgd,
    "adam": adam,
    "adamw": partial(adam, lr=RATES["adamw"], decay=DECAY),
}


def first_state(optimizer: str, p: Arrays) -> Any:
    if optimizer == "sgd":
        return ()
    zeros = partial(jax.tree.map, jnp.zeros_like)
    return zeros(p), zeros(p), jnp.zeros((), jnp.float32)


# -- steps -----------------------------------------------------------------------------


def device(x: np.ndarray) -> jax.Array:
    """On the device: images channels-last, class ids in 32 bits."""
    x = x.transpose(0, 2, 3, 1) if x.ndim == 4 else x
    return jnp.asarray(x.astype(np.int32) if x.dtype == np.int64 else x)


def start(given: Given) -> tuple[Callable[..., Any], Arrays]:
    net = partial(NETWORKS[given.row.work], **given.sizes)
    return net, {name: jnp.asarray(w) for name, w in given.weights.items()}


def cross_entropy(scores: jax.Array, t: jax.Array) -> jax.Array:
    logs = jax.nn.log_softmax(scores)
    return -jnp.take_along_axis(logs, t[..., None], axis=-1).mean()


def training(given: Given) -> Step:
    net, p = start(given)
    update = OPTIMIZERS[given.row.optimizer]
    state = first_state(given.row.optimizer, p)
    x, t = device(given.x), device(given.t)

    def loss_of(p: Arrays, x: jax.Array, t: jax.Array) -> tuple[jax.Array, Arrays]:
        scores, moments = net(p, x)
        return cross_entropy(scores, t), moments

    @partial(jax.jit, donate_argnums=(0, 1, 2))
    def train(
        p: Arrays, state: Any, running: Arrays, x: jax.Array, t: jax.Array
    ) -> Any:
        (loss, moments), grads = jax.value_and_grad(loss_of, has_aux=True)(p, x, t)
        p, state = update(p, grads, state)
        running = {
            name: (1 - MOMENTUM) * old + MOMENTUM * moments[name]
            for name, old in running.items()
        }
        return loss, p, state, running

    running = first_statistics(given)

    def step() -> jax.Array:
        nonlocal p, state, running
        loss, p, state, running = train(p, state, running, x, t)
        return loss.block_until_ready()

    return step


def first_statistics(given: Given) -> Arrays:
    """Running statistics of the batch normalisations."""
    if given.row.work != "cnn":
        return {}
    means = {"mean": jnp.zeros, "var": jnp.ones}
    return {
        f"norm{i}.{which}": make(size, jnp.float32)
        for i, size in enumerate(given.sizes["channels"][1:], 1)
        for which, make in means.items()
    }


def inference(given: Given) -> Step:
    net, p = start(given)
    x = device(given.x)
    infer = jax.jit(lambda p, x: net(p, x)[0])
    return lambda: infer(p, x).block_until_ready()


def gradient(given: Given) -> Step:
    function = partial(FUNCTIONS[given.row.work], **given.sizes)
    x = device(given.x)
    both = jax.jit(jax.value_and_grad(function))
    return lambda: jax.block_until_ready(both(x))


def begin(given: Given, compiled: bool = True) -> Step:
    """The step of a row; it returns its results when they are there."""
    kinds = {"training": training, "inference": inference, "gradient": gradient}
    return kinds[given.row.kind](given)


def array(result: jax.Array) -> np.ndarray:
    return np.asarray(result)
