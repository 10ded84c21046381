"""Step 41: a matrix product."""

import dezero.functions as F
import numpy as np
from dezero import Variable

np.random.seed(41)
left, right = Variable(np.random.randn(2, 3)), Variable(np.random.randn(3, 4))
F.matmul(left, right).backward()
for variable in (left, right):
    print(variable.grad.shape)
    print(variable.grad)
