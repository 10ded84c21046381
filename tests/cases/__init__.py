"""THE TABLE: one row for each public function of `ondol.functions`.

A new function is a new row, in the file of its subject. The drivers in
``functions/test_cases.py`` (and those of the compiler) run every row: values, gradients
of order 1 and 2, dtypes, layouts.
"""

from cases import (
    rows_activation,
    rows_attention,
    rows_compare,
    rows_complex,
    rows_conv,
    rows_fft,
    rows_indexing,
    rows_joining,
    rows_linalg,
    rows_loss,
    rows_math,
    rows_networks,
    rows_norm,
    rows_order,
    rows_pool,
    rows_products,
    rows_recurrent,
    rows_reduce,
    rows_resample,
    rows_shape,
    rows_signal,
    rows_special,
    rows_statistics,
)
from cases.driver import each_call
from cases.makers import Call, Case, Draw

__all__ = ["CALLS", "CASES", "Call", "Case", "Draw", "each_call"]

SUBJECTS = (
    rows_math,
    rows_compare,
    rows_complex,
    rows_fft,
    rows_linalg,
    rows_reduce,
    rows_order,
    rows_statistics,
    rows_shape,
    rows_special,
    rows_indexing,
    rows_joining,
    rows_signal,
    rows_products,
    rows_networks,
    rows_conv,
    rows_pool,
    rows_resample,
    rows_activation,
    rows_norm,
    rows_loss,
    rows_attention,
    rows_recurrent,
)
CASES: tuple[Case, ...] = tuple(row for subject in SUBJECTS for row in subject.rows())
CALLS: dict[str, tuple[Case, Call]] = {
    f"{case.name}-{i}": (case, call)
    for case in CASES
    for i, call in enumerate(case.calls)
}
