"""Step 54: dropout in training and in prediction."""

import dezero.functions as F
import numpy as np
from dezero import test_mode

np.random.seed(54)
ones = np.ones(5)
print(ones)
print(F.dropout(ones))
with test_mode():
    print(F.dropout(ones))
