"""Step 20: plus and times."""

import weakref

import numpy as np


class Variable:
    def __init__(self, data):
        self.data = data
        self.grad = None
        self.creator = None
        self.generation = 0

    def __repr__(self):
        return f"variable({self.data})"

    def receive(self, grad):
        self.grad = grad if self.grad is None else self.grad + grad

    def backward(self):
        self.receive(np.ones_like(self.data))
        waiting = {self.creator}
        while waiting:
            latest = max(waiting, key=lambda maker: maker.generation)
            waiting.remove(latest)
            grads = latest.backward(latest.output().grad)
            for source, grad in zip(latest.inputs, grads, strict=True):
                source.receive(grad)
                if source.creator is not None:
                    waiting.add(source.creator)


class Function:
    def __call__(self, *inputs):
        result = Variable(np.asarray(self.forward(*(v.data for v in inputs))))
        self.generation = max(v.generation for v in inputs)
        self.inputs, self.output = inputs, weakref.ref(result)
        result.creator, result.generation = self, self.generation + 1
        return result


class Add(Function):
    def forward(self, left, right):
        return left + right

    def backward(self, gy):
        return gy, gy


class Mul(Function):
    def forward(self, left, right):
        return left * right

    def backward(self, gy):
        left, right = (v.data for v in self.inputs)
        return right * gy, left * gy


def add(left, right):
    return Add()(left, right)


def mul(left, right):
    return Mul()(left, right)


Variable.__add__ = add
Variable.__mul__ = mul

three, two, one = (Variable(np.array(number)) for number in (3.0, 2.0, 1.0))
seven = three * two + one
seven.backward()
print(seven)
print(three.grad)
print(two.grad)
