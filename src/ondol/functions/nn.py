"""What layers compute: affine maps and embeddings."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..core.graph import Variable, as_operand, lift
from ..errors import ShapeError, tell
from ..hot import hot
from ..primitives import put
from .checks import check_ids
from .products import einsum, multiplied, product, right_grad
from .register import differentiable

__all__ = [
    "bilinear",
    "embedding",
    "linear",
]


@differentiable(
    lambda g, y, x, W, b=None: product(g, W.T),
    lambda g, y, x, W, b=None: (
        product(x.T, g) if x.ndim == 2 else right_grad(g, y, x, W)
    ),
    lambda g, y, x, W, b=None: g,
)
@hot(work=multiplied)
def linear(x: Any, W: Any, b: Any = None) -> Any:
    """``x @ W + b`` (book step 43).

    Args:
        x: ``(..., inputs)``.
        W: ``(inputs, outputs)``.
        b: ``(outputs,)``, or None.

    Returns:
        ``(..., outputs)``.
    """
    if W.ndim != 2 or x.ndim == 0 or x.shape[-1] != W.shape[0]:
        raise tell(ShapeError, "linear-shapes")
    if b is None:
        return product(x, W)
    if b.shape != W.shape[1:]:
        raise tell(ShapeError, "linear-bias", outputs=W.shape[1])
    y = product(x, W)
    if y.dtype != b.dtype and np.promote_types(y.dtype, b.dtype) != y.dtype:
        return y + b
    y += b  # `y` is nobody else's; a large sum of its own costs a pass over memory
    return y


@hot
def _embedding_grad(
    g: Any, y: Any, ids: Any, W: Any, padding_index: int | None = None
) -> Any:
    """Each row gets what its ids got, the row of the padding nothing."""
    if padding_index is not None:
        g = np.where(np.expand_dims(ids != padding_index, -1), g, 0)
    return put(g, ids, W.shape)


@differentiable(None, _embedding_grad)
def embedding(ids: Any, W: Any, padding_index: int | None = None) -> Any:
    """Row ``ids[i]`` of a table for each id.

    Args:
        ids: integers of any shape.
        W: the table, ``(vocabulary, features)``.
        padding_index: an id whose row gets no gradient; None for none.

    Returns:
        ``(*ids.shape, features)``.

    Raises:
        DtypeError, IndexingError: an id is not a whole number from 0 to vocabulary - 1.
    """
    if W.ndim != 2:
        raise tell(ShapeError, "embedding-table", got=W.shape)
    ids = as_operand(ids)
    check_ids(ids, W.shape[0])
    if padding_index is not None:
        check_ids(np.asarray(padding_index), W.shape[0])
    return W[ids]


def bilinear(x: Any, z: Any, W: Any, b: Any = None) -> Variable:
    """``x @ W[:, :, k] @ z + b[k]`` for each output k.

    Args:
        x: ``(..., inputs)``.
        z: ``(..., other inputs)``, with the same leading axes.
        W: ``(inputs, other inputs, outputs)``.
        b: ``(outputs,)``, or None.

    Returns:
        ``(..., outputs)``.

    Raises:
        ShapeError: shapes that do not fit together.
    """
    x, z, W = lift(x), lift(z), lift(W)
    sizes = x.shape[-1:] + z.shape[-1:]
    fits = x.ndim and x.shape[:-1] == z.shape[:-1] and W.shape[:2] == sizes
    if (
        not fits
        or W.ndim != 3
        or (b is not None and as_operand(b).shape != W.shape[2:])
    ):
        raise tell(ShapeError, "bilinear-shapes", {"x": x, "z": z, "W": W, "b": b})
    y = einsum("...i,ijk,...j->...k", x, W, z)
    return y if b is None else y + b
