"""Step 14: a variable used twice gets both gradients; cleargrad starts afresh."""

import numpy as np


class Variable:
    def __init__(self, data):
        self.data = data
        self.creator = None
        self.cleargrad()

    def cleargrad(self):
        self.grad = None

    def receive(self, grad):
        self.grad = grad if self.grad is None else self.grad + grad

    def backward(self):
        if self.grad is None:
            self.grad = np.ones_like(self.data)
        makers = [self.creator]
        while makers:
            maker = makers.pop()
            for source in maker.inputs:
                source.receive(maker.output.grad)
                if source.creator is not None:
                    makers.append(source.creator)


class Add:
    def __call__(self, left, right):
        self.inputs = (left, right)
        self.output = Variable(np.asarray(left.data + right.data))
        self.output.creator = self
        return self.output


def add(left, right):
    return Add()(left, right)


three = Variable(np.array(3.0))
add(three, three).backward()
print(three.grad)

three.cleargrad()
add(add(three, three), three).backward()
print(three.grad)
