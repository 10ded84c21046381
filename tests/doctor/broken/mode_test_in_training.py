# finds doctor-test-mode
"""The training loop is still inside of test_mode()."""

import ondol.functions as F
import ondol.layers as L
from ondol import optimizers, test_mode
from ondol.data import DataLoader, digits

x, t = digits(train=True)
loader = DataLoader((x, t), batch_size=32, seed=0)
model = L.Sequential(
    L.Conv2d(8, 3), L.BatchNorm(), F.relu, F.flatten, L.Dropout(0.3), L.Linear(10)
)
optimizer = optimizers.Adam(lr=0.003).setup(model)
with test_mode():
    for x, t in loader:
        loss = F.softmax_cross_entropy(model(x), t)
        model.cleargrads()
        loss.backward()
        optimizer.update()
