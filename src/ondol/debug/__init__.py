"""Modes that find mistakes, and cost time while they are on."""

from .nonfinite import find, nan
from .written import writes

__all__ = ["find", "nan", "writes"]
