"""Where intermediate results live: one arena, whose memory is used again and again."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Iterable

from .graph import Node

ALIGNMENT = 64  # bytes; a cache line


def plan(
    births: Iterable[tuple[Node, int]], deaths: dict[Node, int]
) -> tuple[dict[Node, int], int]:
    """Give each node a place in the arena that nobody else uses while it lives.

    Largest first, each as low as it fits (Pisarchyk, Lee, "Efficient memory management
    for deep neural net inference", 2020: greedy by size).

    Args:
        births: each node with the step that writes it.
        deaths: the last step that reads it.

    Returns:
        The offset of each node in bytes, and the size of the arena.
    """
    placed: list[tuple[int, int, int, int]] = []  # offset, end, birth, death
    offsets: dict[Node, int] = {}
    size = 0
    for node, birth in sorted(
        births, key=lambda pair: -pair[0].size * pair[0].dtype.itemsize
    ):
        need = -(-max(node.size * node.dtype.itemsize, 1) // ALIGNMENT) * ALIGNMENT
        death = deaths.get(node, birth)
        rivals = sorted(
            (start, end) for start, end, b, d in placed if b <= death and birth <= d
        )
        offset = 0
        for start, end in rivals:
            if offset + need <= start:
                break
            offset = max(offset, end)
        placed.append((offset, offset + need, birth, death))
        offsets[node] = offset
        size = max(size, offset + need)
    return offsets, size


def hand_back() -> None:
    """Give memory that was freed back to the system, where the C library can.

    The call before the trace has freed all its intermediate results. The arena does not
    fit between what is left of them, and both would count.
    """
    trim = (
        getattr(ctypes.CDLL(None), "malloc_trim", None) if os.name == "posix" else None
    )
    if trim is not None:
        trim(0)
