"""Step 13: backward through functions of several inputs."""

import numpy as np


class Variable:
    def __init__(self, data):
        self.data = data
        self.grad = None
        self.creator = None

    def backward(self):
        if self.grad is None:
            self.grad = np.ones_like(self.data)
        makers = [self.creator]
        while makers:
            maker = makers.pop()
            for source, grad in zip(maker.inputs, maker.gradients(), strict=True):
                source.grad = grad
                if source.creator is not None:
                    makers.append(source.creator)


class Function:
    def __call__(self, *inputs):
        self.inputs = inputs
        self.output = Variable(np.asarray(self.forward(*(v.data for v in inputs))))
        self.output.creator = self
        return self.output

    def gradients(self):
        made = self.backward(self.output.grad)
        return made if isinstance(made, tuple) else (made,)


class Square(Function):
    def forward(self, array):
        return array**2

    def backward(self, gy):
        return 2 * self.inputs[0].data * gy


class Add(Function):
    def forward(self, left, right):
        return left + right

    def backward(self, gy):
        return gy, gy


def square(x):
    return Square()(x)


def add(left, right):
    return Add()(left, right)


a, b = Variable(np.array(2.0)), Variable(np.array(3.0))
total = add(square(a), square(b))
total.backward()
for number in (total.data, a.grad, b.grad):
    print(number)
