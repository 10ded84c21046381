"""Step 16: generations, so that a diamond is walked in the right order."""

import numpy as np


class Variable:
    def __init__(self, data):
        self.data = data
        self.grad = None
        self.creator = None
        self.generation = 0

    def set_creator(self, maker):
        self.creator = maker
        self.generation = maker.generation + 1

    def receive(self, grad):
        self.grad = grad if self.grad is None else self.grad + grad

    def backward(self):
        if self.grad is None:
            self.grad = np.ones_like(self.data)
        waiting = {self.creator}
        while waiting:
            latest = max(waiting, key=lambda maker: maker.generation)
            waiting.remove(latest)
            for source, grad in zip(latest.inputs, latest.gradients(), strict=True):
                source.receive(grad)
                if source.creator is not None:
                    waiting.add(source.creator)


class Function:
    def __call__(self, *inputs):
        self.inputs = inputs
        self.generation = max(source.generation for source in inputs)
        self.output = Variable(np.asarray(self.forward(*(v.data for v in inputs))))
        self.output.set_creator(self)
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


top = Variable(np.array(2.0))
shared = square(top)
bottom = add(square(shared), square(shared))
bottom.backward()

print(bottom.data)
print(top.grad)
