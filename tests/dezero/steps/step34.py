"""Step 34: the sine and three derivatives, drawn."""

import dezero.functions as F
import matplotlib.pyplot as plt
import numpy as np
from dezero import Variable

angle = Variable(np.linspace(-7, 7, 200))
curve = F.sin(angle)
curve.backward(create_graph=True)
curves = [curve.data]
for _ in range(3):
    curves.append(angle.grad.data)
    slope = angle.grad
    angle.cleargrad()
    slope.backward(create_graph=True)

for order, heights in enumerate(curves):
    plt.plot(angle.data, heights, label="sin" + "'" * order)
    print(order, heights[::40])
plt.legend(loc="lower right")
plt.savefig("step34.png")
plt.close()
