"""Whole networks (book steps 45 and 46)."""

from ..layers import Sequential
from .model import MLP, Model

__all__ = ["MLP", "Model", "Sequential"]
