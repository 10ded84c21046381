"""Fine-tuning: features are computed in test mode and without a graph."""

import ondol.functions as F
import ondol.layers as L
from ondol import no_grad, optimizers, test_mode
from ondol.data import DataLoader, digits

x, t = digits(train=True)
loader = DataLoader((x, t), batch_size=32, seed=0)
body = L.Sequential(L.Conv2d(8, 3), L.BatchNorm(), F.relu, F.flatten)
head = L.Sequential(L.Dropout(0.2), L.Linear(10))
optimizer = optimizers.Adam(lr=0.003).setup(head)
for x, t in loader:
    with no_grad(), test_mode():
        features = body(x)
    loss = F.softmax_cross_entropy(head(features), t)
    head.cleargrads()
    loss.backward()
    optimizer.update()
