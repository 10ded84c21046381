# finds doctor-cut
"""An encoder whose features are detached, though it is to be trained."""

import ondol.functions as F
import ondol.layers as L
from ondol import optimizers
from ondol.data import DataLoader, digits
from ondol.models import Model

x, t = digits(train=True)
loader = DataLoader((x, t), batch_size=32, seed=0)


class Net(Model):
    def __init__(self):
        self.encoder = L.Sequential(L.Conv2d(8, 3), F.relu, F.flatten)
        self.head = L.Linear(10)

    def forward(self, x):
        return self.head(self.encoder(x).detach())


model = Net()
optimizer = optimizers.Adam(lr=0.003).setup(model)
for x, t in loader:
    loss = F.softmax_cross_entropy(model(x), t)
    model.cleargrads()
    loss.backward()
    optimizer.update()
