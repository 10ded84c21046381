# finds doctor-constant-inputs
"""x // 255 where x / 255 is meant."""

import numpy as np

import ondol.functions as F
from ondol import optimizers
from ondol.data import DataLoader, digits
from ondol.models import MLP

x, t = digits(train=True)
images = (254 * x.reshape(-1, 64)).astype(np.uint8)
loader = DataLoader((images, t), batch_size=32, seed=0)
model = MLP((50, 10), activation=F.relu)
optimizer = optimizers.Adam(lr=0.003).setup(model)
for x, t in loader:
    loss = F.softmax_cross_entropy(model((x // 255).astype(np.float32)), t)
    model.cleargrads()
    loss.backward()
    optimizer.update()
