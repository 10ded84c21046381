"""Functions that take functions: derivatives, recomputation, many examples at once."""

from .checkpoint import checkpoint
from .custom import differentiable
from .gradients import grad, hessian, hvp, jacobian, jvp, value_and_grad, vjp
from .vmap import vmap

__all__ = [
    "checkpoint",
    "differentiable",
    "grad",
    "hessian",
    "hvp",
    "jacobian",
    "jvp",
    "value_and_grad",
    "vjp",
    "vmap",
]
