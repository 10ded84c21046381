"""Step 36: a loss that has a gradient inside."""

import numpy as np
from dezero import Variable

two = Variable(np.array(2.0))
square = two**2
square.backward(create_graph=True)
slope = two.grad
two.cleargrad()

(slope**3 + square).backward()
print(two.grad)
