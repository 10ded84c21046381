"""Whole networks (book steps 45 and 46)."""

from ..layers import Model, Sequential
from .mlp import MLP

__all__ = ["MLP", "Model", "Sequential"]
