"""What functions without a NumPy name should compute, said another way.

Loops and textbook formulas: slow, obvious, and sharing no code with ondol.
"""

import math

import numpy as np


def elementwise(formula):
    """A formula of one Python number, applied to every element in float64."""

    def reference(x, *args, **kwargs):
        x = np.asarray(x)
        ys = [formula(float(v), *args, **kwargs) for v in x.flat]
        dtype = x.dtype if x.dtype.kind == "f" else np.float64
        return np.array(ys, dtype=np.float64).reshape(x.shape).astype(dtype)

    return reference


erf = elementwise(math.erf)
sigmoid = elementwise(lambda x: 1 / (1 + math.exp(-x)))
relu = elementwise(lambda x: max(x, 0.0))
leaky_relu = elementwise(lambda x, slope=0.2: x if x > 0 else slope * x)
softplus = elementwise(lambda x: math.log(1 + math.exp(x)))
silu = elementwise(lambda x: x / (1 + math.exp(-x)))
elu = elementwise(lambda x, alpha=1.0: x if x > 0 else alpha * (math.exp(x) - 1))


@elementwise
def gelu(x, approximate=False):
    if approximate:
        inner = math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)
        return 0.5 * x * (1 + math.tanh(inner))
    return x * 0.5 * math.erfc(-x / math.sqrt(2))


def softmax(x, axis=-1):
    e = np.exp(x)
    return e / e.sum(axis=axis, keepdims=True)


def log_softmax(x, axis=-1):
    return np.log(softmax(x, axis))


def logsumexp(x, axis=None, keepdims=False):
    return np.log(np.sum(np.exp(x), axis=axis, keepdims=keepdims))


def mean_squared_error(x, t):
    return np.mean((x - t) ** 2)


def softmax_cross_entropy(x, t):
    rows, ids = x.reshape(-1, x.shape[-1]), t.reshape(-1)
    picked = [-log_softmax(row)[i] for row, i in zip(rows, ids, strict=True)]
    return np.mean(np.array(picked, x.dtype))


def binary_cross_entropy(p, t):
    return np.mean(-(t * np.log(p) + (1 - t) * np.log(1 - p)))


def sigmoid_cross_entropy(x, t):
    return binary_cross_entropy(1 / (1 + np.exp(-x)), t)


def accuracy(y, t):
    hits = [row.argmax() == i for row, i in zip(y, t, strict=True)]
    return np.float64(sum(hits) / len(hits))


def linear(x, W, b=None):
    y = np.einsum("...i,io->...o", x, W)
    return y if b is None else y + b


def embedding(ids, W):
    return np.array([W[i] for i in ids.flat], W.dtype).reshape(*ids.shape, W.shape[1])


def batch_norm(x, gamma, beta, mean=None, var=None, eps=1e-5):
    """Channel by channel; by the statistics given, else by those of the batch."""
    y = np.empty_like(x)
    for c in range(x.shape[1]):
        m = x[:, c].mean() if mean is None else mean[c]
        v = ((x[:, c] - m) ** 2).mean() if var is None else var[c]
        y[:, c] = gamma[c] * (x[:, c] - m) / np.sqrt(v + eps) + beta[c]
    return y
