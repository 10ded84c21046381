"""Step 40: what was broadcast is summed on the way back."""

import numpy as np
from dezero import Variable

row, one = Variable(np.array([1, 2, 3])), Variable(np.array([10]))
total = row + one
print(total)

total.backward()
print(one.grad)
