"""One update of three batches, and an average of the weights that is measured."""

import ondol.functions as F
import ondol.layers as L
from ondol import optimizers
from ondol.data import DataLoader, digits

x_train, t_train = digits(train=True)
x_train = x_train.reshape(-1, 64)
model = L.Sequential(L.Linear(32), F.relu, L.Linear(10))
inner = optimizers.Adam(lr=0.003).setup(model)
optimizer = optimizers.Accumulate(inner, 3)
ema = optimizers.EMA(model, 0.9)
xv, tv = digits(train=False)
xv = xv.reshape(-1, 64)
for x, t in DataLoader((x_train, t_train), 32, seed=0):
    loss = F.softmax_cross_entropy(model(x), t)
    model.cleargrads()
    loss.backward()
    optimizer.update()
    ema.update()
    with ema.applied():
        F.accuracy(model.predict(xv), tv)
