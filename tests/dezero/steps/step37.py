"""Step 37: tables added element by element."""

import dezero.functions as F
import numpy as np
from dezero import Variable

ones = Variable(np.arange(1, 7).reshape(2, 3))
tens = Variable(10 * ones.data)
both = ones + tens
total = F.sum(both)
total.backward(retain_grad=True)
for variable in (total, both, ones, tens):
    print(variable.grad)
