"""Step 35: the graph of the second derivative of tanh."""

import dezero.functions as F
import numpy as np
from dezero import Variable
from dezero.utils import plot_dot_graph

ORDER = 2

x = Variable(np.array(1.0), "x")
tanh = F.tanh(x)
tanh.name = "tanh"
tanh.backward(create_graph=True)
for _ in range(ORDER - 1):
    slope = x.grad
    x.cleargrad()
    slope.backward(create_graph=True)

x.grad.name = f"derivative {ORDER}"
plot_dot_graph(x.grad, verbose=False, to_file="tanh.png")
print(tanh, x.grad)
