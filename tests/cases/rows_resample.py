"""Rows of the table of cases: images in other sizes, and looked up at any points."""

import math
from collections.abc import Iterator

import numpy as np

from cases import slides
from cases.makers import Call, Case, Draw

LINES, IMAGES, VOLUMES = Draw((2, 2, 5)), Draw((2, 2, 4, 3)), Draw((1, 2, 2, 3, 2))


def hat(d):
    return max(0.0, 1 - abs(d))


def keys(d, a=-0.75):
    """The cubic convolution kernel, equation 4 of Keys (1981)."""
    d = abs(d)
    if d <= 1:
        return (a + 2) * d**3 - (a + 3) * d**2 + 1
    return a * d**3 - 5 * a * d**2 + 8 * a * d - 4 * a if d < 2 else 0.0


def matrix(n, out, scale, mode, align_corners):
    """The weight of each element in each place, ``(out, n)``."""
    weights = np.zeros((out, n))
    for i in range(out):
        if mode == "nearest":
            weights[i, min(math.floor(i / scale + 1e-9), n - 1)] = 1
        elif mode == "nearest-exact":
            weights[i, min(math.floor((i + 0.5) / scale), n - 1)] = 1
        elif mode == "area":
            places = range(math.floor(i * n / out), math.ceil((i + 1) * n / out))
            weights[i, places] = 1 / len(places)
        else:
            at = (i + 0.5) / scale - 0.5
            if align_corners:
                at = i * (n - 1) / max(out - 1, 1)
            kernel = {"linear": hat, "cubic": keys}[mode]
            for k in range(-3, n + 3):
                weights[i, min(max(k, 0), n - 1)] += kernel(at - k)
    return weights


def interpolate(x, size=None, scale=None, mode="nearest", align_corners=False):
    image = x.shape[2:]
    scales = slides.each(scale, len(image))
    sizes = slides.each(size, len(image))
    y = x.astype(np.float64)
    for axis, (n, out, s) in enumerate(zip(image, sizes, scales, strict=True), 2):
        out = math.floor(n * s) if out is None else out
        weights = matrix(n, out, s or out / n, mode, align_corners)
        y = np.moveaxis(np.tensordot(weights, y, (1, axis)), 0, axis)
    return y.astype(x.dtype if x.dtype.kind == "f" or "near" in mode else np.float64)


def outside(i, n, padding_mode, align_corners):
    """An unreduced place among n elements, brought back by folding it at the edges."""
    if padding_mode == "border":
        return min(max(i, 0), n - 1)
    low, high = (0, n - 1) if align_corners else (-0.5, n - 0.5)
    if padding_mode == "reflection":
        while low < high and not low <= i <= high:
            i = 2 * low - i if i < low else 2 * high - i
        return min(max(i, 0), n - 1)
    return i


def grid_sample(x, grid, mode="linear", padding_mode="zeros", align_corners=False):
    image = x.shape[2:]
    dtype = np.result_type(x, grid) if mode == "linear" else x.dtype
    y = np.zeros((*x.shape[:2], *grid.shape[1:-1]), dtype)
    for point in np.ndindex(*grid.shape[:-1]):
        places = []
        for u, n in zip(grid[point][::-1], image, strict=True):
            i = (u + 1) / 2 * (n - 1) if align_corners else ((u + 1) * n - 1) / 2
            places.append(outside(float(i), n, padding_mode, align_corners))
        for at in np.ndindex(*image):
            pairs = zip(places, at, strict=True)
            if mode == "linear":
                weight = math.prod(hat(i - j) for i, j in pairs)
            else:
                weight = all(round(i) == j for i, j in pairs)
            y[(point[0], slice(None), *point[1:])] += (
                weight * x[(point[0], slice(None), *at)]
            )
    return y


def affine_grid(theta, size, align_corners=False):
    dtype = theta.dtype if theta.dtype.kind == "f" else np.float64
    grid = np.zeros((size[0], *size[2:], len(size) - 2), dtype)
    for n, *at in np.ndindex(size[0], *size[2:]):
        point = []
        for i, length in zip(at, size[2:], strict=True):
            if align_corners:
                point.append(2 * i / (length - 1) - 1 if length > 1 else 0)
            else:
                point.append((2 * i + 1) / length - 1)
        grid[(n, *at)] = theta[n] @ np.array([*point[::-1], 1])
    return grid


