"""Step 17: functions hold their results weakly: memory goes without the collector."""

import gc
import weakref

import numpy as np


class Variable:
    def __init__(self, data):
        self.data = data
        self.creator = None


class Square:
    def __call__(self, source):
        self.input = source
        result = Variable(source.data**2)
        result.creator = self
        self.output = weakref.ref(result)
        return result


def square(x):
    return Square()(x)


gc.disable()
graves = []
for _ in range(10):
    big = Variable(np.random.randn(10000))
    result = square(square(square(big)))
    graves.append(weakref.ref(result))
assert [grave() for grave in graves[:-1]] == [None] * 9
