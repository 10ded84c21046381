"""Step 24: functions that optimizers are tested on, differentiated."""

import numpy as np
from dezero import Variable


def sphere(u, v):
    return u**2 + v**2


def matyas(u, v):
    return 0.26 * sphere(u, v) - 0.48 * u * v


def goldstein_price(u, v):
    first = 19 - 14 * u + 3 * u**2 - 14 * v + 6 * u * v + 3 * v**2
    second = 18 - 32 * u + 12 * u**2 + 48 * v - 36 * u * v + 27 * v**2
    return (1 + (u + v + 1) ** 2 * first) * (30 + (2 * u - 3 * v) ** 2 * second)


for function in (sphere, matyas, goldstein_price):
    u, v = Variable(np.array(1.0)), Variable(np.array(1.0))
    function(u, v).backward()
    print(u.grad, v.grad)
