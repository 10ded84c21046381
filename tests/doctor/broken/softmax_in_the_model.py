# finds doctor-softmax-twice
"""The model ends in a softmax, and the loss has its own."""

import ondol.functions as F
from ondol import optimizers
from ondol.data import DataLoader, digits
from ondol.models import MLP, Model

x, t = digits(train=True)
loader = DataLoader((x.reshape(-1, 64), t), batch_size=32, seed=0)


class Net(Model):
    def __init__(self):
        self.mlp = MLP((50, 10), activation=F.relu)

    def forward(self, x):
        return F.softmax(self.mlp(x))


model = Net()
optimizer = optimizers.Adam(lr=0.003).setup(model)
for x, t in loader:
    loss = F.softmax_cross_entropy(model(x), t)
    model.cleargrads()
    loss.backward()
    optimizer.update()
