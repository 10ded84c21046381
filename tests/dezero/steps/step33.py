"""Step 33: Newton's method, the second derivative by differentiating twice."""

import numpy as np
from dezero import Variable

at = Variable(np.array(2.0))
for step in range(10):
    print(step, at)
    valley = at**4 - 2 * at**2
    at.cleargrad()
    valley.backward(create_graph=True)

    slope = at.grad
    at.cleargrad()
    slope.backward()
    curvature = at.grad

    at.data -= slope.data / curvature.data