def pixel_shuffle(x, factor):
    n, channels, height, width = x.shape
    y = np.zeros((n, channels // factor**2, height * factor, width * factor), x.dtype)
    for c, i, j in np.ndindex(y.shape[1], factor, factor):
        y[:, c, i::factor, j::factor] = x[:, (c * factor + i) * factor + j]
    return y


def pixel_unshuffle(x, factor):
    squares = [
        x[:, c, i::factor, j::factor]
        for c, i, j in np.ndindex(x.shape[1], factor, factor)
    ]
    return np.stack(squares, 1)


def channel_shuffle(x, groups):
    share = x.shape[1] // groups
    order = [i * share + j for j in range(share) for i in range(groups)]
    return x[:, order]


def rows() -> Iterator[Case]:
    yield Case("interpolate", (
        Call(IMAGES, 7), Call(IMAGES, (3, 12)), Call(IMAGES, scale=2),
        Call(LINES, scale=1.7), Call(VOLUMES, (3, 2, 5)),
        Call(IMAGES, (8, 3), mode="nearest-exact"),
        Call(LINES, 8, mode="linear"), Call(IMAGES, (7, 4), mode="linear"),
        Call(IMAGES, (4, 1), mode="linear", align_corners=True),
        Call(VOLUMES, scale=(2, 1.5, 0.5), mode="linear"),
        Call(IMAGES, (3, 9), mode="cubic"), Call(LINES, scale=1.7, mode="cubic"),
        Call(IMAGES, (7, 4), mode="cubic", align_corners=True),
        Call(IMAGES, (3, 2), mode="area"), Call(IMAGES, (4, 7), mode="area"),
        Call(Draw((0, 2, 3, 4)), 5, mode="linear"), Call(Draw((2, 0, 3)), 2),
    ), interpolate)  # fmt: skip
    # Away from the places of elements, where a weight has a kink.
    grid = Draw((2, 1, 3, 2), -0.9, 0.9)
    near = np.random.default_rng(0).uniform(-1.8, 1.8, (2, 1, 3, 2)).round(3)
    fixed = Draw((2, 1, 3, 2), -0.9, 0.9, fixed=True)
    yield Case("grid_sample", (
        Call(IMAGES, grid), Call(IMAGES, grid, "linear", "zeros", True),
        Call(IMAGES, near), Call(IMAGES, near, "linear", "border"),
        Call(IMAGES, near, "linear", "reflection"),
        Call(IMAGES, near, "linear", "reflection", True),
        Call(IMAGES, fixed, "nearest"), Call(IMAGES, near, "nearest", "reflection"),
        Call(LINES, Draw((2, 4, 1), -0.9, 0.9)),
        Call(VOLUMES, Draw((1, 1, 2, 2, 3), -0.6, 0.6), "linear", "border"),
    ), grid_sample, integers=False)  # fmt: skip
    yield Case("affine_grid", (
        Call(Draw((2, 2, 3)), (2, 1, 3, 4)), Call(Draw((2, 2, 3)), (2, 3, 1, 2), True),
        Call(Draw((1, 3, 4)), (1, 1, 2, 3, 2)), Call(Draw((2, 1, 2)), (2, 1, 4)),
    ), affine_grid)  # fmt: skip
    yield Case("pixel_shuffle", (
        Call(Draw((2, 8, 2, 3)), 2), Call(Draw((1, 9, 1, 2)), 3),
        Call(IMAGES, 1), Call(Draw((0, 4, 2, 2)), 2),
    ), pixel_shuffle)  # fmt: skip
    yield Case("pixel_unshuffle", (
        Call(Draw((2, 2, 4, 6)), 2), Call(Draw((1, 1, 3, 6)), 3),
        Call(Draw((0, 1, 2, 2)), 2),
    ), pixel_unshuffle)  # fmt: skip
    yield Case("channel_shuffle", (
        Call(Draw((2, 6, 2)), 3), Call(Draw((2, 6, 2, 2)), 2), Call(Draw((3, 4)), 4),
    ), channel_shuffle)  # fmt: skip
