# finds doctor-nothing-changes
"""A schedule that divides whole numbers: the rate is 0 from the start."""

import ondol.functions as F
from ondol import optimizers
from ondol.data import DataLoader, digits
from ondol.models import MLP

x, t = digits(train=True)
loader = DataLoader((x.reshape(-1, 64), t), batch_size=32, seed=0)
model = MLP((50, 10), activation=F.relu)
optimizer = optimizers.SGD(lr=0.1).setup(model)
for step, (x, t) in enumerate(loader):
    optimizer.lr = 0.1 * (step // 1000)
    loss = F.softmax_cross_entropy(model(x), t)
    model.cleargrads()
    loss.backward()
    optimizer.update()
