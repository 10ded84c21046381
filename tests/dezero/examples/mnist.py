"""Made-up digits, two hidden layers, Adam and weight decay."""

import os
import sys

sys.path.append(os.path.join(os.path.dirname(__file__), ".."))

import dezero
import dezero.functions as F
import numpy as np
import standins
from dezero import DataLoader
from dezero.models import MLP

UNITS = 300

standins.write_mnist(standins.use(dezero.utils))
np.random.seed(1)

train_set = dezero.datasets.MNIST(train=True)
test_set = dezero.datasets.MNIST(train=False)
train_loader = DataLoader(train_set, 100)
test_loader = DataLoader(test_set, 100, shuffle=False)

model = MLP((UNITS, UNITS, 10), activation=F.relu)
optimizer = dezero.optimizers.Adam().setup(model)
optimizer.add_hook(dezero.optimizers.WeightDecay(1e-4))

if dezero.cuda.gpu_enable:
    for movable in (train_loader, test_loader, model):
        movable.to_gpu()


def scores(batches, count, learn):
    """The mean loss and the mean accuracy of a pass over `count` examples."""
    loss_sum = hit_sum = 0
    for images, digits in batches:
        outputs = model(images)
        loss = F.softmax_cross_entropy(outputs, digits)
        hits = F.accuracy(outputs, digits)
        if learn:
            model.cleargrads()
            loss.backward()
            optimizer.update()
        loss_sum += float(loss.data) * len(digits)
        hit_sum += float(hits.data) * len(digits)
    return loss_sum / count, hit_sum / count


for epoch in range(1, 4):
    print(f"epoch: {epoch}")
    means = scores(train_loader, len(train_set), learn=True)
    print("train loss: {:.6f}, accuracy: {}".format(*means))
    with dezero.no_grad():
        means = scores(test_loader, len(test_set), learn=False)
    print("test loss: {:.6f}, accuracy: {}".format(*means))
