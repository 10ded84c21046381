"""The book's optimizers and hooks (steps 46 to 59), with the book's arguments."""

from __future__ import annotations

from typing import Any

import numpy as np

import ondol.optimizers as O
from ondol.errors import MissingMethodError, tell
from ondol.optimizers import ClipGrad, FreezeParam, WeightDecay
from ondol.optimizers.optimizer import gradient

__all__ = [
    "SGD",
    "AdaDelta",
    "AdaGrad",
    "Adam",
    "ClipGrad",
    "FreezeParam",
    "MomentumSGD",
    "Optimizer",
    "WeightDecay",
]


class Optimizer(O.Optimizer):
    """The base of an optimizer of one's own: define ``update_one(self, param)``."""

    def __init__(self) -> None:
        O.Optimizer.__init__(self, lr=0.0)

    def update_one(self, param: Any) -> None:
        """Change one parameter's data, given its gradient."""
        kind = type(self).__name__
        raise tell(MissingMethodError, "book-update-one", kind=kind)

    def update(self) -> None:
        """Run the hooks, then `update_one` on each parameter that has a gradient."""
        params = [p for p in self.parameters().values() if p.grad is not None]
        for hook in self.hooks:
            hook(params)
            params = [p for p in params if p.grad is not None]
        for param in params:
            self.update_one(param)


class _Rule(Optimizer):
    """What the book's rules share: a float64 gradient stays what it is.

    The state and the parameter have the parameter's dtype all the same. A subclass
    with an `update_one` of its own is the book's way to another rule.
    """

    def update(self) -> None:
        """Make one step; see `ondol.optimizers.Optimizer.update`."""
        if type(self).update_one is _Rule.update_one:
            O.Optimizer.update(self)
        else:
            self.t.fill(self.t.item() + 1)
            self.begin()
            super().update()

    _names: dict[int, str] = {}  # noqa: RUF012 (replaced, never changed)

    def _name(self, param: Any) -> str:
        """The dotted name of a parameter, under which its state is kept."""
        named = {} if self.target is None else self.parameters()
        self._names = {id(one): name for name, one in named.items()}
        return self._names.get(id(param), str(param.name))

    def update_one(self, param: Any) -> None:
        """One step for one parameter."""
        name = self._names.get(id(param)) or self._name(param)
        state = self.state[name] if name in self.state else self.init(param.data)
        delta, self.state[name] = self.step(gradient(param), state, param.data)
        param.data -= delta

    def fit(self, grad: Any, param: Any) -> Any:
        """The gradient, as it is."""
        return grad

    def step(self, grad: Any, state: Any, param: Any) -> Any:
        """The rule of the class beside this one, its state cast to the parameter's."""
        delta, state = super().step(grad, state, param)
        if grad.dtype != param.dtype:
            state = {key: part.astype(param.dtype) for key, part in state.items()}
        return delta, state


class SGD(_Rule, O.SGD):
    """Stochastic gradient descent; see `ondol.optimizers.SGD`."""

    step = O.SGD.step  # it keeps nothing that could be of another dtype

    def __init__(self, lr: float = 0.01) -> None:
        O.SGD.__init__(self, lr=lr)


class MomentumSGD(_Rule, O.MomentumSGD):
    """SGD with momentum; see `ondol.optimizers.MomentumSGD`."""

    def __init__(self, lr: float = 0.01, momentum: float = 0.9) -> None:
        O.MomentumSGD.__init__(self, lr=lr, momentum=momentum)


class AdaGrad(_Rule, O.AdaGrad):
    """AdaGrad; see `ondol.optimizers.AdaGrad`."""

    def __init__(self, lr: float = 0.001, eps: float = 1e-8) -> None:
        O.AdaGrad.__init__(self, lr=lr, eps=eps)


class AdaDelta(_Rule, O.AdaDelta):
    """AdaDelta; see `ondol.optimizers.AdaDelta`."""

    def __init__(self, rho: float = 0.95, eps: float = 1e-6) -> None:
        O.AdaDelta.__init__(self, rho=rho, eps=eps)


class Adam(_Rule, O.Adam):
    """Adam with the book's `eps`, which is added after the correction of the bias."""

    def __init__(
        self,
        alpha: float = 0.001,
        beta1: float = 0.9,
        beta2: float = 0.999,
        eps: float = 1e-8,
    ) -> None:
        O.Adam.__init__(self, lr=alpha, beta1=beta1, beta2=beta2, eps=eps)

    @property
    def alpha(self) -> float:
        """The learning rate, without the correction."""
        return self.lr

    @alpha.setter
    def alpha(self, alpha: float) -> None:
        self.lr = alpha

    def begin(self) -> None:
        """Compute the corrections; `eps` stays out of them."""
        super().begin()
        self.eps_hat = np.asarray(self.eps, like=self.t)
