# finds doctor-validation
# options --validation test
"""Two random splits, each by an order of its own."""

import numpy as np

import ondol.functions as F
from ondol import optimizers
from ondol.data import ArrayDataset, DataLoader, digits
from ondol.models import MLP

rng = np.random.default_rng(0)
x, t = digits(train=True)
order = rng.permutation(len(x))[:1000]
train = ArrayDataset(x[order].reshape(-1, 64), t[order])
order = rng.permutation(len(x))[1000:]
test = ArrayDataset(x[order].reshape(-1, 64), t[order])
model = MLP((50, 10), activation=F.relu)
optimizer = optimizers.Adam(lr=0.003).setup(model)
for x, t in DataLoader(train, batch_size=32, seed=0):
    loss = F.softmax_cross_entropy(model(x), t)
    model.cleargrads()
    loss.backward()
    optimizer.update()
