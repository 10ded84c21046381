"""Step 29: Newton's method, the second derivative by hand, in the simple core."""

import dezero
import numpy as np
from dezero import Variable

if not dezero.is_simple_core:
    from dezero.core_simple import Variable, setup_variable

    setup_variable()

at = Variable(np.array(2.0))
for step in range(10):
    print(step, at)
    valley = at**4 - 2 * at**2
    at.cleargrad()
    valley.backward()
    at.data -= at.grad / (12 * at.data**2 - 4)
