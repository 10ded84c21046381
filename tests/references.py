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


def _pair(n):
    return n if isinstance(n, tuple) else (n, n)


def _slide(x, size, stride, pad, dilation, fill):
    """Every window's position in the result, and the window ``(N, C, KH, KW)``."""
    (kh, kw), (sh, sw), (ph, pw), (dh, dw) = map(_pair, (size, stride, pad, dilation))
    n, c, height, width = x.shape
    padded = np.full((n, c, height + 2 * ph, width + 2 * pw), fill, x.dtype)
    padded[:, :, ph : ph + height, pw : pw + width] = x
    rows = range(0, padded.shape[2] - (kh - 1) * dh, sh)
    columns = range(0, padded.shape[3] - (kw - 1) * dw, sw)
    windows = {
        (i, j): padded[:, :, r : r + kh * dh : dh, s : s + kw * dw : dw][..., :kh, :kw]
        for i, r in enumerate(rows)
        for j, s in enumerate(columns)
    }
    return windows, (len(rows), len(columns))


def conv2d(x, W, b=None, stride=1, pad=0, dilation=1):
    windows, positions = _slide(x, W.shape[2:], stride, pad, dilation, 0)
    y = np.zeros((len(x), len(W), *positions), np.result_type(x, W))
    for (i, j), window in windows.items():
        for o, filter in enumerate(W):
            y[:, o, i, j] = (window * filter).sum(axis=(1, 2, 3))
            y[:, o, i, j] += 0 if b is None else b[o]
    return y


def conv_transpose2d(x, W, b=None, stride=1, pad=0, out_size=None, dilation=1):
    """Element by element: each one stamps its filters onto a large enough canvas."""
    (sh, sw), (ph, pw), (dh, dw) = map(_pair, (stride, pad, dilation))
    (n, c, height, width), (_, o, kh, kw) = x.shape, W.shape
    rows = sh * (height - 1) + dh * (kh - 1) + 1 - 2 * ph
    columns = sw * (width - 1) + dw * (kw - 1) + 1 - 2 * pw
    rows, columns = (rows, columns) if out_size is None else _pair(out_size)
    canvas = np.zeros((n, o, rows + 2 * ph, columns + 2 * pw), np.result_type(x, W))
    for m, a, i, j, p, r, s in np.ndindex(n, c, height, width, o, kh, kw):
        at = m, p, i * sh + r * dh, j * sw + s * dw
        canvas[at] += x[m, a, i, j] * W[a, p, r, s]
    y = canvas[:, :, ph : ph + rows, pw : pw + columns]
    return y if b is None else y + b.reshape(-1, 1, 1)


def max_pool2d(x, size, stride=None, pad=0, ceil_mode=False):
    stride = size if stride is None else stride
    if ceil_mode:
        lengths = zip(x.shape[2:], _pair(size), _pair(stride), _pair(pad), strict=True)
        extra = [(0, s if (n + 2 * p - k) % s else 0) for n, k, s, p in lengths]
        x = np.pad(x, ((0, 0), (0, 0), *extra), constant_values=-np.inf)
    windows, positions = _slide(x, size, stride, pad, 1, -np.inf if pad else 0)
    y = np.zeros((*x.shape[:2], *positions), x.dtype)
    for (i, j), window in windows.items():
        y[:, :, i, j] = window.max(axis=(2, 3))
    if ceil_mode:  # windows of nothing but padding are none
        seen = np.isfinite(y[0, 0])
        y = y[:, :, seen.any(axis=1)][..., seen.any(axis=0)]
    return y


def avg_pool2d(x, size, stride=None, pad=0):
    stride = size if stride is None else stride
    windows, positions = _slide(x, size, stride, pad, 1, 0)
    dtype = x.dtype if x.dtype.kind == "f" else np.float64
    y = np.zeros((*x.shape[:2], *positions), dtype)
    for (i, j), window in windows.items():
        y[:, :, i, j] = window.mean(axis=(2, 3))
    return y
