"""Step 52: digits on the GPU, where there is one."""

import os
import sys
import time

sys.path.append(os.path.join(os.path.dirname(__file__), ".."))

import dezero
import dezero.functions as F
import numpy as np
import standins
from dezero import DataLoader, optimizers
from dezero.models import MLP

standins.write_mnist(standins.use(dezero.utils))
np.random.seed(52)

train_set = dezero.datasets.MNIST(train=True)
train_loader = DataLoader(train_set, 100)
model = MLP((1000, 10))
optimizer = optimizers.SGD().setup(model)

if dezero.cuda.gpu_enable:
    train_loader.to_gpu()
    model.to_gpu()

for epoch in range(1, 4):
    began = time.time()
    total = 0
    for images, digits in train_loader:
        loss = F.softmax_cross_entropy(model(images), digits)
        model.cleargrads()
        loss.backward()
        optimizer.update()
        total += float(loss.data) * len(digits)
    # The time itself is different in each run.
    took = "more than 0" if time.time() - began > 0 else "nothing"
    print(f"epoch: {epoch}, loss: {total / len(train_set):.4f}, time: {took}")
