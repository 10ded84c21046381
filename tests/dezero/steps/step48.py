"""Step 48: three arms of a spiral; batches by hand."""

import math

import dezero
import dezero.functions as F
import matplotlib.pyplot as plt
import numpy as np
from dezero import optimizers
from dezero.models import MLP

BATCH = 30

points, arms = dezero.datasets.get_spiral(train=True)
model = MLP((10, 3))
optimizer = optimizers.SGD(1.0).setup(model)

for epoch in range(1, 301):
    order = np.random.permutation(len(points))
    total = 0
    for i in range(math.ceil(len(points) / BATCH)):
        chosen = order[i * BATCH : (i + 1) * BATCH]
        loss = F.softmax_cross_entropy(model(points[chosen]), arms[chosen])
        model.cleargrads()
        loss.backward()
        optimizer.update()
        total += float(loss.data) * len(chosen)
    print(f"epoch {epoch}, loss {total / len(points):.2f}")

sides = [
    np.arange(axis.min() - 0.1, axis.max() + 0.1, 0.02, dtype=float)
    for axis in points.T
]
grid = np.meshgrid(*sides)
with dezero.no_grad():
    scores = model(np.stack(grid, axis=2).reshape(-1, 2))
areas = np.argmax(scores.data, axis=1).reshape(grid[0].shape)
print(np.bincount(areas.ravel()))

plt.contourf(*grid, areas)
for arm, marker in enumerate("ox^"):
    plt.scatter(*points[arms == arm].T, s=40, marker=marker)
plt.savefig("step48.png")
plt.close()
