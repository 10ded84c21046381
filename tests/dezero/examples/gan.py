"""Two networks, one that forges digits and one that finds the forgeries; small."""

import os
import sys

sys.path.append(os.path.join(os.path.dirname(__file__), ".."))

import dezero
import dezero.functions as F
import dezero.layers as L
import matplotlib.pyplot as plt
import numpy as np
import standins
from dezero import DataLoader
from dezero.models import Sequential
from dezero.optimizers import Adam

BATCH, NOISE, CHANNELS = 32, 20, 16

standins.write_mnist(standins.use(dezero.utils), train=330)
np.random.seed(2)

forger = Sequential(
    L.Linear(64),
    L.BatchNorm(),
    F.relu,
    L.Linear(CHANNELS * 7 * 7),
    L.BatchNorm(),
    F.relu,
    lambda rows: F.reshape(rows, (-1, CHANNELS, 7, 7)),
    L.Deconv2d(CHANNELS // 2, kernel_size=4, stride=2, pad=1),
    L.BatchNorm(),
    F.relu,
    L.Deconv2d(1, kernel_size=4, stride=2, pad=1),
    F.sigmoid,
)
expert = Sequential(
    L.Conv2d(8, kernel_size=4, stride=2, pad=1),
    F.leaky_relu,
    L.Conv2d(16, kernel_size=4, stride=2, pad=1),
    L.BatchNorm(),
    F.leaky_relu,
    F.flatten,
    L.Linear(64),
    L.BatchNorm(),
    F.leaky_relu,
    L.Linear(1),
    F.sigmoid,
)

# One forgery passes through both, so that all weights have their shapes.
expert(forger(np.random.rand(1, NOISE)))
for layer in expert.layers + forger.layers:
    if type(layer).__name__ in ("Conv2d", "Linear", "Deconv2d"):
        layer.W.data = 0.02 * np.random.randn(*layer.W.data.shape)

forger_optimizer = Adam(alpha=0.0002, beta1=0.5).setup(forger)
expert_optimizer = Adam(alpha=0.0002, beta1=0.5).setup(expert)

scale = lambda image: (image / 255.0).astype(np.float32)
train_set = dezero.datasets.MNIST(train=True, transform=scale)
train_loader = DataLoader(train_set, BATCH)

if dezero.cuda.gpu_enable:
    for movable in (forger, expert, train_loader):
        movable.to_gpu()
    xp = dezero.cuda.cupy
else:
    xp = np

genuine, forged = xp.ones(BATCH).astype(int), xp.zeros(BATCH).astype(int)
same_noise = xp.random.randn(25, NOISE).astype(np.float32)


def show(name):
    with dezero.test_mode():
        images = dezero.cuda.as_numpy(forger(same_noise).data)
    rows = images.reshape(5, 5, 28, 28).transpose(0, 2, 1, 3)
    plt.imsave(name, rows.reshape(140, 140), cmap="gray")


for epoch in range(2):
    forger_sum = expert_sum = 0
    for count, (images, _) in enumerate(train_loader, 1):
        if len(images) != BATCH:
            continue  # the short batch at the end
        forgeries = forger(xp.random.randn(BATCH, NOISE).astype(np.float32))
        on_genuine, on_forged = expert(images), expert(forgeries.data)
        expert_loss = F.binary_cross_entropy(on_genuine, genuine)
        expert_loss = expert_loss + F.binary_cross_entropy(on_forged, forged)
        for network in (forger, expert):
            network.cleargrads()
        expert_loss.backward()
        expert_optimizer.update()

        forger_loss = F.binary_cross_entropy(expert(forgeries), genuine)
        for network in (forger, expert):
            network.cleargrads()
        forger_loss.backward()
        forger_optimizer.update()

        forger_sum += forger_loss.data
        expert_sum += expert_loss.data
        if count % 5 == 0:
            part = epoch + count / train_loader.max_iter
            means = float(forger_sum / count), float(expert_sum / count)
            print("epoch: {:.2f}, loss_g: {:.4f}, loss_d: {:.4f}".format(part, *means))
            show("forgeries.png")
