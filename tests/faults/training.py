"""A small training that may be stopped at any moment, and goes on where it was.

    python tests/faults/training.py FOLDER --steps 40 [--compiled] [--keep 3]

It has all that makes a training hard to continue: shuffled batches of two sizes, random
shifts of the images, dropout, running means, momentum, a learning rate that changes.
"""

import argparse

import numpy as np

import ondol
import ondol.functions as F
import ondol.layers as L
from ondol import optimizers
from ondol.data import digits
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


class Training:
    """The parts of a training, and one step of it."""

    def __init__(self, compiled):
        ondol.seed(5)
        self.x, self.t = (array[:SAMPLES] for array in digits(train=True))
        self.model = Net()
        self.optimizer = optimizers.Adam(lr=0.01).setup(self.model)
        self.rng = np.random.default_rng(7)
        self.step = 0
        self.update = ondol.compile(self.learn) if compiled else self.learn
        self.parts = {
            "model": self.model,
            "optimizer": self.optimizer,
            "random": ondol.random.generator,
            "shifts": self.rng,
        }
        if compiled:
            self.parts["update"] = self.update

    def learn(self, x, t):
        loss = F.softmax_cross_entropy(self.model(x), t)
        self.model.cleargrads()
        loss.backward()
        self.optimizer.update()
        return loss

    def batch(self):
        epoch, i = divmod(self.step, -(-SAMPLES // BATCH))
        order = np.random.default_rng([3, epoch]).permutation(SAMPLES)
        chosen = order[i * BATCH : (i + 1) * BATCH]
        shifted = np.roll(self.x[chosen], self.rng.integers(-1, 2), axis=-1)
        return shifted, self.t[chosen]

    def advance(self):
        self.update(*self.batch())
        self.step += 1
        self.optimizer.lr *= 0.99

    def resume(self, checkpoints):
        notes = checkpoints.load(self.parts)
        self.step = notes["step"] if notes else 0

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
