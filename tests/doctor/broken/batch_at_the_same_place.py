# finds doctor-same-batch
"""The loop counts, but the slice does not move."""

import ondol.functions as F
from ondol import optimizers
from ondol.data import digits
from ondol.models import MLP

x, t = digits(train=True)
x = x.reshape(-1, 64)
model = MLP((50, 10), activation=F.relu)
optimizer = optimizers.Adam(lr=0.003).setup(model)
for _ in range(0, len(x), 32):
    loss = F.softmax_cross_entropy(model(x[:32]), t[:32])
    model.cleargrads()
    loss.backward()
    optimizer.update()
