"""Convolution, pooling and resampling in loops over elements, for any number of axes.

Slow and obvious; they share no code with ondol.
"""

import itertools
import math

import numpy as np


def each(value, rank):
    """One number for every axis."""
    return tuple(value) if isinstance(value, tuple) else (value,) * rank


def sides(pad, image, size, stride, dilation):
    """Padding before and behind, for every axis."""
    if pad == "valid":
        pad = 0
    if pad == "same":
        pairs = []
        for n, k, s, d in zip(image, size, stride, dilation, strict=True):
            places, extra = math.ceil(n / s), 0
            while (n + extra - (k - 1) * d - 1) // s + 1 < places:
                extra += 1
            pairs.append((extra // 2, extra - extra // 2))
        return pairs
    return [p if isinstance(p, tuple) else (p, p) for p in each(pad, len(image))]


def windows(x, size, stride=1, pad=0, dilation=1, ceil_mode=False):
    """For each place in the result the places of the image that its window covers.

    Yields:
        the place, the places in the image, and their places in the window.
    """
    image = x.shape[2:]
    size, stride, dilation = (each(v, len(image)) for v in (size, stride, dilation))
    pads = sides(pad, image, size, stride, dilation)
    axes = []
    for n, k, s, (a, b), d in zip(image, size, stride, pads, dilation, strict=True):
        count, span = 0, (k - 1) * d + 1
        while count * s + span <= n + a + b:
            count += 1
        if ceil_mode and (count - 1) * s + span < n + a + b and count * s < n + a:
            count += 1
        axes.append(range(count))
    for place in itertools.product(*axes):
        inside, taken = [], []
        for k in itertools.product(*map(range, size)):
            steps = zip(place, k, stride, dilation, pads, strict=True)
            at = tuple(i * s + j * d - a for i, j, s, d, (a, _) in steps)
            if all(0 <= i < n for i, n in zip(at, image, strict=True)):
                inside.append(at)
                taken.append(k)
        yield place, inside, taken


def shape_of(places):
    return tuple(max(i) + 1 for i in zip(*places, strict=True))


def convolution(x, W, b=None, stride=1, pad=0, dilation=1, groups=1):
    slid = list(windows(x, W.shape[2:], stride, pad, dilation))
    shape = (len(x), len(W), *shape_of([place for place, _, _ in slid]))
    y = np.zeros(shape, np.result_type(x, W))
    channels, filters = W.shape[1], len(W) // groups
    for place, inside, taken in slid:
        for o in range(len(W)):
            part = x[:, o // filters * channels :][:, :channels]
            total = sum(
                (part[(slice(None), slice(None), *at)] * W[(o, slice(None), *k)]).sum(1)
                for at, k in zip(inside, taken, strict=True)
            )
            y[(slice(None), o, *place)] = total + (0 if b is None else b[o])
    return y


def transposed(x, W, b=None, stride=1, pad=0, out_size=None, dilation=1, groups=1):
    """Element by element: each one stamps its filters onto a large enough canvas."""
    rank = x.ndim - 2
    size, image = W.shape[2:], x.shape[2:]
    stride, dilation = each(stride, rank), each(dilation, rank)
    large = tuple(n * s for n, s in zip(image, stride, strict=True))
    pads = sides(pad, large, size, stride, dilation)
    axes = zip(image, size, stride, dilation, pads, strict=True)
    least = tuple(s * (n - 1) + d * (k - 1) + 1 - a - b for n, k, s, d, (a, b) in axes)
    out = large if pad == "same" else least
    out = out if out_size is None else each(out_size, rank)
    filters, channels = W.shape[1], x.shape[1] // groups
    canvas = [n + a + b for n, (a, b) in zip(out, pads, strict=True)]
    y = np.zeros((len(x), filters * groups, *canvas), np.result_type(x, W))
    for c, o in itertools.product(range(x.shape[1]), range(filters)):
        for i in np.ndindex(*image):
            for k in np.ndindex(*size):
                steps = zip(i, k, stride, dilation, strict=True)
                at = tuple(n * s + m * d for n, m, s, d in steps)
                y[(slice(None), c // channels * filters + o, *at)] += (
                    x[(slice(None), c, *i)] * W[(c, o, *k)]
                )
    inside = (slice(a, a + n) for n, (a, _) in zip(out, pads, strict=True))
    y = y[(..., *inside)]
    return y if b is None else y + b.reshape(-1, *(1,) * rank)


def pooled(fold, x, slid, dtype=None):
    """One number for each window: ``fold(elements (N, C, count))``."""
    shape = (*x.shape[:2], *shape_of([place for place, *_ in slid]))
    y = np.zeros(shape, dtype or x.dtype)
    for place, inside, *_ in slid:
        taken = [x[(slice(None), slice(None), *at)] for at in inside]
        y[(slice(None), slice(None), *place)] = fold(np.stack(taken, -1))
    return y


def real(x):
    return x.dtype if x.dtype.kind == "f" else np.float64


def max_pool(x, size, stride=None, pad=0, ceil_mode=False, dilation=1):
    stride = size if stride is None else stride
    slid = list(windows(x, size, stride, pad, dilation, ceil_mode))
    return pooled(lambda taken: taken.max(-1), x, slid)


def avg_pool(x, size, stride=None, pad=0, ceil_mode=False, count_include_pad=True):
    stride = size if stride is None else stride
    slid = list(windows(x, size, stride, pad, 1, ceil_mode))
    if not count_include_pad:
        return pooled(lambda taken: taken.mean(-1), x, slid, real(x))
    rank = x.ndim - 2
    pads = sides(pad, x.shape[2:], each(size, rank), each(stride, rank), (1,) * rank)
    wide = np.pad(x, ((0, 0), (0, 0), *pads))
    slid = list(windows(wide, size, stride, 0, 1, ceil_mode))
    places = shape_of([p for p, _, _ in windows(x, size, stride, pad, 1, ceil_mode)])
    slid = [s for s in slid if all(i < n for i, n in zip(s[0], places, strict=True))]
    return pooled(lambda taken: taken.mean(-1), wide, slid, real(x))


def lp_pool(x, size, stride=None, pad=0, ceil_mode=False, p=2):
    slid = list(windows(x, size, stride or size, pad, 1, ceil_mode))
    return pooled(
        lambda taken: (np.abs(taken) ** p).sum(-1) ** (1 / p), x, slid, real(x)
    )


def adaptive(fold, x, out_size, dtype=None):
    sizes = each(out_size, x.ndim - 2)
    slid = []
    for place in itertools.product(*map(range, sizes)):
        axes = []
        for i, n, out in zip(place, x.shape[2:], sizes, strict=True):
            axes.append(range(math.floor(i * n / out), math.ceil((i + 1) * n / out)))
        slid.append((place, list(itertools.product(*axes))))
    return pooled(fold, x, slid, dtype)


def adaptive_max(x, out_size):
    return adaptive(lambda taken: taken.max(-1), x, out_size)


def adaptive_avg(x, out_size):
    return adaptive(lambda taken: taken.mean(-1), x, out_size, real(x))


def unfold(x, size, stride=1, pad=0, dilation=1):
    """One column for each window, with zeros for the padding."""
    columns = []
    rank = x.ndim - 2
    for _, inside, taken in windows(x, size, stride, pad, dilation):
        column = np.zeros((*x.shape[:2], *each(size, rank)), x.dtype)
        for at, k in zip(inside, taken, strict=True):
            column[(..., *k)] = x[(..., *at)]
        columns.append(column.reshape(len(x), -1))
    return np.stack(columns, -1)


def fold(x, out_size, size, stride=1, pad=0, dilation=1):
    channels = x.shape[1] // math.prod(each(size, len(out_size)))
    y = np.zeros((len(x), channels, *out_size), x.dtype)
    parts = x.reshape(len(x), channels, *each(size, len(out_size)), x.shape[2])
    slid = windows(y, size, stride, pad, dilation)
    for column, (_, inside, taken) in enumerate(slid):
        for at, k in zip(inside, taken, strict=True):
            y[(..., *at)] += parts[(..., *k, column)]
    return y
