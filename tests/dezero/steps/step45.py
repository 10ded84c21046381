"""Step 45: the same network; a model keeps the layers."""

import dezero.functions as F
import dezero.layers as L
import numpy as np
from dezero import Model

np.random.seed(0)
positions = np.random.rand(100, 1)
heights = np.sin(2 * np.pi * positions) + np.random.rand(100, 1)


class Curve(Model):
    def __init__(self, units):
        super().__init__()
        self.inner = L.Linear(units)
        self.outer = L.Linear(1)

    def forward(self, at):
        return self.outer(F.sigmoid(self.inner(at)))


curve = Curve(10)
for step in range(3000):
    loss = F.mean_squared_error(heights, curve(positions))
    curve.cleargrads()
    loss.backward()
    for parameter in curve.params():
        parameter.data -= 0.2 * parameter.grad.data
    if step % 1000 == 0:
        print(loss)
