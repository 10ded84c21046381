"""Step 3: a chain of functions."""

from dataclasses import dataclass

import numpy as np


@dataclass
class Variable:
    data: np.ndarray


class Function:
    def __call__(self, box):
        return Variable(self.forward(box.data))


class Square(Function):
    def forward(self, array):
        return array * array


class Exp(Function):
    def forward(self, array):
        return np.exp(array)


value = Variable(np.array(0.5))
for function in (Square(), Exp(), Square()):
    value = function(value)
print(value.data)
