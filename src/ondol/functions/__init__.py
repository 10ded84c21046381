"""Differentiable functions of arrays and Variables: ``import ondol.functions as F``.

Whatever NumPy has a name for has the same name here, and ``np.tanh(x)`` of a Variable
is ``F.tanh(x)``. Each module lists what it offers.
"""

from . import (
    activation,
    attention,
    compare,
    conv,
    complexes,
    elementwise,
    loss,
    math,
    nn,
    positions,
    products,
    reduce,
    shape,
)
from .activation import *
from .attention import *
from .compare import *
from .conv import *
from .elementwise import *
from .loss import *
from .math import *
from .nn import *
from .positions import *
from .products import *
from .complexes import *
from .reduce import *
from .shape import *

__all__ = [
    *activation.__all__,
    *attention.__all__,
    *compare.__all__,
    *conv.__all__,
    *elementwise.__all__,
    *loss.__all__,
    *math.__all__,
    *nn.__all__,
    *positions.__all__,
    *products.__all__,
    *reduce.__all__,
    *shape.__all__,
]
    *complexes.__all__,
