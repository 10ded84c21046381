"""Connectionist temporal classification: a loss of sequences that are not aligned.

Graves, Fernández, Gomez, Schmidhuber, "Connectionist temporal classification: labelling
unsegmented sequence data with recurrent neural networks" (2006).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..arrays import is_array
from ..core.graph import Variable, as_operand, data_of, lift
from ..errors import ArgumentError, DtypeError, OndolError, ShapeError, retell, tell
from .activation import log_softmax, real
from .checks import check_ids
from .compare import clip, where
from .elementwise import logaddexp
from .indexing import take_along_axis
from .joining import concatenate
from .loss import check_between, reduced
from .shape import astype

__all__ = [
    "ctc_loss",
]

# The logarithm of a probability of 0: far from anything real, yet still a number, so
# that the difference of two of them is 0.
NEVER = -1e30


def ctc_loss(
    x: Any,
    t: Any,
    input_lengths: Any = None,
    target_lengths: Any = None,
    blank: int = 0,
    reduction: str = "mean",
) -> Variable:
    """Minus the log-probability of label sequences, whatever their alignment.

    The probability of a labelling is that of all paths, one class per step, which give
    it when repeats are merged and blanks are dropped.

    Args:
        x: scores, or logarithms of probabilities, ``(N, steps, classes)``.
        t: class ids, ``(N, labels)``; what is behind the end of a target may be any id.
        input_lengths: steps that count, ``(N,)``; None for all.
        target_lengths: labels that count, ``(N,)``; None for all.
        blank: the class that stands for no label.
        reduction: "mean" over the N sequences, "sum" or "none". A sequence counts by
            its whole loss, which is not divided by the number of its labels.

    Returns:
        A scalar; with "none" ``(N,)``.

    Raises:
        ShapeError, DtypeError, IndexingError: arguments that do not fit together.
        ArgumentError: a label is the blank, or a target needs more steps than there
            are: one for each label, and one between two that are equal.
    """
    x, ids = lift(real(x)), data_of(as_operand(t))
    if x.ndim != 3 or not x.shape[1] or ids.ndim != 2 or len(x) != len(ids):
        raise tell(ShapeError, "ctc-shapes", {"x": x, "t": t})
    steps = _lengths(input_lengths, "input_lengths", 1, x.shape[1], ids)
    labels = _lengths(target_lengths, "target_lengths", 0, ids.shape[1], ids)
    counts = np.arange(ids.shape[1], like=ids) < labels[:, None]
    ids = np.where(counts, ids, blank)
    _check_targets(x, ids, counts, steps, blank)
    dtype = x.dtype
    log_p = log_softmax(astype(x, np.float32) if dtype == np.float16 else x)
    losses = -_log_likelihood(log_p, ids, steps, labels, blank)
    losses = losses if losses.dtype == dtype else astype(losses, dtype)
    return reduced("ctc_loss", losses, reduction)


def _lengths(lengths: Any, name: str, least: int, most: int, ids: Any) -> Any:
    """How much of each sequence counts, ``(N,)``."""
    if lengths is None:
        return np.full(len(ids), most, like=ids)
    lengths = np.asarray(data_of(as_operand(lengths)), like=ids)
    if lengths.dtype.kind not in "iu" or lengths.shape != ids.shape[:1]:
        kind = DtypeError if lengths.dtype.kind not in "iu" else ShapeError
        raise tell(kind, "ctc-lengths", {name: lengths}, name=name, count=len(ids))
    check_between(f"ctc_loss: {name}", lengths, least, most, "ctc-lengths-range")
    return lengths


def _check_targets(x: Any, ids: Any, counts: Any, steps: Any, blank: int) -> None:
    """Refuse targets that no path can give."""
    try:
        check_ids(ids, x.shape[-1])
        check_ids(np.asarray(blank), x.shape[-1])
    except OndolError as error:
        retell(error, "ctc_loss", (x, ids))
        raise
    if not is_array(ids):
        return
    if ((ids == blank) & counts).any():
        raise tell(ArgumentError, "ctc-blank", {"x": x, "t": ids}, blank=blank)
    repeats = (ids[:, 1:] == ids[:, :-1]) & counts[:, 1:]
    needed = counts.sum(-1) + repeats.sum(-1)
    if (needed > steps).any():
        raise tell(
            ArgumentError, "ctc-steps", {"x": x, "t": ids}, needed=needed, steps=steps
        )


def _log_likelihood(log_p: Any, ids: Any, steps: Any, labels: Any, blank: int) -> Any:
    """The forward variables, step by step, over the labels with blanks around each."""
    n, length = ids.shape
    like = data_of(log_p)
    blanks = np.full_like(ids, blank)
    around = np.reshape(np.stack([blanks, ids], axis=-1), (n, 2 * length))
    places = np.concatenate(
        [around, np.full((n, 1), blank, ids.dtype, like=ids)], axis=1
    )
    shape = n, log_p.shape[1], 2 * length + 1
    emitted = take_along_axis(log_p, np.broadcast_to(places[:, None], shape), 2)
    emitted = clip(emitted, NEVER)
    # A step may leave out a blank, between labels that differ.
    differ = (places[:, 2:] != places[:, :-2]) & (places[:, 2:] != blank)
    skips = np.where(differ, 0.0, NEVER).astype(like.dtype)
    start = np.where(np.arange(2 * length + 1, like=like) < 2, 0.0, NEVER)
    alpha = emitted[:, 0] + start.astype(like.dtype)
    never = np.full((n, 1), NEVER, like.dtype, like=like)
    for step in range(1, log_p.shape[1]):
        onward = concatenate([never, alpha[:, :-1]], axis=1)
        skipped = concatenate([never, never, alpha[:, :-2] + skips], axis=1)
        moved = logaddexp(logaddexp(alpha, onward), skipped[:, : 2 * length + 1])
        going = (step < steps)[:, None]
        alpha = where(going, moved + emitted[:, step], alpha)
    last = take_along_axis(alpha, 2 * labels[:, None], 1)
    before = take_along_axis(alpha, np.maximum(2 * labels - 1, 0)[:, None], 1)
    before = where((labels > 0)[:, None], before, NEVER)
    total = logaddexp(last, before)[:, 0]
    return where(data_of(total) > NEVER / 2, total, -np.inf)
