# options --silence doctor-same-batch
"""The first test of a new network: can it learn one batch by heart?"""

import ondol.functions as F
from ondol import optimizers
from ondol.data import digits
from ondol.models import MLP

x, t = digits(train=True)
x, t = x[:16].reshape(-1, 64), t[:16]
model = MLP((50, 10), activation=F.relu)
optimizer = optimizers.Adam(lr=0.01).setup(model)
for _ in range(60):
    loss = F.softmax_cross_entropy(model(x), t)
    model.cleargrads()
    loss.backward()
    optimizer.update()
