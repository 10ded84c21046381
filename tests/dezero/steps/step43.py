"""Step 43: two layers learn a noisy sine, every array by hand."""

import dezero.functions as F
import matplotlib.pyplot as plt
import numpy as np
from dezero import Variable

np.random.seed(0)
positions = np.random.rand(100, 1)
heights = np.sin(2 * np.pi * positions) + np.random.rand(100, 1)

UNITS = 10
W1 = Variable(0.01 * np.random.randn(1, UNITS))
b1 = Variable(np.zeros(UNITS))
W2 = Variable(0.01 * np.random.randn(UNITS, 1))
b2 = Variable(np.zeros(1))


def network(at):
    return F.linear(F.sigmoid(F.linear(at, W1, b1)), W2, b2)


for step in range(10000):
    loss = F.mean_squared_error(heights, network(positions))
    for parameter in (W1, b1, W2, b2):
        parameter.cleargrad()
    loss.backward()
    for parameter in (W1, b1, W2, b2):
        parameter.data -= 0.2 * parameter.grad.data
    if step % 1000 == 0:
        print(loss)

grid = np.arange(0, 1, 0.01)[:, np.newaxis]
plt.scatter(positions, heights, s=10)
plt.plot(grid, network(grid).data, color="r")
plt.savefig("step43.png")
plt.close()
