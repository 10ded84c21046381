"""The book's networks (steps 45 to 58): ondol's, made of the book's layers.

Attributes, and names in files of weights, are the book's: ``l0``, ``conv1_1``,
``res2/b1/bn1/avg_mean``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import ondol
import ondol.layers as L

from .. import models
from ..io.atomic import PathLike
from ..layers.checks import function
from ..models.pretrained import RELEASE, Pretrained, own_name
from ..models.resnet import Bottleneck, Stage
from ..models.squeezenet import Fire
from ..tree import collect, walk
from . import functions as F
from . import layers, utils
from .core import Parameter
from .layers import Layer

__all__ = [
    "MLP",
    "VGG16",
    "BottleneckA",
    "BottleneckB",
    "BuildingBlock",
    "Model",
    "ResNet",
    "ResNet50",
    "ResNet101",
    "ResNet152",
    "Sequential",
    "SqueezeNet",
]


class _Parts:
    """What the networks are made of, in place of `ondol.models.parts.Parts`."""

    Linear, Conv2d, BatchNorm = layers.Linear, layers.Conv2d, layers.BatchNorm
    dropout = staticmethod(F.dropout)


class Model(Layer, L.Model):
    """A layer that is a whole network."""

    def plot(self, *inputs: Any, to_file: str = "model.png") -> Any:
        """Draw the graph of what the model makes of the inputs, into a file.

        Returns:
            What `ondol.dezero.utils.plot_dot_graph` returns.
        """
        return utils.plot_dot_graph(self(*inputs), verbose=True, to_file=to_file)


# -- stacks of layers ------------------------------------------------------------------


class Sequential(Model, L.Sequential):
    """Layers or functions one after the other.

    Attributes:
        l0, l1, ...: each of them.
        layers: all, as a list.
    """

    def __init__(self, *layers: Any) -> None:
        _number(self, layers)
        super().__init__(*layers)


class MLP(Model, models.MLP):
    """Linear layers with an activation between them.

    All weights are drawn at the first call, as in the book, from the first layer on.

    Args:
        fc_output_sizes: the features that each layer gives.
        activation: applied after every layer but the last.

    Attributes:
        l0, l1, ...: each layer.
        layers: all, as a list.
    """

    def __init__(
        self, fc_output_sizes: Iterable[int], activation: Callable[..., Any] = F.sigmoid
    ) -> None:
        self.activation = function("MLP activation", activation)
        parts: list[Any] = [layers.Linear(size) for size in fc_output_sizes]
        _number(self, parts)
        self.layers = parts


def _number(model: Model, parts: Iterable[Any]) -> None:
    """Make the layers known as l0, l1, ...; before the list, which names them too."""
    for i, part in enumerate(parts):
        setattr(model, f"l{i}", part)


# -- networks with published weights ---------------------------------------------------


class _Network(Model, Pretrained):
    parts = _Parts

    def _download(self) -> PathLike:
        return utils.get_file(str(self.url))

    def _twin(self, path: PathLike) -> L.Model:
        """The same network as ondol's own, with the weights of a file."""
        raise NotImplementedError

    def _load(self, path: PathLike) -> None:
        """Read the weights as ondol does, which compares them with every shape."""
        twin = collect(self._twin(path), (ondol.Parameter, ondol.State))
        for name, parameter in walk(self, Parameter):
            parameter.data = twin[own_name(name)].data


class VGG16(_Network, models.VGG16):
    """The network of step 58; see `ondol.models.VGG16`."""

    WEIGHTS_PATH = RELEASE + "vgg16.npz"

    def __init__(self, pretrained: bool = False) -> None:
        super().__init__(pretrained=pretrained)

    def _twin(self, path: PathLike) -> L.Model:
        return models.VGG16(path)


class ResNet(_Network, models.ResNet):
    """A residual network of 50, 101 or 152 layers; see `ondol.models.ResNet`."""

    WEIGHTS_PATH = RELEASE + "resnet{}.npz"

    def __init__(self, n_layers: int = 152, pretrained: bool = False) -> None:
        super().__init__(n_layers, pretrained=pretrained)

    def _twin(self, path: PathLike) -> L.Model:
        return models.ResNet(self.n_layers, path)

    @staticmethod
    def stage(count: int, mid: int, out: int, stride: int) -> BuildingBlock:
        """The blocks between two changes of size."""
        return BuildingBlock(count, None, mid, out, stride)


class ResNet152(ResNet):
    """`ResNet` of 152 layers."""

    def __init__(self, pretrained: bool = False) -> None:
        super().__init__(152, pretrained)


class ResNet101(ResNet):
    """`ResNet` of 101 layers."""

    def __init__(self, pretrained: bool = False) -> None:
        super().__init__(101, pretrained)


class ResNet50(ResNet):
    """`ResNet` of 50 layers."""

    def __init__(self, pretrained: bool = False) -> None:
        super().__init__(50, pretrained)


def _global_average_pooling_2d(x: Any) -> Any:
    """``(N, C, H, W)`` to ``(N, C)``."""
    return F.average(x, axis=(2, 3))


class BuildingBlock(Layer, Stage):
    """A `BottleneckA`, called `a`, and after it `BottleneckB`, called b1, b2, ..."""

    def __init__(
        self,
        n_layers: Any = None,
        in_channels: Any = None,
        mid_channels: Any = None,
        out_channels: Any = None,
        stride: Any = None,
        downsample_fb: Any = None,
    ) -> None:
        first = in_channels, mid_channels, out_channels, stride, bool(downsample_fb)
        rest = (BottleneckB(out_channels, mid_channels) for _ in range(n_layers - 1))
        super().__init__(BottleneckA(*first), *rest)


class BottleneckA(Layer, Bottleneck):
    """A block that changes the number of channels, and height and width.

    Args:
        in_channels: not used: they are those of the first input.
        mid_channels: of the two convolutions inside.
        out_channels: that come out.
        stride: by how much height and width shrink.
        downsample_fb: the second convolution has the stride, in place of the first.
    """

    parts = _Parts

    def __init__(
        self,
        in_channels: int | None,
        mid_channels: int,
        out_channels: int,
        stride: int = 2,
        downsample_fb: bool = False,
    ) -> None:
        super().__init__(mid_channels, out_channels, stride, True, downsample_fb)


class BottleneckB(Layer, Bottleneck):
    """A block that keeps the shape.

    Args:
        in_channels: that come in, and out.
        mid_channels: of the two convolutions inside.
    """

    parts = _Parts

    def __init__(self, in_channels: int, mid_channels: int) -> None:
        super().__init__(mid_channels, in_channels)


class _Fire(Layer, Fire):
    parts = _Parts


class SqueezeNet(_Network, models.SqueezeNet):
    """What the book left empty; see `ondol.models.SqueezeNet`."""

    fire = _Fire

    def __init__(self, pretrained: bool = False, version: str = "1.0") -> None:
        super().__init__(version, pretrained=pretrained)
