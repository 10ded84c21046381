"""Step 7: each result knows its maker, so backward finds its own way."""

import numpy as np


class Variable:
    def __init__(self, data):
        self.data = data
        self.grad = None
        self.creator = None

    def set_creator(self, maker):
        self.creator = maker

    def backward(self):
        if self.creator is None:
            return
        source = self.creator.input
        source.grad = self.creator.backward(self.grad)
        source.backward()


class Function:
    def __call__(self, source):
        result = Variable(self.forward(source.data))
        result.set_creator(self)
        self.input, self.output = source, result
        return result


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


start = Variable(np.array(0.5))
middle = Exp()(Square()(start))
end = Square()(middle)

assert end.creator.input is middle
assert middle.creator.input.creator.input is start

end.grad = np.array(1.0)
end.backward()
print(start.grad)
