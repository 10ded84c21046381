"""Step 18: what need not be kept: gradients on the way, graphs nobody asks for."""

import contextlib
import weakref

import numpy as np


class Config:
    enable_backprop = True


@contextlib.contextmanager
def using_config(name, value):
    before = getattr(Config, name)
    setattr(Config, name, value)
    try:
        yield
    finally:
        setattr(Config, name, before)


def no_grad():
    return using_config("enable_backprop", False)


class Variable:
    def __init__(self, data):
        self.data = data
        self.grad = None
        self.creator = None
        self.generation = 0

    def receive(self, grad):
        self.grad = grad if self.grad is None else self.grad + grad

    def backward(self, retain_grad=False):
        if self.grad is None:
            self.grad = np.ones_like(self.data)
        waiting = {self.creator}
        while waiting:
            latest = max(waiting, key=lambda maker: maker.generation)
            waiting.remove(latest)
            latest.pass_on(retain_grad)
            waiting |= {v.creator for v in latest.inputs if v.creator is not None}


class Function:
    def __call__(self, *inputs):
        result = Variable(np.asarray(self.forward(*(v.data for v in inputs))))
        if Config.enable_backprop:
            self.generation = max(v.generation for v in inputs)
            self.inputs, self.output = inputs, weakref.ref(result)
            result.creator, result.generation = self, self.generation + 1
        return result

    def pass_on(self, retain_grad):
        result = self.output()
        for source, grad in zip(self.inputs, self.backward(result.grad), strict=True):
            source.receive(grad)
        if not retain_grad:
            result.grad = None


class Square(Function):
    def forward(self, array):
        return array**2

    def backward(self, gy):
        return (2 * self.inputs[0].data * gy,)


class Add(Function):
    def forward(self, left, right):
        return left + right

    def backward(self, gy):
        return gy, gy


def square(x):
    return Square()(x)


def add(left, right):
    return Add()(left, right)


a, b = Variable(np.array(1.0)), Variable(np.array(1.0))
half_way = add(a, b)
end = add(a, half_way)
end.backward()
print(end.grad, half_way.grad)
print(a.grad, b.grad)

with using_config("enable_backprop", False):
    assert square(Variable(np.array(2.0))).creator is None

with no_grad():
    assert square(Variable(np.array(2.0))).creator is None
assert square(Variable(np.array(2.0))).creator is not None
