"""The spiral with batch normalization."""

import dezero
import dezero.functions as F
import dezero.layers as L
import matplotlib.pyplot as plt
import numpy as np
from dezero import DataLoader, Model, optimizers

spirals = [dezero.datasets.Spiral(train=train) for train in (True, False)]
train_loader = DataLoader(spirals[0], 30)
test_loader = DataLoader(spirals[1], 30, shuffle=False)


class Network(Model):
    def __init__(self, units, classes):
        super().__init__()
        self.inner = L.Linear(units)
        self.outer = L.Linear(classes)
        self.norm = L.BatchNorm()

    def forward(self, points):
        return self.outer(F.sigmoid(self.norm(self.inner(points))))


model = Network(10, 3)
optimizer = optimizers.SGD(1.0).setup(model)
for epoch in range(100):
    for points, arms in train_loader:
        loss = F.softmax_cross_entropy(model(points), arms)
        model.cleargrads()
        loss.backward()
        optimizer.update()
    if epoch % 10 == 0:
        print("loss:", loss.data)

points, arms = (np.array(part) for part in zip(*spirals[0], strict=False))
sides = [np.arange(a.min() - 0.1, a.max() + 0.1, 0.02, dtype=float) for a in points.T]
grid = np.meshgrid(*sides)
with dezero.test_mode():
    scores = model(np.stack(grid, axis=2).reshape(-1, 2))
    hits = [float(F.accuracy(model(xs), ts).data) for xs, ts in test_loader]
areas = np.argmax(scores.data, axis=1).reshape(grid[0].shape)
print(np.bincount(areas.ravel()), np.round(np.mean(hits), 4))

plt.contourf(*grid, areas)
for arm, marker in enumerate("ox^"):
    plt.scatter(*points[arms == arm].T, s=40, marker=marker)
plt.savefig("spiral.png")
plt.close()
