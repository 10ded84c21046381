"""Step 47: shares that add up to one, and the cross entropy."""

import dezero.functions as F
import numpy as np
from dezero import Variable, as_variable
from dezero.models import MLP

np.random.seed(0)


def shares(scores):
    powers = F.exp(as_variable(scores))
    return powers / F.sum(powers)


model = MLP((10, 3))

scores = model(Variable(np.array([[0.2, -0.4]])))
print(scores)
print(shares(scores))

points = np.array([[0.2, -0.4], [0.3, 0.5], [1.3, -3.2], [2.1, 0.3]])
scores = model(points)
print(scores)
print(F.softmax_simple(scores))

loss = F.softmax_cross_entropy_simple(scores, np.array([2, 0, 1, 0]))
loss.backward()
print(loss)
