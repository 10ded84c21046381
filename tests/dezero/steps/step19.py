"""Step 19: a variable that looks like its array, with a name."""

import numpy as np


class Variable:
    def __init__(self, data, name=None):
        self.data = data
        self.name = name

    def __len__(self):
        return len(self.data)

    def __repr__(self):
        indent = "\n" + " " * len("variable(")
        return f"variable({indent.join(str(self.data).splitlines())})"


for attribute in ("shape", "ndim", "size", "dtype"):
    of_data = property(lambda self, what=attribute: getattr(self.data, what))
    setattr(Variable, attribute, of_data)

table = Variable(np.array([[1, 2, 3], [4, 5, 6]]))
table.name = "x"
print(table.name)
print(table.shape)
print(table)

assert (len(table), table.ndim, table.size) == (2, 2, 6)
assert table.dtype == table.data.dtype
assert repr(Variable(None)) == "variable(None)"
