"""Step 8: the same walk as a loop, so that long chains fit."""

import numpy as np


class Variable:
    def __init__(self, data):
        self.data = data
        self.grad = None
        self.creator = None

    def backward(self):
        maker = self.creator
        while maker is not None:
            maker.input.grad = maker.backward(maker.output.grad)
            maker = maker.input.creator


class Function:
    def __call__(self, source):
        self.input = source
        self.output = Variable(self.forward(source.data))
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


class Same(Function):
    def forward(self, array):
        return array

    def backward(self, gy):
        return gy


start = Variable(np.array(0.5))
end = Square()(Exp()(Square()(start)))
for _ in range(2000):  # more than Python's limit of nested calls
    end = Same()(end)
end.grad = np.array(1.0)
end.backward()
print(start.grad)
