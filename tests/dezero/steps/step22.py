"""Step 22: minus, division, powers, and their mirrored forms."""

import numpy as np


class Variable:
    __array_priority__ = 200

    def __init__(self, data):
        self.data = data
        self.grad = None
        self.creator = None

    def __repr__(self):
        return f"variable({self.data})"

    def backward(self):
        self.grad = np.ones_like(self.data)
        self.creator.inputs[0].grad = self.creator.backward(self.grad)


class Function:
    def __call__(self, *operands):
        self.inputs = [v if isinstance(v, Variable) else Variable(v) for v in operands]
        result = Variable(np.asarray(self.forward(*(v.data for v in self.inputs))))
        result.creator = self
        return result


class Neg(Function):
    def forward(self, array):
        return -array


class Sub(Function):
    def forward(self, left, right):
        return left - right


class Div(Function):
    def forward(self, left, right):
        return left / right


class Pow(Function):
    def __init__(self, exponent):
        self.exponent = exponent

    def forward(self, array):
        return array**self.exponent

    def backward(self, gy):
        n = self.exponent
        return n * self.inputs[0].data ** (n - 1) * gy


def mirrored(function):
    return lambda right, left: function()(np.asarray(left), right)


Variable.__neg__ = lambda x: Neg()(x)
Variable.__sub__ = lambda x, other: Sub()(x, np.asarray(other))
Variable.__rsub__ = mirrored(Sub)
Variable.__truediv__ = lambda x, other: Div()(x, np.asarray(other))
Variable.__rtruediv__ = mirrored(Div)
Variable.__pow__ = lambda x, exponent: Pow(exponent)(x)

two = Variable(np.array(2.0))
for result in (-two, 2.0 - two, two - 1.0, 3.0 / two):
    print(result)

cube = two**3
cube.backward()
print(cube)
assert two.grad == 12.0
