"""Transforms: what is done to each sample on its way into a batch.

A transform is a callable of a sample; one that draws random numbers is a callable of
``(sample, rng)``. Those of images take a PIL picture or an array ``(..., H, W)``,
mostly ``(C, H, W)``, and give back the same kind. Of a sample that is a tuple they
change the first field, so that they serve as the `transform` of a `DataLoader`.
"""

from .base import ImageTransform, RandomImageTransform
from .colour import (
    ColorJitter,
    Convert,
    Cutout,
    GaussianBlur,
    GaussianNoise,
    Grayscale,
    RandomErasing,
)
from .compose import Compose, Fields, RandomApply, RandomChoice
from .conversion import AsType, Flatten, Normalize, OneHot, ToArray, ToFloat, ToPIL
from .geometry import (
    CenterCrop,
    RandomAffine,
    RandomCrop,
    RandomHorizontalFlip,
    RandomResizedCrop,
    RandomRotation,
    RandomVerticalFlip,
    Resize,
)
from .mixing import CutMix, Mixup

__all__ = [
    "AsType",
    "CenterCrop",
    "ColorJitter",
    "Compose",
    "Convert",
    "CutMix",
    "Cutout",
    "Fields",
    "Flatten",
    "GaussianBlur",
    "GaussianNoise",
    "Grayscale",
    "ImageTransform",
    "Mixup",
    "Normalize",
    "OneHot",
    "RandomAffine",
    "RandomApply",
    "RandomChoice",
    "RandomCrop",
    "RandomErasing",
    "RandomHorizontalFlip",
    "RandomImageTransform",
    "RandomResizedCrop",
    "RandomRotation",
    "RandomVerticalFlip",
    "Resize",
    "ToArray",
    "ToFloat",
    "ToPIL",
]
