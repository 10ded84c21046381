"""Step 11: functions of several inputs, given and returned in lists."""

import numpy as np


class Variable:
    def __init__(self, data):
        self.data = data
        self.creator = None


class Function:
    def __call__(self, inputs):
        arrays = self.forward([box.data for box in inputs])
        self.inputs = inputs
        self.outputs = [Variable(np.asarray(array)) for array in arrays]
        for box in self.outputs:
            box.creator = self
        return self.outputs


class Add(Function):
    def forward(self, arrays):
        left, right = arrays
        return (left + right,)


(total,) = Add()([Variable(np.array(2)), Variable(np.array(3))])
print(total.data)
