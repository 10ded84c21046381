"""Step 42: a straight line through noisy points."""

import dezero.functions as F
import matplotlib.pyplot as plt
import numpy as np
from dezero import Variable

np.random.seed(0)
positions = np.random.rand(100, 1)
heights = 5 + 2 * positions + np.random.rand(100, 1)
positions, heights = Variable(positions), Variable(heights)
W, b = Variable(np.zeros((1, 1))), Variable(np.zeros(1))


def line(at):
    return F.matmul(at, W) + b


for _ in range(100):
    errors = heights - line(positions)
    loss = F.sum(errors**2) / len(errors)
    for parameter in (W, b):
        parameter.cleargrad()
    loss.backward()
    for parameter in (W, b):
        parameter.data -= 0.1 * parameter.grad.data
    print(W, b, loss)

plt.scatter(positions.data, heights.data, s=10)
plt.plot(positions.data, line(positions).data, color="r")
plt.savefig("step42.png")
plt.close()
