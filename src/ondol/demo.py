"""``python -m ondol demo``: a convolutional network learns to read digits.

This file is also an example: it uses only what every user of ondol has.
"""

from __future__ import annotations

import tempfile
import time
from importlib import import_module
from pathlib import Path
from typing import NamedTuple

import numpy as np

import ondol
import ondol.functions as F
import ondol.layers as L
from ondol import Variable, show
from ondol.data import DataLoader, digits
from ondol.errors import OndolError, tell
from ondol.io import load_weights, save_weights
from ondol.io.atomic import atomic_write
from ondol.models import Model
from ondol.optimizers import Adam

LEARNING_RATE = 0.003


class DemoError(OndolError):
    """Why the demo cannot run."""


class DigitNet(Model):
    """Two convolutions and a linear layer: images of digits in, ten scores out."""

    def __init__(self) -> None:
        self.conv1 = L.Conv2d(32, 3, pad=1)
        self.norm1 = L.BatchNorm()
        self.conv2 = L.Conv2d(64, 3, pad=1)
        self.norm2 = L.BatchNorm()
        self.linear = L.Linear(10)

    def forward(self, x: np.ndarray) -> Variable:
        """``(N, 1, 8, 8)`` to ``(N, 10)``."""
        h = F.relu(self.norm1(self.conv1(x)))
        h = F.max_pool2d(h, 2)  # (N, 32, 4, 4)
        h = F.relu(self.norm2(self.conv2(h)))
        h = F.max_pool2d(h, 2)  # (N, 64, 2, 2)
        h = F.dropout(F.flatten(h), 0.5)  # (N, 256)
        return self.linear(h)


class Epoch(NamedTuple):
    """What one pass over the training images came to."""

    loss: float  # mean over the images, as they were met
    train: float  # accuracy on the training images, after the pass
    test: float  # accuracy on the held-out images, after the pass
    seconds: float


def accuracy(model: Model, x: np.ndarray, t: np.ndarray) -> float:
    """The share of the images `x` that the model reads as the digits `t`."""
    return F.accuracy(model.predict(x), t).item()


def train(model: Model, epochs: int, seed: int) -> list[Epoch]:
    """Train on the digits; print a line for each epoch, and return them."""
    x_train, t_train = digits(train=True)
    x_test, t_test = digits(train=False)
    loader = DataLoader((x_train, t_train), batch_size=64, seed=seed)
    optimizer = Adam().setup(model)
    history = []
    for epoch in range(epochs):
        start = time.perf_counter()
        optimizer.lr = LEARNING_RATE * (1 - epoch / epochs)
        loss = train_epoch(model, optimizer, loader)
        scores = accuracy(model, x_train, t_train), accuracy(model, x_test, t_test)
        history.append(Epoch(loss, *scores, time.perf_counter() - start))
        report(history, epochs)
    return history


def train_epoch(model: Model, optimizer: Adam, loader: DataLoader) -> float:
    """One pass over the training images; returns the mean loss."""
    from tqdm import tqdm  # type: ignore[import-untyped]

    total = 0.0
    # disable=None: no bar where standard error is not a terminal.
    for x, t in tqdm(loader, unit="batch", leave=False, disable=None):
        loss = F.softmax_cross_entropy(model(x), t)
        model.cleargrads()
        loss.backward()
        optimizer.update()
        total += loss.item() * len(t)
    return total / len(loader.dataset)


def report(history: list[Epoch], epochs: int) -> None:
    """Print the last epoch, also into a pipe at once."""
    last = history[-1]
    print(
        f"epoch {len(history):2}/{epochs}  loss {last.loss:.4f}  train accuracy "
        f"{last.train:.4f}  test accuracy {last.test:.4f}  {last.seconds:.2f} s",
        flush=True,
    )


def draw(path: Path, history: list[Epoch], predicted: np.ndarray) -> None:
    """Write a picture of the learning curve and of the test images."""
    losses, train, test, _ = zip(*history, strict=True)
    figure = show.new_figure(12, 6)
    left, right = figure.subfigures(1, 2, width_ratios=(2, 3))
    accuracies = {"train": train, "test": test}
    show.learning_curves(left, {"loss": {"train": losses}, "accuracy": accuracies})
    show.prediction_grid(right, *digits(train=False), predicted)
    with atomic_write(path) as temporary:
        figure.savefig(temporary, format="png")


def require(*extras: str) -> None:
    """Find out that a library is missing before the training, not after it."""
    for name in extras:
        try:
            import_module(name)
        except ImportError:
            raise tell(DemoError, "demo-library", name=name) from None


def prepare(out: Path) -> None:
    """Make the folder to write to, and find out now whether it can be written to."""
    if out.exists() and not out.is_dir():
        raise tell(DemoError, "demo-out-file", out=out)
    try:
        out.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=out):
            pass
    except OSError as error:
        fields = {"out": out, "reason": error.strerror}
        raise tell(DemoError, "demo-out-forbidden", **fields) from None


def demo(seed: int, epochs: int, out: Path) -> None:
    """Train, save, draw, reload, and print the accuracy of what was reloaded.

    Args:
        seed: the same seed gives the same numbers.
        epochs: passes over the training images, at least 1.
        out: the folder for ``weights.safetensors`` and ``digits.png``; made if need be.

    Raises:
        DemoError: a library is missing, the folder cannot be used, or the reloaded
            model does not predict as the trained one does.
        OSError: a file cannot be written.
    """
    require("tqdm", "matplotlib", "safetensors")
    prepare(out)
    ondol.seed(seed)
    model = DigitNet()
    history = train(model, epochs, seed)
    x, t = digits(train=False)
    predicted = model.predict(x).argmax(axis=1)

    weights, picture = out / "weights.safetensors", out / "digits.png"
    save_weights(weights, model)
    draw(picture, history, predicted)
    print(f"wrote {weights} and {picture}")

    reloaded = DigitNet()
    load_weights(weights, reloaded)
    if not np.array_equal(reloaded.predict(x).argmax(axis=1), predicted):
        raise tell(DemoError, "demo-other-predictions", path=weights)
    print(f"the reloaded weights give the same {len(x)} predictions")
    print(f"test accuracy {accuracy(reloaded, x, t):.4f}")
