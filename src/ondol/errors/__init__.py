"""Errors that say what was expected, what came, where it was made, and what to do.

`kinds` are what to catch, `places` knows the lines of the program where things were
made, `texts` is the table of all messages with their codes, in English and Korean, and
`core` are the errors of the core.
"""

from .core import (
    bad_result,
    complex_loss,
    data_replaced,
    explain,
    gradient_count,
    gradient_misfit,
    no_graph,
    no_item_assignment,
    not_numbers,
    overwritten,
    same_name,
    ufunc_call,
    unknown_arguments,
    unknown_function,
    wrong_grad,
)
from .kinds import (
    ArgumentError,
    DtypeError,
    GradientError,
    IndexingError,
    MissingMethodError,
    OndolError,
    ShapeError,
    UnsupportedError,
    UsageError,
)
from .message import tell
from .places import (
    Birth,
    call_site,
    caller,
    describe,
    internal,
    name_of,
    operands,
    place,
)
from .texts import text

__all__ = [
    "ArgumentError",
    "Birth",
    "DtypeError",
    "GradientError",
    "IndexingError",
    "MissingMethodError",
    "OndolError",
    "ShapeError",
    "UnsupportedError",
    "UsageError",
    "bad_result",
    "call_site",
    "caller",
    "complex_loss",
    "data_replaced",
    "describe",
    "explain",
    "gradient_count",
    "gradient_misfit",
    "internal",
    "name_of",
    "no_graph",
    "no_item_assignment",
    "not_numbers",
    "operands",
    "overwritten",
    "place",
    "same_name",
    "tell",
    "text",
    "ufunc_call",
    "unknown_arguments",
    "unknown_function",
    "wrong_grad",
]
