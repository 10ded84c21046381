"""Whole networks (book steps 45, 46 and 58)."""

from ..layers import Model, Sequential
from .mlp import MLP
from .resnet import ResNet
from .squeezenet import SqueezeNet
from .transformer import GPT
from .vgg import VGG16

__all__ = ["GPT", "MLP", "VGG16", "Model", "ResNet", "Sequential", "SqueezeNet"]
