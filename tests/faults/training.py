"""A small training that may be stopped at any moment, and goes on where it was.

    python tests/faults/training.py FOLDER --steps 40 [--compiled] [--keep 3]

It has all that makes a training hard to continue: shuffled batches of two sizes, random
shifts and noise, dropout, running means, momentum, a schedule of the learning rate.
"""

import argparse

import numpy as np

import ondol
import ondol.functions as F
import ondol.layers as L
from ondol import optimizers
from ondol.data import DataLoader, digits
from ondol.io import Checkpoints
from ondol.models import Model

SAMPLES, BATCH = 88, 16  # six batches, the last one of 8: no epoch ends with a save


class Net(Model):
    """Convolution, batch norm, dropout; the sizes come from the first batch."""

    def __init__(self):
        self.conv = L.Conv2d(4, 3, pad=1)
        self.norm = L.BatchNorm()
        self.linear = L.Linear(10)

    def forward(self, x):
        h = F.relu(self.norm(self.conv(x)))
        return self.linear(F.dropout(F.flatten(F.max_pool2d(h, 2)), 0.3))


def shifted(sample, rng):
    """The image of a sample moved to the left, to the right, or not at all."""
    x, t = sample
    return np.roll(x, rng.integers(-1, 2), axis=-1), t


class Training:
    """The parts of a training, and one step of it."""

    def __init__(self, compiled):
        ondol.seed(5)
        x, t = (array[:SAMPLES] for array in digits(train=True))
        self.loader = DataLoader((x, t), BATCH, seed=3, transform=shifted)
        self.model = Net()
        self.optimizer = optimizers.Adam().setup(self.model)
        self.schedule = optimizers.Cosine(steps=100, warmup=5).setup(self.optimizer)
        self.noise = np.random.default_rng(7)
        self.step = 0
        self.learn = ondol.compile(self.update) if compiled else self.update
        self.parts = {
            "model": self.model,
            "optimizer": self.optimizer,
            "schedule": self.schedule,
            "loader": self.loader,
            "random": ondol.random.generator,
            "noise": self.noise,
        }
        if compiled:
            self.parts["learn"] = self.learn
        self.batches = self.forever()

    def update(self, x, t):
        loss = F.softmax_cross_entropy(self.model(x), t)
        self.model.cleargrads()
        loss.backward()
        self.optimizer.update()
        return loss

    def forever(self):
        while True:
            yield from self.loader

    def advance(self):
        x, t = next(self.batches)
        self.learn(x + self.noise.normal(0, 0.1, x.shape).astype(x.dtype), t)
        self.schedule.update()
        self.step += 1

    def resume(self, checkpoints):
        notes = checkpoints.load(self.parts)
        self.step = notes["step"] if notes else 0
        self.batches = self.forever()

    def save(self, checkpoints):
        checkpoints.save(self.step, self.parts)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder")
    parser.add_argument("--steps", type=int, required=True)
    parser.add_argument("--keep", type=int)
    parser.add_argument("--compiled", action="store_true")
    options = parser.parse_args()
    training = Training(options.compiled)
    checkpoints = Checkpoints(options.folder, keep=options.keep)
    training.resume(checkpoints)
    print("ready", flush=True)
    while training.step < options.steps:
        training.advance()
        training.save(checkpoints)


if __name__ == "__main__":
    main()
