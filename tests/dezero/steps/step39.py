"""Step 39: sums over everything, over an axis, with the axes kept."""

import dezero.functions as F
import numpy as np
from dezero import Variable

for shape, axis in (((6,), None), ((2, 3), None), ((2, 3), 0)):
    numbers = Variable(np.arange(1, 7).reshape(shape))
    total = F.sum(numbers) if axis is None else F.sum(numbers, axis=axis)
    total.backward()
    print(total)
    print(numbers.grad)

print(Variable(np.random.randn(2, 3, 4, 5)).sum(keepdims=True).shape)
