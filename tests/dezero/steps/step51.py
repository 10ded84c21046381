"""Step 51: digits, on a made-up MNIST."""

import os
import sys

sys.path.append(os.path.join(os.path.dirname(__file__), ".."))

import dezero
import dezero.functions as F
import numpy as np
import standins
from dezero import DataLoader, optimizers
from dezero.models import MLP

standins.write_mnist(standins.use(dezero.utils))
np.random.seed(51)

train_set = dezero.datasets.MNIST(train=True)
test_set = dezero.datasets.MNIST(train=False)
train_loader = DataLoader(train_set, 100)
test_loader = DataLoader(test_set, 100, shuffle=False)
model = MLP((1000, 10))
optimizer = optimizers.SGD().setup(model)
print(len(train_set), train_set[0][0].dtype, train_set[0][0].shape)

for epoch in range(1, 4):
    loss_sum = hit_sum = 0
    for images, digits in train_loader:
        outputs = model(images)
        loss = F.softmax_cross_entropy(outputs, digits)
        hits = F.accuracy(outputs, digits)
        model.cleargrads()
        loss.backward()
        optimizer.update()
        loss_sum += float(loss.data) * len(digits)
        hit_sum += float(hits.data) * len(digits)
    means = loss_sum / len(train_set), hit_sum / len(train_set)
    print(f"epoch: {epoch}")
    print("train loss: {:.4f}, accuracy: {:.4f}".format(*means))

    loss_sum = hit_sum = 0
    with dezero.no_grad():
        for images, digits in test_loader:
            outputs = model(images)
            loss = F.softmax_cross_entropy(outputs, digits)
            loss_sum += float(loss.data) * len(digits)
            hit_sum += float(F.accuracy(outputs, digits).data) * len(digits)
    means = loss_sum / len(test_set), hit_sum / len(test_set)
    print("test loss: {:.4f}, accuracy: {:.4f}".format(*means))
