"""What is no number is refused as an operand of every function."""

import numpy as np
import pytest
from cases import CASES

from ondol import Variable
from ondol.errors import OndolError

BAD = {
    "None": None,
    "text": "text",
    "object": object(),
    "texts": np.array(["a"]),
    "objects": np.array([None]),
}
# An optional bias may be None; astype converts whatever it gets, batch_norm has States.
EXEMPT = {("linear", "None"), ("bincount", "None"), ("astype", "objects")}
ROWS = [
    pytest.param(case, BAD[kind], id=f"{case.name}-{kind}")
    for case in CASES
    for kind in BAD
    if case.gradient and case.name != "batch_norm" and (case.name, kind) not in EXEMPT
]


@pytest.mark.parametrize(("case", "bad"), ROWS)
def test_what_is_no_number_is_refused(case, bad, rng):
    call = case.calls[0]
    xs, build = call.sample(rng)
    for i in range(len(xs)):
        inputs = [bad if i == n else Variable(x) for n, x in enumerate(xs)]
        with pytest.raises(OndolError):
            case.ours(*build(inputs), **call.kwargs)
