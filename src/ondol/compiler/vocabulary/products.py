"""Products of matrices and of tensors."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ... import primitives
from ..builder import Builder
from ..graph import Node
from .indexing import diagonal
from .reductions import wide
from .table import lower

# -- products -------------------------------------------------------------------------


@lower(np.matmul)
def _matmul(b: Builder, x: Any, y: Any) -> Node:
    return b.matmul(b.operand(x), b.operand(y))


@lower(primitives.einsum)
def _einsum(b: Builder, *xs: Any, subscripts: str) -> Node:
    """Sum letters out two operands at a time, each time by one product of matrices."""
    left, _, out = subscripts.replace(" ", "").partition("->")
    terms = [*zip(left.split(","), map(b.operand, xs), strict=True)]
    while len(terms) > 1:
        (s, x), (t, y) = terms.pop(0), terms.pop(0)
        later = set(out).union(*(set(term) for term, _ in terms))
        terms.insert(0, _pair(b, s, x, t, y, later))
    s, x = terms[0]
    s, x = _unrepeat(b, s, x)
    gone = tuple(i for i, letter in enumerate(s) if letter not in out)
    x = b.reduce(np.add, b.cast(x, wide(x.dtype) if gone else x.dtype), gone)
    s = "".join(letter for letter in s if letter in out)
    return b.transpose(x, tuple(map(s.index, out)))


def _unrepeat(b: Builder, s: str, x: Node) -> tuple[str, Node]:
    """Take the diagonal over letters that stand twice."""
    for letter in set(s):
        while s.count(letter) > 1:
            i = s.index(letter)
            j = s.index(letter, i + 1)
            x = b.operand(diagonal(b, x, 0, i, j))
            s = s[:i] + s[i + 1 : j] + s[j + 1 :] + letter
    return s, x


def _pair(
    b: Builder, s: str, x: Node, t: str, y: Node, later: set[str]
) -> tuple[str, Node]:
    """The product of two terms, summed over the letters that nobody needs later."""
    s, x = _unrepeat(b, s, x)
    t, y = _unrepeat(b, t, y)
    s, x = _sum_out(b, s, x, set(t) | later)
    t, y = _sum_out(b, t, y, set(s) | later)
    batch = [k for k in s if k in t and k in later]
    inner = [k for k in s if k in t and k not in later]
    rows, columns = [k for k in s if k not in t], [k for k in t if k not in s]
    n: dict[str, int] = {}
    for letter, length in (
        *zip(s, x.shape, strict=True),
        *zip(t, y.shape, strict=True),
    ):
        if n.get(letter, 1) == 1:
            n[letter] = length
    sizes = [[n[k] for k in part] for part in (batch, rows, inner, columns)]
    lead, m, k, c = (tuple(part) for part in sizes)
    left = _arranged(b, s, x, batch + rows + inner, n)
    right = _arranged(b, t, y, batch + inner + columns, n)
    left = b.reshape(left, (*lead, math.prod(m), math.prod(k)))
    right = b.reshape(right, (*lead, math.prod(k), math.prod(c)))
    product = b.reshape(b.matmul(left, right), (*lead, *m, *c))
    return "".join(batch + rows + columns), product


def _sum_out(b: Builder, s: str, x: Node, needed: set[str]) -> tuple[str, Node]:
    gone = tuple(i for i, letter in enumerate(s) if letter not in needed)
    return "".join(letter for letter in s if letter in needed), b.reduce(
        np.add, x, gone
    )


def _arranged(b: Builder, s: str, x: Node, order: list[str], n: dict[str, int]) -> Node:
    """The axes in the order of letters, each as long as its letter says."""
    x = b.transpose(x, tuple(map(s.index, order)))
    return b.broadcast(x, tuple(n[k] for k in order))
