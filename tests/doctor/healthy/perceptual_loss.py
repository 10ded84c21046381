"""A picture is trained through a network that nobody trains."""

import numpy as np

import ondol.functions as F
import ondol.layers as L
from ondol import Parameter, no_grad, optimizers, test_mode
from ondol.data import digits

x, _ = digits(train=True)
network = L.Sequential(L.Conv2d(8, 3), F.relu, L.Conv2d(8, 3), F.relu)
picture = Parameter(np.full((1, 1, 8, 8), 0.5, np.float32), "picture")
optimizer = optimizers.Adam(lr=0.02).setup([picture])
with no_grad(), test_mode():
    wanted = network(x[:1]).data
for _ in range(30):
    loss = F.mean_squared_error(network(picture), wanted)
    picture.cleargrad()
    loss.backward()
    optimizer.update()
