"""Three arms of a spiral, told apart by a small network in a loop written out in full.

Run it with ``python examples/spiral.py`` (book step 48).
"""

import numpy as np

import ondol
import ondol.functions as F
from ondol import optimizers
from ondol.models import MLP


def spiral(points=100, classes=3, seed=0):
    """Points on spiral arms, float32 ``(N, 2)``, and their arms, int64 ``(N,)``."""
    rng = np.random.default_rng(seed)
    arm = np.repeat(np.arange(classes), points)
    radius = np.tile(np.arange(points) / points, classes)
    angle = 4 * (arm + radius) + 0.2 * rng.standard_normal(arm.size)
    x = radius * np.array([np.sin(angle), np.cos(angle)])
    return x.T.astype(np.float32), arm


def main(epochs=300, every=50, batch_size=30, seed=0):
    """Train, print the loss now and then, and return the accuracy."""
    ondol.seed(seed)
    rng = np.random.default_rng(seed)
    x, t = spiral()
    model = MLP((10, 3))
    optimizer = optimizers.SGD(lr=1.0).setup(model)
    for epoch in range(1, epochs + 1):
        total = 0.0
        for batch in np.split(rng.permutation(len(x)), len(x) // batch_size):
            loss = F.softmax_cross_entropy(model(x[batch]), t[batch])
            model.cleargrads()
            loss.backward()
            optimizer.update()
            total += loss.item() * len(batch)
        if epoch % every == 0:
            print(f"epoch {epoch:3}  loss {total / len(x):.4f}")
    score = F.accuracy(model.predict(x), t).item()
    print(f"accuracy {score:.3f}")
    return score


if __name__ == "__main__":
    main()
