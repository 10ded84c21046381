"""Step 26: the picture of a graph."""

import numpy as np
from dezero import Variable
from dezero.utils import plot_dot_graph


def goldstein_price(u, v):
    first = 19 - 14 * u + 3 * u**2 - 14 * v + 6 * u * v + 3 * v**2
    second = 18 - 32 * u + 12 * u**2 + 48 * v - 36 * u * v + 27 * v**2
    return (1 + (u + v + 1) ** 2 * first) * (30 + (2 * u - 3 * v) ** 2 * second)


u, v = Variable(np.array(1.0)), Variable(np.array(1.0))
height = goldstein_price(u, v)
height.backward()

for variable, name in ((u, "u"), (v, "v"), (height, "height")):
    variable.name = name
plot_dot_graph(height, verbose=False, to_file="goldstein.png")
print(height, u.grad, v.grad)
