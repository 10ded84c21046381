"""The update rules: each is what to keep, and what to subtract, for one array."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from .hyper import choice, fraction, non_negative, positive
from .optimizer import Array, Optimizer, State


@cache
def smallest(dtype: np.dtype[Any]) -> float:
    """The smallest normal number of a dtype, added to every eps.

    In float32 and float64 it is too small to change an eps. In float16, where 1e-8
    rounds to 0, it keeps the division finite.
    """
    return float(np.finfo(dtype).smallest_normal)


class SGD(Optimizer):
    """Stochastic gradient descent (Robbins and Monro 1951).

    ``p -= lr * g``

    Args:
        lr: the learning rate, in [0, inf).
    """

    def __init__(self, lr: float = 0.01) -> None:
        super().__init__(lr)

    def step(self, grad: Array, state: State, param: Array) -> tuple[Array, State]:
        """Subtract ``lr * g``; keep nothing."""
        return self.lr * grad, state


class MomentumSGD(Optimizer):
    """SGD with momentum (Polyak 1964), or Nesterov's (Sutskever et al. 2013).

    ``v = momentum * v + lr * g``, then ``p -= v``, or with Nesterov's momentum
    ``p -= momentum * v + lr * g`` (Bengio et al. 2012, "Advances in optimizing
    recurrent networks"). A change of `lr` acts on the new gradients only.

    Args:
        lr: the learning rate, in [0, inf).
        momentum: how much of the velocity ``v`` is kept at each step, in [0, 1).
        nesterov: take the gradient step from where the velocity leads.
    """

    momentum: float = fraction()
    nesterov: bool = choice(False, True)

    def __init__(
        self, lr: float = 0.01, momentum: float = 0.9, nesterov: bool = False
    ) -> None:
        super().__init__(lr)
        self.momentum = momentum
        self.nesterov = nesterov

    def init(self, param: Array) -> State:
        """The velocity, zero at first."""
        return {"v": np.zeros_like(param)}

    def step(self, grad: Array, state: State, param: Array) -> tuple[Array, State]:
        """Subtract the velocity, or where it leads with Nesterov."""
        fresh = self.lr * grad
        v = self.momentum * state["v"] + fresh
        return (self.momentum * v + fresh if self.nesterov else v), {"v": v}


class AdaGrad(Optimizer):
    """AdaGrad (Duchi, Hazan and Singer 2011): steps shrink where gradients were large.

    ``h += g**2``, then ``p -= lr * g / (sqrt(h) + eps)``

    Args:
        lr: the learning rate, in [0, inf).
        eps: keeps the division finite, in (0, inf).
    """

    eps: float = positive()

    def __init__(self, lr: float = 0.001, eps: float = 1e-8) -> None:
        super().__init__(lr)
        self.eps = eps

    def init(self, param: Array) -> State:
        """The sum of squares, zero at first."""
        return {"h": np.zeros_like(param)}

    def step(self, grad: Array, state: State, param: Array) -> tuple[Array, State]:
        """Subtract ``lr * g``, divided by the root of ``h``."""
        h = state["h"] + grad * grad
        eps = self.eps + smallest(param.dtype)
        return self.lr * grad / (np.sqrt(h) + eps), {"h": h}


class RMSprop(Optimizer):
    """RMSprop (Tieleman and Hinton 2012, lecture 6.5 of their Coursera course).

    ``ms = rho * ms + (1 - rho) * g**2``, then ``p -= lr * g / (sqrt(ms) + eps)``

    Args:
        lr: the learning rate, in [0, inf).
        rho: how much of the mean square ``ms`` is kept at each step, in [0, 1).
        eps: keeps the division finite, in (0, inf).
    """

    rho: float = fraction()
    eps: float = positive()

    def __init__(self, lr: float = 0.01, rho: float = 0.99, eps: float = 1e-8) -> None:
        super().__init__(lr)
        self.rho = rho
        self.eps = eps

    def init(self, param: Array) -> State:
        """The mean square, zero at first."""
        return {"ms": np.zeros_like(param)}

    def step(self, grad: Array, state: State, param: Array) -> tuple[Array, State]:
        """Subtract ``lr * g``, divided by the root of ``ms``."""
        ms = self.rho * state["ms"] + (1.0 - self.rho) * grad * grad
        eps = self.eps + smallest(param.dtype)
        return self.lr * grad / (np.sqrt(ms) + eps), {"ms": ms}


class AdaDelta(Optimizer):
    """AdaDelta (Zeiler 2012, Algorithm 1): steps in the units of the parameter.

    ``msg = rho * msg + (1 - rho) * g**2``,
    ``dx = sqrt((msdx + eps) / (msg + eps)) * g``,
    ``msdx = rho * msdx + (1 - rho) * dx**2``, then ``p -= lr * dx``

    Args:
        rho: how much of the mean squares ``msg`` and ``msdx`` is kept, in [0, 1).
        eps: starts the steps off and keeps the division finite, in (0, inf).
        lr: a factor on the step, in [0, inf); the paper has none, that is 1.
    """

    rho: float = fraction()
    eps: float = positive()

    def __init__(self, rho: float = 0.95, eps: float = 1e-6, lr: float = 1.0) -> None:
        super().__init__(lr)
        self.rho = rho
        self.eps = eps

    def init(self, param: Array) -> State:
        """The mean squares of gradient and step, zero at first."""
        return {"msg": np.zeros_like(param), "msdx": np.zeros_like(param)}

    def step(self, grad: Array, state: State, param: Array) -> tuple[Array, State]:
        """Subtract ``lr * dx``."""
        # Under the root a smaller number suffices: 6e-8, the last above 0 in float16.
        eps = self.eps + 1e-3 * smallest(param.dtype)
        msg = self.rho * state["msg"] + (1.0 - self.rho) * grad * grad
        dx = np.sqrt((state["msdx"] + eps) / (msg + eps)) * grad
        msdx = self.rho * state["msdx"] + (1.0 - self.rho) * dx * dx
        return self.lr * dx, {"msg": msg, "msdx": msdx}


class Adam(Optimizer):
    """Adam (Kingma and Ba 2015, Algorithm 1).

    ``m = beta1 * m + (1 - beta1) * g``, ``v = beta2 * v + (1 - beta2) * g**2``, then
    ``p -= lr * m_hat / (sqrt(v_hat) + eps)`` with ``m_hat = m / (1 - beta1**t)`` and
    ``v_hat = v / (1 - beta2**t)``. As in the paper `eps` stands beside the corrected
    root; the book adds it to the uncorrected ``sqrt(v)``, where it weighs more in the
    first steps. ``t`` counts the optimizer's updates, not the parameter's.

    In float16 the squares of gradients below about 0.01 vanish from ``v``; train in
    float32.

    Args:
        lr: the learning rate, in [0, inf).
        beta1: how much of the mean gradient ``m`` is kept at each step, in [0, 1).
        beta2: how much of the mean square ``v`` is kept at each step, in [0, 1).
        eps: keeps the division finite, in (0, inf).
    """

    beta1: float = fraction()
    beta2: float = fraction()
    eps: float = positive()

    def __init__(
        self,
        lr: float = 0.001,
        beta1: float = 0.9,
        beta2: float = 0.999,
        eps: float = 1e-8,
    ) -> None:
        super().__init__(lr)
        self.beta1 = beta1
        self.beta2 = beta2
        self.eps = eps

    def init(self, param: Array) -> State:
        """The mean gradient and the mean square, zero at first."""
        return {"m": np.zeros_like(param), "v": np.zeros_like(param)}

    def begin(self) -> None:
        """Compute the corrections, as factors on scalars (end of section 2)."""
        # m_hat / (sqrt(v_hat) + eps), multiplied by `root` above and below the line:
        # this saves two passes over every array.
        root = np.sqrt(1.0 - self.beta2**self.t)
        self.rate = np.asarray(self.lr * root / (1.0 - self.beta1**self.t), like=self.t)
        self.eps_hat = np.asarray(self.eps * root, like=self.t)

    def step(self, grad: Array, state: State, param: Array) -> tuple[Array, State]:
        """Subtract ``lr * m_hat / (sqrt(v_hat) + eps)``."""
        m = self.beta1 * state["m"] + (1.0 - self.beta1) * grad
        v = self.beta2 * state["v"] + (1.0 - self.beta2) * grad * grad
        dtype = param.dtype  # a float64 factor would widen a float32 array
        eps = self.eps_hat.astype(dtype) + smallest(dtype)
        return self.rate.astype(dtype) * m / (np.sqrt(v) + eps), {"m": m, "v": v}


class AdamW(Adam):
    """Adam with decoupled weight decay (Loshchilov and Hutter 2019, Algorithm 2).

    Adam's step and ``p -= lr * weight_decay * p``, so that the decay is not divided by
    the gradient's size as it is with the `WeightDecay` hook. The paper's ``lambda`` is
    ``lr * weight_decay`` here.

    Args:
        lr: the learning rate, in [0, inf).
        beta1: how much of the mean gradient ``m`` is kept at each step, in [0, 1).
        beta2: how much of the mean square ``v`` is kept at each step, in [0, 1).
        eps: keeps the division finite, in (0, inf).
        weight_decay: how fast parameters shrink, relative to `lr`, in [0, inf).
    """

    weight_decay: float = non_negative()

    def __init__(
        self,
        lr: float = 0.001,
        beta1: float = 0.9,
        beta2: float = 0.999,
        eps: float = 1e-8,
        weight_decay: float = 0.01,
    ) -> None:
        super().__init__(lr, beta1, beta2, eps)
        self.weight_decay = weight_decay

    def step(self, grad: Array, state: State, param: Array) -> tuple[Array, State]:
        """Subtract Adam's step and ``lr * weight_decay * p``."""
        delta, state = super().step(grad, state, param)
        return delta + self.lr * self.weight_decay * param, state
