"""Fine-tuning: the first layers are kept by a hook."""

import ondol.functions as F
import ondol.layers as L
from ondol import optimizers
from ondol.data import DataLoader, digits
from ondol.optimizers import FreezeParam

x, t = digits(train=True)
loader = DataLoader((x, t), batch_size=32, seed=0)
body = L.Sequential(L.Conv2d(8, 3), F.relu, F.flatten)
model = L.Sequential(body, L.Linear(10))
optimizer = optimizers.Adam(lr=0.003).setup(model)
optimizer.add_hook(FreezeParam(body))
for x, t in loader:
    loss = F.softmax_cross_entropy(model(x), t)
    model.cleargrads()
    loss.backward()
    optimizer.update()
