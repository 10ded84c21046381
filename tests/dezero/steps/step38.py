"""Step 38: the shape changes, the gradient changes back."""

import dezero.functions as F
import numpy as np
from dezero import Variable

table = Variable(np.arange(6).reshape(2, 3))
row = F.reshape(table, (6,))
row.backward(retain_grad=True)
print(table.grad)

table = Variable(np.arange(1, 7).reshape(2, 3))
F.transpose(table).backward()
print(table.grad)

for other in (table.reshape(6), table.reshape((3, 2)), table.T, table.transpose(1, 0)):
    print(other)
