"""Convolutions: filters over images, whose windows need not be copied.

Those that fit are one operation of the graph; for others, what they are made of is
written down: windows, a product, and their sum. Kernels know the functions without what
is wrapped around them.
"""

from __future__ import annotations

import math
from inspect import unwrap
from typing import Any

import numpy as np

from ...functions.conv import conv, conv_filters, conv_transpose
from ..builder import Builder
from ..graph import Node, Shape
from ..kernel import PLACES
from ..ops import PANEL
from .table import lower

WASTE = 1.7  # times the work, with what is between two rows of results
LEAST = 1 << 13  # multiplications, from which on it pays
MOST = 1 << 13  # elements of a window, and rows of results: each is in a table

Pads = tuple[tuple[int, int], ...]


@lower(conv, unwrap(conv))
def _conv(b: Builder, x: Any, W: Any, slide: Any, groups: int) -> Any:
    x, W = b.operand(x), b.operand(W)
    if max(slide.stride) > 1:
        return NotImplemented
    positions = slide.positions(x.shape[2:])
    return _slid(b, x, W, slide.pad, slide.dilation, positions, groups)


@lower(conv_transpose, unwrap(conv_transpose))
def _conv_transpose(
    b: Builder, y: Any, W: Any, slide: Any, image: Shape, groups: int
) -> Any:
    """Filters that are turned around go over gradients with more padding."""
    y, W = b.operand(y), b.operand(W)
    spans = zip(y.shape[2:], slide.span, slide.pad, image, strict=True)
    pads = tuple(
        (span - 1 - before, n + before - places)
        for places, span, (before, _), n in spans
    )
    if max(slide.stride) > 1 or min(map(min, pads)) < 0:
        return NotImplemented
    backwards = [(n - 1, -1, n) for n in slide.size]
    turned = b.slice(W, [*((0, 1, n) for n in W.shape[:2]), *backwards])
    turned = b.transpose(turned, (1, 0, *range(2, len(W.shape))))
    return _slid(b, y, turned, pads, slide.dilation, tuple(image), groups)


@lower(conv_filters, unwrap(conv_filters))
def _conv_filters(b: Builder, x: Any, y: Any, slide: Any, groups: int) -> Any:
    x, y = b.operand(x), b.operand(y)
    outs, channels = y.shape[1], x.shape[1]
    k = channels * math.prod(slide.size)
    large = y.size * k > LEAST and y.shape[-1] <= PLACES
    if not (large and _fits(x, y, groups, k, y.shape[2:])):
        return NotImplemented
    padded = _padded(b, x, slide.pad, slide.dilation, slide.size)
    sums = b.node("conv_filters", (padded, y), slide.size, slide.stride, slide.dilation)
    filters = b.transpose(b.slice(sums, [(0, 1, k), (0, 1, outs)]), (1, 0))
    return b.reshape(filters, (outs, channels, *slide.size))


def _slid(
    b: Builder,
    x: Node,
    W: Node,
    pads: Pads,
    dilation: Shape,
    positions: Shape,
    groups: int,
) -> Any:
    """Filters that go over all positions of a padded image."""
    padded = _padded(b, x, pads, dilation, W.shape[2:])
    places, k = math.prod(positions), math.prod(W.shape[1:])
    computed = -(-_flat(padded.shape[2:], positions) // PANEL) * PANEL
    large = x.shape[0] * places * W.size > LEAST and computed <= WASTE * places
    if not (large and _fits(x, W, groups, k, positions)):
        return NotImplemented
    return b.node("conv", (padded, W), tuple(positions), tuple(dilation))


def _fits(x: Node, other: Node, groups: int, k: int, positions: Shape) -> bool:
    """Is there a template, whose tables are not too long?"""
    single = x.dtype == other.dtype == np.float32
    return single and groups == 1 and max(k, math.prod(positions[:-1])) <= MOST


def _padded(b: Builder, x: Node, pads: Pads, dilation: Shape, size: Shape) -> Node:
    """Images in their padding, with so many rows below that whole tiles can be read."""
    inner = [n + sum(p) for n, p in zip(x.shape[2:], pads, strict=True)]
    spans = [(k - 1) * d + 1 for k, d in zip(size, dilation, strict=True)]
    positions = tuple(n - span + 1 for n, span in zip(inner, spans, strict=True))
    # Positions lie in memory as the images do, or all one after the other.
    counts = _flat(tuple(inner), positions), x.shape[0] * math.prod(positions)
    over = max(-count % PANEL for count in counts)
    rows = -(-over // math.prod(inner[1:]))
    (before, behind), *others = pads
    return b.pad(x, ((0, 0), (0, 0), (before, behind + rows), *others))


def _flat(image: Shape, positions: Shape) -> int:
    """From the first position to behind the last, as images lie in memory."""
    steps = [math.prod(image[i + 1 :]) for i in range(len(image))]
    return sum((n - 1) * step for n, step in zip(positions, steps, strict=True)) + 1
