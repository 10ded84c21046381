"""Step 44: the same network; layers keep the arrays."""

import dezero.functions as F
import dezero.layers as L
import numpy as np

np.random.seed(0)
positions = np.random.rand(100, 1)
heights = np.sin(2 * np.pi * positions) + np.random.rand(100, 1)

layers = [L.Linear(10), L.Linear(1)]
for step in range(10000):
    hidden = F.sigmoid(layers[0](positions))
    loss = F.mean_squared_error(heights, layers[1](hidden))
    for layer in layers:
        layer.cleargrads()
    loss.backward()
    for layer in layers:
        for parameter in layer.params():
            parameter.data -= 0.2 * parameter.grad.data
    if step % 1000 == 0:
        print(loss)
