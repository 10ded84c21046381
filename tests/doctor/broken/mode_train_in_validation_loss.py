# finds doctor-train-mode
"""The validation loss is computed by statistics of the validation batch."""

import ondol.functions as F
import ondol.layers as L
from ondol import no_grad, optimizers
from ondol.data import DataLoader, digits

x, t = digits(train=True)
x_test, t_test = digits(train=False)
loader = DataLoader((x, t), batch_size=64, seed=0)
model = L.Sequential(L.Conv2d(8, 3), L.BatchNorm(), F.relu, F.flatten, L.Linear(10))
optimizer = optimizers.MomentumSGD(lr=0.01).setup(model)
for i, (x, t) in enumerate(loader):
    loss = F.softmax_cross_entropy(model(x), t)
    model.cleargrads()
    loss.backward()
    optimizer.update()
    if i % 5 == 4:
        with no_grad():
            print(F.softmax_cross_entropy(model(x_test), t_test))
