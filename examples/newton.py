"""Newton's method: second derivatives find the minimum of a function in a few steps.

Run it with ``python examples/newton.py`` (book step 33).
"""

import numpy as np

from ondol import Variable


def f(x):
    """Two valleys: the minima are at -1 and 1."""
    return x**4 - 2 * x**2


def newton(start=2.0, steps=8):
    """Follow ``x - f'(x) / f''(x)`` and print the way."""
    x = Variable(np.array(start))
    for step in range(steps):
        x.cleargrad()
        f(x).backward(create_graph=True)
        first = x.grad
        x.cleargrad()
        first.backward()
        second = x.grad
        print(f"{step}  x = {x:.12f}  f'(x) = {first:.3e}")
        x.data = x.data - first.data / second.data
    return x.item()


if __name__ == "__main__":
    newton()
