"""Step 1: a box that holds an array."""

from dataclasses import dataclass

import numpy as np


@dataclass
class Variable:
    data: np.ndarray


box = Variable(np.array(1.0))
print(box.data)

box.data = np.array(2.0)  # the same box, other contents
print(box.data)
