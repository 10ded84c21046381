"""Handwritten digits by `fit`: checkpoints, early stopping, averaged weights.

Run it with ``python examples/fit_digits.py``; stop it with Ctrl-C, run it again, and it
goes on where it was. The numbers, a picture of the learning curves and the weights are
in the folder ``fit-digits``.
"""

import ondol
import ondol.functions as F
import ondol.layers as L
from ondol import optimizers
from ondol.data import DataLoader, digits
from ondol.models import Model
from ondol.train import fit, metrics


class Net(Model):
    """A convolution, and a layer of scores."""

    def __init__(self):
        self.conv = L.Conv2d(16, 3, pad=1)
        self.norm = L.BatchNorm()
        self.scores = L.Linear(10)

    def forward(self, x):
        """``(N, 1, 8, 8)`` to ``(N, 10)``."""
        h = F.max_pool2d(F.relu(self.norm(self.conv(x))), 2)
        return self.scores(F.dropout(F.flatten(h), 0.3))


def main(folder="fit-digits", epochs=15, compiled=True):
    """Train, or go on with it; print and return the accuracy of the best epoch."""
    ondol.seed(0)
    model = Net()
    loader = DataLoader(digits(train=True), batch_size=64, seed=0)
    history = fit(
        model,
        loader,
        F.softmax_cross_entropy,
        optimizers.Adam(lr=0.01),
        epochs,
        validation=digits(train=False),
        metrics=[metrics.Accuracy(), metrics.TopK(2)],
        schedule=optimizers.Cosine(steps=epochs * len(loader), warmup=20),
        average=optimizers.EMA(model, 0.95),
        patience=5,
        compiled=compiled,
        folder=folder,
    )
    print(history)
    accuracy = history.best["val_accuracy"]
    print(f"epoch {history.best['epoch']} was the best: accuracy {accuracy:.3f}")
    return accuracy


if __name__ == "__main__":
    main()
