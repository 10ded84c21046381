"""Step 23: from here on, everything is in the package."""

import os
import sys

# Scripts of the book put the folder above theirs on the path; that must not matter.
sys.path.append(os.path.join(os.path.dirname(__file__), ".."))

import numpy as np
from dezero import Variable

leaf = Variable(np.array(1.0))
result = (leaf + 3) ** 2
result.backward()

print(result)
print(leaf.grad)
