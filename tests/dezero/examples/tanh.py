"""The graph of the fourth derivative of tanh."""

import dezero.functions as F
import numpy as np
from dezero import Variable
from dezero.utils import plot_dot_graph

ORDER = 4

x = Variable(np.array(1.0))
tanh = F.tanh(x)
x.name, tanh.name = "x", "tanh"
tanh.backward(create_graph=True)
for _ in range(ORDER - 1):
    slope = x.grad
    x.cleargrad()
    slope.backward(create_graph=True)
    print(x.grad)

x.grad.name = f"derivative {ORDER}"
plot_dot_graph(x.grad, verbose=False, to_file="tanh.png")
