"""Step 57: windows as rows, and a convolution made of them."""

import dezero.functions as F
import numpy as np
from dezero import Variable

np.random.seed(57)
one, ten = np.random.rand(1, 3, 7, 7), np.random.rand(10, 3, 7, 7)
print(F.im2col(one, kernel_size=5, stride=1, pad=0, to_matrix=True).shape)
print(F.im2col(ten, (5, 5), (1, 1), (0, 0), to_matrix=True).shape)

images = Variable(np.random.randn(1, 5, 15, 15))
filters = np.random.randn(8, 5, 3, 3)
maps = F.conv2d_simple(images, filters, b=None, stride=1, pad=1)
maps.backward()
print(maps.shape)
print(images.grad.shape)
print(maps[0, 0, 7])
print(images.grad[0, 0, 7])
