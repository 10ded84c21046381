# finds doctor-test-mode
"""A mode that is switched by hand and not switched back."""

import ondol.functions as F
from ondol import Variable, optimizers
from ondol.core.modes import training
from ondol.data import DataLoader, digits
from ondol.models import MLP, Model

x, t = digits(train=True)
loader = DataLoader((x.reshape(-1, 64), t), batch_size=32, seed=0)


class Net(Model):
    def __init__(self):
        self.mlp = MLP((50, 10), activation=F.relu)

    def forward(self, x):
        return self.mlp(F.dropout(Variable(x), 0.2))


model = Net()
optimizer = optimizers.Adam(lr=0.003).setup(model)
token = training.set(False)
print(F.accuracy(model.predict(x.reshape(-1, 64)), t))
for x, t in loader:
    loss = F.softmax_cross_entropy(model(x), t)
    model.cleargrads()
    loss.backward()
    optimizer.update()
training.reset(token)
