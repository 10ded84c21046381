"""Differentiable functions of arrays and Variables: ``import ondol.functions as F``.

Whatever NumPy has a name for has the same name here, and ``np.tanh(x)`` of a Variable
is ``F.tanh(x)``. Each module lists what it offers.
"""

from . import (
    activation,
    attention,
    classification,
    compare,
    complexes,
    conv,
    ctc,
    diagonals,
    dropouts,
    elementwise,
    fft,
    indexing,
    joining,
    linalg,
    loss,
    math,
    missing,
    nn,
    norm,
    order,
    padding,
    polynomials,
    pool,
    positions,
    products,
    recurrent,
    reduce,
    resample,
    running,
    shape,
    signal,
    similarity,
    special,
    statistics,
)
from .activation import *
from .attention import *
from .classification import *
from .compare import *
from .complexes import *
from .conv import *
from .ctc import *
from .diagonals import *
from .dropouts import *
from .elementwise import *
from .indexing import *
from .joining import *
from .loss import *
from .math import *
from .missing import *
from .nn import *
from .norm import *
from .order import *
from .padding import *
from .polynomials import *
from .pool import *
from .positions import *
from .products import *
from .recurrent import *
from .reduce import *
from .resample import *
from .running import *
from .shape import *
from .signal import *
from .similarity import *
from .special import *
from .statistics import *

__all__ = [
    "fft",
    "linalg",
    *activation.__all__,
    *attention.__all__,
    *classification.__all__,
    *compare.__all__,
    *complexes.__all__,
    *conv.__all__,
    *ctc.__all__,
    *diagonals.__all__,
    *dropouts.__all__,
    *elementwise.__all__,
    *indexing.__all__,
    *joining.__all__,
    *loss.__all__,
    *math.__all__,
    *missing.__all__,
    *nn.__all__,
    *norm.__all__,
    *order.__all__,
    *padding.__all__,
    *polynomials.__all__,
    *pool.__all__,
    *positions.__all__,
    *products.__all__,
    *recurrent.__all__,
    *reduce.__all__,
    *resample.__all__,
    *running.__all__,
    *shape.__all__,
    *signal.__all__,
    *similarity.__all__,
    *special.__all__,
    *statistics.__all__,
]
