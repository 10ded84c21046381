"""Step 2: functions take a box and return a box."""

import contextlib
from dataclasses import dataclass

import numpy as np


@dataclass
class Variable:
    data: np.ndarray


class Function:
    def __call__(self, box):
        return Variable(self.forward(box.data))

    def forward(self, array):
        raise NotImplementedError


class Square(Function):
    def forward(self, array):
        return array**2


hundred = Square()(Variable(np.array(10)))
print(type(hundred))
print(hundred.data)

with contextlib.suppress(NotImplementedError):  # only its children compute
    Function()(hundred)
