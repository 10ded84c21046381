"""Transformers: blocks of attention and a small network, and stacks of blocks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

import numpy as np

from .. import functions as F
from ..core import Variable
from ..errors import (
    UsageError,
    tell,
)
from .attention import KeyValueCache, MultiHeadAttention
from .basic import Dropout, Linear, Sequential
from .checks import flag, floating, function, whole, within
from .initial import Initial, lecun_normal
from .layer import Layer
from .norm import LayerNorm


class _Block(Layer):
    """What both kinds of block have in common; arguments of `TransformerEncoderBlock`.

    ::

        x = x + dropout(branch(norm(x)))    before each branch, or
        x = norm(x + dropout(branch(x)))    behind it
    """

    causal = False

    def __init__(
        self,
        size: int,
        heads: int,
        hidden_size: int | None = None,
        kv_heads: int | None = None,
        activation: Callable[..., Variable] = F.gelu,
        dropout: float = 0.0,
        pre_norm: bool = True,
        norm: Callable[..., Layer] = LayerNorm,
        rotary: Callable[..., Variable] | None = None,
        nobias: bool = False,
        dtype: Any = np.float32,
        W_init: Initial = lecun_normal,
    ) -> None:
        name = type(self).__name__
        self.size = whole(f"{name} size", size)
        self.heads, self.kv_heads = heads, kv_heads
        hidden_size = 4 * self.size if hidden_size is None else hidden_size
        self.hidden_size = whole(f"{name} hidden_size", hidden_size)
        self.dropout = within(f"{name} dropout", dropout, 0, 1)
        self.pre_norm = flag(f"{name} pre_norm", pre_norm)
        self.nobias = flag(f"{name} nobias", nobias)
        self.dtype = floating(f"{name} dtype", dtype)
        self._W_init = function(f"{name} W_init", W_init)
        self.attention = self._attention(rotary, causal=self.causal)
        self.attention_norm = self._norm(norm)
        self.mlp = self._mlp(function(f"{name} activation", activation))
        self.mlp_norm = self._norm(norm)

    def _attention(self, rotary: Any = None, **options: Any) -> MultiHeadAttention:
        return MultiHeadAttention(
            self.size,
            self.heads,
            self.kv_heads,
            dropout=self.dropout,
            rotary=rotary,
            nobias=self.nobias,
            dtype=self.dtype,
            W_init=self._W_init,
            **options,
        )

    def _norm(self, norm: Callable[..., Layer]) -> Layer:
        return norm(size=self.size, dtype=self.dtype)

    def _mlp(self, activation: Callable[..., Variable]) -> Sequential:
        probe = np.zeros((1, self.hidden_size), self.dtype)
        width = activation(probe).shape[-1]  # that of a gated one is half
        return Sequential(
            Linear(self.hidden_size, self.nobias, self.dtype, self.size, self._W_init),
            activation,
            Dropout(self.dropout),
            Linear(self.size, self.nobias, self.dtype, width, self._W_init),
        )

    def _add(
        self, x: Any, norm: Layer, branch: Callable[..., Variable], *args: Any
    ) -> Any:
        """`x` and what a branch makes of it."""
        if self.pre_norm:
            return x + F.dropout(branch(norm(x), *args), self.dropout)
        return norm(x + F.dropout(branch(x, *args), self.dropout))


class TransformerEncoderBlock(_Block):
    """Self-attention, then a network on each token (Vaswani et al. 2017).

    Args:
        size: features of a token.
        heads: of the attention; `size` is a multiple.
        hidden_size: features inside the network; None for ``4 * size``.
        kv_heads: heads of keys and values; None for `heads`.
        activation: inside the network; one that halves its features, such as
            `F.swiglu`, is fine.
        dropout: of attention weights, inside the network, and behind each branch.
        pre_norm: normalise before each branch, as nearly all do today; else behind the
            sum, as the paper does.
        norm: makes the normalisation: `LayerNorm` or `RMSNorm`.
        rotary: as for `MultiHeadAttention`.
        nobias: leave the biases of the linear layers away.
        dtype: of the parameters.
        W_init: makes `W` of each `Linear` layer; see `ondol.layers.initial`.

    Attributes:
        attention, mlp: the branches.
        attention_norm, mlp_norm: their normalisations.
    """

    def forward(self, x: Any, mask: Any = None) -> Variable:
        """``(N, T, size)`` to the same shape; `mask` as for `MultiHeadAttention`."""
        x = self._add(x, self.attention_norm, self.attention, None, mask)
        return self._add(x, self.mlp_norm, self.mlp)


class TransformerDecoderBlock(_Block):
    """Causal self-attention, attention to an encoder's output, a network on each token.

    Args:
        size: features of a token.
        heads: of both attentions.
        memory_size: features of the encoder's output; None for a decoder that stands
            alone, as in a language model, without this second attention.
        options: the other arguments of `TransformerEncoderBlock`, by name.

    Attributes:
        attention, cross, mlp: the branches; without a memory `cross` is None.
        attention_norm, cross_norm, mlp_norm: their normalisations.
    """

    causal = True

    def __init__(
        self, size: int, heads: int, memory_size: int | None = None, **options: Any
    ) -> None:
        super().__init__(size, heads, **options)
        self.memory_size = memory_size
        self.cross: MultiHeadAttention | None = None
        if memory_size is not None:
            self.cross = self._attention(memory_size=memory_size)
            self.cross_norm = self._norm(options.get("norm", LayerNorm))

    def forward(
        self,
        x: Any,
        memory: Any = None,
        mask: Any = None,
        memory_mask: Any = None,
        cache: KeyValueCache | None = None,
    ) -> Variable:
        """``(N, T, size)`` to the same shape.

        Args:
            x: the tokens so far, ``(N, T, size)``.
            memory: the encoder's output, ``(N, S, memory_size)``.
            mask: which tokens of `x` may be attended to, besides that none is later;
                as for `MultiHeadAttention`.
            memory_mask: which of the memory, likewise.
            cache: as for `MultiHeadAttention`.

        Raises:
            UsageError: there is a memory and no attention for it, or the reverse.
        """
        if (memory is None) != (self.cross is None):
            code = "decoder-memory" if memory is None else "decoder-no-memory"
            size = self.memory_size
            raise tell(UsageError, code, name=type(self).__name__, size=size)
        x = self._add(x, self.attention_norm, self.attention, None, mask, cache)
        if self.cross is not None:
            x = self._add(x, self.cross_norm, self.cross, memory, memory_mask)
        return self._add(x, self.mlp_norm, self.mlp)


class _Stack(Layer):
    """Blocks one after the other; arguments as of `TransformerEncoder`."""

    block: ClassVar[type[_Block]]

    def __init__(self, depth: int, size: int, heads: int, **options: Any) -> None:
        self.depth = whole(f"{type(self).__name__} depth", depth)
        self.blocks = [self.block(size, heads, **options) for _ in range(self.depth)]
        first, make = self.blocks[0], options.get("norm", LayerNorm)
        self.norm = first._norm(make) if first.pre_norm else None

    def _normed(self, x: Any) -> Any:
        return x if self.norm is None else self.norm(x)


class TransformerEncoder(_Stack):
    """A stack of `TransformerEncoderBlock`.

    Args:
        depth: how many blocks.
        size: features of a token.
        heads: of the attention.
        options: the other arguments of the block, by name.

    Attributes:
        blocks: the blocks.
        norm: behind the last one, if they normalise before their branches; or None.
    """

    block = TransformerEncoderBlock

    def forward(self, x: Any, mask: Any = None) -> Variable:
        """``(N, T, size)`` to the same shape; `mask` as for `MultiHeadAttention`."""
        for block in self.blocks:
            x = block(x, mask)
        return self._normed(x)


class TransformerDecoder(_Stack):
    """A stack of `TransformerDecoderBlock`, whose arguments `options` may be, too."""

    block = TransformerDecoderBlock

    def caches(self) -> list[KeyValueCache]:
        """New caches, one for each block: with them tokens may come in pieces."""
        return [KeyValueCache() for _ in self.blocks]

    def forward(
        self,
        x: Any,
        memory: Any = None,
        mask: Any = None,
        memory_mask: Any = None,
        caches: Sequence[KeyValueCache | None] | None = None,
    ) -> Variable:
        """``(N, T, size)`` to the same shape; arguments as of the block."""
        caches = [None] * self.depth if caches is None else caches
        if len(caches) != self.depth:
            counts = {"depth": self.depth, "got": len(caches)}
            raise tell(UsageError, "decoder-caches", name=type(self).__name__, **counts)
        for block, cache in zip(self.blocks, caches, strict=True):
            x = block(x, memory, mask, memory_mask, cache)
        return self._normed(x)
