"""Step 6: every backward called by hand, last function first."""

import numpy as np


class Variable:
    def __init__(self, data):
        self.data = data
        self.grad = None


class Function:
    def __call__(self, source):
        self.input = source
        return Variable(self.forward(source.data))


class Square(Function):
    def forward(self, array):
        return array**2

    def backward(self, gy):
        return 2 * self.input.data * gy


class Exp(Function):
    def forward(self, array):
        return np.exp(array)

    def backward(self, gy):
        return np.exp(self.input.data) * gy


functions = [Square(), Exp(), Square()]
values = [Variable(np.array(0.5))]
for function in functions:
    values.append(function(values[-1]))

values[-1].grad = np.array(1.0)
for i in (2, 1, 0):
    values[i].grad = functions[i].backward(values[i + 1].grad)
print(values[0].grad)
