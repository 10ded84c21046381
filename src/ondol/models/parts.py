"""The layers that networks are made of."""

from __future__ import annotations

import functools
from typing import Any

from .. import functions as F
from .. import layers as L


class Parts:
    """Where networks take their layers from; `ondol.dezero` puts its own in here."""

    Linear: Any = L.Linear
    Conv2d: Any = L.Conv2d
    BatchNorm: Any = functools.partial(L.BatchNorm, eps=2e-5)  # of published weights
    dropout: Any = staticmethod(F.dropout)
