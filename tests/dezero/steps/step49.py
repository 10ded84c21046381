"""Step 49: the spiral as a data set, one example at a time."""

import math

import dezero
import dezero.functions as F
import numpy as np
from dezero import optimizers
from dezero.models import MLP

BATCH = 30

spiral = dezero.datasets.Spiral(train=True)
model = MLP((10, 3))
optimizer = optimizers.SGD(1.0).setup(model)

for epoch in range(1, 301):
    order = np.random.permutation(len(spiral))
    total = 0
    for i in range(math.ceil(len(spiral) / BATCH)):
        examples = [spiral[j] for j in order[i * BATCH : (i + 1) * BATCH]]
        points, arms = (np.array(part) for part in zip(*examples, strict=True))
        loss = F.softmax_cross_entropy(model(points), arms)
        model.cleargrads()
        loss.backward()
        optimizer.update()
        total += float(loss.data) * len(arms)
    print(f"epoch {epoch}, loss {total / len(spiral):.2f}")
