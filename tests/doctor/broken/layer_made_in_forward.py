# finds doctor-new-layer
"""A layer that is new in each call."""

import ondol.functions as F
import ondol.layers as L
from ondol import optimizers
from ondol.data import DataLoader, digits
from ondol.models import Model

x, t = digits(train=True)
loader = DataLoader((x.reshape(-1, 64), t), batch_size=32, seed=0)


class Net(Model):
    def __init__(self):
        self.first = L.Linear(50)

    def forward(self, x):
        h = F.relu(self.first(x))
        return L.Linear(10)(h)


model = Net()
optimizer = optimizers.Adam(lr=0.003).setup(model)
for x, t in loader:
    loss = F.softmax_cross_entropy(model(x), t)
    model.cleargrads()
    loss.backward()
    optimizer.update()
