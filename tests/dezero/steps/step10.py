"""Step 10: the square, tested by unittest: values, gradients, nearby values."""

import unittest

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


class Square:
    def __call__(self, source):
        self.input = source
        self.output = Variable(np.asarray(source.data**2))
        self.output.creator = self
        return self.output

    def backward(self, gy):
        return 2 * self.input.data * gy


def square(x):
    return Square()(x)


def numerical_diff(function, at, eps=1e-4):
    below, above = (function(Variable(at.data + d)).data for d in (-eps, eps))
    return (above - below) / (2 * eps)


class TestOfSquare(unittest.TestCase):
    def test_value(self):
        assert square(Variable(np.array(2.0))).data == 4.0

    def test_gradient(self):
        leaf = Variable(np.array(3.0))
        square(leaf).backward()
        assert leaf.grad == 6.0

    def test_gradient_against_nearby_values(self):
        leaf = Variable(np.random.rand(1))
        square(leaf).backward()
        assert np.allclose(leaf.grad, numerical_diff(square, leaf))


if __name__ == "__main__":
    unittest.main()
