# finds doctor-diverging
"""A learning rate for another optimizer."""

import ondol
import ondol.functions as F
from ondol import optimizers
from ondol.data import DataLoader, digits
from ondol.models import MLP

ondol.seed(0)
x, t = digits(train=True)
loader = DataLoader((x.reshape(-1, 64), t), batch_size=32, seed=0)
model = MLP((50, 50, 10), activation=F.relu)
optimizer = optimizers.Adam(lr=3.0).setup(model)
for x, t in loader:
    loss = F.softmax_cross_entropy(model(x), t)
    model.cleargrads()
    loss.backward()
    optimizer.update()
