"""Multi-head attention, and the memory it needs to go on one token at a time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .. import functions as F
from ..core import Variable
from ..core.graph import as_operand, data_of
from ..errors import (
    ArgumentError,
    ShapeError,
    UsageError,
    tell,
)
from .basic import Linear
from .checks import called, checked, flag, floating, function, whole, within
from .initial import Initial, lecun_normal
from .layer import Layer


class KeyValueCache:
    """The keys and values of the tokens so far, so that no token is computed twice.

    One cache belongs to one attention layer and one batch of sequences.

    Attributes:
        k, v: ``(..., kv_heads, tokens, features)``; None before the first token.
    """

    def __init__(self) -> None:
        self.k: Variable | None = None
        self.v: Variable | None = None

    def __len__(self) -> int:
        """How many tokens are kept."""
        return 0 if self.k is None else self.k.shape[-2]

    def extend(self, k: Variable, v: Variable) -> tuple[Variable, Variable]:
        """Add the keys and values of new tokens; give those of all."""
        if self.k is not None and self.v is not None:
            if self.k.shape[:-2] != k.shape[:-2]:
                batch = self.k.shape[:-2]
                raise tell(ShapeError, "cache-batch", [k], batch=batch, got=k.shape)
            k = F.concatenate([self.k, k], axis=-2)
            v = F.concatenate([self.v, v], axis=-2)
        self.k, self.v = k, v
        return k, v


class MultiHeadAttention(Layer):
    """Several heads that look at a sequence side by side (Vaswani et al. 2017).

    Self-attention with one argument; cross-attention with the sequence to be looked at
    as the second. See `ondol.functions.scaled_dot_product_attention`.

    Args:
        size: features that come in and go out; a multiple of `heads`.
        heads: how many.
        kv_heads: heads of keys and values, each shared by as many query heads; None
            for as many as `heads`, 1 is multi-query attention.
        causal: let no token see a later one.
        dropout: the share of the attention weights that is zeroed while training.
        rotary: what turns the queries and keys of self-attention by their positions:
            `F.rotary_embedding`, or a ``functools.partial`` of it; None for nothing.
        nobias: leave the biases away.
        dtype: of the parameters.
        memory_size: features of a second sequence; None for `size`.
        W_init: makes `W` of each `Linear` layer; see `ondol.layers.initial`.

    Attributes:
        q, k, v, out: `Linear` layers.

    Raises:
        ArgumentError: a ValueError; sizes or heads that do not divide.
    """

    def __init__(
        self,
        size: int,
        heads: int,
        kv_heads: int | None = None,
        causal: bool = False,
        dropout: float = 0.0,
        rotary: Callable[..., Variable] | None = None,
        nobias: bool = False,
        dtype: Any = np.float32,
        memory_size: int | None = None,
        W_init: Initial = lecun_normal,
    ) -> None:
        self.size = whole("MultiHeadAttention size", size)
        self.heads = whole("MultiHeadAttention heads", heads)
        kv_heads = heads if kv_heads is None else kv_heads
        self.kv_heads = whole("MultiHeadAttention kv_heads", kv_heads)
        if self.size % self.heads or self.heads % self.kv_heads:
            counts = {"size": size, "heads": heads, "kv_heads": kv_heads}
            raise tell(ArgumentError, "attention-sizes", **counts)
        self.causal = flag("MultiHeadAttention causal", causal)
        self.dropout = within("MultiHeadAttention dropout", dropout, 0, 1)
        self.rotary = rotary and function("MultiHeadAttention rotary", rotary)
        self.nobias = flag("MultiHeadAttention nobias", nobias)
        self.dtype = floating("MultiHeadAttention dtype", dtype)
        self.memory_size = self.size if memory_size is None else memory_size
        self._W_init = function("MultiHeadAttention W_init", W_init)
        shared = self.size // self.heads * self.kv_heads
        self.q = self._linear(self.size, self.size)
        self.k = self._linear(self.memory_size, shared)
        self.v = self._linear(self.memory_size, shared)
        self.out = self._linear(self.size, self.size)

    def _linear(self, in_size: int, out_size: int) -> Linear:
        return Linear(out_size, self.nobias, self.dtype, in_size, self._W_init)

    def forward(
        self,
        x: Any,
        memory: Any = None,
        mask: Any = None,
        cache: KeyValueCache | None = None,
    ) -> Variable:
        """Attend from each token of `x` to all of `memory`, or of `x` itself.

        Args:
            x: ``(..., T, size)``.
            memory: ``(..., S, memory_size)``; None for `x`.
            mask: broadcasts to ``(..., heads, T, S)``; booleans, True where a token
                may be attended to, or numbers to be added to the scores. To leave out
                the padding of sequences: ``(np.arange(S) < lengths[:, None])[:, None,
                None]``.
            cache: the tokens before `x`, which are attended to as well; it gets those
                of `x`. For self-attention.

        Returns:
            ``(..., T, size)``.

        Raises:
            UsageError: both a memory and a cache.
        """
        x = checked(self, x, -1, "size", "(..., T, {})")
        source = x if memory is None else as_operand(memory)
        if memory is not None:
            if cache is not None:
                name = type(self).__name__
                raise tell(UsageError, "attention-cache-and-memory", name=name)
            source = checked(self, source, -1, "memory_size", "(..., S, {})")
        q = self._split(self.q(x), self.heads)
        k = self._split(self.k(source), self.kv_heads)
        v = self._split(self.v(source), self.kv_heads)
        if memory is None:
            q, k, v = self._placed(q, k, v, cache)
        y = F.scaled_dot_product_attention(
            q, k, v, mask, self.causal and memory is None, dropout=self.dropout
        )
        y = F.swapaxes(y, -3, -2)
        return self.out(F.reshape(y, (*y.shape[:-2], self.size)))

    def _split(self, x: Variable, heads: int) -> Variable:
        """``(..., T, heads * features)`` to ``(..., heads, T, features)``."""
        if x.ndim < 2:
            fields = {"expected": "(..., T, size)", "got": x.shape}
            raise tell(ShapeError, "layer-input", [x], layer=called(self), **fields)
        shape = (*x.shape[:-1], heads, self.size // self.heads)
        return F.swapaxes(F.reshape(x, shape), -3, -2)

    def _placed(
        self, q: Variable, k: Variable, v: Variable, cache: KeyValueCache | None
    ) -> tuple[Variable, Variable, Variable]:
        """Queries and keys that know their position, with the tokens before them."""
        start = 0 if cache is None else len(cache)
        if self.rotary is not None:
            at = np.arange(start, start + q.shape[-2], like=data_of(q))
            q, k = self.rotary(q, at), self.rotary(k, at)
        if cache is not None:
            k, v = cache.extend(k, v)
        return q, k, v
