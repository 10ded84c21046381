"""Step 9: functions that read like functions; ends with a TypeError on purpose."""

import numpy as np


class Variable:
    def __init__(self, data):
        if data is not None and not isinstance(data, np.ndarray):
            raise TypeError(f"{type(data)} is not supported")
        self.data = data
        self.grad = None
        self.creator = None

    def backward(self):
        if self.grad is None:
            self.grad = np.ones_like(self.data)
        maker = self.creator
        while maker is not None:
            maker.input.grad = maker.backward(maker.output.grad)
            maker = maker.input.creator


class Function:
    def __call__(self, source):
        self.input = source
        self.output = Variable(np.asarray(self.forward(source.data)))
        self.output.creator = self
        return self.output


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


def square(x):
    return Square()(x)


def exp(x):
    return Exp()(x)


leaf = Variable(np.array(0.5))
square(exp(square(leaf))).backward()
print(leaf.grad)

Variable(np.array(1.0))
Variable(None)
Variable(1.0)  # refused: a float is no array
