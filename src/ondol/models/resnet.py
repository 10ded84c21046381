"""ResNet: layers that add to what comes in, so that very deep networks learn."""

from __future__ import annotations

from typing import Any

from .. import functions as F
from ..core import Variable
from ..errors import ArgumentError, tell
from ..io.atomic import PathLike
from ..layers import Layer
from ..layers.checks import whole
from .parts import Parts
from .pretrained import RELEASE, Pretrained

DEPTHS = {50: (3, 4, 6, 3), 101: (3, 4, 23, 3), 152: (3, 8, 36, 3)}


class Bottleneck(Layer):
    """Convolutions of 1x1, 3x3 and 1x1 with a shortcut around them: ``f(x) + x``.

    Args:
        mid_channels: of the first two convolutions.
        out_channels: of the third one.
        stride: of the block.
        project: the shortcut is a convolution of 1x1, where shapes change, in place
            of `x` itself.
        stride_3x3: the 3x3 convolution has the stride, in place of the first one.
    """

    parts: Any = Parts

    def __init__(
        self,
        mid_channels: int,
        out_channels: int,
        stride: int = 1,
        project: bool = False,
        stride_3x3: bool = False,
    ) -> None:
        conv, norm = self.parts.Conv2d, self.parts.BatchNorm
        first, second = (1, stride) if stride_3x3 else (stride, 1)
        self.project = project
        self.conv1, self.bn1 = conv(mid_channels, 1, first, nobias=True), norm()
        self.conv2, self.bn2 = conv(mid_channels, 3, second, 1, nobias=True), norm()
        self.conv3, self.bn3 = conv(out_channels, 1, nobias=True), norm()
        if project:
            self.conv4, self.bn4 = conv(out_channels, 1, stride, nobias=True), norm()

    def forward(self, x: Any) -> Variable:
        """``(N, C, H, W)`` to ``(N, out_channels, OH, OW)``."""
        h = F.relu(self.bn1(self.conv1(x)))
        h = F.relu(self.bn2(self.conv2(h)))
        h = self.bn3(self.conv3(h))
        return F.relu(h + (self.bn4(self.conv4(x)) if self.project else x))


class Stage(Layer):
    """Blocks one after the other, called ``a``, ``b1``, ``b2``, ..."""

    def __init__(self, *blocks: Layer) -> None:
        self.order = ["a", *(f"b{i}" for i in range(1, len(blocks)))]
        for name, block in zip(self.order, blocks, strict=True):
            setattr(self, name, block)

    def forward(self, x: Any) -> Variable:
        """The output of the last block."""
        for name in self.order:
            x = getattr(self, name)(x)
        return x


def bottlenecks(count: int, mid_channels: int, out_channels: int, stride: int) -> Stage:
    """A stage of `count` blocks, the first of which changes the shapes."""
    first = Bottleneck(mid_channels, out_channels, stride, project=True)
    rest = (Bottleneck(mid_channels, out_channels) for _ in range(count - 1))
    return Stage(first, *rest)


class ResNet(Pretrained):
    """A residual network of 50, 101 or 152 layers (He, Zhang, Ren, Sun 2015).

    Of its two forms it is the original one: the first convolution of a block has the
    stride. As in the files of weights, the first convolution of all has a bias, and the
    pooling after it no padding. Parameters are called ``conv1.W``, ``bn1.gamma``,
    ``res2.a.conv1.W``, ``res2.b1.bn1.gamma``, ..., ``fc6.b``, running statistics
    ``bn1.mean`` and ``bn1.var``.

    Args:
        n_layers: 50, 101 or 152.
        weights: path of an ``.npz`` or ``.safetensors`` file, written by the book's
            package or by `ondol.io.save_weights`; None begins with new numbers.
        pretrained: download the weights of the book's package.
        classes: scores that come out.

    Raises:
        ArgumentError: a ValueError; another number of layers.
        WeightsError: a ValueError that lists what of the file does not fit.
        DownloadError: an OSError; the weights could not be downloaded.
    """

    channels = 64, 128, 256, 512
    stage: Any = staticmethod(bottlenecks)

    def __init__(
        self,
        n_layers: int,
        weights: PathLike | None = None,
        pretrained: bool = False,
        classes: int = 1000,
    ) -> None:
        if n_layers not in DEPTHS:
            known = ", ".join(map(str, DEPTHS))
            raise tell(ArgumentError, "resnet-layers", known=known, got=n_layers)
        self.n_layers, self.classes = n_layers, whole("ResNet classes", classes)
        self.url = f"{RELEASE}resnet{n_layers}.npz"
        self.conv1 = self.parts.Conv2d(self.channels[0], 7, 2, 3)
        self.bn1 = self.parts.BatchNorm()
        stages = zip(DEPTHS[n_layers], self.channels, (1, 2, 2, 2), strict=True)
        for i, (count, mid, stride) in enumerate(stages, 2):
            setattr(self, f"res{i}", self.stage(count, mid, 4 * mid, stride))
        self.fc6 = self.parts.Linear(self.classes)
        self._start(weights, pretrained)

    def forward(self, x: Any) -> Variable:
        """``(N, 3, H, W)`` to scores ``(N, classes)``."""
        x = F.relu(self.bn1(self.conv1(x)))
        x = F.max_pool2d(x, 3, 2)
        for name in ("res2", "res3", "res4", "res5"):
            x = getattr(self, name)(x)
        return self.fc6(F.mean(x, axis=(2, 3)))
