"""Step 28: downhill on the banana function, with the book's simple core."""

import dezero
import numpy as np
from dezero import Variable

if not dezero.is_simple_core:
    from dezero.core_simple import Variable, setup_variable

    setup_variable()


def banana(u, v):
    return 100 * (v - u**2) ** 2 + (u - 1) ** 2


u, v = Variable(np.array(0.0)), Variable(np.array(2.0))
for step in range(1000):
    if step % 20 == 0:
        print(u, v)
    height = banana(u, v)
    for variable in (u, v):
        variable.cleargrad()
    height.backward()
    for variable in (u, v):
        variable.data -= 0.001 * variable.grad
