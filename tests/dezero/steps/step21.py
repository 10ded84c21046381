"""Step 21: numbers and arrays on either side of an operator."""

import numpy as np


class Variable:
    __array_priority__ = 200  # so that array + Variable asks the Variable

    def __init__(self, data):
        if data is not None and not isinstance(data, np.ndarray):
            raise TypeError(f"{type(data)} is not supported")
        self.data = data

    def __repr__(self):
        return f"variable({self.data})"


def as_array(x):
    return np.array(x) if np.isscalar(x) else x


def as_variable(x):
    return x if isinstance(x, Variable) else Variable(x)


def operator(compute):
    def apply(left, right):
        operands = (as_variable(left), as_variable(as_array(right)))
        return Variable(np.asarray(compute(*(v.data for v in operands))))

    return apply


Variable.__add__ = Variable.__radd__ = operator(np.add)
Variable.__mul__ = Variable.__rmul__ = operator(np.multiply)

two = Variable(np.array(2.0))
print(two + np.array(3.0))
print(two + 3.0)
print(3.0 * two + 1.0)

both = np.array([1.0, 2.0]) + two
assert isinstance(both, Variable)
