"""Language models made of transformer blocks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..core import Variable, no_grad, test_mode
from ..core.graph import as_operand, data_of
from ..errors import ArgumentError, DtypeError, ShapeError, tell
from ..layers import Embedding, KeyValueCache, Linear, Model, TransformerDecoder
from ..layers.checks import whole
from ..random import generator


class GPT(Model):
    """A decoder that predicts the next token from those before it.

    Radford et al., "Language models are unsupervised multitask learners" (2019). Its
    loss is ``F.softmax_cross_entropy(model(ids[:, :-1]), ids[:, 1:])``.

    Args:
        vocabulary: how many tokens there are.
        context: how many of the last tokens it sees.
        depth: blocks.
        size: features of a token.
        heads: of the attention.
        options: the other arguments of `TransformerDecoderBlock`, by name; with
            `rotary` there are no learned positions.

    Attributes:
        token: `Embedding` of tokens, normal of deviation 0.02.
        position: `Embedding` of positions, likewise; or None.
        decoder: `TransformerDecoder`.
        head: `Linear` from features to the scores of tokens, without bias.
    """

    def __init__(
        self,
        vocabulary: int,
        context: int,
        depth: int,
        size: int,
        heads: int,
        **options: Any,
    ) -> None:
        self.vocabulary = whole("GPT vocabulary", vocabulary)
        self.context = whole("GPT context", context)
        self.depth, self.size, self.heads = depth, size, heads
        dtype = options.get("dtype", np.float32)
        self.token = _small(Embedding(vocabulary, size, dtype))
        learned = options.get("rotary") is None
        self.position = _small(Embedding(context, size, dtype)) if learned else None
        self.decoder = TransformerDecoder(depth, size, heads, **options)
        self.head = Linear(vocabulary, True, dtype, size)

    def forward(
        self, ids: Any, caches: Sequence[KeyValueCache] | None = None
    ) -> Variable:
        """The scores of each token to be the next one.

        Args:
            ids: ``(N, T)``.
            caches: of ``self.decoder.caches()``, which hold the tokens before `ids`.

        Returns:
            ``(N, T, vocabulary)``.
        """
        ids = as_operand(ids)
        start = len(caches[0]) if caches else 0
        end = start + ids.shape[-1] if ids.ndim else 0
        if ids.ndim != 2 or end > self.context:
            fields = {"most": self.context, "got": ids.shape, "behind": start}
            raise tell(ShapeError, "gpt-ids", {"ids": ids}, **fields)
        x = self.token(ids)
        if self.position is not None:
            x = x + self.position(np.arange(start, end, like=data_of(ids)))
        return self.head(self.decoder(x, caches=caches))

    def generate(
        self,
        ids: Any,
        count: int,
        temperature: float = 1.0,
        top_k: int | None = None,
    ) -> Any:
        """Go on with sequences, one drawn token after the other.

        `ondol.seed` makes it repeatable. Where a sequence has outgrown the context, the
        model sees its last `context` tokens.

        Args:
            ids: the beginnings, ``(N, T)``, T of 1 or more.
            count: how many tokens to add.
            temperature: what the scores are divided by; 0 takes the best token.
            top_k: draw among that many of the best; None for all.

        Returns:
            A plain array, ``(N, T + count)``.
        """
        if not temperature >= 0:
            raise tell(ArgumentError, "generate-temperature", got=temperature)
        top_k = None if top_k is None else whole("generate top_k", top_k)
        ids = data_of(as_operand(ids))
        if ids.dtype.kind not in "iu" or ids.ndim != 2 or not ids.shape[1]:
            raise tell(DtypeError, "generate-ids", {"ids": ids})
        caches, new = self.decoder.caches(), ids[:, -self.context :]
        with no_grad(), test_mode():
            for _ in range(whole("generate count", count, least=0)):
                if len(caches[0]) + new.shape[1] > self.context:
                    caches, new = self.decoder.caches(), ids[:, -self.context :]
                scores = self(new, caches).data[:, -1]
                new = _draw(scores, temperature, top_k)[:, None].astype(ids.dtype)
                ids = np.concatenate([ids, new], axis=1)
        return ids


def _small(embedding: Embedding) -> Embedding:
    embedding.W.data = embedding.W.data * embedding.dtype.type(0.02)
    return embedding


def _draw(scores: Any, temperature: float, top_k: int | None) -> Any:
    """One id for each row, with probabilities ``softmax(scores / temperature)``.

    The largest of the scores with noise of Gumbel's distribution added is such a draw.
    """
    if temperature == 0:
        return np.argmax(scores, axis=-1)
    if top_k is not None and top_k < scores.shape[-1]:
        least = np.sort(scores, axis=-1)[:, -top_k, None]
        scores = np.where(scores >= least, scores, -np.inf)
    scores = scores.astype(np.float64)
    uniform = np.asarray(generator.uniform(scores.shape, np.float64), like=scores)
    noise = -np.log(-np.log1p(-np.maximum(uniform, 1e-300)))
    return np.argmax(scores / temperature + noise, axis=-1)
