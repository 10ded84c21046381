"""A loop by hand that loses nothing: workers, a schedule, checkpoints, an average.

Run it with ``python examples/by_hand.py``; kill it at any moment, run it again, and it
goes on from the last checkpoint, to the very bits that it would have come to anyway.
Checkpoints and a log are in the folder ``by-hand``.
"""

from pathlib import Path

import ondol
import ondol.functions as F
import ondol.layers as L
from ondol import optimizers
from ondol.data import DataLoader, digits
from ondol.data import transforms as T
from ondol.io import Checkpoints
from ondol.models import Model
from ondol.train import Log, metrics

AUGMENT = T.Compose([T.RandomCrop(8, padding=1), T.RandomRotation(10)])


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


def main(folder="by-hand", epochs=10, workers=2, every=10):
    """Train, or go on with it; return the accuracy on the test images."""
    ondol.seed(0)
    model = Net()
    data = digits(train=True)
    loader = DataLoader(data, 64, seed=0, transform=AUGMENT, workers=workers)
    optimizer = optimizers.AdamW(lr=0.01).setup(model)
    optimizer.add_hook(optimizers.ClipGrad(1.0))
    schedule = optimizers.Cosine(epochs * len(loader), warmup=20).setup(optimizer)
    average = optimizers.EMA(model, 0.95)
    mean_loss = metrics.Mean("loss")

    parts = {
        "model": model,
        "loader": loader,
        "optimizer": optimizer,
        "schedule": schedule,
        "average": average,
        "mean loss": mean_loss,
        "random": ondol.random.generator,  # dropout draws from it
    }
    checkpoints = Checkpoints(folder, keep=2, best="max")
    notes = checkpoints.load(parts) or {}  # of the newest one, if there is one
    accuracy = notes.get("score")
    log = Log(Path(folder) / "log.jsonl")
    log.rewind(schedule.t)  # of the steps that will be made again
    x_test, t_test = digits(train=False)

    for epoch in range(loader.epoch, epochs):
        for x, t in loader:
            loss = F.softmax_cross_entropy(model(x), t)
            model.cleargrads()
            loss.backward()
            optimizer.update()
            schedule.update()
            average.update()
            mean_loss.update(loss, len(t))
            if schedule.t % every == 0 and schedule.t % len(loader):
                checkpoints.save(schedule.t, parts)
        with average.applied():
            accuracy = F.accuracy(model.predict(x_test), t_test).item()
        record = {"loss": mean_loss.compute(), "accuracy": accuracy}
        log.write(epoch=epoch + 1, step=schedule.t, **record)
        print(f"epoch {epoch + 1}  loss {record['loss']:.4f}  accuracy {accuracy:.4f}")
        mean_loss.reset()
        checkpoints.save(schedule.t, parts, score=accuracy)
    return accuracy


if __name__ == "__main__":
    main()
