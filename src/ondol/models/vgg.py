"""VGG: convolutions of 3x3, and nothing else, up to the last layers."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import functions as F
from ..core import Variable
from ..data.files import loaded
from ..errors import DtypeError, tell
from ..io.atomic import PathLike
from ..layers.checks import floating, whole
from .pretrained import RELEASE, Pretrained

_MEAN_BGR = 103.939, 116.779, 123.68  # of the images that the weights were trained on


class VGG16(Pretrained):
    """The network D of Simonyan and Zisserman (2014), 16 layers deep (book step 58).

    Thirteen convolutions in five blocks, each block followed by max pooling, then three
    linear layers, two of them with dropout: 138,357,544 parameters for images of
    224 x 224. They are called ``conv1_1.W``, ..., ``conv5_3.b``, ``fc6.W``, ...,
    ``fc8.b``.

    Args:
        weights: path of an ``.npz`` or ``.safetensors`` file, written by the book's
            package or by `ondol.io.save_weights`; None begins with new numbers.
        pretrained: download the weights of the book's package, 528 MiB.
        classes: scores that come out.

    Raises:
        WeightsError: a ValueError that lists what of the file does not fit.
        DownloadError: an OSError; the weights could not be downloaded.
    """

    blocks = (64,) * 2, (128,) * 2, (256,) * 3, (512,) * 3, (512,) * 3
    hidden = 4096
    url = RELEASE + "vgg16.npz"

    def __init__(
        self,
        weights: PathLike | None = None,
        pretrained: bool = False,
        classes: int = 1000,
    ) -> None:
        self.classes = whole("VGG16 classes", classes)
        for i, block in enumerate(self.blocks, 1):
            for j, channels in enumerate(block, 1):
                setattr(self, f"conv{i}_{j}", self.parts.Conv2d(channels, 3, pad=1))
        self.fc6 = self.parts.Linear(self.hidden)
        self.fc7 = self.parts.Linear(self.hidden)
        self.fc8 = self.parts.Linear(self.classes)
        self._start(weights, pretrained)

    def forward(self, x: Any) -> Variable:
        """``(N, 3, H, W)``, of 32 x 32 or more, to scores ``(N, classes)``."""
        for i, block in enumerate(self.blocks, 1):
            for j in range(1, len(block) + 1):
                x = F.relu(getattr(self, f"conv{i}_{j}")(x))
            x = F.max_pool2d(x, 2)
        x = self.parts.dropout(F.relu(self.fc6(F.flatten(x))))
        x = self.parts.dropout(F.relu(self.fc7(x)))
        return self.fc8(x)

    @staticmethod
    def preprocess(
        image: Any, size: tuple[int, int] | None = (224, 224), dtype: Any = np.float32
    ) -> np.ndarray:
        """What the published weights expect of a picture.

        Args:
            image: a PIL image.
            size: width and height to bring it to; None leaves it as it is.
            dtype: of the result.

        Returns:
            ``(3, H, W)``: blue, green and red, from 0 to 255, less the mean of each
            over the training images. For a batch of one: ``x[None]``.

        Raises:
            DtypeError: a TypeError; not a PIL image, or a dtype without fractions.
            DataFileError: a ValueError; the file of the picture is damaged.
        """
        dtype = floating("VGG16.preprocess dtype", dtype)
        if not hasattr(image, "convert"):
            raise tell(DtypeError, "vgg-picture", got=type(image).__name__)
        image = loaded(image).convert("RGB")
        image = image.resize(size) if size else image
        bgr = np.asarray(image, dtype)[:, :, ::-1] - np.array(_MEAN_BGR, dtype)
        return np.ascontiguousarray(bgr.transpose(2, 0, 1))
