"""Questions about elements: comparisons, logic and bits. Answers carry no gradient."""

from __future__ import annotations

import numpy as np

from ..core.register import constant

equal = constant(np.equal)
not_equal = constant(np.not_equal)
less = constant(np.less)
less_equal = constant(np.less_equal)
greater = constant(np.greater)
greater_equal = constant(np.greater_equal)
logical_and = constant(np.logical_and)
logical_or = constant(np.logical_or)
logical_xor = constant(np.logical_xor)
logical_not = constant(np.logical_not)
bitwise_and = constant(np.bitwise_and)
bitwise_or = constant(np.bitwise_or)
bitwise_xor = constant(np.bitwise_xor)
invert = constant(np.invert)
isnan = constant(np.isnan)
isinf = constant(np.isinf)
isfinite = constant(np.isfinite)
signbit = constant(np.signbit)
