"""The parts of complex numbers, which tie them to real losses.

Every rule here follows the convention of ``core/backward.py``: the gradient of a
complex x is dL/dRe(x) - i dL/dIm(x) on the way, its conjugate in ``x.grad``. Where the
input is real, the engine takes the real part of what a rule returns.

Source: K. Kreutz-Delgado, "The complex gradient operator and the CR-calculus",
arXiv:0906.4835.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..core.graph import Variable, apply, as_operand, lift
from .register import composite, constant, rule

__all__ = [
    "angle",
    "conjugate",
    "imag",
    "iscomplex",
    "isreal",
    "real",
]

real = rule(np.real, lambda g, y, val: g)
rule(np.imag, lambda g, y, val: g * -1j)
iscomplex = constant(np.iscomplex)
isreal = constant(np.isreal)
rule(np.conjugate, lambda g, y, x: np.conjugate(g))


@composite(np.imag)
def imag(val: Any) -> Variable:
    """The imaginary part, as ``np.imag``."""
    return apply(np.imag, (lift(val),))  # NumPy's makes 0 of None


def conj(x: Any) -> Any:
    """The conjugate of a Variable or an array; real ones, and masks, as they are."""
    return np.conjugate(x) if x.dtype.kind == "c" else x


@composite(np.conjugate)
def conjugate(x: Any) -> Variable:
    """The conjugate ``Re(x) - i Im(x)``; a real Variable as it is."""
    x = as_operand(x)
    real_already = isinstance(x, Variable) and x.dtype.kind != "c"
    return x if real_already else apply(np.conjugate, (x,))


def _grad_angle(g: Any, y: Any, z: Any, deg: bool = False) -> Any:
    zero = z == 0
    turn = np.where(zero, 0, g * -1j / np.where(zero, 1, z))
    return np.rad2deg(1.0) * turn if deg else turn


rule(np.angle, _grad_angle)


@composite(np.angle)
def angle(z: Any, deg: bool = False) -> Variable:
    """The angle of a complex number, from -pi to pi, counter-clockwise from 1.

    Args:
        z: any shape; the angle of a real number is 0 or pi.
        deg: in degrees instead of radians.

    The gradient at 0, where there is no angle, is 0.
    """
    return apply(np.angle, (z, deg))
