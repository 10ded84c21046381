"""A function with a gradient of its own, and the proof that the gradient is right.

Run it with ``python examples/own_function.py`` (book steps 9 and 27).
"""

import numpy as np

from ondol import Function, Variable
from ondol.errors import GradientError
from ondol.testing import check_grads


class Sine(Function):
    """The sine by its Taylor series, with the derivative known from calculus."""

    def forward(self, x):
        """Sum ``x - x**3 / 3! + x**5 / 5! - ...`` on a plain array."""
        term = total = x
        for n in range(1, 12):
            term = -term * x**2 / (2 * n * (2 * n + 1))
            total = total + term
        return total

    def backward(self, gy):
        """The gradient of the result, times the derivative."""
        (x,) = self.inputs
        return gy * np.cos(x)


class Forgetful(Sine):
    """The same with a slip: the factor `gy` is missing from the chain rule."""

    def backward(self, gy):
        """The derivative alone."""
        (x,) = self.inputs
        return np.cos(x)


def main():
    """Compute a value and two derivatives, then check a right and a wrong gradient."""
    x = Variable(np.array(np.pi / 3))
    y = Sine()(x)
    y.backward(create_graph=True)
    slope = x.grad
    x.cleargrad()
    slope.backward()
    print(f"sin = {y:.6f}, its derivative {slope:.6f}, the second {x.grad:.6f}")

    points = np.linspace(-2, 2, 5)
    check_grads(lambda x: Sine()(x), points)
    print("Sine: the derivatives of first and second order are right")
    try:
        check_grads(lambda x: Forgetful()(x), points)
    except GradientError as error:
        print(f"Forgetful: {error}")


if __name__ == "__main__":
    main()
