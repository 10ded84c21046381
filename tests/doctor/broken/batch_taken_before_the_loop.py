# finds doctor-same-batch
"""The batch is taken once."""

import ondol.functions as F
from ondol import optimizers
from ondol.data import DataLoader, digits
from ondol.models import MLP

x, t = digits(train=True)
loader = DataLoader((x.reshape(-1, 64), t), batch_size=32, seed=0)
model = MLP((50, 10), activation=F.relu)
optimizer = optimizers.Adam(lr=0.003).setup(model)
x, t = next(iter(loader))
for _ in range(100):
    loss = F.softmax_cross_entropy(model(x), t)
    model.cleargrads()
    loss.backward()
    optimizer.update()
