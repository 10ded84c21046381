"""Four small batches for each update, on purpose."""

import ondol.functions as F
from ondol import optimizers
from ondol.data import DataLoader, digits
from ondol.models import MLP

x, t = digits(train=True)
loader = DataLoader((x.reshape(-1, 64), t), batch_size=16, seed=0)
model = MLP((50, 10), activation=F.relu)
optimizer = optimizers.SGD(lr=0.2).setup(model)
for i, (x, t) in enumerate(loader):
    loss = F.softmax_cross_entropy(model(x), t) / 4
    loss.backward()
    if i % 4 == 3:
        optimizer.update()
        model.cleargrads()
