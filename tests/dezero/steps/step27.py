"""Step 27: the sine as a function of one's own, and as a sum of powers."""

import math

import numpy as np
from dezero import Function, Variable
from dezero.utils import plot_dot_graph


class Sine(Function):
    def forward(self, angle):
        return np.sin(angle)

    def backward(self, gy):
        return gy * np.cos(self.inputs[0].data)


def taylor(angle, small=0.0001):
    total = 0
    for n in range(1, 100000, 2):
        term = (-1) ** (n // 2) / math.factorial(n) * angle**n
        total = total + term
        if abs(term.data) < small:
            return total
    return total


for title, sine in (("the function", Sine()), ("the powers", taylor)):
    angle = Variable(np.array(np.pi / 4))
    height = sine(angle)
    height.backward()
    print(title)
    print(height.data)
    print(angle.grad)

angle.name = "angle"
height.name = "height"
plot_dot_graph(height, verbose=False, to_file="sine.png")
