# finds doctor-train-mode
"""The accuracy is measured without a graph, but with dropout."""

import ondol.functions as F
import ondol.layers as L
from ondol import no_grad, optimizers
from ondol.data import DataLoader, digits

x, t = digits(train=True)
x_test, t_test = digits(train=False)
loader = DataLoader((x.reshape(-1, 64), t), batch_size=128, seed=0)
model = L.Sequential(L.Linear(50), F.relu, L.Dropout(0.5), L.Linear(10))
optimizer = optimizers.Adam(lr=0.003).setup(model)
for _ in range(2):
    for x, t in loader:
        loss = F.softmax_cross_entropy(model(x), t)
        model.cleargrads()
        loss.backward()
        optimizer.update()
    with no_grad():
        print(F.accuracy(model(x_test.reshape(-1, 64)), t_test))
