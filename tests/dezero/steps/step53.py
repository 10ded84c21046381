"""Step 53: weights saved after training, loaded when training goes on."""

import os
import sys

sys.path.append(os.path.join(os.path.dirname(__file__), ".."))

import dezero
import dezero.functions as F
import numpy as np
import standins
from dezero import DataLoader, optimizers
from dezero.models import MLP

WEIGHTS = "digits.npz"

standins.write_mnist(standins.use(dezero.utils))
np.random.seed(53)


def train(epochs):
    train_set = dezero.datasets.MNIST(train=True)
    train_loader = DataLoader(train_set, 100)
    model = MLP((100, 10))
    optimizer = optimizers.SGD().setup(model)
    if os.path.exists(WEIGHTS):
        model.load_weights(WEIGHTS)
    for epoch in range(1, epochs + 1):
        total = 0
        for images, digits in train_loader:
            loss = F.softmax_cross_entropy(model(images), digits)
            model.cleargrads()
            loss.backward()
            optimizer.update()
            total += float(loss.data) * len(digits)
        print(f"epoch: {epoch}, loss: {total / len(train_set):.4f}")
    model.save_weights(WEIGHTS)


for _ in range(2):  # the second time goes on where the first one stopped
    train(2)
with np.load(WEIGHTS) as saved:
    for key in sorted(saved):
        print(key, saved[key].dtype, saved[key].shape)
