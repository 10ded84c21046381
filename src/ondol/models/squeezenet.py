"""SqueezeNet: as accurate as AlexNet, with fifty times fewer parameters."""

from __future__ import annotations

from typing import Any

from .. import functions as F
from ..core import Variable
from ..errors import ArgumentError, tell
from ..io.atomic import PathLike
from ..layers import Layer
from ..layers.checks import whole
from .parts import Parts
from .pretrained import Pretrained

# Filters of the first convolution, their size, and the parts that pooling follows.
VERSIONS = {"1.0": (96, 7, (1, 4, 8)), "1.1": (64, 3, (1, 3, 5))}


class Fire(Layer):
    """A convolution of 1x1 to few channels, then 1x1 and 3x3 side by side to many.

    Args:
        squeeze: channels between.
        expand: channels that each of the two convolutions gives.
    """

    parts: Any = Parts

    def __init__(self, squeeze: int, expand: int) -> None:
        self.squeeze1x1 = self.parts.Conv2d(squeeze, 1)
        self.expand1x1 = self.parts.Conv2d(expand, 1)
        self.expand3x3 = self.parts.Conv2d(expand, 3, pad=1)

    def forward(self, x: Any) -> Variable:
        """``(N, C, H, W)`` to ``(N, 2 * expand, H, W)``."""
        x = F.relu(self.squeeze1x1(x))
        sides = F.relu(self.expand1x1(x)), F.relu(self.expand3x3(x))
        return F.concatenate(sides, axis=1)


class SqueezeNet(Pretrained):
    """Eight `Fire` modules between two convolutions (Iandola et al. 2016).

    Version 1.0 is the network of the paper's table 1, with 1,248,424 parameters; 1.1,
    from the authors' repository, needs 2.4 times fewer operations, with 1,235,496.
    Pooling is as in their Caffe files, whose windows may hang over the edge. Parameters
    are called ``conv1.W``, ``fire2.squeeze1x1.W``, ``fire2.expand1x1.W``,
    ``fire2.expand3x3.W``, ..., ``conv10.b``.

    Args:
        version: ``"1.0"`` or ``"1.1"``.
        weights: path of an ``.npz`` or ``.safetensors`` file with these names, also
            with slashes for the dots; None begins with new numbers.
        pretrained: not to be had: no weights are published in such a form.
        classes: scores that come out.

    Raises:
        ArgumentError: a ValueError; another version, or `pretrained`.
        WeightsError: a ValueError that lists what of the file does not fit.
    """

    squeezes = 16, 16, 32, 32, 48, 48, 64, 64
    fire: Any = Fire

    def __init__(
        self,
        version: str = "1.0",
        weights: PathLike | None = None,
        pretrained: bool = False,
        classes: int = 1000,
    ) -> None:
        if version not in VERSIONS:
            known = ", ".join(map(repr, VERSIONS))
            raise tell(ArgumentError, "squeezenet-version", known=known, got=version)
        self.version, self.classes = version, whole("SqueezeNet classes", classes)
        channels, size, self.pooled = VERSIONS[version]
        self.conv1 = self.parts.Conv2d(channels, size, 2)
        for i, squeeze in enumerate(self.squeezes, 2):
            setattr(self, f"fire{i}", self.fire(squeeze, 4 * squeeze))
        # The Caffe file of 1.0 pads by 1 here, where the table and 1.1 do not.
        self.conv10 = self.parts.Conv2d(self.classes, 1)
        self._start(weights, pretrained)

    def forward(self, x: Any) -> Variable:
        """``(N, 3, H, W)`` to scores ``(N, classes)``."""
        for i in range(1, 10):
            x = F.relu(self.conv1(x)) if i == 1 else getattr(self, f"fire{i}")(x)
            if i in self.pooled:
                x = F.max_pool2d(x, 3, 2, ceil_mode=True)
        x = F.relu(self.conv10(self.parts.dropout(x)))
        return F.mean(x, axis=(2, 3))
