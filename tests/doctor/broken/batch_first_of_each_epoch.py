# finds doctor-same-batch
"""next(iter(loader)) begins anew each time."""

import ondol.functions as F
from ondol import optimizers
from ondol.data import DataLoader, digits
from ondol.models import MLP

x, t = digits(train=True)
loader = DataLoader((x.reshape(-1, 64), t), batch_size=32, shuffle=False)
model = MLP((50, 10), activation=F.relu)
optimizer = optimizers.Adam(lr=0.003).setup(model)
for _ in range(100):
    x, t = next(iter(loader))
    loss = F.softmax_cross_entropy(model(x), t)
    model.cleargrads()
    loss.backward()
    optimizer.update()
