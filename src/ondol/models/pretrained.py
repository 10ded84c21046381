"""What networks with published weights have in common."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import layers as L
from ..core import no_grad, test_mode
from ..data.download import fetch
from ..errors import ArgumentError, tell
from ..io import load_weights
from ..io.atomic import PathLike
from ..layers.initial import undrawn
from .parts import Parts

RELEASE = "https://github.com/koki0702/dezero-models/releases/download/v0.1/"
_LEAVES = {"avg_mean": "mean", "avg_var": "var"}


class Pretrained(L.Model):
    """A network for images whose weights can come from a file.

    All layers take their size from the first input, or from the file.

    Attributes:
        parts: where the layers come from.
        image_shape: of the images that published weights are for, ``(C, H, W)``.
        url: where published weights are; None if there are none.
    """

    parts: Any = Parts
    image_shape = (3, 224, 224)
    url: str | None = None

    def _start(self, weights: PathLike | None, pretrained: bool) -> None:
        """Read the weights, if there are to be some; the end of every constructor."""
        name = type(self).__name__
        if pretrained and weights is not None:
            fields = {"name": name, "got": weights}
            raise tell(ArgumentError, "pretrained-twice", **fields)
        if pretrained and self.url is None:
            raise tell(ArgumentError, "pretrained-none", name=name)
        path = self._download() if pretrained else weights
        if path is not None:
            self._load(path)

    def _download(self) -> PathLike:
        return fetch(str(self.url))

    def _load(self, path: PathLike) -> None:
        """Take all weights from a file: of the book's package, or saved by ondol."""
        with undrawn(), no_grad(), test_mode():  # a batch of none tells the shapes
            self(np.empty((0, *self.image_shape), np.float32))
        load_weights(path, self, rename=own_name)


def own_name(key: str) -> str:
    """The dotted name of what is ``res2/a/bn1/avg_mean`` in the book's files."""
    *parents, leaf = key.replace("/", ".").split(".")
    return ".".join([*parents, _LEAVES.get(leaf, leaf)])
