"""Step 55: how large the result of a convolution is."""


def outsize(size, kernel, stride, pad):
    return 1 + (size + 2 * pad - kernel) // stride


print(*(outsize(size, kernel=3, stride=1, pad=1) for size in (4, 4)))
