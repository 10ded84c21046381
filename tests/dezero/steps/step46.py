"""Step 46: the same network from the shelf, with an optimizer."""

import dezero.functions as F
import numpy as np
from dezero import optimizers
from dezero.models import MLP

np.random.seed(0)
positions = np.random.rand(100, 1)
heights = np.sin(2 * np.pi * positions) + np.random.rand(100, 1)

curve = MLP((10, 1))
optimizer = optimizers.SGD(0.2).setup(curve)
for step in range(3000):
    loss = F.mean_squared_error(heights, curve(positions))
    curve.cleargrads()
    loss.backward()
    optimizer.update()
    if step % 1000 == 0:
        print(loss)
