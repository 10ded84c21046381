"""Step 4: a derivative from two nearby values."""

import numpy as np


class Variable:
    def __init__(self, data):
        self.data = data


class Function:
    def __call__(self, source):
        self.input = source
        self.output = Variable(self.forward(source.data))
        return self.output


class Square(Function):
    def forward(self, array):
        return array**2


class Exp(Function):
    def forward(self, array):
        return np.exp(array)


def numerical_diff(function, at, eps=1e-4):
    below, above = (function(Variable(at.data + d)).data for d in (-eps, eps))
    return (above - below) / (2 * eps)


def chain(x):
    return Square()(Exp()(Square()(x)))


print(numerical_diff(Square(), Variable(np.array(2.0))))
print(numerical_diff(chain, Variable(np.array(0.5))))
