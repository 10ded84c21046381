# finds doctor-cut
"""A choice has no gradient: the encoder learns nothing."""

import ondol.functions as F
import ondol.layers as L
from ondol import optimizers
from ondol.data import DataLoader, digits
from ondol.models import Model

x, t = digits(train=True)
loader = DataLoader((x.reshape(-1, 64), t), batch_size=32, seed=0)


class Net(Model):
    def __init__(self):
        self.encoder, self.code = L.Linear(16), L.Embedding(16, 8)
        self.head = L.Linear(10)

    def forward(self, x):
        ids = self.encoder(x).data.argmax(axis=1)
        return self.head(self.code(ids))


model = Net()
optimizer = optimizers.Adam(lr=0.003).setup(model)
for x, t in loader:
    loss = F.softmax_cross_entropy(model(x), t)
    model.cleargrads()
    loss.backward()
    optimizer.update()
